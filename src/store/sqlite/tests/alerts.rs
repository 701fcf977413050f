//! What the operator was told, and what sources brought.

use chrono::NaiveDate;

use super::*;
use crate::model::{Alert, AlertKind, Brought, Ended};

fn alert(source: &str, raised: i64) -> Alert {
    Alert {
        source: SourceId::of(source),
        name: source.into(),
        kind: AlertKind::Failing,
        raised: at(raised),
        since: at(raised - 90_000),
        words: "It fails.\nLook.".into(),
        ended: None,
    }
}

fn ended(mut alert: Alert, when: i64) -> Alert {
    alert.ended = Some(Ended {
        at: at(when),
        words: "It was read.".into(),
    });
    alert
}

#[test]
fn alerts_are_kept_until_long_after_their_end() {
    let mut trial = Trial::new();
    let long_ago = at(-1_000);
    let (a, b) = (alert("a", 0), alert("b", 10));
    trial.write(|batch| {
        for alert in [&a, &b] {
            batch.save_alert(alert, long_ago).unwrap();
        }
    });
    assert_eq!(trial.read().open_alerts().unwrap(), [b.clone(), a.clone()]);
    let a = ended(a, 20);
    trial.write(|batch| batch.save_alert(&a, long_ago).unwrap());
    let trial = &mut trial.reopen();
    assert_eq!(trial.read().open_alerts().unwrap(), std::slice::from_ref(&b));
    assert_eq!(trial.read().alerts(9).unwrap(), [a.clone(), b.clone()]);
    assert_eq!(trial.read().alerts(1).unwrap(), [a]);
    let c = alert("c", 3_000);
    trial.write(|batch| batch.save_alert(&c, at(2_000)).unwrap());
    assert_eq!(trial.read().alerts(9).unwrap(), [c, b]);
}

#[test]
fn an_alert_follows_its_source_to_a_new_name() {
    let mut trial = Trial::new();
    trial.write(|batch| batch.save_alert(&alert("a", 0), at(0)).unwrap());
    trial.configure(|setup| {
        setup.sources[0].id = SourceId::of("new");
        setup.sources[0].name = "new".into();
    });
    let open = trial.read().open_alerts().unwrap();
    assert_eq!((open[0].source.as_str(), &*open[0].name), ("new", "a"));
    assert_eq!(
        open[0].item(crate::model::Told::Raised),
        alert("a", 0).item(crate::model::Told::Raised)
    );
}

#[test]
fn what_sources_bring_is_counted_by_the_day() {
    let mut trial = Trial::new();
    let day = |day: i64| NaiveDate::default() + TimeDelta::days(NOON / 86_400 + day);
    let shown = sighting("a", "one", 1, &[]);
    let id = trial.create(&shown, 0);
    trial.create(&sighting("a", "two", 2, &[]), 1);
    trial.create(&sighting("a", "three", 3, &[]), 86_400);
    trial.join(&sighting("b", "one", 1, &[]), id, false);
    // The same again is nothing new.
    trial.join(&sighting("b", "one", 1, &[]), id, false);
    trial.join(&shown, id, true);
    let brought = |source: &str, on: i64, items: u64, merged: u64| Brought {
        source: SourceId::of(source),
        day: day(on),
        items,
        merged,
    };
    let all = [
        brought("a", 0, 2, 0),
        brought("b", 0, 0, 1),
        brought("a", 1, 1, 0),
    ];
    assert_eq!(trial.read().brought(day(0)).unwrap(), all);
    assert_eq!(trial.read().brought(day(1)).unwrap(), all[2..]);
    // One that looked new is found to be a copy by its text, once.
    let copy = trial.create(&sighting("b", "four", 5, &[]), 86_400);
    assert_eq!(trial.read().brought(day(1)).unwrap()[1], brought("b", 1, 1, 0));
    for _ in 0..2 {
        trial.write(|batch| {
            let groups = batch.groups();
            let (copy, of) = (groups.find(&copy).unwrap(), groups.find(&id).unwrap());
            groups.join_copy(copy.unwrap(), of.unwrap()).unwrap();
        });
    }
    assert_eq!(trial.read().brought(day(1)).unwrap()[1], brought("b", 1, 0, 1));
    // Months later the first days are forgotten.
    trial.create(&sighting("a", "late", 4, &[]), 200 * 86_400);
    assert_eq!(trial.read().brought(day(0)).unwrap(), [brought("a", 200, 1, 0)]);
}
