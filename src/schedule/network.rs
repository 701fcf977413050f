//! Whether it is this machine that reaches nobody, rather than each source that cannot be reached. Pure: time comes in
//! as an argument.
//!
//! When many hosts that answered before cannot be reached one after the other, and nobody answers in between, it is the
//! way that all of them share. Then no failure is a source's, not even those by which it was noticed; the first answer
//! ends it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::IpAddr;

use chrono::{DateTime, Utc};

use crate::model::{Health, PollState, Source, SourceId};

/// Hosts that say enough: a part of those that answer, but no fewer than the first and no more than the last number.
const PART: usize = 4;
const FEWEST: usize = 3;
const MOST: usize = 20;

/// What a poll says about the way to its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact {
    /// Somebody answered, whatever it was.
    Answered,
    /// No address was found, or no connection came about.
    Unreachable,
    /// There was a connection, or one of old, and no answer.
    Unclear,
}

/// A poll, as far as the way to its host goes.
#[derive(Clone, Copy, Debug)]
pub struct Tried<'a> {
    /// Who was asked.
    pub source: &'a Source,
    /// Where, with its port when that is not the scheme's own.
    pub host: &'a str,
    /// What came of it.
    pub contact: Contact,
    /// What was remembered before.
    pub before: &'a PollState,
    /// When it ended.
    pub at: DateTime<Utc>,
}

/// How many hosts there are, to know what is many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    /// All that have sources.
    pub all: usize,
    /// Those that answered when they were last asked.
    pub well: usize,
    /// Some host has answered some time.
    pub is_any_known: bool,
}

/// A failure that may not be its source's.
#[derive(Clone, Debug)]
pub struct Suspect {
    /// Whose.
    pub source: Source,
    /// What was remembered before it.
    pub before: PollState,
    host: String,
    at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug)]
struct Offline {
    since: DateTime<Utc>,
    /// It is about others than this machine and those beside it.
    is_far: bool,
}

/// What is known about the way to everybody.
#[derive(Debug, Default)]
pub struct Network {
    /// Since somebody answered.
    suspects: BTreeMap<SourceId, Suspect>,
    offline: Option<Offline>,
    /// Whose failure did not count and who has not answered since: the next one does, so that it is put off once.
    spared: HashSet<SourceId>,
    wronged: Vec<Suspect>,
}

impl Network {
    /// Since when this machine seems to be offline.
    pub fn offline(&self) -> Option<DateTime<Utc>> {
        self.offline.map(|offline| offline.since)
    }

    /// Hears of a poll; whether what came of it is its source's. `hosts` is asked only where it matters.
    pub fn hear(&mut self, tried: Tried<'_>, hosts: impl FnOnce() -> Hosts) -> bool {
        let id = &tried.source.id;
        match (tried.contact, self.offline) {
            (Contact::Answered, _) => {
                self.answered(&tried);
                true
            }
            (Contact::Unclear, None) => true,
            (Contact::Unclear | Contact::Unreachable, Some(_)) => {
                self.spared.insert(id.clone());
                false
            }
            // It had its chance when the others came back.
            (Contact::Unreachable, None) if self.spared.remove(id) => true,
            (Contact::Unreachable, None) => !self.suspect(&tried, hosts()),
        }
    }

    /// Takes out the failures that were counted before it was known what they are; `false` leaves one for later.
    pub fn wronged(&mut self, is_taken: impl Fn(&SourceId) -> bool) -> Vec<Suspect> {
        let all = std::mem::take(&mut self.wronged);
        let (taken, left) = all.into_iter().partition(|wronged| is_taken(&wronged.source.id));
        self.wronged = left;
        taken
    }

    fn answered(&mut self, tried: &Tried<'_>) {
        let id = &tried.source.id;
        self.spared.remove(id);
        self.suspects.remove(id);
        self.wronged.retain(|wronged| wronged.source.id != *id);
        // Who is on this machine, or beside it, answers also while the rest of the world is away.
        let is_far = self.suspects.values().any(|suspect| !is_near(&suspect.host));
        if is_near(tried.host) && (is_far || self.offline.is_some_and(|offline| offline.is_far)) {
            return;
        }
        self.suspects.clear();
        self.offline = None;
    }

    /// Takes note of a failure; whether enough of them have come together.
    fn suspect(&mut self, tried: &Tried<'_>, hosts: Hosts) -> bool {
        let is_evidence = match tried.before.health {
            Health::Ok => true,
            Health::New => !hosts.is_any_known,
            Health::Failing | Health::Gone => false,
        };
        if !is_evidence {
            return false;
        }
        // These are not among those that are well any more.
        let well = hosts.well + self.hosts().len();
        let suspect = Suspect {
            source: tried.source.clone(),
            before: tried.before.clone(),
            host: tried.host.to_owned(),
            at: tried.at,
        };
        self.suspects.insert(tried.source.id.clone(), suspect);
        let all = if hosts.is_any_known { well } else { hosts.all };
        if self.hosts().len() < (all / PART).clamp(FEWEST, MOST) {
            return false;
        }
        let since = self.suspects.values().map(|suspect| suspect.at).min();
        self.offline = Some(Offline {
            since: since.unwrap_or(tried.at),
            is_far: self.suspects.values().any(|suspect| !is_near(&suspect.host)),
        });
        self.spared.extend(self.suspects.keys().cloned());
        // This one has not been counted yet.
        self.suspects.remove(&tried.source.id);
        self.wronged
            .extend(std::mem::take(&mut self.suspects).into_values());
        true
    }

    fn hosts(&self) -> BTreeSet<&str> {
        self.suspects
            .values()
            .map(|suspect| suspect.host.as_str())
            .collect()
    }
}

/// Whether a host is on this machine or in its own network, as far as its name says.
fn is_near(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    match name.parse() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local(),
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::TimeDelta;
    use url::Url;

    use super::*;
    use crate::model::SourceKind;

    /// So many hosts with a source each, and what is heard of them.
    struct World {
        network: Network,
        states: Vec<PollState>,
        is_any_known: bool,
        now: DateTime<Utc>,
    }

    fn source(n: usize) -> Source {
        Source {
            id: SourceId::of(&n.to_string()),
            name: n.to_string(),
            kind: SourceKind::Feed,
            address: Url::parse(&format!("https://h{n}.example/")).unwrap(),
            full_text: false,
            articles: 0,
            has_secret_address: false,
            has_secret_path: false,
            every: Duration::ZERO,
            every_is_set: false,
            timeout: Duration::ZERO,
            max_body: 0,
            headers: Vec::new(),
            categories: Vec::new(),
            tags: Vec::new(),
            dedupe: None,
            keeps_withdrawn: false,
        }
    }

    impl World {
        fn new(hosts: usize, health: Health) -> Self {
            let state = PollState {
                health,
                ..PollState::default()
            };
            Self {
                network: Network::default(),
                states: vec![state; hosts],
                is_any_known: health != Health::New,
                now: "2026-11-15T12:00:00Z".parse().unwrap(),
            }
        }

        /// Whether the failure of a source counts.
        fn hear(&mut self, n: usize, contact: Contact) -> bool {
            self.hear_of(n, &format!("h{n}.example"), contact)
        }

        fn hear_of(&mut self, n: usize, host: &str, contact: Contact) -> bool {
            self.now += TimeDelta::minutes(1);
            let tried = Tried {
                source: &source(n),
                host,
                contact,
                before: &self.states[n].clone(),
                at: self.now,
            };
            let of = |health: Health| self.states.iter().filter(|state| state.health == health).count();
            let hosts = Hosts {
                all: self.states.len(),
                well: of(Health::Ok),
                is_any_known: self.is_any_known,
            };
            let counts = self.network.hear(tried, || hosts);
            if counts {
                self.states[n].health = match contact {
                    Contact::Answered => Health::Ok,
                    Contact::Unreachable | Contact::Unclear => Health::Failing,
                };
            }
            counts
        }

        fn take_back(&mut self) -> Vec<usize> {
            let wronged = self.network.wronged(|_| true);
            let mut taken = Vec::new();
            for suspect in wronged {
                let n = suspect.source.name.parse().unwrap();
                self.states[n] = suspect.before;
                taken.push(n);
            }
            taken
        }

        fn is_offline(&self) -> bool {
            self.network.offline().is_some()
        }
    }

    #[test]
    fn when_nobody_is_reached_any_more_it_is_nobodys_failure() {
        let mut world = World::new(8, Health::Ok);
        let began = world.now + TimeDelta::minutes(1);
        assert!(world.hear(0, Contact::Unreachable) && world.hear(1, Contact::Unreachable));
        assert!(!world.is_offline());
        assert!(!world.hear(2, Contact::Unreachable), "the third of eight hosts");
        assert_eq!(world.network.offline(), Some(began));
        assert_eq!(world.take_back(), [0, 1]);
        assert_eq!(world.take_back(), [0; 0], "once");
        for n in 3..8 {
            assert!(!world.hear(n, Contact::Unreachable));
        }
        // Old connections end without an answer.
        assert!(!world.hear(0, Contact::Unclear));
        assert!(world.states.iter().all(|state| state.health == Health::Ok));
        assert!(world.hear(5, Contact::Answered));
        assert!(!world.is_offline());
    }

    #[test]
    fn an_answer_of_anybody_shows_that_the_way_is_open() {
        let mut world = World::new(40, Health::Ok);
        for n in 0..30 {
            assert!(world.hear(n, Contact::Unreachable));
            if n % 2 == 0 {
                world.hear(39, Contact::Answered);
            }
        }
        assert!(!world.is_offline());
        assert_eq!(world.take_back(), [0; 0]);
    }

    #[test]
    fn many_is_a_part_of_those_that_are_well() {
        for (hosts, enough) in [(3, 3), (12, 3), (40, 10), (1_000, 20)] {
            let mut world = World::new(hosts, Health::Ok);
            let counted = (0..hosts)
                .take_while(|n| world.hear(*n, Contact::Unreachable))
                .count();
            assert_eq!((counted + 1, world.is_offline()), (enough, true), "{hosts}");
        }
        let mut world = World::new(2, Health::Ok);
        assert!(world.hear(0, Contact::Unreachable) && world.hear(1, Contact::Unreachable));
    }

    #[test]
    fn sources_of_one_host_are_one_witness_and_the_ill_are_none() {
        let mut world = World::new(20, Health::Ok);
        for n in 0..10 {
            assert!(world.hear_of(n, "one.example", Contact::Unreachable));
        }
        let mut world = World::new(20, Health::Failing);
        for n in 0..20 {
            assert!(world.hear(n, Contact::Unreachable));
        }
        // Where nobody was ever reached, each is one.
        let mut world = World::new(20, Health::New);
        for n in 0..4 {
            assert!(world.hear(n, Contact::Unreachable));
        }
        assert!(!world.hear(4, Contact::Unreachable));
    }

    #[test]
    fn those_that_stay_away_when_the_others_are_back_are_counted() {
        let mut world = World::new(8, Health::Ok);
        for n in 0..8 {
            world.hear(n, Contact::Unreachable);
        }
        world.take_back();
        world.hear(7, Contact::Answered);
        for n in 0..6 {
            assert!(world.hear(n, Contact::Unreachable), "{n}");
        }
        assert!(!world.is_offline());
        // The next time is another time.
        for n in 0..8 {
            world.hear(n, Contact::Answered);
        }
        assert!(world.hear(0, Contact::Unreachable) && world.hear(1, Contact::Unreachable));
        assert!(!world.hear(2, Contact::Unreachable) && world.is_offline());
    }

    #[test]
    fn a_bridge_on_this_machine_does_not_stand_for_the_world() {
        for near in ["127.0.0.1:1200", "localhost:3000", "[::1]:80", "192.168.1.9"] {
            let mut world = World::new(9, Health::Ok);
            world.hear(0, Contact::Unreachable);
            world.hear(1, Contact::Unreachable);
            world.hear_of(8, near, Contact::Answered);
            assert!(!world.hear(2, Contact::Unreachable), "{near}");
            world.hear_of(8, near, Contact::Answered);
            assert!(world.is_offline(), "{near}");
            world.hear(3, Contact::Answered);
            assert!(!world.is_offline(), "{near}");
        }
        // Where nobody else is asked, it is all there is.
        let mut world = World::new(9, Health::Ok);
        for n in 0..3 {
            world.hear_of(n, &format!("127.0.0.{n}"), Contact::Unreachable);
        }
        assert!(world.is_offline());
        world.hear_of(3, "127.0.0.3", Contact::Answered);
        assert!(!world.is_offline());
    }
}
