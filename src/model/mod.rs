//! The words of the project as plain data: what the stages hand to each other. No I/O, no clock.

mod feed;
mod fold;
mod item;
mod parsed;
mod poll;
mod secret;
mod sighting;
mod source;
mod topic;
mod url;

pub use feed::{Feed, FeedKey, FeedKind, FileFormat, PublishedItem, Slug};
pub use fold::fold;
pub(crate) use fold::is_ignored;
pub use item::{CleanHtml, Enclosure, Image, Item, ItemId};
pub use parsed::{Body, Format, Origin, ParsedEnclosure, ParsedFeed, ParsedItem, ScheduleHints, Term};
pub use poll::{
    Answer, Failure, FailureKind, FeedFacts, Health, Hop, HostPause, Moved, PollOutcome, PollState,
    Validators,
};
pub use secret::Secret;
pub use sighting::{Candidates, Decision, Fingerprint, Guid, Known, Sighting};
pub use source::{Source, SourceId};
pub use topic::{DeclaredTopic, Topic, TopicKey, TopicKind};
pub use url::CanonicalUrl;
