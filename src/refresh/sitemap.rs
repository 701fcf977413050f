//! What of a sitemap is news: the sitemaps of an index that changed, and the addresses that did.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use crate::model::{ParsedChild, ParsedItem, PollState};

/// Sitemaps of one index that are read in one poll.
const MOST_CHILDREN: usize = 8;
/// Of addresses without any date, so many are looked at from each end.
const UNDATED: usize = 50;
/// Clocks differ, and some sites write days only.
const MARGIN: TimeDelta = TimeDelta::days(1);

/// The sitemaps of an index to read now, the one that changed last first. Without dates it is those for news and, since
/// large sites begin a new one when the last is full, the last ones.
pub(super) fn children(
    children: Vec<ParsedChild>,
    state: &PollState,
    max_age: Duration,
    now: DateTime<Utc>,
) -> Vec<Url> {
    let oldest = oldest(max_age, now);
    // What could not be read the last time may be older than that.
    let last = state.last_success.filter(|_| state.unread == 0);
    let since = last.map_or(oldest, |last| oldest.max(last - MARGIN));
    let (mut dated, undated): (Vec<ParsedChild>, Vec<ParsedChild>) =
        children.into_iter().partition(|child| child.changed.is_some());
    dated.retain(|child| child.changed >= Some(since));
    dated.sort_by_key(|child| std::cmp::Reverse(child.changed));
    let (news, others): (Vec<ParsedChild>, Vec<ParsedChild>) = undated
        .into_iter()
        .partition(|child| child.url.path().contains("news"));
    let chosen = news.into_iter().chain(dated).chain(others.into_iter().rev());
    chosen.take(MOST_CHILDREN).map(|child| child.url).collect()
}

/// The addresses that are young enough, newest first. Those without a date are left out, unless none has one: then a
/// few from both ends are taken, where new ones are added.
pub(super) fn items(mut items: Vec<ParsedItem>, max_age: Duration, now: DateTime<Utc>) -> Vec<ParsedItem> {
    forget_automatic_dates(&mut items);
    // A site names an article in its sitemap for news, for two days, and in another for good, each with its own dates.
    for item in items.iter_mut().filter(|item| item.published.is_some()) {
        item.guid = item.url.as_ref().map(|url| format!("news {url}"));
    }
    let date = |item: &ParsedItem| item.published.max(item.updated);
    if items.iter().all(|item| date(item).is_none()) {
        let length = items.len();
        if length > 2 * UNDATED {
            items.drain(UNDATED..length - UNDATED);
        }
        return items;
    }
    let oldest = oldest(max_age, now);
    items.retain(|item| date(item) >= Some(oldest));
    items.sort_by_key(|item| std::cmp::Reverse(date(item)));
    items
}

/// Some sites write the present moment into every entry; it says nothing about any of them.
fn forget_automatic_dates(items: &mut [ParsedItem]) {
    const FEW: usize = 5;
    let first = items.first().and_then(|item| item.updated);
    if items.len() > FEW && first.is_some() && items.iter().all(|item| item.updated == first) {
        items.iter_mut().for_each(|item| item.updated = None);
    }
}

fn oldest(max_age: Duration, now: DateTime<Utc>) -> DateTime<Utc> {
    let span = TimeDelta::from_std(max_age).unwrap_or(TimeDelta::MAX);
    now.checked_sub_signed(span).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK: Duration = Duration::from_secs(7 * 86_400);

    fn now() -> DateTime<Utc> {
        "2024-08-28T12:00:00Z".parse().unwrap()
    }

    fn days_ago(days: i64) -> Option<DateTime<Utc>> {
        Some(now() - TimeDelta::days(days))
    }

    fn child(path: &str, changed: Option<DateTime<Utc>>) -> ParsedChild {
        ParsedChild {
            url: Url::parse("https://news.example/").unwrap().join(path).unwrap(),
            changed,
        }
    }

    fn item(path: &str, updated: Option<DateTime<Utc>>) -> ParsedItem {
        ParsedItem {
            url: Some(child(path, None).url),
            updated,
            ..ParsedItem::default()
        }
    }

    fn paths(items: &[ParsedItem]) -> Vec<&str> {
        items
            .iter()
            .map(|item| item.url.as_ref().unwrap().path())
            .collect()
    }

    #[test]
    fn the_sitemaps_that_changed_are_read() {
        let index = || {
            vec![
                child("pages.xml", days_ago(90)),
                child("posts-1.xml", days_ago(6)),
                child("posts-2.xml", days_ago(0)),
                child("authors.xml", None),
            ]
        };
        let chosen = |state: &PollState| -> Vec<String> {
            let urls = children(index(), state, WEEK, now());
            urls.iter().map(|url| url.path().to_owned()).collect()
        };
        assert_eq!(
            chosen(&PollState::default()),
            ["/posts-2.xml", "/posts-1.xml", "/authors.xml"]
        );
        let polled = PollState {
            last_success: days_ago(1),
            ..PollState::default()
        };
        assert_eq!(chosen(&polled), ["/posts-2.xml", "/authors.xml"]);
        let many = (0..40)
            .map(|n| child(&format!("{n}.xml"), None))
            .chain([child("news.xml", None)])
            .collect();
        let urls = children(many, &polled, WEEK, now());
        assert_eq!(urls.len(), MOST_CHILDREN);
        assert_eq!((urls[0].path(), urls[1].path()), ("/news.xml", "/39.xml"));
    }

    #[test]
    fn young_addresses_come_newest_first() {
        let found = items(
            vec![
                item("a", days_ago(3)),
                item("b", days_ago(30)),
                item("c", None),
                item("d", days_ago(1)),
            ],
            WEEK,
            now(),
        );
        assert_eq!(paths(&found), ["/d", "/a"]);
    }

    #[test]
    fn without_dates_both_ends_are_looked_at() {
        let many: Vec<ParsedItem> = (0..1_000).map(|n| item(&n.to_string(), None)).collect();
        let found = items(many, WEEK, now());
        assert_eq!(found.len(), 2 * UNDATED);
        assert_eq!((paths(&found)[0], paths(&found)[99]), ("/0", "/999"));
        // The same moment everywhere is that of writing the sitemap.
        let same: Vec<ParsedItem> = (0..10).map(|n| item(&n.to_string(), days_ago(0))).collect();
        assert!(items(same, WEEK, now()).iter().all(|item| item.updated.is_none()));
    }
}
