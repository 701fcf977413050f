//! feedmill polls source feeds, cleans and de-duplicates their items, sorts them by category and tag, and
//! publishes merged feeds that any reader can subscribe to.
//!
//! Data flows one way: [`fetch`] → [`parse`] → [`normalize`] → [`classify`] → [`dedupe`] → [`store`] →
//! [`publish`]. A stage knows [`model`] and nothing of its neighbours; only [`refresh`] knows the order.
//! `ARCHITECTURE.md` is the map.

pub mod alert;
pub mod classify;
pub mod config;
pub mod daemon;
pub mod dedupe;
pub mod fetch;
pub mod model;
pub mod normalize;
pub mod parse;
pub mod publish;
pub mod refresh;
pub mod schedule;
pub mod scrape;
pub mod serve;
pub mod status;
pub mod store;
pub mod websub;
