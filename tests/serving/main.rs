//! How readers, caches and browsers are served: each test is a row of the list that it is named after.
//!
//! All run against the real server on loopback, or on a pipe where the clock is a test's own.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod addresses;
mod aliases;
mod answers;
mod archive;
mod client;
#[path = "../websub/clock.rs"]
mod clock;
mod codings;
mod deltas;
mod limits;
#[path = "../newsroom/mod.rs"]
mod newsroom;
mod output;
mod part;
mod pings;
#[path = "../program/mod.rs"]
mod program;
mod publishing;
#[path = "../websub/server.rs"]
mod scripted;
mod validators;
