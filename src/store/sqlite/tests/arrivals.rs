//! What a feed shows by when it came, whatever its date.

use super::*;
use crate::model::{Collapse, ItemKey};

const HOUR: i64 = 3_600;
const SPAN: TimeDelta = TimeDelta::hours(10);

/// A store whose feeds show two items, and ten hours.
fn trial(collapse: Collapse) -> Trial {
    let mut trial = Trial::empty();
    trial.configure(|setup| (setup.shown_items, setup.shown_span, setup.collapse) = (2, SPAN, collapse));
    trial
}

/// Source a brings what it dates so, at this hour; its path is both.
fn bring(trial: &mut Trial, date: i64, now: i64, arrival: Arrival) -> ItemId {
    let mut shown = sighting("a", &format!("{date}-{now}"), date * HOUR, &[]);
    shown.arrival = arrival;
    trial.create(&shown, now * HOUR)
}

fn shown(trial: &Trial) -> Vec<ItemId> {
    let items = trial.read().newest(&FeedKey::all(), 2, SPAN).unwrap();
    let stories = trial.read().stories(&FeedKey::all(), 2, SPAN).unwrap();
    let alone: Vec<ItemId> = stories.into_iter().flat_map(|entry| entry.items).collect();
    assert_eq!(items, alone);
    items
}

#[test]
fn what_is_found_late_is_shown_for_the_span_and_sorted_by_date() {
    for collapse in [Collapse::Duplicates, Collapse::Stories] {
        let mut trial = trial(collapse);
        let newest: Vec<ItemId> = (0..20)
            .map(|hour| bring(&mut trial, hour, hour, Arrival::News))
            .rev()
            .collect();
        trial.publish();
        // Dated three days ago and the day before yesterday.
        let late = bring(&mut trial, -70, 20, Arrival::News);
        assert_eq!(trial.dirty(), ["all", "source/a"]);
        trial.publish();
        let later = bring(&mut trial, -40, 21, Arrival::News);
        // The span counts back from the last that came.
        assert_eq!(shown(&trial), [&newest[..9], &[later, late]].concat());
        let archived = bring(&mut trial, -50, 21, Arrival::Backlog { place: 0 });
        trial.publish();
        assert!(!shown(&trial).contains(&archived));
        // As it goes on, the first to come leaves first.
        let next = bring(&mut trial, 31, 31, Arrival::News);
        assert_eq!(shown(&trial), [next, newest[0], later]);
        trial.publish();
        let next = [bring(&mut trial, 32, 32, Arrival::News), next];
        assert_eq!(shown(&trial), next);
        // What left is seen by nobody.
        trial.publish();
        let mut changed = sighting("a", "-40-21", -40 * HOUR, &[]);
        changed.item.title = "Corrected".to_owned();
        trial.join(&changed, later, true);
        assert_eq!(trial.dirty(), [""; 0]);
    }
}

#[test]
fn a_backlog_without_dates_is_below_what_is_dated_and_in_its_order() {
    let mut trial = trial(Collapse::Duplicates);
    let mut undated = |place: u32| {
        let mut shown = sighting("b", &format!("{place}"), 0, &[]);
        (shown.item.published, shown.arrival) = (None, Arrival::Backlog { place });
        trial.create(&shown, 30 * HOUR)
    };
    let backlog: Vec<ItemId> = (0..40).map(&mut undated).collect();
    let yesterday = bring(&mut trial, 1, 30, Arrival::Backlog { place: 0 });
    let today = bring(&mut trial, 29, 30, Arrival::Backlog { place: 1 });
    assert_eq!(shown(&trial), [today, yesterday]);
    let held = trial.newest(&FeedKey::source(&SourceId::of("b")));
    assert_eq!(held, backlog);
}

#[test]
fn a_copy_that_is_news_brings_up_an_article_that_was_none() {
    let mut trial = trial(Collapse::Duplicates);
    for hour in 0..20 {
        bring(&mut trial, hour, hour, Arrival::News);
    }
    let backlog = bring(&mut trial, -70, 20, Arrival::Backlog { place: 0 });
    trial.write(|batch| {
        let waiting = batch.groups().ungrouped().unwrap();
        let items: Vec<ItemKey> = waiting.iter().map(|item| item.key).collect();
        batch.groups().grouped(&items).unwrap();
    });
    trial.publish();
    assert!(!shown(&trial).contains(&backlog));
    let copy = trial.create(&sighting("b", "copy", 20 * HOUR, &[]), 21 * HOUR);
    trial.write(|batch| {
        let [copy, backlog] = [copy, backlog].map(|id| batch.groups().find(&id).unwrap().unwrap());
        assert!(batch.groups().join_copy(copy, backlog).unwrap());
    });
    assert_eq!(trial.dirty(), ["all", "source/a", "source/b"]);
    assert_eq!(shown(&trial).last(), Some(&backlog));
    assert!(!shown(&trial).contains(&copy), "once");
}

#[test]
fn where_not_all_can_be_shown_what_came_last_is() {
    for collapse in [Collapse::Duplicates, Collapse::Stories] {
        let mut trial = trial(collapse);
        let came: Vec<ItemId> = trial.write(|batch| {
            let mut come = |path: String, date: i64, now: i64| {
                let shown = sighting("a", &path, date, &[]);
                let id = new_id(&shown);
                batch.apply(&shown, &Decision::Create(id), at(now)).unwrap();
                id
            };
            let prompt = (0..1_000)
                .map(|n| come(format!("p{n}"), n, n))
                .collect::<Vec<_>>();
            let late = (1_000..1_300)
                .map(|n| come(format!("l{n}"), n - 90_000, n))
                .collect();
            [prompt, late].concat()
        });
        let mut last: Vec<ItemId> = came[300..1_000].iter().rev().copied().collect();
        last.extend(came[1_000..].iter().rev());
        assert_eq!(shown(&trial), last);
        trial.publish();
        // A change of what is left out is seen by nobody, one of what is shown is.
        for (n, dirty) in [(0, 0), (299, 0), (300, 2), (1_299, 2)] {
            let (path, date) = if n < 1_000 {
                (format!("p{n}"), n)
            } else {
                (format!("l{n}"), n - 90_000)
            };
            let mut changed = sighting("a", &path, date, &[]);
            changed.item.title = "Corrected".to_owned();
            trial.join(&changed, came[usize::try_from(n).unwrap()], true);
            assert_eq!(trial.dirty().len(), dirty, "{n}");
            trial.publish();
        }
    }
}

#[test]
fn an_older_database_shows_what_came_late_to_it_and_no_archive() {
    let mut trial = trial(Collapse::Duplicates);
    let backlog = bring(&mut trial, -100, 0, Arrival::News);
    let late = bring(&mut trial, -10, 60, Arrival::News);
    let archived = bring(&mut trial, -99, 60, Arrival::News);
    let newest = bring(&mut trial, 61, 61, Arrival::News);
    let prompt = bring(&mut trial, 60, 61, Arrival::News);
    trial.publish();
    trial
        .store
        .connection
        .execute_batch(
            "DROP INDEX membership_late; ALTER TABLE membership DROP COLUMN arrived; ALTER TABLE item DROP COLUMN arrived",
        )
        .unwrap();
    trial
        .store
        .connection
        .execute_batch(include_str!("../migrations/0008_arrived.sql"))
        .unwrap();
    assert_eq!(trial.dirty(), ["all", "source/a"]);
    assert_eq!(shown(&trial), [newest, prompt, late]);
    assert_eq!(
        trial.newest(&FeedKey::all()),
        [newest, prompt, late, archived, backlog]
    );
    // And it goes on from there.
    let mut dated = sighting("a", "-10-60", -20 * HOUR, &[]);
    dated.guid = Guid::new("-10-60");
    trial.join(&dated, late, true);
    assert_eq!(shown(&trial), [newest, prompt, late]);
    assert_eq!(
        trial.newest(&FeedKey::all()),
        [newest, prompt, late, archived, backlog]
    );
}
