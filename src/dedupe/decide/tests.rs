use super::*;
use crate::model::{Arrival, CleanHtml, Fingerprint, SourceId};
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
            origin: None,
            summary: None,
            content: None,
            image: None,
            enclosures: Vec::new(),
            language: None,
        },
        guids_changed: false,
        title_repeats: false,
        arrival: Arrival::News,
        uncertain: crate::model::Uncertain::default(),
    }
}

fn stored(source: &str, at: &str, claimed: Option<DateTime<Utc>>) -> Known {
    Known {
        id: ItemId::of_url(&url(at)),
        url: Some(url(at)),
        source: SourceId::of(source),
        is_borne: true,
        claim: Claim::None,
        rival: Claim::None,
        length: 20,
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

/// Whether a sighting at the address of a known item replaces its text.
fn replaces(source: &str, claim: Claim, words: usize, known: &Known) -> bool {
    let mut shown = sighting(source, Some(A), None);
    shown.item.content = Some(CleanHtml::already_clean("w".repeat(words)));
    let candidates = Candidates {
        by_url: Some(known.clone()),
        claim,
        ..Candidates::default()
    };
    let decision = decide(&shown, &candidates);
    assert!(matches!(decision, Decision::Join { id, .. } if id == known.id));
    decision == join(known, true)
}

#[test]
fn the_owner_takes_over_and_others_never_overwrite() {
    use Claim::{Configured, Declared, None, Served};
    // (who shows it, its claim), (the bearer's claim, the best of the others'), whether it takes over.
    for (source, claim, borne, rival, replaces_it) in [
        ("owner", Configured, None, None, true),
        ("owner", Declared, None, None, true),
        ("aggregator", None, Configured, Configured, false),
        ("aggregator", None, Declared, Declared, false),
        // A word against the certain, and the certain against a word.
        ("claimant", Declared, Served, Served, false),
        ("owner", Configured, Declared, Declared, true),
        // Another feed of the same site adds a sighting; texts do not take turns.
        ("owner's section", Configured, Configured, Configured, false),
        // Who is neither the bearer nor the best claimant waits for that one.
        ("claimant", Declared, None, Configured, false),
        // A bearer whose claim is gone, or beaten, changes nothing any more.
        ("bearer", None, None, Declared, false),
        ("bearer", Declared, Declared, Configured, false),
        ("bearer", Declared, Declared, None, true),
        ("bearer", Configured, Configured, Configured, true),
        ("bearer", None, None, None, true),
    ] {
        let known = Known {
            claim: borne,
            rival,
            ..stored("bearer", A, Option::None)
        };
        // However long the text is.
        for words in [1, 20, 900] {
            assert_eq!(
                replaces(source, claim, words, &known),
                replaces_it,
                "{source} {claim:?} {words}"
            );
        }
    }
}

#[test]
fn where_nobody_owns_an_article_the_fuller_text_wins_else_the_first() {
    let known = stored("aggregator", A, None);
    for (words, replaced) in [(1, false), (20, false), (24, false), (25, true), (900, true)] {
        assert_eq!(replaces("other", Claim::None, words, &known), replaced, "{words}");
    }
    let left = Known {
        is_borne: false,
        ..known
    };
    assert!(
        replaces("other", Claim::None, 1, &left),
        "nobody shows the words any more"
    );
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
        claim: Claim::Configured,
        rival: Claim::Configured,
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
        claim: Claim::Configured,
        rival: Claim::Configured,
        ..stored("victim", A, day(0))
    };
    let candidates = Candidates {
        by_guid: Some(victim),
        claim: Claim::Configured,
        ..Candidates::default()
    };
    let evil = sighting("evil", Some("https://evil.example/x"), day(0));
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
