//! Where a page's articles are, as CSS selectors.

use serde::{Deserialize, Serialize};

/// The selectors of a source as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Selectors {
    /// The block of one article.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// Inside the block, as are all that follow but `next`: its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The link to the article, or an element with the link in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// How the date is written, as strftime has it; without it the date is recognised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_format: Option<String>,
    /// The excerpt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The picture, or an element with the picture in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Each author.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Each category.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Each tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
    /// Anywhere in the page: the link to the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Where a page's articles are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// The selectors.
    pub select: Selectors,
    /// How many articles they found when they were made.
    pub count: usize,
}
