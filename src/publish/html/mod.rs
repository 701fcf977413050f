//! Pages for people: one per feed, without script and without anything from elsewhere but the articles' pictures.

mod index;
mod item;
mod page;

pub use item::{item, topic};
pub use page::document;

/// Shared by all pages.
pub const STYLE: &str = include_str!("style.css");

/// Stands in an item for the way from its page to the root, which differs from feed to feed. No item holds a NUL
/// of its own (see `legal`).
const WAY_TO_ROOT: char = '\0';
