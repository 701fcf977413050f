//! WebSub (<https://www.w3.org/TR/websub/>): hearing of new items at once instead of asking, and telling others.
//!
//! `Inbox` keeps our subscriptions at the hubs that sources name and takes what these push; `Hub` is the hub for our own
//! feeds, and `Ping` tells another one. They know the time from a clock, send through `fetch`, and say what is to be
//! remembered to a [`Keep`]; nothing here knows the store, the scheduler or the server's connections.

mod counter;
mod discovery;
mod form;
mod hub;
mod inbox;
mod lines;
mod link;
mod missed;
mod party;
mod ping;
mod room;
mod signature;
mod token;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::model::PushChange;

pub use counter::Counter;
pub use discovery::offer;
pub use hub::{Hub, HubSettings, Topics};
pub use inbox::{Inbox, InboxSettings, Place, Pushed, Shelve, Wanted};
pub use missed::has_missed;
pub use ping::Ping;
pub use room::{Held, Limits};

/// Where the time comes from.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Told of everything that has to survive a restart.
pub type Keep = Arc<dyn Fn(PushChange) + Send + Sync>;

/// The folder of all of this below the site's address.
const FOLDER: &str = "websub/";
