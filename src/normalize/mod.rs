//! What sources wrote, made uniform: canonical URLs, clean HTML, plain text, believable dates, slugs.

mod attributes;
mod date;
mod element;
mod enclosure;
mod escape;
mod html;
mod item;
mod language;
mod picture;
pub(crate) mod scan;
mod slug;
mod text;
mod url;
mod write;

pub use date::refused;
pub use item::{body, item};
pub use language::language;
pub(crate) use picture::{Picture, Written as WrittenPicture, of_tag as picture_of_tag};
pub use slug::{slug, slug_of_hash, slug_with_suffix};
pub use text::{line, plain, text};
pub use url::{canonical, public};

/// Goes into every fingerprint: raise it when cleaning changes, and known items are cleaned again when next
/// seen.
pub const VERSION: u32 = 1;
