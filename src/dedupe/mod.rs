//! Which sightings are the same item (DESIGN, Identity). Near-duplicates and stories will live here, too.

mod decide;
mod fingerprint;
mod guids;
mod owner;

pub use decide::decide;
pub use fingerprint::{fingerprint, unread, with_article};
pub use guids::{guids, guids_changed};
pub use owner::owns;
