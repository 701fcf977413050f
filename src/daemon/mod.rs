//! The daemon: polls each source when it is due, publishes what changed, serves it, and follows `feeds.toml`.
//!
//! `mill` is its loop: it starts polls as the `agenda` says, hears commands and signals, and never waits for anything
//! else. Every poll is a task of its own. What they bring goes to the `press`, the only one that writes: it commits in
//! batches and publishes soon after. Other parts plug in through the [`Handle`].

mod agenda;
mod alarms;
mod error;
mod file;
mod handle;
mod mill;
mod notify;
mod press;
mod push;
mod reload;
mod request;
mod socket;
mod standing;
mod start;

pub use error::{Error, Refused};
pub use handle::{Event, Handle, Published, Taken};
pub use socket::{Unasked, Waiting, ask, rule, standing};
pub use standing::Standing;
pub use start::{Daemon, Start};

#[cfg(test)]
mod tests;
