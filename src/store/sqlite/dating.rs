//! Where an item stands in time: decided once, when it is first seen, and moved only by what is known better.

use std::collections::HashMap;

use rusqlite::Connection;

use super::fault::Fault;
use crate::model::{Arrival, CleanHtml, Item};

/// What was there before its source was read and has no date stands so long before its first sight, and its document's
/// order below: under all that is news, and yet not so deep that a small site shows none of it.
const BACKLOG: i64 = 7 * 86_400;

/// An item comes as news again no sooner, however often its source rewrites and dates it anew.
const AGAIN: i64 = 12 * 3_600;

/// The dates of an item.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Dates {
    pub(super) first_seen: i64,
    /// Sorted by and shown.
    pub(super) published: i64,
    /// As the source says; `None`: something stands in for it.
    pub(super) claimed: Option<i64>,
    /// When it came as news; `None`: it was there before its source was read.
    pub(super) arrived: Option<i64>,
    /// The source whose text it bears owns it.
    pub(super) owned: bool,
}

impl Dates {
    /// Of an item that nobody had shown before.
    pub(super) fn first(claimed: Option<i64>, arrival: Arrival, now: i64) -> Self {
        let (stand_in, arrived) = match arrival {
            Arrival::News => (now, Some(now)),
            Arrival::Backlog { place } => (now - BACKLOG - i64::from(place), None),
        };
        Self {
            first_seen: now,
            published: claimed.unwrap_or(stand_in),
            claimed,
            arrived,
            owned: false,
        }
    }

    pub(super) fn load(connection: &Connection, item: i64) -> Result<Self, Fault> {
        let mut statement = connection
            .prepare_cached("SELECT first_seen, published, claimed, arrived, owned FROM item WHERE id = ?")?;
        Ok(statement.query_row([item], |row| {
            Ok(Self {
                first_seen: row.get(0)?,
                published: row.get(1)?,
                claimed: row.get(2)?,
                arrived: row.get(3)?,
                owned: row.get(4)?,
            })
        })?)
    }

    /// After a date is claimed for it now, by another source than before if `takes_over`.
    ///
    /// An earlier date is believed: it brings nothing up. A later one is believed up to the first sight, which the true one
    /// cannot be after: as the first that is known, as a correction, or from who owns the item. One after the first sight is
    /// no date of what was seen then; it counts if the text is another one, and not too often.
    pub(super) fn with(
        &self,
        claim: i64,
        takes_over: bool,
        is_rewritten: impl FnOnce() -> bool,
        now: i64,
    ) -> Self {
        let (mut published, mut arrived) = (self.published, self.arrived);
        if self.claimed == Some(claim) && !takes_over {
            // It was weighed before.
        } else if claim <= published {
            published = claim;
        } else if claim <= self.first_seen || self.claimed.is_none() || takes_over {
            published = claim.min(self.first_seen).max(published);
        } else if now - arrived.unwrap_or(self.first_seen) >= AGAIN && is_rewritten() {
            published = claim.min(now).max(published);
            arrived = Some(now);
        }
        Self {
            published,
            arrived,
            claimed: Some(claim),
            ..self.clone()
        }
    }
}

/// Whether so much of an item is new that it is another text: five words, and an eighth of all. What a counter, a time of
/// day or a corrected name changes is less; the next issue of what appears at one address is more.
pub(super) fn is_rewritten(old: &Item, new: &Item) -> bool {
    let mut known: HashMap<&str, usize> = HashMap::new();
    for word in words(old) {
        *known.entry(word).or_default() += 1;
    }
    let (mut all, mut fresh) = (0, 0);
    for word in words(new) {
        all += 1;
        match known.get_mut(word).filter(|left| **left > 0) {
            Some(left) => *left -= 1,
            None => fresh += 1,
        }
    }
    fresh >= 5 && fresh * 8 >= all
}

fn words(item: &Item) -> impl Iterator<Item = &str> {
    let body = item.content.as_ref().or(item.summary.as_ref());
    let text = body.map_or("", CleanHtml::as_str).split('<');
    // What stands before the first tag, and after the end of each.
    let text = text.enumerate().map(|(n, part)| {
        if n == 0 {
            part
        } else {
            part.split_once('>').map_or("", |(_, text)| text)
        }
    });
    std::iter::once(item.title.as_str())
        .chain(text)
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600;
    const DAY: i64 = 24 * HOUR;
    /// First sight of the items here.
    const SEEN: i64 = 1_700_000_000;

    fn dated(ago: i64) -> Dates {
        Dates::first(Some(SEEN - ago), Arrival::News, SEEN)
    }

    #[test]
    fn what_has_no_date_is_news_when_it_came_as_such_and_else_older_than_what_is_dated() {
        let news = Dates::first(None, Arrival::News, SEEN);
        assert_eq!((news.published, news.arrived), (SEEN, Some(SEEN)));
        let backlog = [0, 1].map(|place| Dates::first(None, Arrival::Backlog { place }, SEEN));
        assert!(SEEN - 2 * DAY > backlog[0].published && backlog[0].published > backlog[1].published);
        assert!(backlog.iter().all(|dates| dates.arrived.is_none()));
        let old = Dates::first(Some(SEEN - HOUR), Arrival::Backlog { place: 7 }, SEEN);
        assert_eq!((old.published, old.arrived), (SEEN - HOUR, None));
    }

    #[test]
    fn a_first_date_replaces_what_stood_in_for_it_and_never_goes_beyond_the_first_sight() {
        let backlog = Dates::first(None, Arrival::Backlog { place: 3 }, SEEN);
        let news = Dates::first(None, Arrival::News, SEEN);
        for (claim, stands) in [(-40 * DAY, -40 * DAY), (-DAY, -DAY), (2 * HOUR, 0)] {
            for dates in [&backlog, &news] {
                let after = dates.with(SEEN + claim, false, || true, SEEN + DAY);
                assert_eq!((after.published, after.arrived), (SEEN + stands, dates.arrived));
            }
        }
    }

    #[test]
    fn an_earlier_date_is_believed_and_a_later_one_up_to_the_first_sight() {
        let late = |claim: i64| {
            dated(10 * DAY)
                .with(SEEN + claim, false, || false, SEEN + 3 * DAY)
                .published
                - SEEN
        };
        for (claim, stands) in [
            (-20 * DAY, -20 * DAY),
            (-2 * HOUR, -2 * HOUR),
            (0, 0),
            // Dated anew.
            (1, -10 * DAY),
            (3 * DAY, -10 * DAY),
        ] {
            assert_eq!(late(claim), stands, "{claim}");
        }
        // The owner comes later and says what it says each morning.
        let owned = dated(HOUR).with(SEEN + 5 * DAY, true, || true, SEEN + 5 * DAY);
        assert_eq!(owned.published, SEEN);
    }

    #[test]
    fn what_was_weighed_is_not_weighed_again() {
        let refused = dated(DAY).with(SEEN + DAY, false, || false, SEEN + DAY);
        assert_eq!(
            (refused.published, refused.claimed),
            (SEEN - DAY, Some(SEEN + DAY))
        );
        assert_eq!(refused.with(SEEN + DAY, false, || true, SEEN + 2 * DAY), refused);
    }

    #[test]
    fn a_new_text_with_a_new_date_is_news_twice_a_day_at_most() {
        let mut dates = dated(0);
        let mut moves = Vec::new();
        // Edited and dated anew every twelve minutes, for two days.
        for now in (SEEN..SEEN + 2 * DAY).step_by(720).skip(1) {
            let after = dates.with(now, false, || true, now);
            if after.published != dates.published {
                moves.push((now - SEEN) / HOUR);
                assert_eq!((after.published, after.arrived), (now, Some(now)));
            }
            dates = after;
        }
        assert_eq!(moves, [12, 24, 36]);
        // Never to the future.
        let ahead = dated(DAY).with(SEEN + 9 * DAY, false, || true, SEEN + DAY);
        assert_eq!(ahead.published, SEEN + DAY);
    }

    #[test]
    fn an_edit_is_no_other_text() {
        let item = |title: &str, text: &str| Item {
            url: None,
            link: None,
            title: title.to_owned(),
            published: None,
            updated: None,
            authors: Vec::new(),
            origin: None,
            summary: None,
            content: Some(CleanHtml::already_clean(text.to_owned())),
            image: None,
            enclosures: Vec::new(),
            language: None,
        };
        let report = "<p>The harbour of Misrata was opened to ships on Monday after three weeks of repairs.</p>\
                      <p class=\"x y z a b c d e f\">The mayor thanked the crews, and said the next storm would be met.</p>";
        let old = item("Harbour opened", report);
        let bulletin = report.replace("Monday", "Friday").replace("three", "nine");
        for (new, rewritten) in [
            (item("Harbour opened", report), false),
            (item("Harbour opened, says mayor", report), false),
            (item("Harbour opened", &bulletin), false),
            (
                item(
                    "Harbour opened",
                    &report.replace("x y z", "k l m n o p q r s t u v"),
                ),
                false,
            ),
            (item("Harbour opened", "<p>The</p>"), false),
            (item("Rates", "<p>7.21 7.31 8.02 8.11 9.40</p>"), true),
            (
                item(
                    "Harbour opened",
                    &format!("<p>Ships wait again since a crane fell.</p>{report}"),
                ),
                true,
            ),
        ] {
            assert_eq!(is_rewritten(&old, &new), rewritten, "{new:?}");
        }
    }
}
