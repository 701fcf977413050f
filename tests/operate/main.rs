//! What the operator sees: status, metrics, health, alerts and logs, from outside and on loopback only.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod admin;
mod alerts;
#[path = "../serving/client.rs"]
#[allow(dead_code, reason = "made for the tests of the server")]
mod client;
mod clock;
mod daemon;
#[path = "../etiquette/desk.rs"]
#[allow(dead_code, reason = "made for the tests of manners")]
mod desk;
mod growth;
mod logs;
#[path = "../newsroom/mod.rs"]
mod newsroom;
mod offline;
#[path = "../program/mod.rs"]
mod program;
#[path = "../daemon/running.rs"]
#[allow(dead_code, reason = "made for the tests of the daemon")]
mod running;
#[path = "../etiquette/server.rs"]
#[allow(dead_code, reason = "made for the tests of manners")]
mod server;
