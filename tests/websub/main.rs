//! WebSub in both directions: each test is a row of the list that it is named after, with the numbers that websub.rocks
//! gives its own. Hubs, publishers and subscribers are scripted servers on loopback; the clock is a test's own.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod clock;
mod deliveries;
mod discovery;
mod hub;
mod hub_limits;
mod hub_room;
mod lasting;
mod leases;
mod living;
#[path = "../newsroom/mod.rs"]
mod newsroom;
#[path = "../program/mod.rs"]
mod program;
mod publisher;
mod reader;
mod server;
mod subscribing;
