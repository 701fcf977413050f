//! What a site asks of programs that read it (robots.txt, RFC 9309).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The rules of a site for feedmill.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Robots {
    /// Nothing may be read, whatever the rules say: they could not be asked for.
    #[serde(default)]
    pub is_closed: bool,
    /// In normal form, in order.
    #[serde(default)]
    pub rules: Vec<RobotsRule>,
    /// Seconds between two requests, as asked for.
    #[serde(default)]
    pub crawl_delay: Option<u32>,
}

/// One `Allow` or `Disallow`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RobotsRule {
    /// `Allow`.
    pub allows: bool,
    /// Path and query, with `*` and a final `$`.
    pub pattern: String,
}

/// A site's rules as they were when they were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RobotsRecord {
    /// `https://news.example`, with its port when that is not the default one.
    pub origin: String,
    /// When.
    pub fetched: DateTime<Utc>,
    /// What.
    pub robots: Robots,
}
