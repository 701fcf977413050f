//! Identity: rules 1 to 7 of DESIGN 4.4 as far as the store keeps them.

use super::*;
use crate::model::{Candidates, Claim, CleanHtml, Enclosure, Known};

#[test]
fn an_item_is_read_back_as_it_was_given() {
    let mut trial = Trial::new();
    let mut shown = sighting("a", "one", 5, &[tag("AFRICOM"), tag("Oil"), category("Libya")]);
    shown.item.updated = Some(at(9));
    shown.item.summary = Some(CleanHtml::already_clean("<b>قصير</b>".to_owned()));
    shown.item.image = Some("https://news.example/one.jpg".to_owned());
    shown.item.enclosures = vec![Enclosure {
        url: "https://news.example/one.mp3".to_owned(),
        media_type: Some("audio/mpeg".to_owned()),
        length: Some(u64::MAX),
    }];
    let id = trial.create(&shown, 50);
    let item = trial.item(id);
    assert_eq!(item.item, shown.item);
    assert_eq!((item.published, item.updated), (at(5), at(9)));
    assert_eq!(item.source, shown.source);
    assert_eq!(item.topics, [category("Libya"), tag("AFRICOM"), tag("Oil")]);
    assert_eq!(trial.read().item_count().unwrap(), 1);
}

#[test]
fn items_come_in_the_order_asked_and_unknown_ids_are_left_out() {
    let mut trial = Trial::new();
    let one = trial.create(&sighting("a", "one", 1, &[]), 0);
    let two = trial.create(&sighting("a", "two", 2, &[]), 0);
    let none = ItemId::of_url(&url("none"));
    let found = trial.read().items(&[two, none, one]).unwrap();
    assert_eq!(found.iter().map(|item| item.id).collect::<Vec<_>>(), [two, one]);
}

#[test]
fn candidates_are_found_by_guid_url_and_title() {
    let mut trial = Trial::new();
    let first = sighting("a", "one", 1, &[]);
    let id = trial.create(&first, 0);
    let known = Some(Known {
        id,
        url: Some(url("one")),
        source: SourceId::of("a"),
        is_borne: true,
        claim: Claim::None,
        rival: Claim::None,
        length: 10,
        claimed: Some(at(1)),
    });
    let ask =
        |trial: &mut Trial, sighting: &Sighting| trial.write(|batch| batch.candidates(sighting).unwrap());
    let with = |by_guid: bool, by_url: bool, by_title: bool| Candidates {
        by_guid: known.clone().filter(|_| by_guid),
        by_url: known.clone().filter(|_| by_url),
        by_title: known.clone().filter(|_| by_title),
        ..Candidates::default()
    };
    // The same again; its own title under its own guid is no news.
    assert_eq!(ask(&mut trial, &first), with(true, true, false));
    // Rule 1: a guid means nothing outside its source. Rule 2: an address does. Titles count within a source.
    let mut other = sighting("b", "one", 1, &[]);
    assert_eq!(ask(&mut trial, &other), with(false, true, false));
    other.item.url = Some(url("elsewhere"));
    assert_eq!(ask(&mut trial, &other), with(false, false, false));
    // Rule 6: all guids are new, links and titles hold.
    let mut moved = first.clone();
    moved.guid = Guid::new("new guid");
    moved.item.title = "  ABOUT one ".to_owned();
    assert_eq!(ask(&mut trial, &moved), with(false, true, true));
    moved.item.title = String::new();
    moved.item.url = None;
    assert_eq!(ask(&mut trial, &moved), with(false, false, false));
}

#[test]
fn of_equal_titles_the_newest_is_found() {
    let mut trial = Trial::new();
    for path in ["one", "two", "three"] {
        let mut weather = sighting("a", path, 1, &[]);
        weather.item.title = "Weather".to_owned();
        trial.create(&weather, 0);
    }
    let mut next = sighting("a", "three", 1, &[]);
    next.item.title = "weather".to_owned();
    let ask =
        |trial: &mut Trial, next: &Sighting| trial.write(|batch| batch.candidates(next).unwrap().by_title);
    assert_eq!(
        ask(&mut trial, &next).unwrap().id,
        ItemId::of_url(&url("two")),
        "not its own"
    );
    next.guid = Guid::new("four");
    assert_eq!(ask(&mut trial, &next).unwrap().id, ItemId::of_url(&url("three")));
}

#[test]
fn an_item_is_known_under_each_of_its_addresses_and_none_is_taken_from_another() {
    let mut trial = Trial::new();
    let one = trial.create(&sighting("a", "one", 1, &[]), 0);
    let two = trial.create(&sighting("a", "two", 2, &[]), 0);
    let mut moved = sighting("a", "moved", 1, &[]);
    moved.guid = Guid::new("one");
    trial.join(&moved, one, true);
    assert_eq!(trial.item(one).item.url, Some(url("moved")));
    let mut claims = sighting("a", "two", 1, &[]);
    claims.guid = Guid::new("one");
    trial.join(&claims, one, true);
    let at_url = |trial: &mut Trial, path: &str| {
        let asked = sighting("b", path, 1, &[]);
        trial.write(|batch| batch.candidates(&asked).unwrap().by_url.map(|known| known.id))
    };
    assert_eq!(at_url(&mut trial, "one"), Some(one));
    assert_eq!(at_url(&mut trial, "moved"), Some(one));
    assert_eq!(at_url(&mut trial, "two"), Some(two));
}

#[test]
fn an_item_without_address_gets_one_when_a_source_knows_it() {
    let mut trial = Trial::new();
    let mut bare = sighting("a", "one", 1, &[]);
    bare.item.url = None;
    let id = trial.create(&bare, 0);
    assert_eq!(id, ItemId::of_guid(&SourceId::of("a"), &Guid::new("one")));
    trial.join(&sighting("a", "one", 1, &[]), id, true);
    let asked = sighting("b", "one", 1, &[]);
    let found = trial.write(|batch| batch.candidates(&asked).unwrap().by_url.unwrap());
    assert_eq!((found.id, found.url), (id, Some(url("one"))));
    // A sighting that lost its address takes none away.
    trial.join(&bare, id, true);
    assert_eq!(trial.item(id).item.url, Some(url("one")));
}

#[test]
fn fingerprints_are_those_of_the_source_that_is_asked_for() {
    let mut trial = Trial::new();
    let mut shown = sighting("a", "one", 1, &[]);
    shown.fingerprint = Fingerprint(u64::MAX);
    trial.create(&shown, 0);
    let guids = [Guid::new("none"), Guid::new("one")];
    let ask = |source: &str| trial.read().fingerprints(&SourceId::of(source), &guids).unwrap();
    assert_eq!(ask("a"), [None, Some(Fingerprint(u64::MAX))]);
    assert_eq!(ask("b"), [None, None]);
    assert_eq!(ask("nobody"), [None, None]);
    let history = |source: &str| trial.read().has_history(&SourceId::of(source)).unwrap();
    assert!(history("a") && !history("b") && !history("nobody"));
}

#[test]
fn what_stands_in_for_a_date_gives_way_to_the_first_that_is_known() {
    let undated = |arrival| {
        let mut shown = sighting("a", "one", 1, &[]);
        (shown.item.published, shown.arrival) = (None, arrival);
        shown
    };
    for (arrival, stand_in) in [
        (Arrival::News, 70),
        (Arrival::Backlog { place: 2 }, 70 - 7 * 86_400 - 2),
    ] {
        let mut trial = Trial::new();
        let mut shown = undated(arrival);
        let id = trial.create(&shown, 70);
        assert_eq!(
            (trial.item(id).published, trial.item(id).item.published),
            (at(stand_in), None)
        );
        for (claimed, published) in [(10, 10), (20, 20), (5, 5), (90, 5)] {
            shown.item.published = Some(at(claimed));
            trial.join(&shown, id, true);
            assert_eq!(trial.item(id).published, at(published));
            assert_eq!(trial.item(id).item.published, Some(at(claimed)));
        }
    }
}

#[test]
fn a_date_is_also_taken_from_a_sighting_that_gives_no_text() {
    let shown = |name: &str, date: Option<i64>| {
        let mut shown = on_site_of("a", sighting(name, "one", 1, &[]));
        shown.item.published = date.map(at);
        shown
    };
    let mut trial = Trial::new();
    trial.configure(|setup| setup.sources[2].feed = "https://a.example/other".to_owned());
    let id = trial.create(&shown("a", None), 70);
    trial.publish();
    // An aggregator does not date what its owner shows; another list of the owner's does, once.
    assert_eq!(trial.join(&shown("b", Some(10)), id, false), Change::Noted);
    assert_eq!(
        (trial.item(id).published, trial.dirty()),
        (at(70), vec!["source/b".to_owned()])
    );
    assert_eq!(trial.join(&shown("c", Some(20)), id, false), Change::Changed);
    assert_eq!(trial.item(id).published, at(20));
    assert_eq!(trial.dirty(), ["all", "source/a", "source/b", "source/c"]);
    trial.join(&shown("c", Some(30)), id, false);
    assert_eq!(trial.item(id).published, at(20));
    assert_eq!(trial.newest(&FeedKey::all()), [id], "moved, not doubled");
}

#[test]
fn an_item_that_is_dated_anew_stays_where_it_is_unless_its_text_is_another() {
    const DAY: i64 = 86_400;
    let mut trial = Trial::new();
    let mut shown = sighting("a", "one", 0, &[]);
    let id = trial.create(&shown, 60);
    let mut take = |shown: &Sighting, now: i64| {
        let decision = Decision::Join { id, replace: true };
        let change = trial.write(|batch| batch.apply(shown, &decision, at(now)).unwrap());
        (change, (trial.item(id).published - at(0)).num_seconds())
    };
    shown.item.published = Some(at(DAY));
    assert_eq!(take(&shown, DAY), (Change::Noted, 0));
    shown.item.title = "About one (updated)".to_owned();
    shown.item.published = Some(at(2 * DAY));
    assert_eq!(take(&shown, 2 * DAY), (Change::Changed, 0));
    shown.item.content = Some(CleanHtml::already_clean(
        "<p>The second issue of the bulletin</p>".to_owned(),
    ));
    shown.item.published = Some(at(3 * DAY));
    assert_eq!(take(&shown, 3 * DAY), (Change::Changed, 3 * DAY));
}

#[test]
fn the_text_is_replaced_only_when_it_was_decided() {
    let mut trial = Trial::new();
    let id = trial.create(&on_site_of("b", sighting("a", "one", 1, &[])), 10);
    let mut owner = on_site_of("b", sighting("b", "one", 7, &[]));
    owner.item.title = "Better".to_owned();
    assert_eq!(trial.join(&owner, id, false), Change::Noted);
    assert_eq!(trial.item(id).item.title, "About one");
    assert_eq!(trial.join(&owner, id, true), Change::Changed);
    let item = trial.item(id);
    assert_eq!((item.item.title.as_str(), item.published), ("Better", at(7)));
    assert_eq!(item.source, SourceId::of("b"));
    assert_eq!(trial.newest(&FeedKey::all()), [id], "moved in time, not doubled");
    let known = trial.write(|batch| batch.candidates(&owner).unwrap().by_guid.unwrap());
    assert_eq!(known.claim, Claim::Configured);
}

#[test]
fn updated_moves_only_when_a_reader_sees_a_difference() {
    let mut trial = Trial::new();
    let mut shown = sighting("a", "one", 1, &[]);
    let id = trial.create(&shown, 1_000);
    assert_eq!(trial.item(id).updated, at(1), "without a claim it is the date");
    trial.publish();
    shown.item.updated = Some(at(500));
    assert_eq!(trial.join(&shown, id, true), Change::Noted);
    assert_eq!(trial.item(id).updated, at(1));
    assert_eq!(trial.dirty(), [""; 0]);
    shown.item.title = "Corrected".to_owned();
    assert_eq!(trial.join(&shown, id, true), Change::Changed);
    assert_eq!(trial.item(id).updated, at(500));
    assert_eq!(trial.dirty(), ["all", "source/a"]);
    shown.item.title = "Again".to_owned();
    shown.item.updated = None;
    shown.item.published = Some(at(600));
    trial.join(&shown, id, true);
    assert_eq!(
        (trial.item(id).published, trial.item(id).updated),
        (at(600), at(600)),
        "never before its date"
    );
}

#[test]
fn an_article_keeps_its_place_when_its_guid_is_given_to_another() {
    let mut trial = Trial::new();
    let mut shown = sighting("a", "one", 1, &[tag("Oil")]);
    shown.guid = Guid::new("1");
    let one = trial.create(&shown, 0);
    let mut next = sighting("a", "two", 2, &[tag("Gas")]);
    next.guid = Guid::new("1");
    let two = trial.create(&next, 0);
    assert_eq!(trial.newest(&FeedKey::source(&SourceId::of("a"))), [two, one]);
    assert_eq!(trial.item(one).topics, [tag("Oil")]);
    let known = trial.write(|batch| batch.candidates(&next).unwrap().by_guid.unwrap());
    assert_eq!(known.id, two);
    // To and fro: neither is lost, neither is doubled.
    for _ in 0..3 {
        trial.join(&shown, one, true);
        trial.join(&next, two, true);
    }
    assert_eq!(trial.newest(&FeedKey::all()), [two, one]);
    assert_eq!((trial.size("tag/oil"), trial.size("tag/gas")), (1, 1));
}

#[test]
fn topics_that_went_while_a_guid_was_away_do_not_come_back_with_it() {
    let mut trial = Trial::new();
    let show = |path: &str, topics: &[Topic]| {
        let mut shown = sighting("a", path, 1, topics);
        shown.guid = Guid::new("1");
        shown
    };
    let one = trial.create(&show("one", &[tag("Oil")]), 0);
    let two = trial.create(&show("two", &[]), 0);
    trial.join(&show("one", &[]), one, true);
    trial.join(&show("two", &[]), two, true);
    assert_eq!(trial.item(one).topics, []);
}

#[test]
fn an_id_that_is_taken_is_joined() {
    let mut trial = Trial::new();
    let id = trial.create(&sighting("a", "one", 1, &[]), 0);
    let again = sighting("b", "one", 1, &[]);
    let change = trial.write(|batch| batch.apply(&again, &Decision::Create(id), at(0)).unwrap());
    assert_eq!(change, Change::Noted);
    assert_eq!(trial.read().item_count().unwrap(), 1);
    assert_eq!(trial.size("source/b"), 1);
}

#[test]
fn a_flood_of_guids_for_one_item_is_bounded() {
    let mut trial = Trial::new();
    trial.configure(|setup| setup.sources[1].trust = true);
    let id = trial.create(&sighting("a", "one", 1, &[]), 0);
    for n in 0..40 {
        let mut shown = sighting("b", "one", 1, &[tag(&format!("t{n}"))]);
        shown.guid = Guid::new(format!("{n}"));
        trial.write(|batch| {
            batch
                .apply(&shown, &Decision::Join { id, replace: false }, at(n))
                .unwrap()
        });
    }
    let topics = trial.item(id).topics;
    assert_eq!(topics.len(), 16);
    assert!(topics.contains(&tag("t39")) && !topics.contains(&tag("t0")));
    assert_eq!(trial.size("tag/t0"), 0);
    assert_eq!(trial.size("source/a"), 1, "the flood pushes nobody out");
}

#[test]
fn what_is_not_committed_did_not_happen() {
    let mut trial = Trial::new();
    let before = trial.feeds();
    let shown = sighting("a", "one", 1, &[tag("Oil")]);
    let mut batch = trial.store.begin().unwrap();
    batch
        .apply(&shown, &Decision::Create(new_id(&shown)), at(0))
        .unwrap();
    drop(batch);
    assert_eq!(trial.feeds(), before);
    assert!(!trial.read().has_history(&SourceId::of("a")).unwrap());
    trial.create(&shown, 0);
    assert_eq!(trial.size("tag/oil"), 1);
}

#[test]
fn a_source_that_was_never_configured_is_an_error_that_names_it() {
    let mut trial = Trial::new();
    let shown = sighting("stranger", "one", 1, &[]);
    let error = trial.write(|batch| batch.candidates(&shown).unwrap_err());
    assert!(
        error.to_string().contains("\"stranger\" was never configured"),
        "{error}"
    );
}
