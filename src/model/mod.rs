//! The words of the project as plain data: what the stages hand to each other. No I/O, no clock.

mod alert;
mod brought;
mod clock;
pub(crate) mod entity;
mod feed;
mod fold;
mod group;
mod home;
mod item;
mod parsed;
mod poll;
mod push;
mod rhythm;
mod robots;
mod secret;
mod selectors;
mod sighting;
mod source;
mod topic;
mod url;

pub use alert::{Alert, AlertKind, Ended, Told};
pub use brought::Brought;
pub use clock::{ClockRecord, ClockStanding, ClockTrouble, Uncertain};
pub use feed::{Feed, FeedKey, FeedKind, FileFormat, PublishedItem, Slug};
pub use fold::fold;
pub(crate) use fold::is_ignored;
pub use group::{Collapse, ItemKey, Lender, Related, StoryEntry, Strictness};
pub use home::{Claim, Home, SiteName, claim};
pub use item::{CleanHtml, Enclosure, Image, Item, ItemId};
pub use parsed::{
    Body, Ending, Format, Origin, ParsedChild, ParsedEnclosure, ParsedFeed, ParsedItem, ParsedSitemap,
    ScheduleHints, Term,
};
pub use poll::{
    Answer, DocumentFacts, Failure, FailureKind, Healed, Health, Hop, HostPause, ListingMoved, Missed, Moved,
    PollOutcome, PollState, Validators, Waiting,
};
pub use push::{Delivery, Offer, Phase, PushChange, PushRecords, Subscriber, Subscription};
pub use rhythm::Rhythm;
pub use robots::{Robots, RobotsRecord, RobotsRule};
pub use secret::Secret;
pub use selectors::{Pattern, Selectors};
pub use sighting::{Arrival, Candidates, Decision, Fingerprint, Guid, Known, Sighting};
pub use source::{Source, SourceId, SourceKind};
pub use topic::{DeclaredTopic, Topic, TopicKey, TopicKind};
pub use url::CanonicalUrl;
