//! Sources that come, go and change, and what is remembered about polling them.

use super::*;
use crate::model::{Claim, HostPause, PollState, Robots, RobotsRecord, RobotsRule, Validators};

fn without_a(setup: &mut Setup) {
    setup.sources.remove(0);
}

#[test]
fn a_renamed_source_keeps_its_items_polls_and_folder() {
    let mut trial = Trial::new();
    let id = trial.create(&sighting("a", "one", 1, &[]), 0);
    let poll = PollState {
        failures: 3,
        ..PollState::default()
    };
    trial.write(|batch| batch.save_poll(&SourceId::of("a"), &poll).unwrap());
    trial.publish();
    trial.configure(|setup| {
        setup.sources[0].id = SourceId::of("Renamed");
        setup.sources[0].name = "Renamed".to_owned();
    });
    let renamed = SourceId::of("Renamed");
    assert_eq!(trial.item(id).source, renamed);
    assert_eq!(trial.newest(&FeedKey::source(&renamed)), [id]);
    assert_eq!(trial.newest(&FeedKey::source(&SourceId::of("a"))), []);
    assert_eq!(trial.store.polls().unwrap()[&renamed], poll);
    assert!(trial.read().has_history(&renamed).unwrap());
    assert_eq!(
        trial.size("source/a"),
        1,
        "readers have subscribed to this folder"
    );
    assert_eq!(trial.dirty(), ["source/a"]);
    assert_eq!(trial.removed(), [""; 0]);
}

#[test]
fn a_source_with_a_new_address_is_the_same_source() {
    let mut trial = Trial::new();
    let id = trial.create(&sighting("a", "one", 1, &[]), 0);
    trial.configure(|setup| setup.sources[0].feed = "https://moved.example/".to_owned());
    assert_eq!(trial.newest(&FeedKey::source(&SourceId::of("a"))), [id]);
    assert_eq!(trial.removed(), [""; 0]);
}

#[test]
fn a_source_that_vanished_takes_its_items_along_and_brings_them_back() {
    let mut trial = Trial::new();
    let alone = trial.create(&sighting("a", "alone", 1, &[tag("Oil")]), 0);
    let topics = [tag("Gas"), tag("Oil")];
    let both = trial.create(&sighting("a", "both", 2, &topics), 0);
    trial.join(&sighting("b", "both", 2, &topics), both, false);
    trial.publish();
    let before = trial.feeds();

    trial.configure(without_a);
    assert_eq!(trial.removed(), ["source/a"]);
    assert_eq!(trial.dirty(), ["all", "tag/gas", "tag/oil", "source/b"]);
    assert_eq!(trial.newest(&FeedKey::all()), [both]);
    assert_eq!(trial.size("tag/oil"), 1);
    assert_eq!(trial.item(both).topics, topics);
    assert_eq!(trial.item(both).source, SourceId::of("b"), "who is left is named");
    assert_eq!(trial.item(alone).topics, []);
    assert_eq!(trial.read().item_count().unwrap(), 2, "nothing is lost yet");
    let gone: Vec<FeedKey> = trial
        .read()
        .removed()
        .unwrap()
        .into_iter()
        .map(|feed| feed.key)
        .collect();
    trial.write(|batch| batch.deleted(&gone).unwrap());
    trial.publish();

    let mut trial = trial.reopen();
    trial.configure(|_| ());
    assert_eq!(trial.feeds(), before);
    assert_eq!(trial.newest(&FeedKey::all()), [both, alone]);
    assert_eq!(
        trial.item(both).topics,
        [tag("Gas"), tag("Oil")],
        "two of them say so"
    );
    assert!(trial.dirty().contains(&"source/a".to_owned()));
}

#[test]
fn the_owner_is_named_before_others_when_the_named_source_vanished() {
    let mut trial = Trial::new();
    let shown = |name| on_site_of("c", sighting(name, "one", 1, &[]));
    let id = trial.create(&shown("a"), 0);
    trial.join(&shown("b"), id, false);
    let owner = shown("c");
    trial.join(&owner, id, false);
    trial.configure(without_a);
    assert_eq!(trial.item(id).source, SourceId::of("c"));
    let known = trial.write(|batch| batch.candidates(&owner).unwrap().by_guid.unwrap());
    assert_eq!(known.claim, Claim::Configured);
}

#[test]
fn sightings_in_a_vanished_source_do_not_count() {
    let mut trial = Trial::new();
    trial.configure(without_a);
    let id = trial.create(&sighting("a", "one", 1, &[tag("Oil")]), 0);
    assert_eq!(trial.newest(&FeedKey::all()), []);
    trial.join(&sighting("b", "one", 1, &[]), id, false);
    assert_eq!(trial.newest(&FeedKey::all()), [id]);
    assert_eq!(trial.item(id).source, SourceId::of("b"));
}

#[test]
fn sources_with_changed_rules_are_named_until_they_are_classified_again() {
    let mut trial = Trial::new();
    trial.create(&sighting("b", "one", 1, &[tag("Oil")]), 0);
    let rules = |setup: &mut Setup| setup.sources.iter_mut().for_each(|source| source.rules = 2);
    let b = SourceId::of("b");
    assert_eq!(
        trial.configure(rules),
        std::slice::from_ref(&b),
        "the others have nothing stored"
    );
    // Whoever was interrupted finds it still to do.
    let mut trial = trial.reopen();
    assert_eq!(trial.configure(rules), std::slice::from_ref(&b));
    trial.write(|batch| batch.classified(&b, 2).unwrap());
    assert_eq!(trial.configure(rules), []);
    assert_eq!(trial.reopen().configure(rules), []);
}

#[test]
fn stored_sightings_are_handed_out_in_pages_and_classified_again() {
    let mut trial = Trial::new();
    let mut ids = Vec::new();
    for n in 0..10 {
        ids.push(trial.create(&sighting("a", &format!("{n}"), n, &[tag("Oil")]), 0));
    }
    trial.create(&sighting("b", "other", 1, &[]), 0);
    trial.publish();
    let a = SourceId::of("a");
    let (mut cursor, mut seen) = (0, Vec::new());
    loop {
        let page = trial.read().sightings(&a, cursor, 3).unwrap();
        let Some(last) = page.last() else { break };
        cursor = last.cursor;
        for stored in &page {
            assert_eq!(stored.terms, ["Oil"]);
            assert_eq!(stored.title, format!("About {}", stored.guid.as_str()));
            let html = stored.html.as_ref().unwrap().as_str();
            assert_eq!(html, format!("<p>{}</p>", stored.guid.as_str()));
            trial.write(|batch| batch.reclassify(&a, &stored.guid, &[category("Libya")]).unwrap());
            seen.push(stored.guid.as_str().to_owned());
        }
    }
    seen.sort();
    assert_eq!(seen, (0..10).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!((trial.size("category/libya"), trial.size("tag/oil")), (10, 0));
    assert_eq!(trial.dirty(), ["all", "category/libya", "tag/oil", "source/a"]);
    trial.publish();
    trial.write(|batch| {
        batch
            .reclassify(&a, &Guid::new("3"), &[category("Libya")])
            .unwrap()
    });
    trial.write(|batch| {
        batch
            .reclassify(&a, &Guid::new("unknown"), &[category("Libya")])
            .unwrap()
    });
    assert_eq!(trial.dirty(), [""; 0]);
}

#[test]
fn polls_and_pauses_are_remembered() {
    let mut trial = Trial::new();
    assert!(trial.store.polls().unwrap().is_empty());
    let poll = PollState {
        url: "https://a.example/feed".to_owned(),
        next_poll: Some(at(60)),
        validators: Some(Validators {
            url: "https://a.example/feed".to_owned(),
            etag: Some(vec![b'"', 0xff, b'"']),
            last_modified: None,
        }),
        ..PollState::default()
    };
    let pause = HostPause {
        host: "a.example".to_owned(),
        until: at(90),
    };
    trial.write(|batch| {
        batch
            .save_poll(&SourceId::of("a"), &PollState::default())
            .unwrap();
        batch.save_poll(&SourceId::of("a"), &poll).unwrap();
        batch
            .save_pause(&HostPause {
                until: at(1),
                ..pause.clone()
            })
            .unwrap();
        batch.save_pause(&pause).unwrap();
    });
    let trial = trial.reopen();
    let polls = trial.store.polls().unwrap();
    assert_eq!((polls.len(), &polls[&SourceId::of("a")]), (1, &poll));
    assert_eq!(trial.store.pauses().unwrap(), [pause]);
}

#[test]
fn what_sites_ask_of_programs_is_kept_for_a_while() {
    let mut trial = Trial::new();
    let record = |origin: &str, days: i64, pattern: &str| RobotsRecord {
        origin: origin.to_owned(),
        fetched: at(days),
        robots: Robots {
            is_closed: false,
            rules: vec![RobotsRule {
                allows: false,
                pattern: pattern.to_owned(),
            }],
            crawl_delay: Some(5),
        },
    };
    trial.write(|batch| {
        for record in [
            record("https://a.example", 1, "/old"),
            record("https://b.example", 1, "/b"),
        ] {
            batch.save_robots(&record, at(0)).unwrap();
        }
    });
    let newer = record("https://a.example", 40, "/new");
    trial.write(|batch| batch.save_robots(&newer, at(10)).unwrap());
    assert_eq!(trial.reopen().store.robots().unwrap(), [newer]);
}
