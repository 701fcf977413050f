//! What was asked and answered, in numbers.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use xxhash_rust::xxh3::xxh3_64;

/// Readers that report subscribers, at most, so that invented ones do not fill the memory.
const READERS: usize = 10_000;

/// Counts since the start.
#[derive(Debug, Default)]
pub struct Traffic {
    requests: AtomicU64,
    unchanged: AtomicU64,
    refused: AtomicU64,
    bytes: AtomicU64,
    /// By feed and reader.
    subscribers: Mutex<HashMap<(Box<str>, u64), u64>>,
}

/// Counts at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Answers of any kind.
    pub requests: u64,
    /// 304: the client had it already.
    pub unchanged: u64,
    /// 4xx and 5xx.
    pub refused: u64,
    /// Bytes of bodies.
    pub bytes: u64,
}

impl Traffic {
    /// Notes one answer.
    pub fn note(&self, status: u16, bytes: u64) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if status == 304 {
            self.unchanged.fetch_add(1, Ordering::Relaxed);
        } else if status >= 400 {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Notes how many people a reader asks for, if it says so.
    pub fn note_reader(&self, feed: &str, agent: &str) {
        let Some((reader, count)) = subscribers(agent) else {
            return;
        };
        let key = (feed.into(), xxh3_64(reader.as_bytes()));
        let mut known = self.subscribers.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < READERS || known.contains_key(&key) {
            known.insert(key, count);
        }
    }

    /// The counts now.
    pub fn counts(&self) -> Counts {
        Counts {
            requests: self.requests.load(Ordering::Relaxed),
            unchanged: self.unchanged.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        }
    }

    /// Subscribers by the address of the feed, as far as readers say.
    pub fn subscribers(&self) -> HashMap<Box<str>, u64> {
        let known = self.subscribers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sums: HashMap<Box<str>, u64> = HashMap::new();
        for ((feed, _), count) in &*known {
            let sum = sums.entry(feed.clone()).or_default();
            *sum = sum.saturating_add(*count);
        }
        sums
    }
}

/// The number in `Feedly/1.0 (+http://…; 42 subscribers; like FeedFetcher)`, and what comes before it, which tells readers apart.
fn subscribers(agent: &str) -> Option<(&str, u64)> {
    let end = memchr::memmem::find(agent.as_bytes(), b" subscriber")?;
    let start = agent[..end]
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |at| at + 1);
    // What comes before a digit may end in a letter of several bytes.
    let start = (start..=end).find(|at| agent.is_char_boundary(*at))?;
    Some((&agent[..start], agent[start..end].parse().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn subscribers_are_read_from_user_agents() {
        for (agent, expected) in [
            (
                "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 42 subscribers; like FeedFetcher)",
                Some(42),
            ),
            ("Feedbin feed-id:1 - 7 subscribers", Some(7)),
            ("one; 1 subscriber", Some(1)),
            ("many subscribers", None),
            ("99999999999999999999999 subscribers", None),
            ("Mozilla/5.0", None),
            ("é7 subscribers", Some(7)),
        ] {
            assert_eq!(subscribers(agent).map(|(_, count)| count), expected, "{agent}");
        }
    }

    #[test]
    fn a_reader_counts_once_and_by_its_last_word() {
        let traffic = Traffic::default();
        traffic.note_reader("/rss.xml", "A; 5 subscribers");
        traffic.note_reader("/rss.xml", "A; 6 subscribers");
        traffic.note_reader("/rss.xml", "B; 1 subscriber");
        traffic.note_reader("/atom.xml", "B; 2 subscribers");
        assert_eq!(traffic.subscribers()["/rss.xml"], 7);
        assert_eq!(traffic.subscribers()["/atom.xml"], 2);
    }

    proptest! {
        #[test]
        fn no_user_agent_makes_it_panic(agent in "(\\PC|[0-9]| subscriber){0,20}") {
            let _ = subscribers(&agent);
        }
    }
}
