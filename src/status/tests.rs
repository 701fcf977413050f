//! What is shown, of sources that mean no good.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::live::Came;
use super::{Live, Overview, Reload, STYLE, Stored, Unready, metrics, page};
use crate::config::{self, Config};
use crate::model::{
    Alert, AlertKind, Brought, Feed, FeedKey, FeedKind, Healed, Health, PollState, Slug, SourceId,
};
use crate::serve::{Counts, Readers};

const HOSTILE: &str = "\"><script>alert(1)</script>\\ 'x' {y=\\\"z\\\"}";
const ARABIC: &str = "المرصد الليبي";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn config() -> Config {
    let name = |name: &str| serde_json::to_string(name).unwrap();
    let mut toml = "[site]\ntitle = \"Maghreb <b>Wire</b>\"\nurl = \"https://feeds.example/\"\n".to_owned();
    for (source, address) in [
        ("Libya Review", "https://libyareview.example/feed/"),
        ("Dead", "https://me:pass@dead.example/feed?token=c4n4ry&cat=3"),
        (HOSTILE, "https://evil.example/%22%3E%3Cscript%3E"),
        (ARABIC, "https://obs.example/rss"),
        ("Gone", "https://gone.example/rss"),
        ("New", "https://new.example/rss"),
    ] {
        toml += &format!("[[source]]\nname = {}\nfeed = \"{address}\"\n", name(source));
    }
    config::parse(&toml, Path::new("feeds.toml"), &|_| None).unwrap()
}

/// The state of a source of `config`, at its address.
fn state(config: &Config, name: &str, change: impl FnOnce(&mut PollState)) -> (SourceId, PollState) {
    let source = config.sources.iter().find(|source| source.name == name).unwrap();
    let mut state = PollState {
        url: source.question(),
        health: Health::Ok,
        last_poll: Some(now() - TimeDelta::minutes(12)),
        last_success: Some(now() - TimeDelta::minutes(12)),
        first_success: Some(now() - TimeDelta::days(90)),
        next_poll: Some(now() + TimeDelta::minutes(50)),
        items: 20,
        last_status: Some(200),
        ..PollState::default()
    };
    state.rhythm.recent = (0..20).map(|n| now() - TimeDelta::hours(1 + 5 * n)).collect();
    change(&mut state);
    (source.id.clone(), state)
}

fn stored(config: &Config) -> Stored {
    let polls = [
        state(config, "Libya Review", |_| ()),
        state(config, "Dead", |state| {
            state.health = Health::Failing;
            state.failures = 9;
            state.failing_since = Some(now() - TimeDelta::days(3));
            state.last_success = Some(now() - TimeDelta::days(4));
            state.last_status = None;
            state.last_error = Some("no connection to dead.example (Connection refused)".into());
        }),
        state(config, HOSTILE, |state| {
            state.health = Health::Failing;
            state.failures = 1;
            state.failing_since = Some(now() - TimeDelta::hours(2));
            state.title = Some("</title><script>".into());
            state.last_error = Some("<img src=x onerror=alert(2)> said: 500\u{202e}".into());
            state.healed = Some(Healed {
                broken: "item = \"</pre><script>\" finds no article".into(),
                since: now() - TimeDelta::days(2),
                worked: None,
                select: Some("[source.select]\nitem = \"<script>\"".into()),
                is_configured: true,
            });
        }),
        state(config, ARABIC, |state| {
            state.rhythm.recent = (0..20)
                .map(|n| now() - TimeDelta::days(9) - TimeDelta::hours(5 * n))
                .collect();
        }),
        state(config, "Gone", |state| {
            state.health = Health::Gone;
            state.failures = 1;
            state.last_error = Some("the server says that this feed is gone for good (410)".into());
            state.last_status = Some(410);
        }),
    ];
    let feed = |kind, name: &str, slug: &str, size| Feed {
        key: FeedKey {
            kind,
            key: name.into(),
        },
        name: name.into(),
        slug: Slug::parse(slug),
        size,
        collapse: Default::default(),
    };
    let brought = (0..200).map(|n| Brought {
        source: config.sources[n % 4].id.clone(),
        day: (now() - TimeDelta::days(n as i64 / 4)).date_naive(),
        items: (n as u64 * 7) % 23,
        merged: n as u64 % 5,
    });
    Stored {
        clock: None,
        polls: HashMap::from(polls),
        feeds: vec![
            feed(FeedKind::All, "", "", 1_234_567),
            feed(FeedKind::Category, "Libya", "libya", 400),
            feed(FeedKind::Tag, "<i>AFRICOM</i>", "africom", 12),
            feed(FeedKind::Source, ARABIC, "almrsd", 3),
        ],
        brought: brought.collect(),
        alerts: vec![Alert {
            source: SourceId::of("Dead"),
            name: "Dead".into(),
            kind: AlertKind::Failing,
            raised: now() - TimeDelta::days(2),
            since: now() - TimeDelta::days(3),
            words: "Every poll has failed.\n<script>".into(),
            ended: None,
        }],
        items: 1_234_567,
    }
}

fn live() -> Live {
    let live = Live::new(now() - TimeDelta::days(3));
    live.note_poll(Came::Read, 5, 10_000, Duration::from_millis(400));
    live.note_poll(Came::NotModified, 0, 300, Duration::from_millis(90));
    live.note_poll(Came::Failed, 0, 0, Duration::from_secs(70));
    live.warn(
        now() - TimeDelta::hours(1),
        Some(HOSTILE),
        "the page has changed: <script>\nitem = \".x\"",
    );
    live.reloaded(Reload {
        at: now() - TimeDelta::minutes(3),
        error: Some(
            "error: unknown key `evry` in [fetch]\n --> feeds.toml:4:1\n  |\n4 | evry = \"<script>\"\n  | ^^^^".into(),
        ),
        needs_restart: Some("`output` in [site] <script>".into()),
    });
    live
}

fn overview(live: &Live, at: DateTime<Utc>) -> Overview {
    let config = config();
    let readers = HashMap::from([
        (
            "/category/libya/rss.xml".into(),
            Readers {
                subscribers: 42,
                others: 1,
            },
        ),
        (
            "/category/libya/feed/atom/".into(),
            Readers {
                subscribers: 0,
                others: 2,
            },
        ),
        (
            "/rss.xml".into(),
            Readers {
                subscribers: 1,
                others: 0,
            },
        ),
        (
            "/feed/".into(),
            Readers {
                subscribers: 0,
                others: 5,
            },
        ),
        (
            "/category/none/".into(),
            Readers {
                subscribers: 0,
                others: 1,
            },
        ),
    ]);
    let answers = Counts {
        requests: 9_000,
        unchanged: 8_000,
        refused: 3,
        bytes: 123_456,
    };
    Overview::running(&config, &stored(&config), live, &readers, answers, at)
}

#[test]
fn what_scripts_read_stays_as_it_is() {
    let json = serde_json::to_string_pretty(&overview(&live(), now())).unwrap();
    insta::assert_snapshot!(json);
}

#[test]
fn the_page_escapes_what_others_wrote_and_needs_no_script() {
    let page = page(&overview(&live(), now()));
    for bad in [
        "<script",
        "<img",
        "<i>",
        "<b>",
        "onerror=alert(2)>",
        "style=",
        "c4n4ry",
        "pass@",
        "javascript:",
    ] {
        assert!(!page.contains(bad), "{bad}");
    }
    for part in [
        "&lt;script&gt;alert(1)",
        ARABIC,
        "no connection to dead.example",
        "href=\"https://dead.example/feed?cat=3\"",
        "2 ill",
        "evry",
        "has gone silent",
        "<bdi>&lt;img src=x onerror=alert(2)&gt; said: 500\u{202e}</bdi>",
    ] {
        let expected = part != "2 ill" && part != "has gone silent";
        assert_eq!(page.contains(part), expected, "{part}");
    }
    // Four: one fails, one is hostile, one is silent, one is gone.
    assert!(
        page.contains("<title>4 ill · Maghreb &lt;b&gt;Wire&lt;/b&gt;</title>"),
        "{page}"
    );
    // Every name may be written from right to left.
    assert_eq!(
        page.matches(&format!("<bdi class=\"name\">{ARABIC}</bdi>"))
            .count(),
        1
    );
    assert_eq!(page.matches("<svg").count(), 6);
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
}

#[test]
fn a_page_of_two_thousand_sources_is_bounded() {
    let mut overview = overview(&live(), now());
    let one = overview.sources[0].clone();
    overview.sources = (0..2_000)
        .map(|n| super::SourceSeen {
            name: format!("Source {n}"),
            ..one.clone()
        })
        .collect();
    let length = page(&overview).len();
    assert!(length < 6 << 20, "{length}");
}

/// One sample: its name, labels and value.
type Sample = (String, BTreeMap<String, String>, f64);

/// Reads the text format as strictly as it is specified. Panics at the first fault.
fn samples(text: &str) -> Vec<Sample> {
    assert!(text.ends_with('\n'));
    let (mut samples, mut types, mut current) = (Vec::new(), BTreeMap::new(), String::new());
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').unwrap();
            assert!(words.ends_with('.') && !words.contains('\\'), "{line}");
            current = name.to_owned();
            continue;
        }
        if let Some(declared) = line.strip_prefix("# TYPE ") {
            let (name, kind) = declared.split_once(' ').unwrap();
            assert_eq!(name, current, "HELP and TYPE belong together");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert_eq!(
                types.insert(name.to_owned(), kind.to_owned()),
                None,
                "{name} twice"
            );
            continue;
        }
        let (name, labels, value) = sample(line);
        let kind = &types[&current];
        let suffix = name
            .strip_prefix(&current)
            .unwrap_or_else(|| panic!("{line} after {current}"));
        match kind.as_str() {
            "histogram" => assert!(["_bucket", "_sum", "_count"].contains(&suffix), "{line}"),
            "counter" => assert!(suffix.is_empty() && name.ends_with("_total"), "{line}"),
            _ => assert!(suffix.is_empty() && !name.ends_with("_total"), "{line}"),
        }
        samples.push((name, labels, value));
    }
    let all: BTreeSet<_> = samples.iter().map(|(name, labels, _)| (name, labels)).collect();
    assert_eq!(all.len(), samples.len(), "a series is there twice");
    samples
}

fn sample(line: &str) -> Sample {
    let end = line.find(['{', ' ']).unwrap();
    let (name, mut rest) = line.split_at(end);
    let is_name = |name: &str| {
        name.bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    assert!(is_name(name), "{line}");
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = rest.split_once("=\"").unwrap();
            assert!(is_name(label), "{line}");
            let (mut value, mut chars) = (String::new(), after.char_indices());
            let end = loop {
                match chars.next().unwrap_or_else(|| panic!("no end: {line}")) {
                    (at, '"') => break at,
                    (_, '\\') => match chars.next().unwrap().1 {
                        'n' => value.push('\n'),
                        c @ ('\\' | '"') => value.push(c),
                        c => panic!("\\{c} in {line}"),
                    },
                    (_, c) => value.push(c),
                }
            };
            assert_eq!(labels.insert(label.to_owned(), value), None, "{line}");
            rest = &after[end + 1..];
            match rest.strip_prefix(',') {
                Some(more) => rest = more,
                None => break,
            }
        }
        rest = rest.strip_prefix('}').unwrap_or_else(|| panic!("{line}"));
    }
    let value = rest.strip_prefix(' ').unwrap();
    (
        name.to_owned(),
        labels,
        value.parse().unwrap_or_else(|_| panic!("{line}")),
    )
}

#[test]
fn metrics_are_what_prometheus_reads() {
    let text = metrics(&overview(&live(), now()));
    let samples = samples(&text);
    let value = |name: &str, label: &str, value: &str| {
        let mut found = samples.iter().filter(|(n, labels, _)| {
            n == name && (label.is_empty() || labels.get(label).map(String::as_str) == Some(value))
        });
        let (_, _, number) = found
            .next()
            .unwrap_or_else(|| panic!("no {name} of {value}: {text}"));
        assert!(found.next().is_none(), "{name}");
        *number
    };
    for (name, label, of, expected) in [
        ("feedmill_sources", "health", "ok", 2.0),
        ("feedmill_sources", "health", "failing", 2.0),
        ("feedmill_alerts", "kind", "failing", 1.0),
        ("feedmill_source_up", "source", "Libya Review", 1.0),
        ("feedmill_source_up", "source", HOSTILE, 0.0),
        ("feedmill_source_consecutive_failures", "source", "Dead", 9.0),
        (
            "feedmill_source_newest_item_timestamp_seconds",
            "source",
            "Libya Review",
            1_789_996_400.0,
        ),
        ("feedmill_polls_total", "outcome", "failed", 1.0),
        ("feedmill_poll_duration_seconds_bucket", "le", "0.1", 1.0),
        ("feedmill_poll_duration_seconds_bucket", "le", "0.5", 2.0),
        ("feedmill_poll_duration_seconds_bucket", "le", "60", 2.0),
        ("feedmill_poll_duration_seconds_bucket", "le", "+Inf", 3.0),
        ("feedmill_poll_duration_seconds_count", "", "", 3.0),
        ("feedmill_feed_subscribers", "feed", "/category/libya", 42.0),
        ("feedmill_feed_readers", "feed", "/category/libya", 3.0),
        ("feedmill_feed_readers", "feed", "/", 6.0),
        ("feedmill_config_last_reload_successful", "", "", 0.0),
        ("feedmill_http_requests_total", "", "", 9_000.0),
        ("process_start_time_seconds", "", "", 1_789_740_800.0),
    ] {
        assert_eq!(value(name, label, of), expected, "{name} {of}");
    }
    assert!(!text.contains("c4n4ry"));
}

#[test]
fn names_of_any_length_make_labels_that_differ() {
    let mut overview = overview(&live(), now());
    let one = overview.sources[0].clone();
    overview.sources = ["a", "b"]
        .map(|end| super::SourceSeen {
            name: "é".repeat(5_000) + end,
            ..one.clone()
        })
        .to_vec();
    let text = metrics(&overview);
    let longest = samples(&text)
        .iter()
        .flat_map(|(_, labels, _)| labels.values().map(String::len))
        .max();
    assert!(longest < Some(300), "{longest:?}");
}

#[test]
fn a_clock_that_is_wrong_is_told_as_long_as_it_is() {
    let record = crate::model::ClockRecord {
        standing: crate::model::ClockStanding::Corrected,
        machine: Some(now().timestamp()),
        offset: -86_400,
        agreeing: 7,
        ..Default::default()
    };
    let (config, live) = (config(), Live::new(now()));
    let seen = |clock| {
        let stored = Stored {
            clock,
            ..stored(&config)
        };
        Overview::running(&config, &stored, &live, &HashMap::new(), Counts::default(), now())
    };
    let told = seen(record.trouble());
    let words = "7 sites agree that it is";
    assert!(page(&told).contains(words));
    let json = serde_json::to_value(&told).unwrap();
    assert!(json["clock"]["message"].as_str().unwrap().contains(words));
    assert_eq!(json["clock"]["sites"], 7);
    let well = seen(crate::model::ClockRecord::default().trouble());
    assert!(!page(&well).contains("clock of this machine"));
    assert_eq!(serde_json::to_value(&well).unwrap().get("clock"), None);
}

#[test]
fn a_machine_that_is_offline_is_told_in_all_views() {
    let live = Live::new(now() - TimeDelta::days(3));
    let told = || {
        let seen = overview(&live, now());
        let json = serde_json::to_value(&seen).unwrap();
        (page(&seen), metrics(&seen), json["running"]["offline"].clone())
    };
    live.offline(Some(now() - TimeDelta::minutes(40)));
    let (html, numbers, since) = told();
    let words = format!(
        "this machine seems to be offline since {}",
        (now() - TimeDelta::minutes(40)).format("%Y-%m-%d %H:%M UTC")
    );
    assert!(html.contains(&words), "{html}");
    assert!(numbers.contains("\nfeedmill_offline 1\n") && numbers.contains("\nfeedmill_ready 0\n"));
    assert!(since.is_string(), "{since}");
    live.offline(None);
    let (html, numbers, since) = told();
    assert!(!html.contains("offline") && numbers.contains("\nfeedmill_offline 0\n"));
    assert!(since.is_null());
}

#[test]
fn it_is_unready_when_sources_are_due_and_nobody_asks() {
    let live = Live::new(now() - TimeDelta::days(3));
    // The first poll is due in 50 minutes; the one that was never polled has been since the start, but others were asked.
    let ready = |minutes: i64| overview(&live, now() + TimeDelta::minutes(minutes)).unready;
    assert_eq!(ready(0), None);
    let Some(Unready::NotPolling { due, last_poll }) = ready(30) else {
        panic!("{:?}", ready(30));
    };
    assert_eq!(
        (due, last_poll),
        (live.started(), Some(now() - TimeDelta::minutes(12)))
    );
    // After a start there is time for the first round, however long it was down.
    let live = Live::new(now() + TimeDelta::days(2));
    let ready = |minutes: i64| overview(&live, live.started() + TimeDelta::minutes(minutes)).unready;
    assert_eq!(ready(14), None);
    assert!(ready(16).unwrap().words().contains("is due since"));
    live.published(Some("no space left"));
    assert_eq!(
        ready(0).unwrap().words(),
        "the output could not be written: no space left"
    );
    live.published(None);
    live.stored(Some("disk I/O error"));
    assert_eq!(
        ready(0).unwrap().words(),
        "what was polled cannot be stored: disk I/O error"
    );
    live.stored(None);
    assert_eq!(ready(0), None);
}

#[test]
fn a_loop_that_stands_still_is_no_life() {
    let live = Live::new(now());
    assert!(live.is_alive(now() + TimeDelta::days(1)), "nobody beats yet");
    live.beat(now());
    assert!(live.is_alive(now() + TimeDelta::seconds(119)));
    assert!(!live.is_alive(now() + TimeDelta::seconds(121)));
    assert!(
        live.is_alive(now() - TimeDelta::days(1)),
        "a clock that was set back"
    );
}

#[test]
fn warnings_are_few_and_short_and_each_is_there_once() {
    let live = Live::new(now());
    for n in 0..1_000 {
        live.warn(now(), Some("A"), &format!("{n} {}", "x".repeat(10_000)));
    }
    live.warn(now(), Some("A"), "again");
    live.warn(now(), Some("B"), "again");
    live.warn(now() + TimeDelta::hours(1), Some("A"), "again");
    let warnings = live.warnings();
    assert_eq!(warnings.len(), 100);
    assert_eq!(
        (&*warnings[0].message, warnings[0].at),
        ("again", now() + TimeDelta::hours(1))
    );
    assert_eq!(warnings[1].source.as_deref(), Some("B"));
    assert!(warnings.iter().all(|warning| warning.message.len() <= 2_000));
    assert_eq!(
        warnings
            .iter()
            .filter(|warning| warning.message == "again")
            .count(),
        2
    );
}
