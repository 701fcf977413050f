//! The agenda by itself; the daemon as a whole is tested from outside.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::agenda::{Agenda, Entry, Limits};
use crate::model::SourceId;
use crate::refresh::poll::Manner;

fn noon() -> DateTime<Utc> {
    "2026-11-15T12:00:00Z".parse().unwrap()
}

fn minutes(minutes: i64) -> DateTime<Utc> {
    noon() + TimeDelta::minutes(minutes)
}

fn entry(host: &str, due: i64) -> Entry {
    Entry {
        host: host.to_owned(),
        order: 0,
        due: Some(minutes(due)),
        is_ailing: false,
    }
}

fn agenda(everywhere: usize, entries: &[(&str, Entry)]) -> Agenda {
    let limits = Limits {
        everywhere,
        per_host: 1,
    };
    let mut agenda = Agenda::new(limits);
    let entries: HashMap<_, _> = entries
        .iter()
        .map(|(name, entry)| (SourceId::of(name), entry.clone()))
        .collect();
    agenda.replace(limits, entries);
    agenda
}

fn started(agenda: &mut Agenda, now: DateTime<Utc>) -> Vec<String> {
    std::iter::from_fn(|| agenda.next(now))
        .map(|(id, _)| id.to_string())
        .collect()
}

#[test]
fn who_is_longest_overdue_comes_first_and_each_once() {
    let mut agenda = agenda(
        10,
        &[("b", entry("b", -1)), ("a", entry("a", -5)), ("c", entry("c", 3))],
    );
    assert_eq!(agenda.wake(noon()), Some(minutes(3)));
    assert_eq!(started(&mut agenda, noon()), ["a", "b"]);
    assert_eq!(started(&mut agenda, noon()), [""; 0], "both are running");
    agenda.end(&SourceId::of("a"));
    assert_eq!(
        started(&mut agenda, noon()),
        [""; 0],
        "nobody said when it is due again"
    );
    agenda.set(&SourceId::of("a"), entry("a", 1));
    assert_eq!(agenda.wake(noon()), Some(minutes(1)));
    assert_eq!(started(&mut agenda, minutes(3)), ["a", "c"]);
}

#[test]
fn a_source_that_runs_is_not_started_again_whatever_is_said_of_it() {
    let mut agenda = agenda(10, &[("a", entry("a", -1))]);
    assert_eq!(started(&mut agenda, noon()), ["a"]);
    let id = SourceId::of("a");
    agenda.set(&id, entry("a", -1));
    agenda.ask(&id, Manner::default());
    agenda.replace(
        Limits {
            everywhere: 10,
            per_host: 5,
        },
        HashMap::from([(id.clone(), entry("a", -1))]),
    );
    assert_eq!(started(&mut agenda, noon()), [""; 0]);
    agenda.end(&id);
    assert_eq!(started(&mut agenda, noon()), ["a"], "asked for meanwhile");
    agenda.end(&id);
    assert_eq!(started(&mut agenda, noon()), [""; 0]);
}

#[test]
fn a_host_with_many_sources_keeps_nobody_waiting_elsewhere() {
    let mut entries: Vec<(String, Entry)> = (0..50).map(|n| (format!("s{n:02}"), entry("big", -9))).collect();
    entries.push(("other".into(), entry("small", -1)));
    let entries: Vec<(&str, Entry)> = entries
        .iter()
        .map(|(name, entry)| (name.as_str(), entry.clone()))
        .collect();
    let mut agenda = agenda(4, &entries);
    assert_eq!(started(&mut agenda, noon()), ["s00", "other"]);
    agenda.end(&SourceId::of("s00"));
    assert_eq!(started(&mut agenda, noon()), ["s01"]);
    assert_eq!(agenda.running(), 2);
}

#[test]
fn those_that_do_not_answer_take_half_of_the_places() {
    let ailing = |n: usize| Entry {
        is_ailing: true,
        ..entry(&format!("dead{n}"), -9)
    };
    let mut entries: Vec<(String, Entry)> = (0..20).map(|n| (format!("d{n:02}"), ailing(n))).collect();
    entries.extend((0..20).map(|n| (format!("h{n:02}"), entry(&format!("well{n}"), -1))));
    let entries: Vec<(&str, Entry)> = entries
        .iter()
        .map(|(name, entry)| (name.as_str(), entry.clone()))
        .collect();
    let mut agenda = agenda(6, &entries);
    assert_eq!(
        started(&mut agenda, noon()),
        ["d00", "d01", "d02", "h00", "h01", "h02"]
    );
    agenda.end(&SourceId::of("h01"));
    assert_eq!(started(&mut agenda, noon()), ["h03"]);
    agenda.end(&SourceId::of("d01"));
    assert_eq!(started(&mut agenda, noon()), ["d03"]);
}

#[test]
fn what_the_operator_asks_for_comes_before_all_that_is_due() {
    let gone = Entry {
        due: None,
        ..entry("gone", 0)
    };
    let mut agenda = agenda(1, &[("a", entry("a", -5)), ("gone", gone)]);
    let force = Manner {
        force: true,
        ..Manner::default()
    };
    agenda.ask(&SourceId::of("gone"), force);
    agenda.ask(&SourceId::of("nobody"), force);
    let (first, manner) = agenda.next(noon()).unwrap();
    assert_eq!((first.as_str(), manner.force), ("gone", true));
    agenda.end(&first);
    assert_eq!(started(&mut agenda, noon()), ["a"]);
}

#[test]
fn a_source_that_was_removed_is_not_started_and_frees_its_place() {
    let mut agenda = agenda(1, &[("a", entry("a", -5)), ("b", entry("b", -1))]);
    assert_eq!(started(&mut agenda, noon()), ["a"]);
    agenda.replace(
        Limits {
            everywhere: 1,
            per_host: 1,
        },
        HashMap::from([(SourceId::of("b"), entry("b", -1))]),
    );
    assert_eq!(started(&mut agenda, noon()), [""; 0]);
    agenda.end(&SourceId::of("a"));
    assert_eq!(started(&mut agenda, noon()), ["b"]);
    assert_eq!(agenda.wake(noon()), None);
}
