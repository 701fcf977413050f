//! What readers meet who come every few hours and daily: over a fortnight with outages, late and undated items, archives
//! that open and dates that move. The world is invented and known, so that what is missing is seen.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "../etiquette/desk.rs"]
#[allow(dead_code, reason = "made for the tests of manners")]
mod desk;
mod first;
#[path = "../newsroom/mod.rs"]
mod newsroom;
#[path = "../program/mod.rs"]
mod program;
mod visits;
mod world;
