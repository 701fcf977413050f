//! How the daemon is doing, for those who look at it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How the daemon is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    /// Sources of the configuration.
    pub sources: usize,
    /// Sources that hubs push now.
    pub pushed: usize,
    /// Polls under way.
    pub polling: usize,
    /// When `feeds.toml` was last read without fault.
    pub configured: Option<DateTime<Utc>>,
    /// Why `feeds.toml` as it is now is not in force: the configuration before it still is.
    pub reload_error: Option<String>,
    /// What `feeds.toml` says that only a restart brings.
    pub needs_restart: Option<String>,
    /// Since when this machine seems to be offline.
    pub offline: Option<DateTime<Utc>>,
    /// Since when what was polled is being stored, when that takes long.
    pub storing: Option<DateTime<Utc>>,
    /// Why nothing can be stored at the moment.
    pub database_error: Option<String>,
    /// Why nothing can be published at the moment.
    pub output_error: Option<String>,
    /// When the output was last brought up to date.
    pub published: Option<DateTime<Utc>>,
    /// When the next story that waits to grow may.
    pub grows_at: Option<DateTime<Utc>>,
}
