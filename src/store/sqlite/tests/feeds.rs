//! What feeds hold, show, are called, and when they are to be written.

use super::*;

#[test]
fn declared_topics_and_sources_have_feeds_while_empty() {
    let trial = Trial::new();
    let empty = [
        "all",
        "category/libya",
        "tag/africom",
        "source/a",
        "source/b",
        "source/c",
    ];
    assert_eq!(trial.feeds(), empty.map(|path| (path.to_owned(), 0)));
    assert_eq!(trial.dirty(), empty);
}

#[test]
fn an_item_is_in_the_feeds_of_its_sources_and_of_the_topics_of_those_that_are_trusted() {
    let mut trial = Trial::new();
    trial.configure(|setup| setup.sources[0].trust = true);
    let id = trial.create(&sighting("b", "one", 1, &[category("Libya"), tag("Oil")]), 0);
    assert_eq!(
        trial.join(&sighting("a", "one", 1, &[tag("Gas"), tag("Oil")]), id, false),
        Change::Changed
    );
    let expected = [
        ("all", 1),
        ("category/libya", 1),
        ("tag/africom", 0),
        ("tag/gas", 1),
        ("tag/oil", 1),
        ("source/a", 1),
        ("source/b", 1),
        ("source/c", 0),
    ];
    assert_eq!(
        trial.feeds(),
        expected.map(|(path, size)| (path.to_owned(), size))
    );
    // What the operator does not trust says nothing of what another bears.
    let other = sighting("c", "one", 1, &[tag("Gold"), tag("Oil")]);
    assert_eq!(trial.join(&other, id, false), Change::Noted);
    assert_eq!((trial.size("tag/gold"), trial.size("source/c")), (0, 1));
    // A topic stays as long as one of the sightings has it.
    trial.join(&sighting("a", "one", 1, &[tag("Oil")]), id, false);
    assert_eq!(trial.item(id).topics, [category("Libya"), tag("Oil")]);
    assert_eq!(
        (trial.size("tag/gas"), trial.size("tag/oil")),
        (0, 1),
        "empty, but still published"
    );
    assert_eq!(trial.newest(&tag_feed("gas")), []);
}

#[test]
fn the_newest_are_ordered_by_date_and_then_by_id() {
    let mut trial = Trial::new();
    let mut items: Vec<(i64, ItemId)> = (0..20)
        .map(|n| {
            (
                n / 4,
                trial.create(&sighting("a", &format!("{n}"), n / 4, &[]), 0),
            )
        })
        .collect();
    items.sort_by_key(|(date, id)| (-date, *id));
    let ids: Vec<ItemId> = items.iter().map(|(_, id)| *id).collect();
    assert_eq!(trial.newest(&FeedKey::all()), ids);
    let few = |items, span| {
        trial
            .read()
            .newest(&FeedKey::all(), items, TimeDelta::seconds(span))
            .unwrap()
    };
    assert_eq!(few(3, 0), ids[..4], "all of the newest second");
    assert_eq!(few(3, 2), ids[..12], "all of the span");
    assert_eq!(few(10, 0), ids[..10]);
    assert_eq!(few(0, -1), []);
    assert_eq!(
        trial
            .read()
            .newest(&tag_feed("none"), 3, TimeDelta::zero())
            .unwrap(),
        []
    );
}

#[test]
fn a_span_that_holds_too_much_is_cut() {
    let mut trial = Trial::new();
    trial.write(|batch| {
        for n in 0..1_100 {
            let shown = sighting("a", &format!("{n}"), n % 50, &[]);
            batch
                .apply(&shown, &Decision::Create(new_id(&shown)), at(0))
                .unwrap();
        }
    });
    let show = |items| {
        trial
            .read()
            .newest(&FeedKey::all(), items, TimeDelta::days(1))
            .unwrap()
            .len()
    };
    assert_eq!((show(3), show(1_050)), (1_000, 1_050));
}

#[test]
fn only_a_visible_change_makes_a_feed_dirty() {
    let mut trial = Trial::new();
    for n in 0..6 {
        trial.create(&sighting("a", &format!("{n}"), n * 1_000, &[tag("Oil")]), 0);
    }
    trial.publish();
    // The newest three of a are at 3000 to 5000; what is older is not seen, except in the new feed of another source.
    let old = trial.create(&sighting("b", "old", 2_999, &[tag("Oil")]), 8_000);
    assert_eq!(trial.dirty(), ["source/b"]);
    trial.publish();
    let mut changed = sighting("b", "old", 2_999, &[tag("Oil")]);
    changed.item.title = "Corrected".to_owned();
    assert_eq!(trial.join(&changed, old, true), Change::Changed);
    assert_eq!(trial.dirty(), ["source/b"]);
    trial.publish();
    trial.create(&sighting("a", "new", 6_000, &[]), 0);
    assert_eq!(trial.dirty(), ["all", "source/a"]);
    trial.publish();
    // Now the newest three of everything begin at 4000.
    trial.create(&sighting("c", "between", 3_500, &[]), 0);
    assert_eq!(trial.dirty(), ["source/c"]);
    trial.publish();
    changed.item.published = Some(at(7_000));
    trial.join(&changed, old, true);
    assert_eq!(trial.dirty(), ["all", "tag/oil", "source/b"], "it came into view");
    trial.publish();
    changed.item.published = Some(at(10));
    trial.join(&changed, old, true);
    assert_eq!(
        trial.dirty(),
        ["all", "tag/oil", "source/b"],
        "it went out of view"
    );
}

#[test]
fn what_lies_within_the_span_is_visible_however_many_are_newer() {
    let mut trial = Trial::new();
    for n in 0..6 {
        trial.create(&sighting("a", &format!("{n}"), 1_000 + n, &[]), 0);
    }
    trial.create(&sighting("a", "far", 0, &[]), 0);
    trial.publish();
    trial.create(&sighting("a", "within", 905, &[]), 0);
    assert_eq!(trial.dirty(), ["all", "source/a"]);
    trial.publish();
    trial.create(&sighting("a", "without", 904, &[]), 0);
    assert_eq!(trial.dirty(), [""; 0]);
}

#[test]
fn new_topics_of_an_item_show_in_all_its_feeds_and_a_new_source_only_in_its_own() {
    let mut trial = Trial::new();
    trial.configure(|setup| setup.sources[1].trust = true);
    let id = trial.create(&sighting("a", "one", 1, &[tag("Oil")]), 0);
    trial.publish();
    assert_eq!(
        trial.join(&sighting("b", "one", 1, &[tag("Oil")]), id, false),
        Change::Noted
    );
    assert_eq!(trial.dirty(), ["source/b"]);
    trial.publish();
    assert_eq!(
        trial.join(&sighting("b", "one", 1, &[tag("Oil"), tag("Gas")]), id, false),
        Change::Changed
    );
    assert_eq!(
        trial.dirty(),
        ["all", "tag/gas", "tag/oil", "source/a", "source/b"]
    );
}

#[test]
fn changed_settings_of_publishing_make_everything_dirty() {
    for change in [
        |setup: &mut Setup| setup.rendering = 2,
        |setup: &mut Setup| setup.shown_items = 4,
        |setup: &mut Setup| setup.shown_span = TimeDelta::seconds(101),
        |setup: &mut Setup| setup.tags = vec![declared("Africom")],
    ] {
        let mut trial = Trial::new();
        trial.publish();
        trial.configure(change);
        assert_eq!(trial.dirty().len(), 6);
        trial.publish();
        trial.configure(change);
        assert_eq!(trial.dirty(), [""; 0]);
    }
}

#[test]
fn an_undeclared_tag_is_shown_in_its_prevailing_spelling() {
    let mut trial = Trial::new();
    let spelt = |trial: &mut Trial, path: &str, name: &str| {
        trial.create(&sighting("a", path, 1, &[tag(name), tag("Other")]), 0);
    };
    let name = |trial: &Trial| {
        let feeds = trial.read().feeds().unwrap();
        feeds
            .into_iter()
            .find(|feed| feed.key == tag_feed("lna"))
            .unwrap()
            .name
    };
    spelt(&mut trial, "1", "lna");
    trial.create(&sighting("b", "2", 1, &[tag("Else")]), 0);
    trial.publish();
    spelt(&mut trial, "3", "LNA");
    assert_eq!(name(&trial), "lna", "equals do not flicker");
    trial.publish();
    spelt(&mut trial, "4", "LNA");
    assert_eq!(name(&trial), "LNA");
    assert_eq!(
        trial.dirty(),
        ["all", "tag/lna", "tag/other", "source/a"],
        "not where no item bears it"
    );
    let topics = trial.item(ItemId::of_url(&url("1"))).topics;
    assert_eq!(topics[0].name, "LNA", "on every item alike");
    trial.publish();
    // Changing sightings take their spelling with them.
    for path in ["3", "4"] {
        trial.join(
            &sighting("a", path, 1, &[tag("Lna"), tag("Other")]),
            ItemId::of_url(&url(path)),
            true,
        );
    }
    assert_eq!(name(&trial), "Lna");
    assert_eq!(
        trial
            .feeds()
            .iter()
            .filter(|(path, _)| path.starts_with("tag/lna"))
            .count(),
        1
    );
}

#[test]
fn the_declared_spelling_holds_whatever_sources_write() {
    let mut trial = Trial::new();
    for path in ["1", "2", "3"] {
        trial.create(&sighting("a", path, 1, &[tag("africom")]), 0);
    }
    assert_eq!(trial.item(ItemId::of_url(&url("1"))).topics, [tag("AFRICOM")]);
    trial.configure(|setup| setup.tags.clear());
    trial.create(&sighting("a", "4", 1, &[tag("africom")]), 0);
    assert_eq!(trial.item(ItemId::of_url(&url("1"))).topics, [tag("africom")]);
}

#[test]
fn slugs_are_allotted_once_and_never_shared() {
    let mut trial = Trial::new();
    trial.create(
        &sighting("a", "1", 1, &[tag("C"), tag("C#"), tag("C++"), category("C")]),
        0,
    );
    let slugs: Vec<String> = trial.feeds().into_iter().map(|(path, _)| path).collect();
    for path in ["category/c", "tag/c", "tag/c-2", "tag/c-3"] {
        assert!(slugs.iter().any(|slug| slug == path), "{path} in {slugs:?}");
    }
    // Declared, respelt and after a restart the folders are the same.
    trial.configure(|setup| setup.tags = vec![declared("c++"), declared("C")]);
    let mut trial = trial.reopen();
    trial.create(&sighting("a", "2", 1, &[tag("C"), tag("C++"), tag("C*")]), 0);
    assert_eq!(
        (trial.size("tag/c"), trial.size("tag/c-3"), trial.size("tag/c-4")),
        (2, 2, 1)
    );
}

#[test]
fn declared_names_get_their_slugs_in_the_order_of_the_configuration() {
    for (names, slugs) in [
        (["C#", "C"], ["tag/c", "tag/c-2"]),
        (["C", "C#"], ["tag/c", "tag/c-2"]),
    ] {
        let mut trial = Trial::empty();
        trial.configure(|setup| setup.tags = names.map(declared).to_vec());
        let feeds = trial.read().feeds().unwrap();
        for (name, slug) in names.iter().zip(slugs) {
            let feed = feeds.iter().find(|feed| feed.name == *name).unwrap();
            assert_eq!(path(feed), slug);
        }
    }
}

#[test]
fn a_topic_that_is_no_longer_declared_stays_until_it_is_empty() {
    let mut trial = Trial::new();
    let id = trial.create(&sighting("a", "1", 1, &[category("Libya")]), 0);
    trial.publish();
    trial.configure(|setup| {
        setup.categories.clear();
        setup.tags.clear();
    });
    assert_eq!(trial.removed(), ["tag/africom"]);
    assert_eq!(trial.size("category/libya"), 1);
    trial.join(&sighting("a", "1", 1, &[tag("Libya")]), id, true);
    assert_eq!(trial.removed(), ["category/libya", "tag/africom"]);
    assert_eq!(trial.size("tag/libya"), 1);
    let gone: Vec<FeedKey> = trial
        .read()
        .removed()
        .unwrap()
        .into_iter()
        .map(|feed| feed.key)
        .collect();
    trial.write(|batch| batch.deleted(&gone).unwrap());
    assert_eq!(trial.removed(), [""; 0]);
    assert_eq!(trial.withdrawn(), ["category/libya", "tag/africom"]);
    // Both come back to the same folder: one because it is declared, one because a source uses it.
    trial.publish();
    trial.configure(|setup| setup.tags.clear());
    trial.create(&sighting("a", "2", 1, &[tag("AFRICOM")]), 0);
    assert_eq!(trial.size("category/libya"), 0);
    assert_eq!(trial.size("tag/africom"), 1);
    assert!(trial.dirty().contains(&"category/libya".to_owned()));
    assert_eq!(trial.withdrawn(), [""; 0]);
}

#[test]
fn a_feed_that_came_back_before_its_files_were_deleted_is_not_forgotten() {
    let mut trial = Trial::new();
    trial.configure(|setup| setup.tags.clear());
    let gone: Vec<FeedKey> = trial
        .read()
        .removed()
        .unwrap()
        .into_iter()
        .map(|feed| feed.key)
        .collect();
    trial.configure(|_| ());
    trial.write(|batch| batch.deleted(&gone).unwrap());
    assert_eq!(trial.size("tag/africom"), 0);
}

#[test]
fn tags_beyond_the_cap_have_no_feed_until_there_is_room() {
    let mut trial = Trial::new();
    trial.store.memory.tag_cap = 2;
    let tags = ["t1", "t2", "t3", "t4"].map(tag);
    let id = trial.create(&sighting("a", "1", 1, &tags), 0);
    let published = |trial: &Trial| -> Vec<String> {
        trial
            .feeds()
            .into_iter()
            .map(|(path, _)| path)
            .filter(|path| path.starts_with("tag/t"))
            .collect()
    };
    assert_eq!(published(&trial), ["tag/t1", "tag/t2"]);
    assert_eq!(trial.read().tags_without_feed().unwrap(), 2);
    assert_eq!(trial.item(id).topics, tags, "the item bears them all the same");
    // A declared one is not subject to the cap, and brings its items along.
    trial.configure(|setup| setup.tags.push(declared("t4")));
    assert_eq!(published(&trial), ["tag/t1", "tag/t2", "tag/t4"]);
    assert_eq!(trial.newest(&tag_feed("t4")), [id]);
    // One that holds nothing any more gives way to one that does.
    trial.join(&sighting("a", "1", 1, &tags[1..]), id, true);
    assert_eq!(published(&trial), ["tag/t1", "tag/t2", "tag/t4"]);
    trial.create(&sighting("a", "2", 1, &tags[2..]), 0);
    assert_eq!(published(&trial), ["tag/t2", "tag/t3", "tag/t4"]);
    assert_eq!(trial.size("tag/t3"), 2);
    assert_eq!(trial.removed(), ["tag/t1"]);
    assert_eq!(trial.read().tags_without_feed().unwrap(), 0);
}
