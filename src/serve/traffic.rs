//! What was asked and answered, in numbers.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::rate::network;

/// Readers of all feeds that are remembered, at most, so that invented ones do not fill the memory.
const READERS: usize = 50_000;

/// A reader that has not come for so many seconds is gone: most come hourly, some once a day, few rest at weekends.
const GONE: u64 = 3 * 86_400;

/// Those who are gone are looked for no more often, in seconds: a flood must not make each request cost a search.
const CLEARED: u64 = 3_600;

/// So many people are believed to read one feed through one service, whatever it claims.
const MOST_CLAIMED: u64 = 100_000;

/// Services that one customer's addresses are believed to be, at most.
const SERVICES: usize = 8;

/// Counts since the start.
#[derive(Debug, Default)]
pub struct Traffic {
    requests: AtomicU64,
    unchanged: AtomicU64,
    refused: AtomicU64,
    bytes: AtomicU64,
    readers: Mutex<Known>,
}

/// Readers by a hash of the address and of what tells them apart.
#[derive(Debug, Default)]
struct Known {
    readers: HashMap<u64, Reader>,
    /// Names of services, hashed, by where they asked from.
    services: HashMap<u64, Vec<u64>>,
    cleared: u64,
}

#[derive(Debug)]
struct Reader {
    address: Box<str>,
    /// For so many people it asks, as it says.
    claim: Option<Claim>,
    /// When it last came, in seconds since 1970.
    seen: u64,
}

/// What a service says of those it asks for. Anybody can say it.
#[derive(Clone, Copy, Debug)]
struct Claim {
    /// Its name, hashed.
    service: u64,
    subscribers: u64,
}

/// Who reads a feed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readers {
    /// People, as the services claim that ask for them: of each no more than is believable.
    pub subscribers: u64,
    /// Programs that say nothing of that, told apart by where they ask from and what they call themselves.
    pub others: u64,
}

/// Counts at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
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

    /// Notes who was given the feed at this address, `now` in seconds since 1970.
    pub fn note_reader(&self, address: &str, client: IpAddr, agent: &str, now: u64) {
        let network = match network(client) {
            IpAddr::V4(address) => address.to_bits().into(),
            IpAddr::V6(address) => (address.to_bits() >> 64) as u64,
        };
        let mut known = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let told = subscribers(agent).filter(|(name, _)| known.believes(service(name), network, now));
        let (who, place) = match told {
            // A service asks from many machines.
            Some((name, _)) => (name, 0),
            None => (agent, network),
        };
        let who = xxh3_64_with_seed(who.as_bytes(), place);
        let claim = told.map(|(name, count)| Claim {
            service: service(name),
            subscribers: count.min(MOST_CLAIMED),
        });
        known.note(xxh3_64_with_seed(address.as_bytes(), who), address, claim, now);
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

    /// Readers by the address that they ask for, as far as they came of late; `now` in seconds since 1970.
    pub fn readers(&self, now: u64) -> HashMap<Box<str>, Readers> {
        let known = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sums: HashMap<Box<str>, Readers> = HashMap::new();
        let mut claimed: HashMap<(&str, u64), u64> = HashMap::new();
        for reader in known.readers.values().filter(|reader| !reader.is_gone(now)) {
            let sum = sums.entry(reader.address.clone()).or_default();
            match reader.claim {
                Some(claim) => {
                    let by_service = claimed.entry((&reader.address, claim.service)).or_default();
                    // A service may ask for several lists of people.
                    let more = claim.subscribers.min(MOST_CLAIMED - *by_service);
                    *by_service += more;
                    sum.subscribers = sum.subscribers.saturating_add(more);
                }
                None => sum.others += 1,
            }
        }
        sums
    }
}

impl Known {
    /// Whether what asks from there may be this service: nobody is many of them.
    fn believes(&mut self, service: u64, network: u64, now: u64) -> bool {
        if self.services.len() >= READERS && !self.services.contains_key(&network) {
            self.clear(now);
            if self.services.len() >= READERS {
                return false;
            }
        }
        let services = self.services.entry(network).or_default();
        let is_known = services.contains(&service);
        if !is_known && services.len() < SERVICES {
            services.push(service);
        }
        is_known || services.contains(&service)
    }

    fn clear(&mut self, now: u64) {
        if now.saturating_sub(self.cleared) >= CLEARED {
            self.cleared = now;
            self.readers.retain(|_, reader| !reader.is_gone(now));
            self.services.clear();
        }
    }

    fn note(&mut self, key: u64, address: &str, claim: Option<Claim>, now: u64) {
        if let Some(reader) = self.readers.get_mut(&key) {
            reader.seen = now;
            reader.claim = claim;
            return;
        }
        if self.readers.len() >= READERS {
            self.clear(now);
        }
        if self.readers.len() < READERS {
            let reader = Reader {
                address: address.into(),
                claim,
                seen: now,
            };
            self.readers.insert(key, reader);
        }
    }
}

impl Reader {
    fn is_gone(&self, now: u64) -> bool {
        now.saturating_sub(self.seen) > GONE
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

/// A hash of what a service calls itself: `Feedly` in `Feedly/1.0 (+http://…; `.
fn service(name: &str) -> u64 {
    let end = name.find(['/', ' ', ';', '(', ':']).unwrap_or(name.len());
    xxh3_64_with_seed(name[..end].to_lowercase().as_bytes(), 0)
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

    fn here() -> IpAddr {
        "192.0.2.1".parse().unwrap()
    }

    #[test]
    fn a_service_counts_once_and_by_its_last_word() {
        let traffic = Traffic::default();
        let there = "192.0.2.2".parse().unwrap();
        traffic.note_reader("/rss.xml", here(), "A; 5 subscribers", 0);
        traffic.note_reader("/rss.xml", there, "A; 6 subscribers", 0);
        traffic.note_reader("/rss.xml", here(), "B; 1 subscriber", 0);
        traffic.note_reader("/atom.xml", here(), "B; 2 subscribers", 0);
        let readers = traffic.readers(0);
        let only = |subscribers| Readers {
            subscribers,
            others: 0,
        };
        assert_eq!((readers["/rss.xml"], readers["/atom.xml"]), (only(7), only(2)));
    }

    #[test]
    fn claims_are_believed_within_bounds() {
        let traffic = Traffic::default();
        let sum = || traffic.readers(0)["/rss.xml"];
        traffic.note_reader("/rss.xml", here(), "Evil; 999999999999 subscribers", 0);
        assert_eq!(sum().subscribers, MOST_CLAIMED);
        for feed in 0..50 {
            let agent = format!("Evil feed-id:{feed} - 90000 subscribers");
            traffic.note_reader("/rss.xml", here(), &agent, 0);
        }
        assert_eq!(sum().subscribers, MOST_CLAIMED, "of one service");
        for name in 0..50 {
            let agent = format!("Evil{name}; 99999999 subscribers");
            traffic.note_reader("/rss.xml", here(), &agent, 0);
        }
        assert_eq!(
            sum().subscribers,
            MOST_CLAIMED * SERVICES as u64,
            "from one place"
        );
        assert_eq!(sum().others, 50 - (SERVICES as u64 - 1), "the rest is somebody");
    }

    #[test]
    fn others_are_told_apart_and_forgotten_when_they_stay_away() {
        let traffic = Traffic::default();
        let note = |client: &str, agent: &str, now| {
            traffic.note_reader("/rss.xml", client.parse().unwrap(), agent, now);
        };
        note("192.0.2.1", "newsboat", 0);
        note("192.0.2.1", "newsboat", 10);
        note("::ffff:192.0.2.1", "newsboat", 10);
        note("192.0.2.1", "sfeed", 10);
        note("192.0.2.2", "newsboat", 200_000);
        note("2001:db8::1", "", 200_000);
        note("2001:db8::2", "", 200_000);
        let others = |now| {
            traffic
                .readers(now)
                .get("/rss.xml")
                .map_or(0, |readers| readers.others)
        };
        assert_eq!((others(10), others(GONE + 11), others(GONE * 3)), (4, 2, 0));
    }

    #[test]
    fn invented_readers_do_not_fill_the_memory() {
        let traffic = Traffic::default();
        let flood = |now: u64| {
            for n in 0..READERS + 10 {
                traffic.note_reader("/rss.xml", here(), &format!("{now}{n}"), now);
            }
            traffic.readers(now)["/rss.xml"].others
        };
        assert_eq!(flood(CLEARED), READERS as u64);
        assert_eq!(flood(CLEARED + GONE + 1), READERS as u64);
    }

    proptest! {
        #[test]
        fn no_user_agent_makes_it_panic(agent in "(\\PC|[0-9]| subscriber){0,20}") {
            let _ = subscribers(&agent);
        }
    }
}
