//! What a source takes back.

use super::super::held::{DOUBTED, MOST_DOUBTS};
use super::*;
use crate::store::{Doubt, Missing};

fn missing(trial: &Trial, source: &str, held: &[&str]) -> Vec<Missing> {
    let held: Vec<Guid> = held.iter().map(|guid| Guid::new(*guid)).collect();
    trial.read().missing(&SourceId::of(source), &held).unwrap()
}

fn guids(missing: &[Missing]) -> Vec<&str> {
    missing.iter().map(|missing| missing.guid.as_str()).collect()
}

fn doubt(trial: &mut Trial, source: &str, guids: &[&str]) {
    let doubt = |guid: &&str| Doubt {
        guid: Guid::new(*guid),
        weight: 2,
    };
    let doubts: Vec<Doubt> = guids.iter().map(doubt).collect();
    trial.write(|batch| batch.doubt(&SourceId::of(source), &doubts).unwrap());
}

fn doubted(trial: &Trial, source: &str, now: i64) -> Vec<Missing> {
    trial.read().doubted(&SourceId::of(source), at(now)).unwrap()
}

#[test]
fn what_is_missing_is_told_where_readers_see_it_and_nobody_else_shows_it() {
    let mut trial = Trial::new();
    for n in 0..6 {
        trial.create(&sighting("a", &n.to_string(), n, &[]), 0);
    }
    let mut bare = sighting("a", "bare", 9, &[]);
    bare.item.url = None;
    trial.create(&bare, 0);
    let shared = sighting("b", "4", 4, &[]);
    trial.join(&shared, ItemId::of_url(&url("4")), false);
    assert_eq!(missing(&trial, "a", &["0", "1", "2", "3", "4", "5", "bare"]), []);
    let found = missing(&trial, "a", &["1"]);
    assert_eq!(
        guids(&found),
        ["5"],
        "the others are old, shown by another source, or without a page"
    );
    assert_eq!(found[0].link, "https://news.example/5?ref=feed");
    assert_eq!(found[0].addresses, [ItemId::of_url(&url("5"))]);
    assert_eq!(found[0].claimed, Some(at(5)));
    assert_eq!(trial.read().shown_count(&SourceId::of("a")).unwrap(), 7);
    // Another source that shows it no more, or is not configured any more, does not count.
    trial.hold("b", &[], 1);
    assert_eq!(missing(&trial, "a", &["1", "5"]).len(), 1);
}

#[test]
fn what_was_taken_back_leaves_all_feeds_and_comes_back_when_it_is_shown() {
    let mut trial = Trial::new();
    let shown = sighting("a", "one", 1, &[tag("Oil")]);
    let id = trial.create(&shown, 0);
    let other = trial.create(&sighting("a", "two", 2, &[tag("Oil")]), 0);
    trial.publish();
    assert!(!trial.looked("a", "one", Looked::Gone, 5), "its source shows it");
    trial.hold("a", &["two"], 5);
    assert!(!trial.looked("a", "one", Looked::There, 5));
    assert!(trial.looked("a", "one", Looked::Gone, 6));
    for feed in [
        FeedKey::all(),
        tag_feed("Oil"),
        FeedKey::source(&SourceId::of("a")),
    ] {
        assert_eq!(trial.newest(&feed), [other]);
    }
    assert_eq!(trial.dirty(), ["all", "tag/oil", "source/a"]);
    assert_eq!(trial.read().item_count().unwrap(), 2, "it is kept");
    let facts = trial.write(|batch| {
        let key = batch.groups().find(&id).unwrap().unwrap();
        batch.groups().facts(key).unwrap().unwrap()
    });
    assert_eq!((facts.withdrawn, facts.feeds.len()), (Some(at(6)), 0));
    assert_eq!(facts.sightings[0].gone, Some(at(5)));
    // Nothing that happens to it otherwise brings it back.
    trial.write(|batch| {
        batch
            .reclassify(&shown.source, &shown.guid, &[tag("Gas")])
            .unwrap()
    });
    assert_eq!(trial.newest(&FeedKey::all()), [other]);
    let known = trial
        .read()
        .fingerprints(&shown.source, std::slice::from_ref(&shown.guid))
        .unwrap();
    assert_ne!(
        known,
        [Some(shown.fingerprint)],
        "shown as it was, it is looked at"
    );
    trial.publish();
    trial.join(&shown, id, true);
    assert_eq!(trial.newest(&FeedKey::all()), [other, id]);
    assert_eq!(trial.newest(&tag_feed("Oil")), [other, id]);
    assert_eq!(trial.dirty(), ["all", "tag/oil", "source/a"]);
}

#[test]
fn what_another_source_shows_stays() {
    let mut trial = Trial::new();
    let id = trial.create(&sighting("a", "one", 1, &[]), 0);
    trial.join(&sighting("b", "one", 1, &[]), id, false);
    trial.hold("a", &[], 5);
    assert!(!trial.looked("a", "one", Looked::Gone, 6));
    trial.hold("b", &[], 7);
    assert!(trial.looked("b", "one", Looked::Gone, 8));
    assert_eq!(trial.newest(&FeedKey::all()), []);
}

#[test]
fn when_the_copy_that_leads_is_taken_back_the_next_one_leads_and_lends_it_no_text() {
    let mut trial = Trial::new();
    let text = |name: &str, date, words: usize| {
        let mut shown = sighting(name, name, date, &[tag("Oil")]);
        let text = format!("{name} ").repeat(words);
        shown.item.content = Some(crate::model::CleanHtml::already_clean(text));
        shown
    };
    let lead = trial.create(&text("a", 1, 90), 0);
    let copy = trial.create(&text("b", 2, 20), 0);
    trial.write(|batch| {
        let keys = [copy, lead].map(|id| batch.groups().find(&id).unwrap().unwrap());
        batch.groups().join_copy(keys[0], keys[1]).unwrap()
    });
    assert_eq!(trial.newest(&tag_feed("Oil")), [lead]);
    trial.hold("a", &[], 5);
    assert!(trial.looked("a", "a", Looked::Gone, 6));
    assert_eq!(trial.newest(&tag_feed("Oil")), [copy]);
    assert_eq!(trial.newest(&FeedKey::source(&SourceId::of("a"))), []);
    let shown = trial.item(copy);
    assert!(shown.item.content.unwrap().as_str().starts_with("b "));
    assert_eq!(shown.copies, []);
}

#[test]
fn questions_are_bounded_in_number_in_time_and_when_nobody_answers() {
    let mut trial = Trial::new();
    trial.configure(|setup| setup.shown_items = 50);
    let names: Vec<String> = (0..MOST_DOUBTS + 5).map(|n| n.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for name in &names {
        trial.create(&sighting("a", name, 1, &[]), 0);
    }
    trial.create(&sighting("a", "last", 1, &[]), 0);
    doubt(&mut trial, "a", &names);
    assert_eq!(doubted(&trial, "a", 1), [], "they are shown");
    trial.hold("a", &["last"], 5);
    doubt(&mut trial, "a", &names);
    let open = doubted(&trial, "a", 5);
    assert_eq!(open.len(), MOST_DOUBTS);
    assert!(open.iter().all(|missing| missing.weight == 2));
    // Three times nobody answers.
    let first = open[0].guid.as_str();
    for left in [MOST_DOUBTS, MOST_DOUBTS, MOST_DOUBTS - 1] {
        trial.looked("a", first, Looked::Nobody, 6);
        assert_eq!(doubted(&trial, "a", 6).len(), left);
    }
    trial.looked("a", open[1].guid.as_str(), Looked::There, 6);
    assert_eq!(doubted(&trial, "a", 6).len(), MOST_DOUBTS - 2);
    // One is shown again.
    trial.hold("a", &["last", open[2].guid.as_str()], 7);
    assert_eq!(doubted(&trial, "a", 7).len(), MOST_DOUBTS - 3);
    assert_eq!(doubted(&trial, "a", 6 + DOUBTED), [], "too long ago");
    trial.hold("a", &["last"], 6 + DOUBTED);
    let left = "SELECT count(*) FROM doubt";
    let left: i64 = trial
        .store
        .connection
        .query_row(left, [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
}
