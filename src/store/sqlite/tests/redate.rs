//! Items that a wrong clock dated.

use super::*;
use crate::model::Uncertain;

const DAY: i64 = 86_400;

fn uncertain(path: &str, date: Option<i64>, refused: Option<i64>) -> Sighting {
    let mut shown = sighting("a", path, 0, &[]);
    shown.item.published = date.map(at);
    shown.uncertain = Uncertain {
        seen: true,
        published: refused.map(at),
        updated: None,
    };
    shown
}

/// Dates all anew; how many transactions that took.
fn redate(trial: &mut Trial, now: i64, limit: usize) -> usize {
    let (mut cursor, mut steps) = (Some(0), 0);
    while let Some(after) = cursor {
        cursor = trial.write(|batch| batch.redate(at(now), after, limit).unwrap());
        steps += 1;
    }
    steps
}

#[test]
fn what_a_wrong_clock_dated_pins_no_feed_and_is_dated_anew() {
    let mut trial = Trial::new();
    let ahead = 200 * DAY;
    let news = trial.create(&sighting("a", "news", -10, &[]), 0);
    let pinned = trial.create(&uncertain("pinned", None, None), ahead);
    let promised = trial.create(&uncertain("promised", Some(ahead - DAY), None), ahead);
    let dated = trial.create(&uncertain("dated", Some(-20), None), ahead);
    assert_eq!(trial.newest(&FeedKey::all()), [pinned, promised, news, dated]);
    trial.publish();
    assert_eq!(redate(&mut trial, 5, 100), 1);
    assert_eq!(trial.item(pinned).published, at(5));
    assert_eq!(trial.item(promised).published, at(5));
    assert_eq!(trial.item(dated).published, at(-20));
    assert_eq!(trial.newest(&FeedKey::all())[2..], [news, dated]);
    assert!(trial.dirty().contains(&"all".to_owned()));
    // Its day has come, and somebody else had the clock wrong again.
    redate(&mut trial, ahead + DAY, 100);
    assert_eq!(trial.item(promised).published, at(ahead - DAY));
    assert_eq!(trial.item(pinned).published, at(5));
}

#[test]
fn what_was_dated_before_the_clock_was_set_gets_the_dates_of_its_source() {
    let mut trial = Trial::new();
    let lost = 60 - NOON;
    let dated = trial.create(&uncertain("dated", None, Some(-20)), lost);
    let undated = trial.create(&uncertain("undated", None, None), lost);
    let future = trial.create(&uncertain("future", None, Some(900 * DAY)), lost);
    assert_eq!(trial.item(dated).published, at(lost));
    // In parts, none of them twice.
    assert_eq!(redate(&mut trial, 5, 2), 2);
    let dates = [dated, undated, future].map(|id| trial.item(id).published);
    assert_eq!(dates, [at(-20), at(5), at(5)]);
    assert_eq!(trial.item(dated).updated, at(-20));
    trial.publish();
    // What was done is done.
    redate(&mut trial, 6 * 3_600, 2);
    assert_eq!(trial.dirty(), [""; 0]);
    // Nothing of them is left behind.
    trial.store.connection.execute("DELETE FROM item", []).unwrap();
    let count = "SELECT count(*) FROM uncertain";
    let left: i64 = trial
        .store
        .connection
        .query_row(count, [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
}

#[test]
fn what_is_known_of_the_clock_is_kept() {
    let mut trial = Trial::new();
    assert_eq!(trial.read().clock().unwrap(), None);
    let record = crate::model::ClockRecord {
        machine: Some(NOON),
        agreeing: 3,
        ..Default::default()
    };
    trial.write(|batch| batch.save_clock(&record).unwrap());
    assert_eq!(trial.reopen().read().clock().unwrap(), Some(record));
}
