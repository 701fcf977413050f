//! The manners of a single pass towards the hosts that are polled: each test is a row of the list that it is named after.
//!
//! E rows are manners, T rows are threats. All run against a scripted server that records what reaches it to the byte.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod connections;
mod desk;
mod faults;
mod hubs;
mod moves;
#[path = "../newsroom/mod.rs"]
mod newsroom;
mod pace;
mod pages;
mod patience;
#[path = "../program/mod.rs"]
mod program;
mod requests;
mod rhythm;
#[path = "../websub/server.rs"]
mod scripted;
mod secrets;
mod server;
mod threats;
mod validators;
