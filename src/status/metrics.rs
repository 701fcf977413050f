//! The overview for Prometheus: <https://prometheus.io/docs/instrumenting/exposition_formats/>, text format 0.0.4.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};

use chrono::{DateTime, Utc};
use xxhash_rust::xxh3::xxh3_64;

use super::live::BOUNDS;
use super::overview::{FeedSeen, Overview, Running, SourceSeen};
use crate::model::{AlertKind, Health};

/// For `Content-Type`.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Sources with series of their own; more would be a burden to who collects them. All are in the sums.
const SOURCES: usize = 2_000;

/// Feeds with series of their own, those with the most readers first.
const FEEDS: usize = 200;

/// Characters of a label's value.
const LONGEST: usize = 120;

/// The whole document.
pub fn metrics(overview: &Overview) -> String {
    let mut page = Page::default();
    sums(&mut page, overview);
    sources(&mut page, &overview.sources);
    if let Some(running) = &overview.running {
        feeds(&mut page, &overview.feeds);
        running_since(&mut page, overview, running);
    }
    page.text
}

fn sums(page: &mut Page, overview: &Overview) {
    page.begin("feedmill_sources", Kind::Gauge, "Configured sources by health.");
    for health in [Health::New, Health::Ok, Health::Failing, Health::Gone] {
        let count = overview
            .sources
            .iter()
            .filter(|source| source.health == health)
            .count();
        page.put("", &[("health", word(health))], count);
    }
    page.begin("feedmill_alerts", Kind::Gauge, "Alerts that go on, by kind.");
    for kind in [AlertKind::Failing, AlertKind::Silent] {
        let count = overview.alerts.iter().filter(|alert| alert.kind == kind).count();
        page.put("", &[("kind", kind.key())], count);
    }
    page.one(
        "feedmill_feeds",
        Kind::Gauge,
        "Published feeds.",
        overview.feeds.len(),
    );
    page.one(
        "feedmill_stored_items",
        Kind::Gauge,
        "Items in the database.",
        overview.totals.stored_items,
    );
}

fn word(health: Health) -> &'static str {
    match health {
        Health::New => "new",
        Health::Ok => "ok",
        Health::Failing => "failing",
        Health::Gone => "gone",
    }
}

fn sources(page: &mut Page, all: &[SourceSeen]) {
    let sources = &all[..all.len().min(SOURCES)];
    let labels: Vec<Cow<'_, str>> = sources.iter().map(|source| label(&source.name)).collect();
    let mut series = |name: &str, help: &str, value: &dyn Fn(&SourceSeen) -> Option<String>| {
        page.begin(name, Kind::Gauge, help);
        for (source, label) in sources.iter().zip(&labels) {
            if let Some(value) = value(source) {
                page.put("", &[("source", label)], value);
            }
        }
    };
    let time = |time: Option<DateTime<Utc>>| time.map(|time| time.timestamp().to_string());
    series(
        "feedmill_source_up",
        "Whether the last poll of a source succeeded.",
        &|source| match source.health {
            Health::New => None,
            Health::Ok => Some("1".into()),
            Health::Failing | Health::Gone => Some("0".into()),
        },
    );
    series(
        "feedmill_source_consecutive_failures",
        "Failures of a source in a row.",
        &|source| Some(source.failures.to_string()),
    );
    series(
        "feedmill_source_last_success_timestamp_seconds",
        "When a source last gave an answer that could be used.",
        &|source| time(source.last_success),
    );
    series(
        "feedmill_source_next_poll_timestamp_seconds",
        "When a source may be polled next.",
        &|source| time(source.next_poll),
    );
    series(
        "feedmill_source_newest_item_timestamp_seconds",
        "When the newest item of a source was published.",
        &|source| time(source.newest_item),
    );
}

fn feeds(page: &mut Page, all: &[FeedSeen]) {
    let readers = |feed: &FeedSeen| (feed.subscribers.unwrap_or(0), feed.readers.unwrap_or(0));
    let mut feeds: Vec<&FeedSeen> = all.iter().filter(|feed| readers(feed) != (0, 0)).collect();
    feeds.sort_by_key(|feed| std::cmp::Reverse(readers(feed)));
    feeds.truncate(FEEDS);
    let address = |feed: &FeedSeen| format!("/{}", feed.folder);
    page.begin(
        "feedmill_feed_subscribers",
        Kind::Gauge,
        "People who read a feed through services, as many as those claim.",
    );
    for feed in &feeds {
        page.put("", &[("feed", &address(feed))], readers(feed).0);
    }
    page.begin(
        "feedmill_feed_readers",
        Kind::Gauge,
        "Other programs that asked for a feed of late.",
    );
    for feed in &feeds {
        page.put("", &[("feed", &address(feed))], readers(feed).1);
    }
}

fn running_since(page: &mut Page, overview: &Overview, running: &Running) {
    let polls = &running.polls;
    page.begin(
        "feedmill_build_info",
        Kind::Gauge,
        "Always 1; the version is in the label.",
    );
    page.put("", &[("version", running.version)], 1);
    page.one(
        "process_start_time_seconds",
        Kind::Gauge,
        "When the process started.",
        running.started.timestamp(),
    );
    if let Some(bytes) = resident() {
        let name = "process_resident_memory_bytes";
        page.one(name, Kind::Gauge, "Memory of the process.", bytes);
    }
    page.one(
        "feedmill_ready",
        Kind::Gauge,
        "Whether readers are given what is new.",
        u8::from(overview.unready.is_none()),
    );
    page.begin(
        "feedmill_polls_total",
        Kind::Counter,
        "Polls by what came of them.",
    );
    for (outcome, count) in [
        ("read", polls.read),
        ("not_modified", polls.not_modified),
        ("failed", polls.failed),
    ] {
        page.put("", &[("outcome", outcome)], count);
    }
    let all = polls.read + polls.not_modified + polls.failed;
    page.begin(
        "feedmill_poll_duration_seconds",
        Kind::Histogram,
        "How long polls took, with the articles behind them.",
    );
    for (bound, within) in BOUNDS.iter().zip(polls.within) {
        page.put("_bucket", &[("le", &bound.to_string())], within);
    }
    page.put("_bucket", &[("le", "+Inf")], all);
    page.put("_sum", &[], polls.seconds);
    page.put("_count", &[], all);
    for (name, help, value) in [
        (
            "feedmill_new_items_total",
            "Items that nobody had brought before.",
            polls.items,
        ),
        (
            "feedmill_received_bytes_total",
            "Bytes received from sources.",
            polls.bytes,
        ),
        (
            "feedmill_http_requests_total",
            "Requests answered.",
            running.answers.requests,
        ),
        (
            "feedmill_http_not_modified_total",
            "Answers that the client had it already (304).",
            running.answers.unchanged,
        ),
        (
            "feedmill_http_refused_total",
            "Answers of 4xx and 5xx.",
            running.answers.refused,
        ),
        (
            "feedmill_http_sent_bytes_total",
            "Bytes of bodies sent.",
            running.answers.bytes,
        ),
    ] {
        page.one(name, Kind::Counter, help, value);
    }
    let failed = running
        .reload
        .as_ref()
        .is_some_and(|reload| reload.error.is_some());
    page.one(
        "feedmill_config_last_reload_successful",
        Kind::Gauge,
        "Whether feeds.toml could be read the last time.",
        u8::from(!failed),
    );
    page.one(
        "feedmill_offline",
        Kind::Gauge,
        "Whether this machine seems to be offline.",
        u8::from(running.offline.is_some()),
    );
}

/// Where the system says so.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1_024)
}

/// A name as a label: what is too long is cut, and told apart by a hash, for no two series may have the same labels.
fn label(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(LONGEST) {
        None => Cow::Borrowed(name),
        Some((end, _)) => Cow::Owned(format!("{}… {:x}", &name[..end], xxh3_64(name.as_bytes()))),
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// A document on its way.
#[derive(Default)]
struct Page {
    text: String,
    name: String,
}

impl Page {
    /// The head of a metric: its samples follow.
    fn begin(&mut self, name: &str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        name.clone_into(&mut self.name);
        // Writing into memory cannot fail.
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn put(&mut self, suffix: &str, labels: &[(&str, &str)], value: impl Display) {
        self.text.push_str(&self.name);
        self.text.push_str(suffix);
        for (n, (name, value)) in labels.iter().enumerate() {
            self.text.push(if n == 0 { '{' } else { ',' });
            let _ = write!(self.text, "{name}=\"");
            for c in value.chars() {
                match c {
                    '\\' => self.text.push_str("\\\\"),
                    '"' => self.text.push_str("\\\""),
                    '\n' => self.text.push_str("\\n"),
                    c => self.text.push(c),
                }
            }
            self.text.push('"');
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {value}");
    }

    fn one(&mut self, name: &str, kind: Kind, help: &str, value: impl Display) {
        self.begin(name, kind, help);
        self.put("", &[], value);
    }
}
