//! What is known of a feed and of one item before it is written.

use std::time::Duration;

use super::Notes;
use crate::model::{Body, Offer, ScheduleHints, Term};

/// Categories of one item; the rest is left out.
const MOST_TERMS: usize = 64;
/// Files of one item.
const MOST_ENCLOSURES: usize = 64;
/// Authors of one item, or of a feed, which are those of each item that has none.
const MOST_AUTHORS: usize = 64;
/// Hubs of one document.
const MOST_HUBS: usize = 4;

/// A week: a feed that asks for more patience is not one.
const LONGEST_INTERVAL: u64 = 7 * 24 * 60;

/// The best of several elements that say the same: the lowest rank, and among equals the first.
#[derive(Clone, Debug)]
pub(super) struct Ranked<T>(Option<(u8, T)>);

impl<T> Default for Ranked<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Ranked<T> {
    pub(super) fn offer(&mut self, rank: u8, value: impl Into<Option<T>>) {
        if self.0.as_ref().is_none_or(|(best, _)| rank < *best)
            && let Some(value) = value.into()
        {
            self.0 = Some((rank, value));
        }
    }

    pub(super) fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }
}

/// A file or page.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// Resolved as far as that is possible.
    pub href: String,
    pub media_type: Option<String>,
    pub length: Option<u64>,
}

impl Link {
    pub(super) fn to(href: &str) -> Self {
        Self {
            href: href.to_owned(),
            media_type: None,
            length: None,
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct ItemDraft {
    pub guid: Ranked<String>,
    pub link: Ranked<String>,
    pub title: Ranked<Body>,
    pub summary: Ranked<Body>,
    pub content: Ranked<Body>,
    pub published: Ranked<String>,
    pub updated: Ranked<String>,
    pub authors: Vec<String>,
    /// Who stands for the authors when there are none.
    pub publisher: Option<String>,
    pub terms: Vec<Term>,
    pub enclosures: Vec<Link>,
    pub image: Ranked<String>,
    pub notes: Notes,
}

#[derive(Clone, Debug, Default)]
pub(super) struct FeedDraft {
    pub title: Ranked<Body>,
    pub link: Ranked<String>,
    pub updated: Ranked<String>,
    pub language: Option<String>,
    pub authors: Vec<String>,
    pub ttl: Option<u64>,
    /// Minutes.
    pub period: Option<u64>,
    pub frequency: Option<u64>,
    pub skip_hours: Vec<u8>,
    pub skip_days: Vec<u8>,
    pub offer: Offer,
}

impl ItemDraft {
    /// Adds a file that is not there yet.
    pub(super) fn enclose(&mut self, file: Link) {
        let has_room = self.enclosures.len() < MOST_ENCLOSURES;
        if has_room && self.enclosures.iter().all(|known| known.href != file.href) {
            self.enclosures.push(file);
        }
    }

    pub(super) fn classify(&mut self, term: Term) {
        if self.terms.len() < MOST_TERMS {
            self.terms.push(term);
        }
    }
}

/// Adds a name as far as there is room.
pub(super) fn sign(authors: &mut Vec<String>, name: String) {
    if authors.len() < MOST_AUTHORS {
        authors.push(name);
    }
}

impl FeedDraft {
    pub(super) fn hints(&mut self) -> ScheduleHints {
        let syndication = self
            .period
            .map(|period| period / self.frequency.unwrap_or(1).max(1));
        let minutes = self.ttl.max(syndication).filter(|minutes| *minutes > 0);
        ScheduleHints {
            interval: minutes.map(|minutes| Duration::from_secs(60 * minutes.min(LONGEST_INTERVAL))),
            skip_hours: std::mem::take(&mut self.skip_hours),
            skip_days: std::mem::take(&mut self.skip_days),
        }
    }

    /// A link with these relations.
    pub(super) fn related(&mut self, relations: &str, href: &str) {
        if href.is_empty() {
            return;
        }
        let is = |name: &str| {
            relations
                .split_ascii_whitespace()
                .any(|relation| relation.eq_ignore_ascii_case(name))
        };
        if is("hub") && self.offer.hubs.len() < MOST_HUBS {
            self.offer.hubs.push(href.to_owned());
        }
        if is("self") {
            self.offer.topic.get_or_insert_with(|| href.to_owned());
        }
    }

    /// An hour of GMT; some write midnight as 24.
    pub(super) fn skip_hour(&mut self, text: &str) {
        if let Ok(hour @ 0..=24) = text.parse::<u8>() {
            add(&mut self.skip_hours, hour % 24);
        }
    }

    pub(super) fn skip_day(&mut self, text: &str) {
        const DAYS: [&str; 7] = [
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
        ];
        let day = (0_u8..)
            .zip(DAYS)
            .find(|(_, name)| name.eq_ignore_ascii_case(text));
        if let Some((day, _)) = day {
            add(&mut self.skip_days, day);
        }
    }

    pub(super) fn update_period(&mut self, text: &str) {
        const HOUR: u64 = 60;
        self.period = match text.to_ascii_lowercase().as_str() {
            "hourly" => Some(HOUR),
            "daily" => Some(24 * HOUR),
            "weekly" => Some(7 * 24 * HOUR),
            "monthly" => Some(30 * 24 * HOUR),
            "yearly" => Some(365 * 24 * HOUR),
            _ => None,
        };
    }
}

fn add(numbers: &mut Vec<u8>, number: u8) {
    if !numbers.contains(&number) {
        numbers.push(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever a source sends without end, what is kept of it ends, and is compared with no more than that.
    #[test]
    fn lists_that_do_not_end_are_cut_as_they_come() {
        let mut item = ItemDraft::default();
        let mut authors = Vec::new();
        for number in 0..1_000 {
            item.enclose(Link::to(&format!("https://news.example/{number}.mp3")));
            item.classify(Term {
                name: number.to_string(),
                scheme: None,
            });
            sign(&mut authors, number.to_string());
        }
        assert_eq!(item.enclosures.len(), MOST_ENCLOSURES);
        assert_eq!(item.terms.len(), MOST_TERMS);
        assert_eq!(authors.len(), MOST_AUTHORS);
    }
}
