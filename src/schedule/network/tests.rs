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
        timeout: Duration::ZERO,
        max_body: 0,
        headers: Vec::new(),
        categories: Vec::new(),
        tags: Vec::new(),
        trust: false,
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

#[test]
fn a_pass_in_which_nobody_answers_needs_few_and_counts_with_those_before() {
    // Three of forty are due.
    let mut world = World::new(40, Health::Ok);
    for n in 0..3 {
        assert!(world.hear(n, Contact::Unreachable));
    }
    world.network.conclude();
    assert!(world.is_offline());
    assert_eq!(world.take_back(), [0, 1, 2]);
    // Somebody answers, before or after: then it is theirs.
    for answers in [0, 3] {
        let mut world = World::new(40, Health::Ok);
        for n in 0..4 {
            let contact = if n == answers {
                Contact::Answered
            } else {
                Contact::Unreachable
            };
            world.hear(n, contact);
        }
        world.network.conclude();
        assert!(!world.is_offline());
    }
    // One alone, while all the others rest.
    let mut world = World::new(40, Health::Ok);
    world.hear(0, Contact::Unreachable);
    world.network.conclude();
    assert!(!world.is_offline());
}

#[test]
fn what_failed_in_the_passes_before_is_taken_back_too() {
    let began: DateTime<Utc> = "2026-11-15T11:00:00Z".parse().unwrap();
    let well = |hour| PollState {
        health: Health::Ok,
        last_poll: Some(began - TimeDelta::hours(hour)),
        last_success: Some(began - TimeDelta::hours(hour)),
        last_status: Some(200),
        ..PollState::default()
    };
    let lost = |failures, minutes| PollState {
        health: Health::Failing,
        last_poll: Some(began + TimeDelta::minutes(minutes)),
        last_status: None,
        failures,
        unanswered: failures,
        ..well(3)
    };
    let states = [lost(1, 0), lost(1, 15), well(1), well(1), lost(9, 5)];
    let sources: Vec<Source> = (0..states.len()).map(source).collect();
    let known = || {
        let hosts = (0..states.len()).map(|n| format!("h{n}.example"));
        sources
            .iter()
            .zip(hosts)
            .zip(&states)
            .map(|((source, host), state)| (source, host, state))
    };
    let mut world = World::new(states.len(), Health::Ok);
    world.network.recall(known());
    world.hear(2, Contact::Unreachable);
    world.network.conclude();
    assert!(world.is_offline());
    let wronged = world.network.wronged(|_| true);
    let mut names: Vec<&str> = wronged
        .iter()
        .map(|wronged| wronged.source.name.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["0", "1", "2"], "who fails for long is not among them");
    assert!(
        wronged
            .iter()
            .all(|wronged| wronged.before.failures == 0 && wronged.before.health == Health::Ok)
    );
    // Somebody has answered since.
    let mut states = states.to_vec();
    states[3] = well(-1);
    let mut world = World::new(states.len(), Health::Ok);
    let hosts = (0..states.len()).map(|n| format!("h{n}.example"));
    let known = sources
        .iter()
        .zip(hosts)
        .zip(&states)
        .map(|((source, host), state)| (source, host, state));
    world.network.recall(known);
    world.hear(2, Contact::Unreachable);
    world.network.conclude();
    assert!(!world.is_offline());
}
