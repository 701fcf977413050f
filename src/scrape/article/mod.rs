//! An article out of the page that holds it.
//!
//! Each kind of statement a page makes has a file: `json_ld`, `meta`, `markup`; `body` finds the text. `choose`
//! knows whom to trust in what order.

mod body;
mod choose;
mod clean;
mod json_ld;
mod junk;
mod labels;
mod markup;
mod mend;
mod meta;
mod paging;
mod people;
mod pictures;
mod shown;
mod tags;
mod text;
mod title;
mod topics;
mod within;
mod words;

use chrono::{DateTime, Utc};
use url::Url;

use crate::model::CleanHtml;

pub use self::paging::Part;
pub use self::within::{Error, read};

/// A value and the rule that gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<T> {
    /// What was read.
    pub value: T,
    /// Where it stood, in words for the operator: `JSON-LD datePublished`.
    pub rule: &'static str,
}

/// What a page says about its article.
#[derive(Clone, Debug, PartialEq)]
pub struct Article {
    /// The address that the page calls its own, else the one it was found at.
    pub url: Found<Url>,
    /// One line of plain text, without the site's name.
    pub title: Option<Found<String>>,
    /// First publication. A day without a time is that day's first moment in UTC.
    pub published: Option<Found<DateTime<Utc>>>,
    /// Last change, not before publication.
    pub updated: Option<Found<DateTime<Utc>>>,
    /// Names, in order.
    pub authors: Option<Found<Vec<String>>>,
    /// The innermost section.
    pub section: Option<Found<String>>,
    /// Tags of all trustworthy places, in order, each once. `rule` names the first place.
    pub tags: Option<Found<Vec<String>>>,
    /// The lead image.
    pub image: Option<Found<Url>>,
    /// A BCP 47 tag.
    pub language: Option<Found<String>>,
    /// The next part of an article of several pages.
    pub next: Option<Url>,
    /// The body as plain text, a line per block.
    pub text: String,
    /// The body as clean HTML; `None` when there is none.
    pub html: Option<CleanHtml>,
    /// Which method found the body.
    pub body_rule: &'static str,
}

impl Article {
    /// Adds the body of a further part.
    pub fn append(&mut self, further: Article) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(&further.text);
        self.html = match (self.html.take(), further.html) {
            (Some(html), Some(further)) => Some(html.followed_by(&further)),
            (html, further) => html.or(further),
        };
    }
}

#[cfg(test)]
mod tests;
