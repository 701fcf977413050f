//! Dropping for age, rule 5 of DESIGN 4.4.

use super::*;

#[test]
fn the_oldest_are_dropped_and_the_rest_stays() {
    let mut trial = Trial::new();
    for n in 0..5 {
        trial.create(&sighting("a", &format!("{n}"), 10 - n, &[tag("Oil")]), n);
    }
    let retire = |trial: &mut Trial, before, limit| trial.write(|b| b.retire(at(before), limit).unwrap());
    assert_eq!(retire(&mut trial, 3, 2), 2);
    assert_eq!(retire(&mut trial, 3, 2), 1);
    assert_eq!(retire(&mut trial, 3, 2), 0);
    let left = ["3", "4"].map(|path| ItemId::of_url(&url(path)));
    assert_eq!(trial.newest(&tag_feed("oil")), left);
    assert_eq!(
        (trial.size("tag/oil"), trial.read().item_count().unwrap()),
        (2, 2)
    );
    assert_eq!(
        trial.read().sightings(&SourceId::of("a"), 0, 10).unwrap().len(),
        2
    );
    assert_eq!(retire(&mut trial, 100, 10), 2);
    assert_eq!(trial.size("tag/oil"), 0, "empty, but still published");
    assert!(
        trial.read().has_history(&SourceId::of("a")).unwrap(),
        "something was stored once"
    );
}

#[test]
fn only_feeds_that_showed_a_dropped_item_are_dirty() {
    let mut trial = Trial::new();
    trial.create(&sighting("b", "old", 0, &[tag("Oil")]), 0);
    for n in 1..5 {
        trial.create(&sighting("a", &format!("{n}"), n * 1_000, &[tag("Oil")]), 10);
    }
    trial.publish();
    trial.write(|batch| batch.retire(at(5), 10).unwrap());
    assert_eq!(trial.dirty(), ["source/b"]);
}

#[test]
fn a_dropped_item_stays_dropped_under_each_of_its_addresses() {
    let mut trial = Trial::new();
    let one = sighting("a", "one", 1, &[]);
    let id = trial.create(&one, 0);
    let mut moved = sighting("a", "moved", 1, &[]);
    moved.guid = Guid::new("one");
    trial.join(&moved, id, true);
    trial.write(|batch| batch.retire(at(5), 10).unwrap());
    for shown in [
        &one,
        &moved,
        &sighting("b", "one", 1, &[]),
        &sighting("b", "moved", 1, &[]),
    ] {
        let found = trial.write(|batch| batch.candidates(shown).unwrap());
        assert!(
            found.buried && found.by_guid.is_none() && found.by_url.is_none(),
            "{found:?}"
        );
        let change = trial.write(|batch| batch.apply(shown, &Decision::Bury, at(9)).unwrap());
        assert_eq!(change, Change::Noted);
    }
    assert_eq!(trial.newest(&FeedKey::all()), []);
    let known = trial
        .read()
        .fingerprints(&SourceId::of("b"), &[Guid::new("one")])
        .unwrap();
    assert_eq!(
        known,
        [Some(one.fingerprint)],
        "unchanged, it is not asked about again"
    );
    assert!(!trial.write(|batch| batch.candidates(&sighting("a", "two", 1, &[])).unwrap().buried));
}

#[test]
fn a_dropped_item_without_address_is_known_by_its_guid_in_its_source_only() {
    let mut trial = Trial::new();
    let bare = |name: &str| {
        let mut shown = sighting(name, "one", 1, &[]);
        shown.item.url = None;
        shown
    };
    trial.create(&bare("a"), 0);
    trial.write(|batch| batch.retire(at(5), 10).unwrap());
    let buried =
        |trial: &mut Trial, shown: &Sighting| trial.write(|batch| batch.candidates(shown).unwrap().buried);
    assert!(buried(&mut trial, &bare("a")));
    assert!(!buried(&mut trial, &bare("b")));
    // A guid that now names an article with an address is another article.
    let next = sighting("a", "one", 1, &[]);
    assert!(!buried(&mut trial, &next));
    let id = trial.create(&next, 9);
    assert_eq!(trial.newest(&FeedKey::all()), [id]);
}

#[test]
fn burying_does_not_touch_what_lives() {
    let mut trial = Trial::new();
    let shown = sighting("a", "one", 1, &[]);
    let id = trial.create(&shown, 0);
    trial.write(|batch| batch.apply(&shown, &Decision::Bury, at(9)).unwrap());
    assert_eq!(trial.newest(&FeedKey::all()), [id]);
    assert!(trial.write(|batch| batch.candidates(&shown).unwrap().by_guid.is_some()));
}

#[test]
fn spellings_of_dropped_items_no_longer_count() {
    let mut trial = Trial::new();
    for n in 0..4 {
        trial.create(&sighting("a", &format!("{n}"), 1, &[tag("LNA")]), 0);
    }
    let late = trial.create(&sighting("a", "late", 1, &[tag("lna")]), 9);
    assert_eq!(trial.item(late).topics, [tag("LNA")]);
    trial.write(|batch| batch.retire(at(5), 10).unwrap());
    assert_eq!(trial.item(late).topics, [tag("lna")]);
}
