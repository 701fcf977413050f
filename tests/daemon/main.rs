//! `feedmill run` as it is lived with: the real program against sources on loopback, told what to do by signals, files and
//! `feedmill refresh`.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod configuration;
mod ending;
#[path = "../newsroom/mod.rs"]
mod newsroom;
mod plugged;
mod polling;
#[path = "../program/mod.rs"]
mod program;
mod running;
#[path = "../etiquette/server.rs"]
#[allow(dead_code, reason = "other tests use the rest of it")]
mod server;
mod together;
mod trouble;
