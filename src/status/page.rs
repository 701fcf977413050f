//! The overview as a page for the operator: no script, nothing from elsewhere.

mod words;

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use maud::{DOCTYPE, Markup, html};
use url::Url;

use self::words::{ago, clock, or_never, span, thousands, time};
use super::chart::chart;
use super::overview::{AlertSeen, FeedSeen, Overview, Running, SourceSeen};
use super::{DAYS, Warning};
use crate::model::{AlertKind, FeedKind, Health};

/// Feeds that are listed; the JSON has all.
const FEEDS: usize = 100;

/// Warnings that are shown at once; the others unfold.
const WARNINGS: usize = 10;

/// Its style sheet, which is beside it.
pub const STYLE: &str = include_str!("page.css");

/// The whole document.
pub fn page(overview: &Overview) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                // Who leaves it open sees what is new.
                meta http-equiv="refresh" content="60";
                title { (title(overview)) }
                link rel="stylesheet" href="status.css";
            }
            body {
                header {
                    p.kind { "Status" }
                    h1 { bdi { (overview.title) } }
                    (facts(overview))
                }
                main {
                    (banners(overview))
                    (tiles(overview))
                    (alerts(&overview.alerts, overview.at))
                    (sources(overview))
                    (feeds(&overview.feeds, overview.running.is_some()))
                    @if let Some(running) = &overview.running { (warnings(&running.warnings, overview.at)) }
                }
                footer { p { "The same as " a href="status.json" { "JSON" } ", and for Prometheus as " a href="metrics" { "metrics" } "." } }
            }
        }
    };
    page.into_string()
}

/// Seen in a tab, it says whether a look is needed.
fn title(overview: &Overview) -> String {
    let troubled = overview.sources.iter().filter(|source| is_ill(source)).count();
    let reload = overview
        .running
        .as_ref()
        .and_then(|running| running.reload.as_ref());
    let is_refused = reload.is_some_and(|reload| reload.error.is_some());
    match troubled {
        0 if overview.unready.is_some() => format!("Not ready · {}", overview.title),
        0 if is_refused => format!("feeds.toml refused · {}", overview.title),
        0 => format!("All well · {}", overview.title),
        n => format!("{n} ill · {}", overview.title),
    }
}

fn is_ill(source: &SourceSeen) -> bool {
    source.silent || matches!(source.health, Health::Failing | Health::Gone)
}

fn facts(overview: &Overview) -> Markup {
    html! {
        p.facts {
            span { "as of " (clock(overview.at)) }
            @if let Some(running) = &overview.running {
                span { "feedmill " (running.version) ", up for " (span(overview.at - running.started)) }
            }
        }
    }
}

fn banners(overview: &Overview) -> Markup {
    let running = overview.running.as_ref();
    let reload = running.and_then(|running| running.reload.as_ref());
    let restart = reload.and_then(|reload| reload.needs_restart.as_ref());
    html! {
        @if let Some(unready) = &overview.unready {
            section.banner role="alert" {
                h2 { "Readers may be given something old" }
                p { bdi { (unready.words()) } }
            }
        }
        @if let Some(clock) = &overview.clock {
            section.banner role="alert" {
                h2 { "The clock of this machine seems to be wrong" }
                p { bdi { (clock.message) } }
            }
        }
        @if let Some((at, error)) = reload.and_then(|reload| Some((reload.at, reload.error.as_ref()?))) {
            section.banner role="alert" {
                h2 { "feeds.toml could not be read anew" }
                p { "The one from before is in force. This was tried " (ago(at, overview.at)) ":" }
                pre dir="ltr" { (error) }
            }
        }
        @if let Some(restart) = restart {
            section.banner role="alert" {
                h2 { "A restart is needed" }
                p { bdi { (restart) } }
            }
        }
    }
}

fn tiles(overview: &Overview) -> Markup {
    let count = |health: Health| {
        overview
            .sources
            .iter()
            .filter(|source| source.health == health)
            .count()
    };
    let silent = overview.sources.iter().filter(|source| source.silent).count();
    let tile = |number: u64, words: &str, class: &str| {
        html! { div class={ "tile " (class) } { dd { (thousands(number)) } dt { (words) } } }
    };
    let some = |number: usize, words: &str, class: &str| {
        html! { @if number > 0 { (tile(number as u64, words, class)) } }
    };
    html! {
        dl.tiles {
            (tile((count(Health::Ok) - silent.min(count(Health::Ok))) as u64, "sources well", "good"))
            (some(silent, "silent", "warn"))
            (some(count(Health::Failing), "failing", "bad"))
            (some(count(Health::Gone), "gone", "bad"))
            (some(count(Health::New), "not polled yet", ""))
            (tile(overview.totals.items, &format!("new items in {DAYS} days"), ""))
            (tile(overview.totals.merged, "duplicates merged", ""))
            (tile(overview.totals.stored_items, "items kept", ""))
            @if let Some(running) = &overview.running { (running_tiles(running, &tile)) }
        }
    }
}

fn running_tiles(running: &Running, tile: &dyn Fn(u64, &str, &str) -> Markup) -> Markup {
    let polls = &running.polls;
    html! {
        (tile(polls.read + polls.not_modified + polls.failed, "polls since the start", ""))
        (tile(running.answers.requests, "requests answered", ""))
    }
}

fn alerts(alerts: &[AlertSeen], now: DateTime<Utc>) -> Markup {
    html! {
        @if !alerts.is_empty() {
            section aria-labelledby="alerts" {
                h2 #alerts { "Needs you" }
                @for alert in alerts {
                    article.alert {
                        h3 { bdi { (alert.source) } " " (kind(alert.kind)) }
                        @for line in alert.words.lines() { p { bdi { (line) } } }
                        p.soft { "Told " (ago(alert.raised, now)) "." }
                    }
                }
            }
        }
    }
}

fn kind(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Failing => "fails",
        AlertKind::Silent => "has gone silent",
    }
}

fn sources(overview: &Overview) -> Markup {
    let mut sources: Vec<&SourceSeen> = overview.sources.iter().collect();
    // Stable: within each group as the operator listed them.
    sources.sort_by_key(|source| (Reverse(is_ill(source)), source.healed.is_none()));
    html! {
        section aria-labelledby="sources" {
            h2 #sources { "Sources" }
            table.sources {
                thead {
                    tr {
                        th scope="col" { "Source" }
                        th scope="col" { "Health" }
                        th scope="col" { "Items in " (DAYS) " days" }
                        th scope="col" { "Newest item" }
                        th scope="col" { "Last success" }
                        th scope="col" { "Next poll" }
                    }
                }
                tbody { @for source in sources { (row(source, overview.at)) } }
            }
        }
    }
}

fn row(source: &SourceSeen, now: DateTime<Utc>) -> Markup {
    let (class, health) = health(source);
    let items: u64 = source.items_by_day.iter().sum();
    html! {
        tr {
            th scope="row" {
                bdi.name { (source.name) }
                @for (kind, address) in &source.address { (self::address(kind, address)) }
                (notes(source, now))
            }
            td data-label="Health" { span class={ "health " (class) } { (health) } }
            td data-label="Items" {
                span.charted { (chart(&source.items_by_day, &source.merged_by_day)) span.number { (thousands(items)) } }
            }
            td data-label="Newest item" { (or_never(source.newest_item, now, "unknown")) }
            td data-label="Last success" { (or_never(source.last_success, now, "never")) }
            td data-label="Next poll" { (next(source, now)) }
        }
    }
}

fn health(source: &SourceSeen) -> (&'static str, &'static str) {
    match source.health {
        Health::New => ("", "new"),
        Health::Ok if source.empty_since.is_some() => ("warn", "empty"),
        Health::Ok if source.silent => ("warn", "silent"),
        Health::Ok => ("good", "ok"),
        Health::Failing => ("bad", "failing"),
        Health::Gone => ("bad", "gone"),
    }
}

/// Only what a browser can ask for becomes a link.
fn address(kind: &str, address: &str) -> Markup {
    let is_web = Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    html! {
        span.address {
            (kind) " "
            @if is_web {
                a dir="ltr" href=(address) rel="noreferrer noopener" { (address) }
            } @else {
                span dir="ltr" { (address) }
            }
        }
    }
}

fn notes(source: &SourceSeen, now: DateTime<Utc>) -> Markup {
    html! {
        @if let Some(error) = &source.last_error {
            p.error dir="auto" {
                // Signs that turn the direction end with what they came in.
                bdi { (error) }
                @if let Some(since) = source.failing_since {
                    span.soft {
                        " ("
                        @if source.failures == 1 { "once, " } @else { (source.failures) " times, since " }
                        (ago(since, now)) ")"
                    }
                }
            }
        }
        @if let Some(since) = source.empty_since {
            p.warned { "answers, but holds no item, for " (span(now - since)) "; what it held before is kept" }
        }
        @if let Some(healed) = &source.healed {
            @let words = healed.words(source.items);
            @let (first, rest) = words.split_once('\n').unwrap_or((&words, ""));
            p.warned { bdi { (first) } }
            @if !rest.is_empty() { pre dir="ltr" { (rest) } }
        }
        @if let Some(to) = &source.moved_to { p.soft { "moved to " span dir="ltr" { (to) } } }
    }
}

fn next(source: &SourceSeen, now: DateTime<Utc>) -> Markup {
    html! {
        @match (source.health, source.next_poll) {
            (Health::Gone, _) => span.soft { "never" },
            (_, Some(next)) if next > now => {
                (time(next, &format!("in {}", span(next - now))))
                @if let Some(waiting) = source.waiting { span.soft { " for " (waiting.words()) } }
            }
            _ => "now",
        }
    }
}

fn feeds(all: &[FeedSeen], with_readers: bool) -> Markup {
    let readers = |feed: &FeedSeen| {
        feed.subscribers
            .unwrap_or_default()
            .saturating_add(feed.readers.unwrap_or_default())
    };
    let mut feeds: Vec<&FeedSeen> = all.iter().collect();
    feeds.sort_by_key(|feed| {
        let by_source = feed.kind == FeedKind::Source;
        (Reverse(readers(feed)), by_source, Reverse(feed.items))
    });
    html! {
        section aria-labelledby="feeds" {
            h2 #feeds { "Feeds" }
            table.feeds {
                thead {
                    tr {
                        th scope="col" { "Feed" }
                        th.figure scope="col" { "Items" }
                        @if with_readers {
                            th.figure scope="col" { "Subscribers (claimed)" }
                            th.figure scope="col" { "Other readers" }
                        }
                    }
                }
                tbody {
                    @for feed in feeds.iter().take(FEEDS) {
                        tr {
                            th scope="row" {
                                @if feed.name.is_empty() { "Everything" } @else { bdi { (feed.name) } }
                                " " span.soft dir="ltr" { "/" (feed.folder) }
                            }
                            td.figure data-label="Items" { (thousands(feed.items)) }
                            @if let Some(subscribers) = feed.subscribers {
                                td.figure data-label="Subscribers (claimed)" { (thousands(subscribers)) }
                            }
                            @if let Some(readers) = feed.readers {
                                td.figure data-label="Other readers" { (thousands(readers)) }
                            }
                        }
                    }
                }
            }
            @if feeds.len() > FEEDS { p.soft { "and " (feeds.len() - FEEDS) " more in the JSON" } }
        }
    }
}

fn warnings(warnings: &[Warning], now: DateTime<Utc>) -> Markup {
    let (first, rest) = warnings.split_at(warnings.len().min(WARNINGS));
    let list = |warnings: &[Warning]| {
        html! {
            ul.warnings {
                @for warning in warnings {
                    li {
                        p dir="auto" {
                            @if let Some(source) = &warning.source { bdi.name { (source) } ": " }
                            @for (n, line) in warning.message.lines().enumerate() { @if n > 0 { br; } bdi { (line) } }
                        }
                        (ago(warning.at, now))
                    }
                }
            }
        }
    };
    html! {
        section aria-labelledby="warnings" {
            h2 #warnings { "Recent warnings" }
            @if warnings.is_empty() { p.soft { "None since the start." } } @else { (list(first)) }
            @if !rest.is_empty() { details { summary { (rest.len()) " earlier" } (list(rest)) } }
        }
    }
}
