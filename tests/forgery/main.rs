//! Sources that speak for others: who may say what of an article, each cell of the table in ARCHITECTURE.md ("Identity")
//! attacked through the real binary.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[allow(dead_code, reason = "its texts and feeds")]
#[path = "../stories/desk.rs"]
mod desk;
mod fields;
#[path = "../newsroom/mod.rs"]
mod newsroom;
mod owners;
#[path = "../program/mod.rs"]
mod program;
mod texts;
mod topics;
mod town;
