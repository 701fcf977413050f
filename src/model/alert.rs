//! What the operator is told of once.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::{ItemId, SourceId};

/// What is the matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertKind {
    /// Its polls have failed for long, or it said that it is gone for good.
    Failing,
    /// It answers, but nothing new has come for much longer than it ever took.
    Silent,
}

impl AlertKind {
    /// For keys of any kind; it never changes.
    pub fn key(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Silent => "silent",
        }
    }
}

/// A source that needs the operator. There is at most one open alert of each kind for a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Which source.
    pub source: SourceId,
    /// As it was called when the alert was raised.
    pub name: String,
    /// What is the matter with it.
    pub kind: AlertKind,
    /// When the operator was told, in whole seconds.
    pub raised: DateTime<Utc>,
    /// Since when: its first failure, or its newest item.
    pub since: DateTime<Utc>,
    /// What happened and what to do: plain text, one paragraph a line, no secrets.
    pub words: String,
    /// It is over.
    pub ended: Option<Ended>,
}

/// How an alert came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// When that was noticed, in whole seconds.
    pub at: DateTime<Utc>,
    /// What happened: plain text.
    pub words: String,
}

/// What an alert tells: it is raised, or it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// Something is the matter.
    Raised,
    /// It is over.
    Ended,
}

impl Alert {
    /// The identity of one of its items for good, also when the source gets another name.
    pub fn item(&self, told: Told) -> ItemId {
        let told = match told {
            Told::Raised => "raised",
            Told::Ended => "ended",
        };
        let name = format!(
            "feedmill alert\0{}\0{}\0{}\0{told}",
            SourceId::of(&self.name).as_str(),
            self.kind.key(),
            self.raised.timestamp()
        );
        ItemId::of_own(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
    }

    /// In one line, for a title or a log.
    pub fn headline(&self, told: Told) -> String {
        let name = &self.name;
        match (self.kind, told) {
            (AlertKind::Failing, Told::Raised) => format!("{name} fails"),
            (AlertKind::Failing, Told::Ended) => format!("{name} fails no more"),
            (AlertKind::Silent, Told::Raised) => format!("{name} has gone silent"),
            (AlertKind::Silent, Told::Ended) => format!("{name} is silent no more"),
        }
    }
}
