//! How long items stay, and when they leave the feeds: sources of a test's own on loopback, polled under a clock that the
//! test moves.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "../etiquette/desk.rs"]
#[allow(dead_code, reason = "the manners have more to do with it")]
mod desk;
mod keep;
#[path = "../newsroom/mod.rs"]
mod newsroom;
#[path = "../program/mod.rs"]
mod program;
#[path = "../etiquette/server.rs"]
#[allow(dead_code, reason = "the manners have more to do with it")]
mod server;
mod site;
mod withdrawn;
