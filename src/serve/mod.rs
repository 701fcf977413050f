//! The HTTP server: what is in the output folder, for feed readers, caches and browsers.
//!
//! `Site` is what is served: load it with `reload`, and again whenever files were written. `serve` is the way to it over
//! TCP. An answer is a function of the site, the request and the time; only `listen` and `patient` know connections.
//! `Admin` is what the operator sees of all this, on a listener of its own, or through `Public` behind a token.

mod accept;
mod address;
mod admin;
mod answer;
mod body;
mod coding;
mod condition;
mod delta;
mod file;
mod inlet;
mod kind;
mod links;
mod listen;
mod memory;
mod part;
mod patient;
mod plain;
mod public;
mod range;
mod rate;
mod refusal;
mod settings;
mod site;
mod traffic;
mod weight;
mod withdrawn;

pub use admin::Admin;
pub use inlet::Inlet;
pub use listen::{Answers, Limits, Server, serve};
pub use patient::Patience;
pub use plain::Reply;
pub use public::Public;
pub use rate::Rate;
pub use settings::Settings;
pub use site::{Changes, Site, Topic};
pub use traffic::{Counts, Readers, Traffic};
pub use withdrawn::Withdrawn;
