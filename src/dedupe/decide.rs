//! What becomes of a sighting.

use crate::model::{Candidates, CanonicalUrl, Decision, Guid, ItemId, Known, Sighting};

/// What becomes of a sighting: the item its source showed under its guid, else the one at its address, else
/// the one its source showed under its title, else a new one.
pub fn decide(sighting: &Sighting, candidates: &Candidates) -> Decision {
    match known(sighting, candidates) {
        Some(known) => Decision::Join {
            id: known.id,
            replace: may_replace(sighting, known),
        },
        None if candidates.buried => Decision::Bury,
        None => Decision::Create(new_id(sighting)),
    }
}

/// An article with an address has the same id whoever shows it first.
fn new_id(sighting: &Sighting) -> ItemId {
    match &sighting.item.url {
        Some(url) => ItemId::of_url(url),
        None => ItemId::of_guid(&sighting.source, &sighting.guid),
    }
}

fn known<'a>(sighting: &Sighting, candidates: &'a Candidates) -> Option<&'a Known> {
    let by_guid = candidates
        .by_guid
        .as_ref()
        .filter(|known| is_same_guid(sighting, known));
    let by_url = candidates.by_url.as_ref();
    let by_title = candidates
        .by_title
        .as_ref()
        .filter(|known| is_same_title(sighting, known));
    match (by_guid, by_url) {
        // The guid's item is at another address, and this address is known as another item. An equal address
        // is the same article for everybody (rule 2), an equal guid is only this source's word for it: it has
        // given the guid to another article, or the link of another article to the guid. Either way readers
        // who follow the link find what the address names.
        (Some(guid), Some(url)) if guid.id != url.id => Some(url),
        (Some(guid), _) => Some(guid),
        (None, Some(url)) => Some(url),
        (None, None) => by_title,
    }
}

/// Whether the item that the source showed under this guid is still the one it shows.
///
/// Without a new address nothing speaks against it, nor when only the scheme, `www.` or the last slash are
/// new. Else either the article moved (a corrected slug, a new domain) or the guid was given to another
/// article (sources that number their items from the top do so at every poll). To take a move for a new
/// article doubles it; to take a new article for a move loses it, and overwrites another, which is worse. So
/// a move needs a sign: the same claimed date, or the same last part of the path; without dates to compare,
/// the guid is believed unless it looks like such a number. And only an item whose text is this source's own
/// can move with it: for all others the guid is merely a sighting at the address where it was seen (rule 1).
fn is_same_guid(sighting: &Sighting, known: &Known) -> bool {
    let (Some(shown), Some(stored)) = (&sighting.item.url, &known.url) else {
        return true;
    };
    if place(shown) == place(stored) {
        return true;
    }
    let same_date = match (sighting.item.published, known.claimed) {
        (Some(shown), Some(stored)) => shown == stored,
        _ => !is_position(&sighting.guid),
    };
    known.source == sighting.source
        && (same_date || last_part(shown).is_some_and(|part| Some(part) == last_part(stored)))
}

/// Up to three digits: a place in the document rather than an article.
fn is_position(guid: &Guid) -> bool {
    guid.as_str().len() <= 3 && guid.as_str().bytes().all(|byte| byte.is_ascii_digit())
}

/// An address without what sites change over all their articles at once.
fn place(url: &CanonicalUrl) -> &str {
    let after_scheme = url.as_str().split_once("://").map_or("", |(_, rest)| rest);
    after_scheme
        .strip_prefix("www.")
        .unwrap_or(after_scheme)
        .trim_end_matches('/')
}

/// The last part of a path with its query, if it says something: `/2024/story-1/` and `/news/story-1` agree.
fn last_part(url: &CanonicalUrl) -> Option<&str> {
    const SHORTEST: usize = 8;
    let (_, after_scheme) = url.as_str().split_once("://")?;
    let (_, path) = after_scheme.split_once('/')?;
    path.trim_end_matches('/')
        .rsplit('/')
        .next()
        .filter(|part| part.len() >= SHORTEST)
}

/// Whether an equal title under another guid and address is the same article (rule 6). Titles recur
/// ("Weather", "Morning briefing"), so dates must agree too; while the source is changing all its guids it is
/// enough that they do not differ.
fn is_same_title(sighting: &Sighting, known: &Known) -> bool {
    if known.source != sighting.source {
        return false;
    }
    match (sighting.item.published, known.claimed) {
        (Some(shown), Some(stored)) => shown == stored,
        _ => sighting.guids_changed,
    }
}

/// Whether the sighting's text becomes the item's: the source that bears it may change it, and the owner of
/// the address takes it over from anyone else who showed it first. Nobody overwrites another's item (rules 1
/// and 3).
fn may_replace(sighting: &Sighting, known: &Known) -> bool {
    let is_bearer = known.source == sighting.source;
    let at_its_address = sighting.item.url.is_some() && sighting.item.url == known.url;
    is_bearer || (sighting.owns && at_its_address && !known.owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Arrival, Fingerprint, Item, SourceId};
    use crate::normalize::canonical;
    use chrono::{DateTime, Utc};
    use url::Url;

    fn url(text: &str) -> CanonicalUrl {
        canonical(&Url::parse(text).unwrap()).unwrap()
    }

    fn day(day: i64) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(1_700_000_000 + day * 86_400, 0)
    }

    fn sighting(source: &str, at: Option<&str>, published: Option<DateTime<Utc>>) -> Sighting {
        Sighting {
            source: SourceId::of(source),
            guid: Guid::new("guid"),
            fingerprint: Fingerprint(0),
            terms: Vec::new(),
            topics: Vec::new(),
            item: Item {
                url: at.map(url),
                link: at.map(str::to_owned),
                title: "Title".to_owned(),
                published,
                updated: None,
                authors: Vec::new(),
                summary: None,
                content: None,
                image: None,
                enclosures: Vec::new(),
                language: None,
                origin: None,
            },
            owns: false,
            guids_changed: false,
            arrival: Arrival::News,
            uncertain: crate::model::Uncertain::default(),
        }
    }

    fn stored(source: &str, at: &str, claimed: Option<DateTime<Utc>>) -> Known {
        Known {
            id: ItemId::of_url(&url(at)),
            url: Some(url(at)),
            source: SourceId::of(source),
            owned: false,
            claimed,
        }
    }

    fn join(known: &Known, replace: bool) -> Decision {
        Decision::Join {
            id: known.id,
            replace,
        }
    }

    const A: &str = "https://news.example/2024/a-first-story";
    const B: &str = "https://news.example/2024/another-story";

    #[test]
    fn what_nobody_knows_is_new_under_the_id_of_its_address() {
        let shown = sighting("one", Some(A), None);
        assert_eq!(
            decide(&shown, &Candidates::default()),
            Decision::Create(ItemId::of_url(&url(A)))
        );
        let shown = sighting("one", None, None);
        let id = ItemId::of_guid(&shown.source, &shown.guid);
        assert_eq!(decide(&shown, &Candidates::default()), Decision::Create(id));
    }

    #[test]
    fn an_equal_address_is_the_same_item_whoever_shows_it() {
        let known = stored("one", A, None);
        let candidates = Candidates {
            by_url: Some(known.clone()),
            ..Candidates::default()
        };
        assert_eq!(
            decide(&sighting("two", Some(A), None), &candidates),
            join(&known, false)
        );
    }

    #[test]
    fn the_owner_takes_over_and_others_never_overwrite() {
        let candidates = |known: &Known| Candidates {
            by_url: Some(known.clone()),
            ..Candidates::default()
        };
        let first_seen = stored("aggregator", A, None);
        let owner = Sighting {
            owns: true,
            ..sighting("owner", Some(A), None)
        };
        assert_eq!(decide(&owner, &candidates(&first_seen)), join(&first_seen, true));
        let owned = Known {
            owned: true,
            ..stored("owner", A, None)
        };
        let copy = sighting("aggregator", Some(A), None);
        assert_eq!(decide(&copy, &candidates(&owned)), join(&owned, false));
        // Another feed of the same site adds a sighting; texts do not take turns.
        let section = Sighting {
            owns: true,
            ..sighting("owner's section", Some(A), None)
        };
        assert_eq!(decide(&section, &candidates(&owned)), join(&owned, false));
    }

    #[test]
    fn who_bears_the_text_may_change_it() {
        let known = stored("one", A, None);
        let candidates = Candidates {
            by_guid: Some(known.clone()),
            by_url: Some(known.clone()),
            ..Candidates::default()
        };
        assert_eq!(
            decide(&sighting("one", Some(A), None), &candidates),
            join(&known, true)
        );
    }

    #[test]
    fn an_article_that_moves_keeps_its_id() {
        for (claimed, published, to) in [
            (day(0), day(0), "https://news.example/2024/a-corrected-slug"),
            (None, day(0), "https://news.example/2024/a-corrected-slug"),
            (day(0), day(1), "https://other.example/news/a-first-story/"),
        ] {
            let known = stored("one", A, claimed);
            let candidates = Candidates {
                by_guid: Some(known.clone()),
                ..Candidates::default()
            };
            assert_eq!(
                decide(&sighting("one", Some(to), published), &candidates),
                join(&known, true),
                "{to}"
            );
        }
    }

    #[test]
    fn a_site_that_turns_to_https_moves_for_everyone_who_shows_it() {
        let known = Known {
            owned: true,
            ..stored("owner", "http://news.example/a", day(0))
        };
        let candidates = Candidates {
            by_guid: Some(known.clone()),
            ..Candidates::default()
        };
        let shown = sighting("aggregator", Some("https://www.news.example/a/"), day(1));
        assert_eq!(decide(&shown, &candidates), join(&known, false));
    }

    #[test]
    fn a_guid_given_to_another_article_does_not_overwrite_the_first() {
        let first = stored("one", A, day(0));
        let candidates = Candidates {
            by_guid: Some(first.clone()),
            ..Candidates::default()
        };
        let second = sighting("one", Some(B), day(1));
        assert_eq!(
            decide(&second, &candidates),
            Decision::Create(ItemId::of_url(&url(B)))
        );
        // Without dates it is the guid that tells: a number says where, not what.
        let candidates_undated = Candidates {
            by_guid: Some(stored("one", A, None)),
            ..Candidates::default()
        };
        let numbered = Sighting {
            guid: Guid::new("1"),
            ..sighting("one", Some(B), None)
        };
        assert_eq!(
            decide(&numbered, &candidates_undated),
            Decision::Create(ItemId::of_url(&url(B)))
        );
        // Known under its address, it is that item.
        let other = stored("two", B, None);
        let candidates = Candidates {
            by_url: Some(other.clone()),
            ..candidates
        };
        assert_eq!(
            decide(&sighting("one", Some(B), day(0)), &candidates),
            join(&other, false)
        );
    }

    #[test]
    fn a_source_cannot_drag_anothers_item_to_its_own_address() {
        let victim = Known {
            owned: true,
            ..stored("victim", A, day(0))
        };
        let candidates = Candidates {
            by_guid: Some(victim),
            ..Candidates::default()
        };
        let evil = Sighting {
            owns: true,
            ..sighting("evil", Some("https://evil.example/x"), day(0))
        };
        assert_eq!(
            decide(&evil, &candidates),
            Decision::Create(ItemId::of_url(&url("https://evil.example/x")))
        );
    }

    #[test]
    fn a_site_that_changes_all_guids_and_addresses_brings_no_item_twice() {
        for (claimed, published, same) in [
            (None, None, true),
            (day(0), None, true),
            (day(0), day(0), true),
            (day(0), day(1), false),
        ] {
            let known = stored("one", A, claimed);
            let candidates = Candidates {
                by_title: Some(known.clone()),
                ..Candidates::default()
            };
            let moved = Sighting {
                guids_changed: true,
                ..sighting("one", Some("https://new.example/1"), published)
            };
            let found = decide(&moved, &candidates) == join(&known, true);
            assert_eq!(found, same, "{claimed:?} {published:?}");
        }
    }

    #[test]
    fn an_equal_title_alone_says_nothing() {
        let known = stored("one", A, None);
        let candidates = Candidates {
            by_title: Some(known),
            ..Candidates::default()
        };
        assert!(matches!(
            decide(&sighting("one", Some(B), day(0)), &candidates),
            Decision::Create(_)
        ));
        // With the same date it is the same article under two addresses.
        let known = stored("one", A, day(0));
        let candidates = Candidates {
            by_title: Some(known.clone()),
            ..Candidates::default()
        };
        assert_eq!(
            decide(&sighting("one", Some(B), day(0)), &candidates),
            join(&known, true)
        );
    }

    #[test]
    fn what_was_dropped_for_age_stays_dropped() {
        let buried = Candidates {
            buried: true,
            ..Candidates::default()
        };
        assert_eq!(decide(&sighting("one", Some(A), None), &buried), Decision::Bury);
        let known = stored("one", A, None);
        let kept = Candidates {
            by_url: Some(known.clone()),
            ..buried
        };
        assert_eq!(decide(&sighting("one", Some(A), None), &kept), join(&known, true));
    }
}
