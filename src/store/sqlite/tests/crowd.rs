//! One source has very many copies of one article, and of one story very many articles.

use std::collections::BTreeSet;

use super::super::open;
use super::groups::article;
use super::*;
use crate::model::Collapse;

fn all() -> FeedKey {
    FeedKey::all()
}

fn of(source: &str) -> FeedKey {
    FeedKey::source(&SourceId::of(source))
}

/// An article of a source, and so many copies that another source has of it.
fn crowd(copies: i64) -> (Trial, ItemId, Vec<ItemId>) {
    let mut trial = Trial::new();
    let first = trial.create(&on_site_of("a", article("a", "first", 0, &[], 50)), 0);
    trial.compared();
    trial.publish();
    let copies: Vec<ItemId> = (1..=copies)
        .map(|n| trial.create(&article("b", &format!("copy-{n}"), n, &[], 50), n))
        .collect();
    for copy in &copies {
        assert!(trial.copy(*copy, first));
    }
    (trial, first, copies)
}

#[test]
fn further_copies_of_one_source_stand_behind_the_lead() {
    let (mut trial, first, copies) = crowd(12);
    assert_eq!(trial.newest(&all()), [first]);
    assert_eq!(trial.newest(&of("b")), [copies[0]]);
    assert_eq!(trial.item(first).copies.len(), 1, "an outlet is named once");
    assert!(!trial.copy(copies[11], first), "that is known");
    let facts = trial.facts(copies[11]);
    assert_eq!(facts.lead, trial.facts(first).key);
    assert_eq!(facts.copies.len(), 3, "no more are weighed");

    // Another outlet's copy is weighed and named, however many there are.
    let late = trial.create(&article("c", "late", 20, &[tag("Oil")], 200), 20);
    trial.copy(late, copies[11]);
    assert_eq!(trial.item(first).copies.len(), 2);
    assert_eq!(
        trial.newest(&tag_feed("Oil")),
        [late],
        "of a topic that only it has"
    );
    assert_eq!(trial.facts(first).text_of, None, "the owner's text stays");
}

#[test]
fn a_further_copy_that_changes_or_leaves_is_where_it_should_be() {
    let (mut trial, first, copies) = crowd(6);
    // Its date moves, and it stays behind.
    let mut moved = article("b", "copy-6", 60, &[], 55);
    moved.fingerprint = Fingerprint(1);
    trial.join(&moved, copies[5], true);
    assert_eq!(trial.newest(&all()), [first]);
    assert_eq!(trial.newest(&of("b")), [copies[0]]);
    // The operator takes it out, and one that was weighed: the next takes its place.
    assert!(trial.part(copies[5]) && trial.part(copies[0]));
    assert_eq!(trial.newest(&all()), [copies[5], copies[0], first]);
    assert_eq!(trial.newest(&of("b")), [copies[5], copies[1], copies[0]]);
    assert_eq!(trial.facts(first).copies.len(), 3);
    // Without the first, another leads them all.
    assert!(trial.part(first));
    let leads: BTreeSet<_> = copies[1..5].iter().map(|copy| trial.facts(*copy).lead).collect();
    assert_eq!(leads.len(), 1);
}

#[test]
fn feeds_that_show_every_copy_show_the_further_ones() {
    let (mut trial, first, copies) = crowd(5);
    trial.configure(|setup| {
        setup.collapse = Collapse::None;
        setup.shown_items = 10;
    });
    assert_eq!(trial.size("all"), 6);
    assert_eq!(trial.size("source/b"), 5);
    trial.configure(|setup| setup.shown_items = 10);
    assert_eq!(trial.newest(&all()), [first]);
    assert_eq!(trial.newest(&of("b")), [copies[0]]);
}

#[test]
fn with_an_article_go_all_its_copies() {
    let (mut trial, ..) = crowd(7);
    for source in ["a", "b"] {
        let newer = ["new", "newer", "newest"].map(|name| format!("{name}-{source}"));
        let newer = newer.each_ref().map(String::as_str);
        for guid in newer {
            trial.create(&article(source, guid, 50, &[], 50), 50);
        }
        trial.hold(source, &newer, 50);
    }
    assert_eq!(trial.retire(100, 10), 8);
    for source in ["a", "b"] {
        assert_eq!(trial.size(&format!("source/{source}")), 3);
    }
    assert_eq!(trial.read().item_count().unwrap(), 6);
}

#[test]
fn a_story_takes_so_many_articles_and_no_more() {
    let mut trial = Trial::new();
    let first = trial.create(&article("a", "first", 0, &[], 50), 0);
    let others: Vec<ItemId> = (1..=505)
        .map(|n| trial.create(&article("b", &format!("other-{n}"), n, &[], 50), n))
        .collect();
    let joined = others.iter().filter(|other| trial.tell(**other, first)).count();
    assert_eq!(joined, 499);
    assert!(trial.facts(others[504]).story.is_empty());
    // A feed that shows one of them shows that the story grew.
    trial.compared();
    trial.grow(0);
    assert_eq!(trial.facts(first).story.len(), 500);
}

#[test]
fn an_older_databases_many_copies_stand_behind_their_lead() {
    let mut connection = rusqlite::Connection::open_in_memory().unwrap();
    open::migrate(&mut connection, &open::MIGRATIONS[..6]).unwrap();
    // The first leads six of its own source, and two of another.
    for id in 1..=9 {
        connection
            .execute(
                "INSERT INTO item (id, uuid, first_seen, published, updated, source, owned, feeds, title, authors, enclosures, lead)
                 VALUES (?1, zeroblob(15) || char(?1), ?1, ?1, ?1, iif(?1 < 8, 1, 2), 0, '[]', '', '[]', '[]', iif(?1 = 1, NULL, 1))",
                [id],
            )
            .unwrap();
    }
    open::migrate(&mut connection, open::MIGRATIONS).unwrap();
    let mut further = connection
        .prepare("SELECT id FROM item WHERE further = 1 ORDER BY id")
        .unwrap();
    let further: Vec<i64> = further
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(further, [5, 6, 7]);
}
