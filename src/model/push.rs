//! News that is pushed, to us and by us: WebSub (<https://www.w3.org/TR/websub/>).

use std::fmt;
use std::net::IpAddr;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::SourceId;

/// What a document, or the answer that brought it, says about being told of its changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// `rel=hub`, in order: each of them tells of changes.
    pub hubs: Vec<String>,
    /// `rel=self`: what a hub calls the document.
    pub topic: Option<String>,
}

/// A subscription of ours at somebody else's hub. It is known by the path of its callback, which nobody can guess.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Whose documents are pushed.
    pub source: SourceId,
    /// Where it was asked for.
    pub hub: String,
    /// What the hub calls the source's document.
    pub topic: String,
    /// What deliveries are signed with; none over a connection that anybody can listen to.
    pub secret: Option<String>,
    /// How far it is.
    pub phase: Phase,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("source", &self.source)
            .field("hub", &self.hub)
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}

/// How far a subscription of ours is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The hub has not asked back yet.
    Asked {
        /// How often it was asked.
        attempts: u32,
        /// When it is asked again.
        next: DateTime<Utc>,
    },
    /// The hub pushes.
    Active {
        /// From then on it should have told of everything.
        since: DateTime<Utc>,
        /// The lease ends.
        until: DateTime<Utc>,
        /// Another one is asked for.
        renew: DateTime<Utc>,
    },
    /// Another took its place, or the source is gone. What is on its way is still taken.
    Leaving {
        /// Nothing is taken any more.
        until: DateTime<Utc>,
        /// The hub was told.
        told: bool,
    },
    /// The hub refused, or did not tell of everything: it is not asked before `until`.
    Over {
        /// It may be asked again.
        until: DateTime<Utc>,
        /// In words for the operator.
        why: String,
    },
}

/// Somebody who subscribed to one of our feeds at our hub, known by topic and callback.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscriber {
    /// What its deliveries are signed with.
    pub secret: Option<String>,
    /// The lease ends.
    pub until: DateTime<Utc>,
    /// The version of the document that it has.
    pub has: u64,
    /// Deliveries in a row that failed.
    pub failures: u32,
    /// The next attempt, after a failed one.
    pub next: Option<DateTime<Utc>>,
    /// Where its callback was when it confirmed; not known of those before this was noted.
    #[serde(default)]
    pub from: Option<IpAddr>,
}

impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriber")
            .field("until", &self.until)
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}

/// A document that a hub pushed and that was acknowledged: it waits for its way through the stages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Whose it is.
    pub source: SourceId,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// As it came.
    pub body: Bytes,
}

/// What is to be remembered of subscriptions, in both directions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushChange {
    /// One of ours; `None`: it is forgotten.
    Subscription(String, Option<Subscription>),
    /// One of theirs, by topic and callback; `None`: it ended.
    Subscriber {
        /// The address of the feed.
        topic: String,
        /// Where its changes are sent, to the byte.
        callback: String,
        /// What is delivered to it.
        subscriber: Option<Subscriber>,
    },
}

/// All that is remembered of push.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushRecords {
    /// Ours, by the path of the callback.
    pub subscriptions: Vec<(String, Subscription)>,
    /// Theirs, by topic and callback.
    pub subscribers: Vec<(String, String, Subscriber)>,
    /// What was pushed and is not read yet, by number, the oldest first.
    pub deliveries: Vec<(i64, Delivery)>,
}
