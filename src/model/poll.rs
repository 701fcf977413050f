//! What is remembered about a source between polls.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Offer, Pattern, Rhythm, ScheduleHints};

/// The validators of the last good answer, byte for byte (RFC 9110 §8.8), and the address they are bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// The URL that answered; they are sent to no other.
    pub url: String,
    /// Raw bytes of `ETag`.
    pub etag: Option<Vec<u8>>,
    /// Raw bytes of `Last-Modified`.
    pub last_modified: Option<Vec<u8>>,
}

/// How a source is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Never polled.
    #[default]
    New,
    /// The last poll succeeded.
    Ok,
    /// The last poll failed; it will be tried again.
    Failing,
    /// It answered 410; it is polled again only when the operator changes its address or forces it.
    Gone,
}

/// What decides when a source is polled next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Waiting {
    /// `every`: it would be asked sooner.
    Floor,
    /// Its habits: then it is likely to have something new.
    Rhythm,
    /// Its document could turn over, and something be lost.
    Window,
    /// What its publisher asks for, in the document or with the answer.
    Hint,
    /// It failed, and is tried again.
    Failure,
    /// Its host asked for patience.
    Host,
}

impl Waiting {
    /// In words that follow "it waits for".
    pub fn words(self) -> &'static str {
        match self {
            Self::Floor => "`every`",
            Self::Rhythm => "its rhythm",
            Self::Window => "its window, lest something be lost",
            Self::Hint => "what its publisher asks for",
            Self::Failure => "another try after a failure",
            Self::Host => "its host, which asked for patience",
        }
    }
}

/// A permanent redirect that is being observed (etiquette E41).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Where it leads.
    pub to: String,
    /// How often in a row it was seen.
    pub seen: u32,
    /// First seen.
    pub since: DateTime<Utc>,
    /// The old address was last asked.
    pub checked: DateTime<Utc>,
    /// The new address failed: the old one is asked next.
    #[serde(default)]
    pub doubted: bool,
}

/// Everything remembered about polling one source. Stored as one value; unknown fields of a newer version are ignored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PollState {
    /// The configured address that all this is about, and as what it is read; when that changes, the rest is forgotten.
    pub url: String,
    /// How it is doing.
    pub health: Health,
    /// Not before; `None`: now.
    pub next_poll: Option<DateTime<Utc>>,
    /// Why not before.
    pub waiting: Option<Waiting>,
    /// Last attempt.
    pub last_poll: Option<DateTime<Utc>>,
    /// Last 200 that parsed, or 304.
    pub last_success: Option<DateTime<Utc>>,
    /// The first of them that is remembered: from then on it is known whether the source is silent.
    pub first_success: Option<DateTime<Utc>>,
    /// In a row.
    pub failures: u32,
    /// How many of the last of them were without any answer: no host, no connection, nothing within the time.
    pub unanswered: u32,
    /// The first of them.
    pub failing_since: Option<DateTime<Utc>>,
    /// It answered well after failures that were its host's: the others there may do so, too.
    pub recovered: Option<DateTime<Utc>>,
    /// HTTP status of the last answer.
    pub last_status: Option<u16>,
    /// For the operator; single line, no secrets.
    pub last_error: Option<String>,
    /// For the next conditional request.
    pub validators: Option<Validators>,
    /// How long the last answer that said so stays fresh, in seconds.
    pub fresh_for: Option<u64>,
    /// A permanent redirect under observation or believed.
    pub moved: Option<Moved>,
    /// What the document said about polling.
    pub hints: ScheduleHints,
    /// When it publishes.
    pub rhythm: Rhythm,
    /// Items in the last good document.
    pub items: u32,
    /// The feed's own title, cleaned.
    pub title: Option<String>,
    /// The feed's own language tag, cleaned.
    pub language: Option<String>,
    /// The site it belongs to.
    pub link: Option<String>,
    /// The URL that its last good document came from, after redirects.
    pub answered: Option<String>,
    /// Where the articles of a page were found.
    pub pattern: Option<Pattern>,
    /// That place did not hold.
    pub healed: Option<Healed>,
    /// Polls in a row that could not read some article for a reason that passes.
    pub unread: u32,
    /// A hub that tells of its changes.
    pub offer: Option<Offer>,
    /// Since when its good documents hold no item.
    pub empty_since: Option<DateTime<Utc>>,
    /// What was learned from asking for pages of items that it holds no more.
    pub missed: Missed,
}

/// What pages of items answered that their source held no more, though it should have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Missed {
    /// So many of the last ones in a row were still there: it takes more than that to miss one again.
    pub unfounded: u32,
    /// One of its pages answered with a page: not finding another one means something.
    pub has_answered: bool,
    /// There are items whose pages are still to be asked for.
    pub is_open: bool,
}

/// A page whose articles are not any more where they were, or where the operator says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Healed {
    /// What no longer works: `item = ".teaser" finds no article`.
    pub broken: String,
    /// Noticed.
    pub since: DateTime<Utc>,
    /// The last poll before that found them.
    pub worked: Option<DateTime<Utc>>,
    /// Lines for `feeds.toml` that work now.
    pub select: Option<String>,
    /// The operator wrote what is broken, and it stays so until they change it.
    pub is_configured: bool,
}

impl Healed {
    /// What happened, since when, and what to do, in several lines.
    pub fn words(&self, items: u32) -> String {
        let day = |date: DateTime<Utc>| date.format("%Y-%m-%d %H:%M UTC");
        let worked = self
            .worked
            .map(|worked| format!(" (it did until {})", day(worked)))
            .unwrap_or_default();
        let Self {
            broken,
            since,
            select,
            is_configured,
            ..
        } = self;
        let mut words = format!(
            "the page has changed: {broken} since {}{worked}; {items} articles were found elsewhere on it, and the source goes on with them",
            day(*since)
        );
        match select {
            Some(select) if *is_configured => {
                words.push_str("; what works now, in place of the old one:\n");
                words.push_str(select.trim_end());
            }
            _ if *is_configured => words.push_str("; correct [source.select], or take it out"),
            _ => words.push_str("; look at what they are with feedmill inspect listing"),
        }
        words
    }
}

/// A host that asked for patience (Retry-After): nothing is sent to it before `until`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPause {
    /// Lower-case host, with its port when that is not the default one.
    pub host: String,
    /// When it may be asked again.
    pub until: DateTime<Utc>,
}

/// What came of a poll, as far as the next one depends on it.
#[derive(Clone, Debug, PartialEq)]
pub enum PollOutcome {
    /// 304: nothing new.
    NotModified(Answer),
    /// A document that parsed.
    Read {
        /// The answer that held it.
        answer: Answer,
        /// What the document said of itself.
        facts: Box<DocumentFacts>,
    },
    /// Anything else. Validators do not advance and items stay (rule 8 of identity).
    Failed {
        /// The answer, if there was one.
        answer: Option<Answer>,
        /// What went wrong.
        failure: Failure,
    },
}

/// What a document says of itself, cleaned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DocumentFacts {
    /// About polling.
    pub hints: ScheduleHints,
    /// When its items were published, newest first, as far as they say.
    pub published: Vec<DateTime<Utc>>,
    /// The same of those that are seen for the first time, in any order; `None`: it is not known which they are.
    pub fresh: Option<Vec<Option<DateTime<Utc>>>>,
    /// How many items it holds.
    pub items: u32,
    /// It stops before its end, or some of its articles are still to be read: the next request must not say that we
    /// have it.
    pub is_cut: bool,
    /// Some of its articles could not be read for a reason that passes.
    pub has_unread: bool,
    /// Plain text.
    pub title: Option<String>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// The site it belongs to.
    pub link: Option<String>,
    /// Where the articles of a page are.
    pub pattern: Option<Pattern>,
    /// They are not where they were.
    pub moved: Option<ListingMoved>,
    /// A hub that tells of its changes.
    pub offer: Option<Offer>,
}

/// What a page's articles being elsewhere means for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingMoved {
    /// See [`Healed`].
    pub broken: String,
    /// See [`Healed`].
    pub select: Option<String>,
    /// See [`Healed`].
    pub is_configured: bool,
}

/// The parts of an HTTP answer that outlive it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Of the last hop.
    pub status: u16,
    /// The URL of the last hop.
    pub url: String,
    /// The redirects on the way, in order.
    pub hops: Vec<Hop>,
    /// Raw bytes of `ETag`.
    pub etag: Option<Vec<u8>>,
    /// Raw bytes of `Last-Modified`.
    pub last_modified: Option<Vec<u8>>,
    /// max-age minus Age, else Expires minus Date: how long the answer stays fresh; `None` if it does not say.
    pub fresh_for: Option<std::time::Duration>,
    /// `Retry-After`, unclamped, counted from now; present also on 3xx.
    pub retry_after: Option<std::time::Duration>,
    /// What time it was there: `Date`, unless the answer is an old one out of a cache.
    pub date: Option<DateTime<Utc>>,
    /// The host that sent it, see [`HostPause::host`].
    pub host: String,
    /// Bytes of the bodies received, before decompression.
    pub wire_bytes: u64,
    /// The values of `Link`, as sent.
    pub links: Vec<String>,
}

/// One redirect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// 301, 302, 303, 307 or 308.
    pub status: u16,
    /// From.
    pub from: String,
    /// To.
    pub to: String,
}

/// Why a poll failed, in words an operator can act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Decides how long to wait.
    pub kind: FailureKind,
    /// What happened and what to do; single line, no secrets, no source name.
    pub message: String,
}

/// Decides how long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// TLS, timeout, 5xx, a broken body: exponential, bounded by what is known of the source.
    Transient,
    /// No address was found, or no connection came about in time: likewise.
    Unreachable,
    /// 429, or a redirect that asks for patience.
    Busy,
    /// 401, 403 or a bot challenge.
    Forbidden,
    /// 404 and other 4xx.
    NotFound,
    /// 410.
    Gone,
    /// The guard refused the address, or redirects loop or lead nowhere.
    Refused,
    /// Too large, too deep, or not a feed at all.
    Unreadable,
    /// Nothing was sent: this machine lacks something. Not counted as a failure of the source.
    Short,
    /// Nothing was sent: the host asked for patience earlier. Not counted as a failure of the source.
    Paused,
}
