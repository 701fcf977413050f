//! Which sightings are the same item.

use crate::model::{Candidates, CanonicalUrl, Decision, Fingerprint, Guid, ParsedItem, Sighting};

/// The guid each item of a document is filed under, in order; unique within the document except for items that
/// are the same thing twice. Guids that repeat are not believed (rule 7).
pub fn guids(_items: &[ParsedItem], _links: &[Option<CanonicalUrl>]) -> Vec<Guid> {
    unimplemented!()
}

/// A hash of all that a source says about an item, and of the version of the rules that clean it.
pub fn fingerprint(_item: &ParsedItem, _version: u32) -> Fingerprint {
    unimplemented!()
}

/// Whether a document that the source gave before now bears new guids nearly throughout (rule 6): `known` tells of
/// each item whether its guid was seen before.
pub fn guids_changed(_known: &[bool], _source_has_history: bool) -> bool {
    unimplemented!()
}

/// Whether a source on `feed_host` owns an item at `url`: the same registrable domain (public suffix list).
pub fn owns(_feed_host: &str, _url: &CanonicalUrl) -> bool {
    unimplemented!()
}

/// What becomes of a sighting.
pub fn decide(_sighting: &Sighting, _candidates: &Candidates) -> Decision {
    unimplemented!()
}
