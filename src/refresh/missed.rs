//! Items that a source holds no more although it should: their pages are asked for, one in a poll, and what is gone there
//! leaves the feeds.

use chrono::{DateTime, Utc};
use url::Url;

use super::poll::{Poller, request};
use crate::fetch::{Error, Wants};
use crate::model::{FailureKind, Guid, PollState, Source};
use crate::store::{Looked, Missing};

/// What a whole document says about what it should hold.
#[derive(Default)]
pub(super) struct Window {
    /// When its items were published, as far as they say.
    pub dates: Vec<DateTime<Utc>>,
    /// Its items.
    pub items: u32,
    /// Those of the document before.
    pub items_before: u32,
    /// How many of its items were known.
    pub shown_before: usize,
    /// See [`crate::model::Missed::unfounded`].
    pub unfounded: u32,
}

/// Those that the source may have taken back, newest first, each with how much speaks for it. A document holds what is
/// newest: what is missing between its items, and not beyond the oldest, did not leave by age. Of the oldest ones that can be
/// said only if the document got shorter. The more often a source was wronged, the more has to speak for it: some always show
/// an old item, or are as long as their news.
pub(super) fn doubts(missing: Vec<Missing>, window: &Window) -> Vec<Missing> {
    let is_shorter = window.items < window.items_before;
    let weigh = |mut missing: Missing| {
        let older = |claimed: DateTime<Utc>| window.dates.iter().filter(|date| **date < claimed).count();
        let older = u32::try_from(missing.claimed.map_or(0, older)).unwrap_or(u32::MAX);
        missing.weight = older.max(u32::from(is_shorter));
        (missing.weight > window.unfounded).then_some(missing)
    };
    let mut doubted: Vec<Missing> = missing.into_iter().filter_map(weigh).collect();
    // What loses most of its items at once was built anew, or cut short.
    if doubted.len() * 2 > window.shown_before {
        return Vec::new();
    }
    newest_first(&mut doubted);
    doubted
}

fn newest_first(missing: &mut [Missing]) {
    missing.sort_by(|a, b| (b.published, &b.guid).cmp(&(a.published, &a.guid)));
}

impl Poller {
    /// Asks for one page: that of the newest item that is missed. Each time the source is first
    /// asked for one that is there, `present`, for not all sites answer programs, and some do so only for a while. Returns what is to be stored of it.
    pub(super) async fn look(
        &self,
        source: &Source,
        state: &mut PollState,
        fresh: &[Missing],
        present: Option<Url>,
    ) -> Option<(Guid, Looked)> {
        if source.keeps_withdrawn || (fresh.is_empty() && !state.missed.is_open) {
            return None;
        }
        let (id, now) = (source.id.clone(), (self.clock)());
        let open = self.work(move |desk| Ok(desk.doubted(&id, now)));
        let mut missed = open.await.unwrap_or_default();
        missed.extend_from_slice(fresh);
        missed.retain(|missing| missing.weight > state.missed.unfounded);
        newest_first(&mut missed);
        state.missed.is_open = !missed.is_empty();
        let Some(first) = missed.first() else {
            state.missed.has_answered = false;
            return None;
        };
        if !state.missed.has_answered {
            match self.page(source, present?).await {
                Looked::There => state.missed.has_answered = true,
                Looked::Gone => state.missed.unfounded = state.missed.unfounded.saturating_add(1),
                Looked::Nobody => {}
            }
            return None;
        }
        let looked = self.page(source, Url::parse(&first.link).ok()?).await;
        state.missed.is_open = missed.len() > 1 || looked == Looked::Nobody;
        state.missed.unfounded = match looked {
            Looked::Gone => {
                // Before the next time the site may have begun to answer so whatever it is asked.
                state.missed.has_answered = state.missed.is_open;
                0
            }
            Looked::There => state.missed.unfounded.saturating_add(1),
            Looked::Nobody => state.missed.unfounded,
        };
        Some((first.guid.clone(), looked))
    }

    async fn page(&self, source: &Source, url: Url) -> Looked {
        let request = request(source, url.clone(), Wants::Page);
        match self.fetcher.get(&request, (self.clock)()).await {
            Ok(_) => Looked::There,
            Err(error) => looked(&url, &error),
        }
    }
}

/// What a failure to get a page says about it. One that leads elsewhere and is not there was moved, not taken back.
fn looked(url: &Url, error: &Error) -> Looked {
    let is_missing = |status: u16, at: &str| matches!(status, 404 | 410) && is_same_place(url, at);
    match error.failure.kind {
        FailureKind::NotFound | FailureKind::Gone => {
            let answer = error.answer.as_ref();
            match answer.is_some_and(|answer| is_missing(answer.status, &answer.url)) {
                true => Looked::Gone,
                false => Looked::There,
            }
        }
        FailureKind::Transient
        | FailureKind::Unreachable
        | FailureKind::Busy
        | FailureKind::Paused
        | FailureKind::Short => Looked::Nobody,
        FailureKind::Forbidden | FailureKind::Refused | FailureKind::Unreadable => Looked::There,
    }
}

/// Whether two addresses differ in no more than sites change over all their articles at once.
fn is_same_place(one: &Url, other: &str) -> bool {
    fn place(url: &Url) -> (&str, &str, Option<&str>) {
        let host = url.host_str().unwrap_or_default();
        (
            host.strip_prefix("www.").unwrap_or(host),
            url.path().trim_end_matches('/'),
            url.query(),
        )
    }
    Url::parse(other).is_ok_and(|other| place(one) == place(&other))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + hour * 3_600, 0).unwrap()
    }

    fn missing(hours: &[i64]) -> Vec<Missing> {
        let missing = |hour: &i64| Missing {
            guid: Guid::new(hour.to_string()),
            link: format!("https://news.example/{hour}"),
            claimed: (*hour >= 0).then(|| at(*hour)),
            published: at(*hour),
            addresses: Vec::new(),
            weight: 0,
        };
        hours.iter().map(missing).collect()
    }

    /// Twenty items, an hour apart, the oldest at 10.
    fn window(items: u32, items_before: u32, unfounded: u32) -> Window {
        Window {
            dates: (10..30).map(at).collect(),
            items,
            items_before,
            shown_before: 20,
            unfounded,
        }
    }

    #[test]
    fn what_is_missing_between_others_is_doubted_and_what_is_older_only_in_a_shorter_document() {
        let doubted = |hours: &[i64], window: &Window| {
            let found = doubts(missing(hours), window);
            found
                .into_iter()
                .map(|one| (one.guid.as_str().parse().unwrap(), one.weight))
                .collect::<Vec<(i64, u32)>>()
        };
        // Below 0 they have no date.
        assert_eq!(doubted(&[5, 15, 20, -1], &window(20, 20, 0)), [(20, 10), (15, 5)]);
        assert_eq!(
            doubted(&[5, 15, -1], &window(19, 20, 0)),
            [(15, 5), (5, 1), (-1, 1)]
        );
        // The more often it was wrong, the more has to speak for it.
        assert_eq!(doubted(&[5, 11, 15], &window(19, 20, 1)), [(15, 5)]);
        assert_eq!(doubted(&[5, 11, 15], &window(19, 20, 5)), []);
        // Half of all at once are no deletions.
        let most: Vec<i64> = (15..26).collect();
        assert_eq!(doubted(&most, &window(20, 20, 0)), []);
        assert_eq!(doubted(&most[1..], &window(20, 20, 0)).len(), 10);
        let rotated: Vec<i64> = (0..10).chain([15]).collect();
        assert_eq!(doubted(&rotated, &window(20, 20, 0)), [(15, 5)]);
    }

    #[test]
    fn an_address_that_leads_elsewhere_says_nothing() {
        let page = Url::parse("http://www.news.example/2026/a?id=1").unwrap();
        for (at, is_same) in [
            ("http://www.news.example/2026/a?id=1", true),
            ("https://news.example/2026/a/?id=1", true),
            ("https://news.example/2026/a", false),
            ("https://news.example/", false),
            ("https://other.example/2026/a?id=1", false),
            ("", false),
        ] {
            assert_eq!(is_same_place(&page, at), is_same, "{at}");
        }
    }
}
