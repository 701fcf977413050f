//! Dropping for age, rule 5 of DESIGN 4.4.

use super::super::open;
use super::super::retire::MOST_SHOWN;
use super::*;
use crate::model::PollState;

const DAY: i64 = 86_400;

/// Shows the articles of these numbers and nothing else; each is dated by its number.
fn show(trial: &mut Trial, source: &str, numbers: std::ops::Range<i64>, now: i64) {
    trial.write(|batch| {
        for number in numbers.clone() {
            let shown = sighting(source, &number.to_string(), number, &[]);
            let decision = crate::dedupe::decide(&shown, &batch.candidates(&shown).unwrap());
            batch.apply(&shown, &decision, at(now)).unwrap();
        }
    });
    let guids: Vec<String> = numbers.map(|number| number.to_string()).collect();
    trial.hold(source, &guids.iter().map(String::as_str).collect::<Vec<_>>(), now);
}

/// The source shows this item no more, and enough others to fill its feeds.
fn bury(trial: &mut Trial, source: &str, now: i64) {
    show(trial, source, 1_000..1_004, now);
    assert_eq!(trial.retire(now + 11, 10), 1);
}

fn is_buried(trial: &mut Trial, shown: &Sighting) -> bool {
    trial.write(|batch| batch.candidates(shown).unwrap().buried)
}

fn tombstones(trial: &Trial) -> i64 {
    let count =
        "SELECT (SELECT count(*) FROM tombstone) + (SELECT count(*) FROM sighting WHERE item IS NULL)";
    let connection = &trial.store.connection;
    connection.query_row(count, [], |row| row.get(0)).unwrap()
}

#[test]
fn what_a_source_shows_does_not_age() {
    let mut trial = Trial::new();
    show(&mut trial, "a", 0..10, 0);
    assert_eq!(trial.retire(500 * DAY, DAY), 0, "not modified since");
    show(&mut trial, "a", 0..10, 600 * DAY);
    assert_eq!(trial.retire(700 * DAY, DAY), 0);
    // Six leave; the newest three of the feed are others.
    show(&mut trial, "a", 6..10, 800 * DAY);
    assert_eq!(trial.retire(801 * DAY, DAY), 0, "their age began a day ago");
    assert_eq!(trial.retire(801 * DAY + 1, DAY), 6);
    assert_eq!(trial.newest(&FeedKey::all()).len(), 4);
}

#[test]
fn what_is_shown_again_does_not_age_either() {
    let mut trial = Trial::new();
    show(&mut trial, "a", 0..10, 0);
    show(&mut trial, "a", 6..10, DAY);
    show(&mut trial, "a", 0..10, 2 * DAY);
    assert_eq!(trial.retire(90 * DAY, DAY), 0);
}

#[test]
fn the_last_source_that_shows_an_item_keeps_it() {
    let mut trial = Trial::new();
    show(&mut trial, "a", 0..10, 0);
    show(&mut trial, "b", 0..2, 0);
    show(&mut trial, "a", 5..10, DAY);
    assert_eq!(trial.retire(9 * DAY, DAY), 3, "b shows two of the five");
    show(&mut trial, "b", 20..24, 10 * DAY);
    assert_eq!(trial.retire(10 * DAY + 1, DAY), 0);
    assert_eq!(trial.retire(11 * DAY + 1, DAY), 2);
}

#[test]
fn items_of_a_source_that_was_removed_age_from_its_last_good_poll() {
    let mut trial = Trial::new();
    show(&mut trial, "a", 0..10, 0);
    show(&mut trial, "b", 20..30, 0);
    let state = |now: i64| PollState {
        url: "x".to_owned(),
        last_success: Some(at(now) + TimeDelta::milliseconds(250)),
        ..PollState::default()
    };
    trial.write(|batch| batch.save_poll(&SourceId::of("b"), &state(5 * DAY)).unwrap());
    trial.configure(|setup| {
        setup.sources.remove(1);
    });
    assert_eq!(trial.retire(6 * DAY, DAY), 0);
    assert_eq!(trial.retire(6 * DAY + 1, DAY), 10, "no feed needs them");
    // Configured again, it brings them back.
    trial.configure(|_| ());
    let shown = sighting("b", "20", 20, &[]);
    let known = trial
        .read()
        .fingerprints(&shown.source, std::slice::from_ref(&shown.guid))
        .unwrap();
    assert_ne!(known, [Some(shown.fingerprint)]);
    assert!(!is_buried(&mut trial, &shown));
}

#[test]
fn of_what_a_source_shows_for_ever_the_newest_thousand_are_kept() {
    let mut trial = Trial::new();
    let most = MOST_SHOWN as i64;
    show(&mut trial, "a", 0..most + 200, 0);
    assert_eq!(trial.retire(DAY, DAY), 0);
    assert_eq!(trial.retire(2 * DAY, DAY), 200);
    assert_eq!(trial.retire(200 * DAY, DAY), 0);
    let oldest = trial.newest(&FeedKey::all()).last().copied();
    assert_eq!(oldest, Some(ItemId::of_url(&url("200"))));
    // It shows the others still, and so they are remembered.
    assert!(is_buried(&mut trial, &sighting("a", "199", 199, &[])));
    show(&mut trial, "a", 0..most + 200, 201 * DAY);
    trial.retire(300 * DAY, DAY);
    assert_eq!(trial.read().item_count().unwrap(), most as u64);
    assert_eq!(tombstones(&trial), 400);
}

#[test]
fn the_newest_items_of_every_feed_stay_whatever_their_age() {
    let mut trial = Trial::new();
    for (name, topics) in [
        ("rare", vec![tag("Oil")]),
        ("other", vec![category("Libya")]),
        ("plain", vec![]),
    ] {
        trial.create(&sighting("a", name, 0, &topics), 0);
    }
    show(&mut trial, "a", 1_000..1_004, DAY);
    show(&mut trial, "b", 2_000..2_001, DAY);
    show(&mut trial, "b", 3_000..3_001, 2 * DAY);
    show(&mut trial, "c", 4_000..4_010, 2 * DAY);
    assert_eq!(
        trial.retire(500 * DAY, DAY),
        1,
        "the plain one, that no feed needs"
    );
    assert_eq!(trial.size("tag/oil"), 1);
    assert_eq!(trial.size("category/libya"), 1);
    assert_eq!(trial.size("source/b"), 2, "it has not three of them");
    // Newer ones push it out.
    for n in 0..3 {
        trial.create(
            &sighting("c", &format!("oil {n}"), 10 + n, &[tag("Oil")]),
            500 * DAY,
        );
    }
    assert_eq!(trial.retire(502 * DAY, DAY), 1);
    assert_eq!(trial.size("tag/oil"), 3);
}

#[test]
fn what_is_looked_at_in_vain_is_not_looked_at_each_time() {
    let mut trial = Trial::new();
    show(&mut trial, "a", 0..9, 0);
    let look = |trial: &mut Trial, now| {
        trial.write(|batch| batch.retire(at(now), TimeDelta::seconds(DAY), 100).unwrap())
    };
    assert_eq!((look(&mut trial, 3 * DAY), look(&mut trial, 4 * DAY)), (9, 0));
    show(&mut trial, "a", 8..9, 4 * DAY);
    show(&mut trial, "b", 20..30, 4 * DAY);
    // Two of them are among the newest three of their source.
    assert_eq!(trial.retire(6 * DAY, DAY), 6);
    assert_eq!(look(&mut trial, 6 * DAY), 0);
}

#[test]
fn only_feeds_that_showed_a_dropped_item_are_dirty() {
    let mut trial = Trial::new();
    trial.create(&sighting("b", "old", 0, &[]), 0);
    for n in 1..5 {
        let date = n * 1_000;
        trial.create(&sighting("a", &format!("{n}"), date, &[tag("Oil")]), 10);
        trial.create(&sighting("b", &format!("b{n}"), 50 + n, &[]), 10);
    }
    trial.hold("b", &["b1", "b2", "b3", "b4"], 20);
    trial.publish();
    assert_eq!(trial.retire(40, 5), 1);
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
    bury(&mut trial, "a", 5);
    let kept = trial.newest(&FeedKey::all());
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
        let change = trial.write(|batch| batch.apply(shown, &Decision::Bury, at(20)).unwrap());
        assert_eq!(change, Change::Noted);
    }
    assert_eq!(trial.newest(&FeedKey::all()), kept);
    let known = trial
        .read()
        .fingerprints(&SourceId::of("b"), &[Guid::new("one")])
        .unwrap();
    assert_eq!(
        known,
        [Some(one.fingerprint)],
        "unchanged, it is not asked about again"
    );
    assert!(!is_buried(&mut trial, &sighting("a", "two", 1, &[])));
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
    bury(&mut trial, "a", 5);
    assert!(is_buried(&mut trial, &bare("a")));
    assert!(!is_buried(&mut trial, &bare("b")));
    // A guid that now names an article with an address is another article.
    let next = sighting("a", "one", 5_000, &[]);
    assert!(!is_buried(&mut trial, &next));
    let id = trial.create(&next, 19);
    assert_eq!(trial.newest(&FeedKey::all())[0], id);
}

#[test]
fn tombstones_are_forgotten_when_nothing_can_bring_the_item_back() {
    let mut trial = Trial::new();
    let (one, again) = (sighting("a", "one", 1, &[]), sighting("b", "one", 1, &[]));
    trial.create(&one, 0);
    bury(&mut trial, "a", 5);
    assert_eq!(tombstones(&trial), 2);
    trial.write(|batch| batch.apply(&again, &Decision::Bury, at(18)).unwrap());
    assert_eq!(tombstones(&trial), 4);
    trial.retire(25, 10);
    assert_eq!(tombstones(&trial), 4, "a dropped it, and could show it again");
    trial.retire(26, 10);
    assert_eq!(tombstones(&trial), 2);
    trial.retire(1_000, 10);
    assert!(is_buried(&mut trial, &one), "b shows it still");
    trial.hold("b", &["other"], 1_000);
    trial.retire(1_020, 10);
    assert_eq!(tombstones(&trial), 2);
    trial.retire(1_021, 10);
    assert_eq!(tombstones(&trial), 0);
    assert!(!is_buried(&mut trial, &one));
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
    for n in 0..7 {
        trial.create(&sighting("a", &format!("{n}"), 1, &[tag("LNA")]), 0);
    }
    for n in 0..3 {
        trial.create(&sighting("a", &format!("late {n}"), 20 + n, &[tag("lna")]), 9);
    }
    let late = ItemId::of_url(&url("late 0"));
    assert_eq!(trial.item(late).topics, [tag("LNA")]);
    trial.hold("a", &["late 0", "late 1", "late 2"], 9);
    assert_eq!(trial.retire(20, 10), 7);
    assert_eq!(trial.item(late).topics, [tag("lna")]);
}

#[test]
fn what_an_older_version_dropped_comes_back_as_what_it_was() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("feedmill.db");
    let mut connection = rusqlite::Connection::open(&path).unwrap();
    open::migrate(&mut connection, &open::MIGRATIONS[..6]).unwrap();
    let shown = sighting("a", "one", 1, &[]);
    let key = super::super::rows::guid_key(&shown.guid);
    connection
        .execute_batch(&format!(
            "INSERT INTO feed (id, kind, key, name, slug, declared, state, size, dirty, shown_from)
                 VALUES (2, 3, 'a', 'a', 'a', 1, 1, 0, 0, 0);
             INSERT INTO source VALUES (1, 'a', 'https://a.example/feed', 1, 2, 1, 1, 1);
             INSERT INTO poll VALUES (1, '{{\"url\":\"x\",\"items\":1,\"validators\":{{\"url\":\"x\",\"etag\":[34]}}}}');
             INSERT INTO sighting VALUES (1, {key}, NULL, NULL, {}, {NOON}, 0, '', '[]', '[]');
             INSERT INTO tombstone VALUES (x'{}');",
            shown.fingerprint.0 as i64,
            new_id(&shown).as_bytes().map(|byte| format!("{byte:02x}")).concat(),
        ))
        .unwrap();
    drop(connection);
    let store = Database::open(&path, slugger).unwrap();
    let mut trial = Trial { folder, store };
    trial.configure(|_| ());
    let state = trial.store.polls().unwrap().remove(&shown.source).unwrap();
    assert_eq!(
        (state.items, state.validators),
        (1, None),
        "the next request is a full one"
    );
    let known = trial
        .read()
        .fingerprints(&shown.source, std::slice::from_ref(&shown.guid))
        .unwrap();
    assert_ne!(known, [Some(shown.fingerprint)]);
    assert!(!is_buried(&mut trial, &shown));
    // Without a date of its own it would come up as today's news.
    let mut undated = shown.clone();
    undated.item.published = None;
    let id = trial.create(&undated, 200 * DAY);
    assert_eq!(trial.item(id).published, at(0));
    assert_eq!(trial.retire(500 * DAY, DAY), 0);
}
