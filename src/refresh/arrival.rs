//! Whether what a source shows for the first time is news, or was there before the source was read.

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::{Arrival, PollState};

/// How long before the last good poll an item may be dated and still be taken for one that was not there then: some dates
/// are only days, in whatever zone, some articles are dated when they were begun, and caches show them late.
const MARGIN: TimeDelta = TimeDelta::days(2);

/// So many items of one document may be dated further back and be news: an article that was held back, or dated wrongly.
/// More of them are an archive.
const FEW: usize = 3;

/// How far ahead of us the clock or the zone of a source may be: what is dated so was published just now.
const AHEAD: TimeDelta = TimeDelta::days(1);

/// Since when a source is read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Watch {
    /// The first good poll.
    first: Option<DateTime<Utc>>,
    /// The last one before this.
    last: Option<DateTime<Utc>>,
}

/// What an item says of its date.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    /// As the source says, believable or not.
    pub stated: Option<DateTime<Utc>>,
    /// As it is believed.
    pub believed: Option<DateTime<Utc>>,
    /// The source showed it before.
    pub is_known: bool,
}

impl Watch {
    /// A clock that was ahead says nothing of the time since now.
    pub fn of(state: &PollState, now: DateTime<Utc>) -> Self {
        let last = state.last_success.map(|last| last.min(now));
        Self {
            first: state.first_success.or(last).map(|first| first.min(now)),
            last,
        }
    }

    /// How the items of a document came, in its order.
    pub fn arrivals(self, claims: &[Claim], now: DateTime<Utc>) -> Vec<Arrival> {
        let is_backdated =
            |claim: &&Claim| !claim.is_known && claim.believed.is_some_and(|date| !self.is_recent(date));
        let are_few = claims.iter().filter(is_backdated).count() <= FEW;
        let place = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        let arrival = |(n, claim): (usize, &Claim)| match self.is_news(*claim, are_few, now) {
            true => Arrival::News,
            false => Arrival::Backlog { place: place(n) },
        };
        claims.iter().enumerate().map(arrival).collect()
    }

    fn is_news(self, claim: Claim, are_few: bool, now: DateTime<Utc>) -> bool {
        let is_just_ahead = claim.stated.is_some_and(|date| date > now && date - now <= AHEAD);
        let (Some(first), Some(_)) = (self.first, self.last) else {
            // A first poll: all there is, how ever old.
            return claim.believed.is_none() && is_just_ahead;
        };
        claim
            .believed
            .is_none_or(|date| self.is_recent(date) || are_few && date >= first - MARGIN)
    }

    fn is_recent(self, date: DateTime<Utc>) -> bool {
        self.last.is_some_and(|last| date >= last - MARGIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn watched(first: &str, last: &str) -> Watch {
        Watch {
            first: Some(at(first)),
            last: Some(at(last)),
        }
    }

    fn dated(date: DateTime<Utc>) -> Claim {
        Claim {
            stated: Some(date),
            believed: Some(date),
            is_known: false,
        }
    }

    const UNDATED: Claim = Claim {
        stated: None,
        believed: None,
        is_known: false,
    };

    #[test]
    fn of_a_first_poll_only_what_is_dated_just_ahead_is_news() {
        let now = at("2026-06-10T12:00:00Z");
        let ahead = |hours| Claim {
            stated: Some(now + TimeDelta::hours(hours)),
            ..UNDATED
        };
        let arrivals = Watch::default().arrivals(&[UNDATED, dated(now), ahead(2), ahead(24 * 365)], now);
        assert_eq!(
            arrivals,
            [
                Arrival::Backlog { place: 0 },
                Arrival::Backlog { place: 1 },
                Arrival::News,
                Arrival::Backlog { place: 3 }
            ]
        );
    }

    #[test]
    fn what_came_after_the_last_good_poll_is_news_how_ever_long_ago_that_was() {
        // Three days without an answer, articles dated by the day, one begun the day before, one without date.
        let watch = watched("2026-05-01T00:00:00Z", "2026-06-07T00:00:00Z");
        let now = at("2026-06-10T12:00:00Z");
        let shown = [
            dated(at("2026-06-07T01:00:00Z")),
            dated(at("2026-06-10T00:00:00Z")),
            dated(at("2026-06-06T00:00:00Z")),
            UNDATED,
        ];
        assert_eq!(watch.arrivals(&shown, now), [Arrival::News; 4]);
    }

    #[test]
    fn a_few_may_be_dated_back_but_an_archive_is_none() {
        let watch = watched("2026-05-01T00:00:00Z", "2026-06-10T11:00:00Z");
        let now = at("2026-06-10T12:00:00Z");
        let held_back = dated(at("2026-05-20T00:00:00Z"));
        assert_eq!(watch.arrivals(&[held_back; FEW], now), [Arrival::News; FEW]);
        let many = watch.arrivals(&[held_back; 50], now);
        assert!(many.iter().all(|arrival| *arrival != Arrival::News));
        // What the source had before it was read was never missed.
        let before = dated(at("2026-04-20T00:00:00Z"));
        assert_eq!(watch.arrivals(&[before], now), [Arrival::Backlog { place: 0 }]);
        // Edits of what is known are no archive.
        let edited = Claim {
            is_known: true,
            ..held_back
        };
        let mut shown = vec![edited; 50];
        shown.push(held_back);
        assert_eq!(watch.arrivals(&shown, now).last(), Some(&Arrival::News));
    }
}
