//! Whose items are, as more becomes known of where sources are at home.

use rusqlite::Connection;

use super::super::open;
use super::*;
use crate::model::{Claim, Fingerprint, PollState};

/// A poll on a day that says that this is the source's home.
fn says(trial: &mut Trial, name: &str, home: &str, day: i64) {
    let poll = PollState {
        link: Some(format!("https://{home}/")),
        last_poll: Some(at(day * 86_400)),
        ..PollState::default()
    };
    trial.write(|batch| batch.save_poll(&SourceId::of(name), &poll).unwrap());
}

/// The claim of a source to what is on news.example, whether the named one owns the item there, and its topics.
fn claim(trial: &mut Trial, name: &str) -> Claim {
    let asked = sighting(name, "one", 1, &[]);
    trial.write(|batch| batch.candidates(&asked).unwrap().claim)
}

fn stored(trial: &Trial, name: &str) -> Option<Fingerprint> {
    let known = trial
        .read()
        .fingerprints(&SourceId::of(name), &[Guid::new("one")]);
    known.unwrap()[0]
}

#[test]
fn a_home_counts_for_what_is_stored_and_its_words_are_asked_for() {
    let mut trial = Trial::new();
    let id = trial.create(&sighting("a", "one", 1, &[tag("Gossip")]), 0);
    let own = sighting("b", "one", 1, &[tag("Oil")]);
    trial.join(&own, id, false);
    assert_eq!(trial.item(id).topics, [tag("Gossip")]);
    says(&mut trial, "b", "www.news.example", 0);
    assert_eq!(claim(&mut trial, "b"), Claim::Declared);
    assert_eq!(trial.item(id).topics, [tag("Oil")], "the owner sorts it");
    assert_eq!(trial.newest(&tag_feed("gossip")), []);
    assert_eq!(
        trial.item(id).source,
        SourceId::of("a"),
        "whose words it still bears"
    );
    assert_ne!(
        stored(&trial, "b"),
        Some(own.fingerprint),
        "they come with the next poll"
    );
    assert_eq!(stored(&trial, "a"), Some(own.fingerprint));
    let known = trial.write(|batch| batch.candidates(&own).unwrap().by_url.unwrap());
    assert_eq!((known.claim, known.rival), (Claim::None, Claim::None));

    // A source that is there for certain voids the claim, and gives it back when it goes.
    let there = |setup: &mut Setup| setup.sources[2].feed = "https://news.example/feed".to_owned();
    trial.configure(there);
    assert_eq!(claim(&mut trial, "b"), Claim::None);
    assert_eq!(claim(&mut trial, "c"), Claim::Configured);
    assert_eq!(
        trial.item(id).topics,
        [tag("Gossip")],
        "it does not show this one"
    );
    trial.configure(|setup| {
        there(setup);
        setup.sources.pop();
    });
    assert_eq!(claim(&mut trial, "b"), Claim::Declared);
    let mut trial = trial.reopen();
    assert_eq!(claim(&mut trial, "b"), Claim::Declared);
    assert_eq!(trial.item(id).topics, [tag("Oil")]);
}

#[test]
fn a_home_is_changed_once_a_day_at_most_and_by_no_silence() {
    let mut trial = Trial::new();
    says(&mut trial, "b", "news.example", 0);
    trial.write(|batch| {
        batch
            .save_poll(&SourceId::of("b"), &PollState::default())
            .unwrap()
    });
    assert_eq!(
        claim(&mut trial, "b"),
        Claim::Declared,
        "a document that says nothing"
    );
    // Its first home it may have corrected at once; who comes to say so later comes after it.
    for (home, day, expected) in [
        ("other.example", 1, Claim::None),
        ("news.example", 1, Claim::None),
        ("news.example", 2, Claim::Declared),
    ] {
        says(&mut trial, "b", home, day);
        assert_eq!(claim(&mut trial, "b"), expected, "{home} {day}");
    }
    says(&mut trial, "c", "news.example", 3);
    assert_eq!(
        claim(&mut trial, "c"),
        Claim::Declared,
        "it said so in its first document"
    );
    assert_eq!(claim(&mut trial, "b"), Claim::None);
    // Another address is another source.
    trial.configure(|setup| setup.sources[2].feed = "https://moved.example/".to_owned());
    assert_eq!(claim(&mut trial, "c"), Claim::None);
    assert_eq!(claim(&mut trial, "b"), Claim::Declared);
}

#[test]
fn an_older_database_learns_whose_its_items_are() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("feedmill.db");
    let before = open::MIGRATIONS
        .iter()
        .position(|sql| sql.contains("DROP COLUMN owns"))
        .unwrap();
    let mut old = Connection::open(&path).unwrap();
    open::migrate(&mut old, &open::MIGRATIONS[..before]).unwrap();
    let uuid = |path: &str| *ItemId::of_url(&url(path)).as_bytes();
    old.execute_batch(
        "INSERT INTO feed (id, kind, key, name, slug, declared, state, size, dirty, shown_from)
             VALUES (2, 3, 'a', 'a', 'a', 1, 1, 1, 0, 0), (3, 3, 'b', 'b', 'b', 1, 1, 1, 0, 0),
                    (4, 2, 'gossip', 'Gossip', 'gossip', 0, 1, 1, 0, 0), (5, 2, 'oil', 'Oil', 'oil', 0, 1, 1, 0, 0);
         INSERT INTO source (id, key, address, live, feed, rules, classified, seen)
             VALUES (1, 'a', 'https://a.example/feed', 1, 2, 1, 1, 1), (2, 'b', 'https://b.example/feed', 1, 3, 1, 1, 1);
         INSERT INTO poll VALUES (2, '{\"link\":\"https://news.example/\"}');
         INSERT INTO body VALUES (1, NULL, 'words of a');
         INSERT INTO sighting (source, key, item, fingerprint, first_seen, owns, guid, topics, terms)
             VALUES (1, 7, 1, 11, 0, 0, 'one', '[[4,\"Gossip\"]]', '[]'), (2, 8, 1, 12, 0, 0, 'one', '[[5,\"Oil\"]]', '[]');",
    )
    .unwrap();
    old.execute(
        "INSERT INTO item (id, uuid, first_seen, published, updated, source, owned, feeds, url, title, authors, enclosures)
         VALUES (1, ?, 1700000000, 0, 0, 1, 0, '[1,2,3,4,5]', 'https://news.example/one', 'Title', '[]', '[]')",
        [uuid("one")],
    )
    .unwrap();
    for feed in 1..=5 {
        old.execute(
            "INSERT INTO membership (feed, published, uuid) VALUES (?, 0, ?)",
            rusqlite::params![feed, uuid("one")],
        )
        .unwrap();
    }
    drop(old);
    let store = Database::open(&path, slugger).unwrap();
    let mut trial = Trial { folder, store };
    let id = ItemId::of_url(&url("one"));
    assert_eq!(
        trial.item(id).topics,
        [tag("Gossip"), tag("Oil")],
        "before anything is known"
    );
    trial.configure(|_| ());
    let item = trial.item(id);
    assert_eq!(
        (item.item.title.as_str(), &item.topics),
        ("Title", &vec![tag("Oil")])
    );
    assert_eq!(trial.newest(&tag_feed("gossip")), []);
    assert_eq!(trial.newest(&FeedKey::all()), [id]);
    assert_eq!(claim(&mut trial, "b"), Claim::Declared);
    let fingerprint = |source: i64| -> i64 {
        let sql = "SELECT fingerprint FROM sighting WHERE source = ?";
        trial
            .store
            .connection
            .query_row(sql, [source], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(
        (fingerprint(1), fingerprint(2)),
        (11, 0),
        "the owner's words are asked for"
    );
}
