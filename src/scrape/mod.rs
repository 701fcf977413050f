//! Bytes of a web page to what can be read in it.
//!
//! [`page`] is the one way in: it decides on the encoding and builds a tree within limits. Everything else here reads that
//! tree and never sees bytes.

pub mod article;
pub mod date;
pub mod listing;
pub mod page;
