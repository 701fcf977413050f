//! The same article once, and stories: what merged feeds show when several outlets have one text, and what the operator can
//! say to it.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod aggregators;
mod copies;
mod desk;
mod groups;
#[path = "../newsroom/mod.rs"]
mod newsroom;
mod operator;
#[path = "../program/mod.rs"]
mod program;
