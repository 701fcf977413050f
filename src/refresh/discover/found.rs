//! What a search finds.

use chrono::{DateTime, Utc};
use url::Url;

use super::Fit;
use crate::model::SourceKind;
use crate::refresh::preview::Preview;
use crate::scrape::listing::Way;

/// All that was tried, and what was chosen.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// In the order they were tried.
    pub steps: Vec<Step>,
    /// The first way, of the best kind, that gives items.
    pub choice: Option<Choice>,
    /// Ways that the page names and that were not chosen; not all of them were asked.
    pub others: Vec<Way>,
    /// What the page calls itself.
    pub page_title: Option<String>,
}

/// One way that was tried.
#[derive(Clone, Debug)]
pub struct Step {
    /// What was expected there.
    pub place: Place,
    /// Where.
    pub address: Url,
    /// What the page calls it.
    pub title: Option<String>,
    /// What it gave, or in words why it does not count.
    pub came: Result<Came, String>,
}

/// Items that a way gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Came {
    /// How many.
    pub items: usize,
    /// The date of the newest.
    pub newest: Option<DateTime<Utc>>,
    /// How many of its newest items are articles that the page lists, if it lists any.
    pub fit: Option<Fit>,
}

/// The way to be written into `feeds.toml`.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What it is.
    pub place: Place,
    /// Its address, after permanent redirects.
    pub address: Url,
    /// In words.
    pub why: String,
    /// What it gives.
    pub preview: Preview,
}

/// What may be found, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The address is that of a feed.
    ItselfFeed,
    /// The address is that of a sitemap.
    ItselfSitemap,
    /// The page declares it.
    DeclaredFeed,
    /// The page links to it.
    LinkedFeed,
    /// The posts of WordPress' REST API.
    #[serde(rename = "wordpress")]
    WordPress,
    /// The page declares or links to it.
    Sitemap,
    /// The site's robots.txt names it.
    RobotsSitemap,
    /// The page, read as a list of articles.
    Page,
}

impl Place {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::ItselfFeed => "the address as a feed",
            Self::ItselfSitemap => "the address as a sitemap",
            Self::DeclaredFeed => "a feed that the page declares",
            Self::LinkedFeed => "a feed that the page links to",
            Self::WordPress => "the WordPress API",
            Self::Sitemap => "a sitemap that the page names",
            Self::RobotsSitemap => "a sitemap in robots.txt",
            Self::Page => "the page itself",
        }
    }

    /// What a source of it is.
    pub fn kind(self) -> SourceKind {
        match self {
            Self::ItselfFeed | Self::DeclaredFeed | Self::LinkedFeed | Self::WordPress => SourceKind::Feed,
            Self::ItselfSitemap | Self::Sitemap | Self::RobotsSitemap => SourceKind::Sitemap {
                max_age: crate::config::MAX_AGE,
            },
            Self::Page => SourceKind::Page(None),
        }
    }
}
