//! The network of this machine goes away and comes back: no source is blamed for it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use feedmill::model::{Health, PollState, SourceId};
use feedmill::refresh::Options;
use feedmill::{config, refresh};
use tokio::runtime::Runtime;

use crate::alerts::Mill;
use crate::desk::Desk;
use crate::running::eventually;
use crate::server::{Answer, Server, Then, feed};

const HOSTS: u8 = 5;

/// Hosts that all go away at once.
struct World {
    addresses: Vec<SocketAddr>,
    runtime: Option<Runtime>,
    asked: Arc<AtomicUsize>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.unplug();
    }
}

impl World {
    fn new() -> Self {
        let free = |n| TcpListener::bind((Ipv4Addr::new(127, 4, 2, n), 0)).unwrap();
        let listeners: Vec<TcpListener> = (1..=HOSTS).map(free).collect();
        let mut world = Self {
            addresses: listeners.iter().map(|l| l.local_addr().unwrap()).collect(),
            runtime: None,
            asked: Arc::default(),
        };
        drop(listeners);
        world.plug();
        world
    }

    fn plug(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let inside = runtime.enter();
        for address in &self.addresses {
            let listener = eventually(
                || TcpListener::bind(address).ok(),
                || format!("{address} is taken"),
            );
            listener.set_nonblocking(true).unwrap();
            let asked = self.asked.clone();
            Server::on(
                tokio::net::TcpListener::from_std(listener).unwrap(),
                move |_, _| {
                    asked.fetch_add(1, Ordering::SeqCst);
                    let mut answer = Answer::new(200, &["ETag: \"1\"", "Connection: close"], feed(&["news"]));
                    answer.then = Then::Close;
                    answer
                },
            );
        }
        drop(inside);
        self.runtime = Some(runtime);
    }

    #[expect(clippy::disallowed_methods, reason = "a test asks the server it started")]
    fn unplug(&mut self) {
        let Some(runtime) = self.runtime.take() else {
            return;
        };
        runtime.shutdown_background();
        for address in &self.addresses {
            eventually(
                || std::net::TcpStream::connect(address).is_err().then_some(()),
                || format!("{address} still answers"),
            );
        }
    }

    fn desk(&self) -> Desk {
        let sources = (1..).zip(&self.addresses);
        let tables = sources
            .map(|(n, address)| format!("[[source]]\nname = \"S{n}\"\nfeed = \"http://{address}/feed\"\n"));
        Desk::with(&tables.collect::<String>())
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn names() -> impl Iterator<Item = String> {
    (1..=HOSTS).map(|n| format!("S{n}"))
}

fn all(mill: &Mill) -> Vec<PollState> {
    names().map(|name| mill.state(&name)).collect()
}

fn open_alerts(desk: &Desk) -> usize {
    let config = config::load(&desk.program.folder().join("feeds.toml")).unwrap();
    let reader = refresh::open(&config).unwrap().reader().unwrap();
    reader.open_alerts().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_blames_nobody_says_it_once_and_catches_up_at_once() {
    let mut world = World::new();
    let desk = world.desk();
    let clock = Arc::new(AtomicI64::new(desk.now().timestamp()));
    let now = || DateTime::<Utc>::from_timestamp(clock.load(Ordering::SeqCst), 0).unwrap();
    let mill = Mill::start(&desk, &clock).await;
    mill.round().await;
    let before = all(&mill);
    let asked = world.asked();
    world.unplug();

    // All are due, and nobody can be reached.
    let due = before.iter().filter_map(|state| state.next_poll).max().unwrap();
    clock.store(due.timestamp() + 1, Ordering::SeqCst);
    let went = now();
    let since = eventually(
        || mill.handle.standing().offline,
        || format!("{:?} {:?}", mill.handle.standing(), all(&mill)),
    );
    assert!((since - went).num_seconds().abs() <= 2, "{since} {went}");
    let is_as_before = || (all(&mill) == before).then_some(());
    eventually(is_as_before, || format!("{:?}", all(&mill)));
    // Two days of it: nobody fails, nobody is told of.
    for _ in 0..2 {
        clock.fetch_add(24 * 3_600, Ordering::SeqCst);
        mill.round().await;
        assert_eq!(all(&mill), before);
    }
    assert_eq!(mill.handle.standing().offline, Some(since));
    assert_eq!(open_alerts(&desk), 0);
    let stored = desk.state("S1");
    assert_eq!((stored.failures, stored.health), (0, Health::Ok));

    world.plug();
    clock.fetch_add(61, Ordering::SeqCst);
    let back = now();
    let are_all_polled = || {
        all(&mill)
            .iter()
            .all(|state| state.last_success >= Some(back))
            .then_some(())
    };
    eventually(are_all_polled, || format!("{:?}", all(&mill)));
    assert_eq!(mill.handle.standing().offline, None);
    assert_eq!(world.asked(), asked + usize::from(HOSTS), "each once");
    assert!(all(&mill).iter().all(|state| state.health == Health::Ok));
    mill.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_of_cron_blames_nobody_and_the_next_one_asks_again() {
    let mut world = World::new();
    let desk = world.desk();
    desk.pass().await;
    let before: Vec<PollState> = names().map(|name| desk.state(&name)).collect();
    world.unplug();
    desk.advance(TimeDelta::days(2));
    let summary = desk.pass().await;
    assert_eq!(
        (summary.failed.len(), summary.unreached),
        (0, usize::from(HOSTS)),
        "{summary:?}"
    );
    let after: Vec<PollState> = names().map(|name| desk.state(&name)).collect();
    assert_eq!(after, before);

    world.plug();
    let asked = world.asked();
    let summary = desk.pass().await;
    assert_eq!((summary.unreached, summary.failed.len()), (0, 0));
    assert_eq!(world.asked(), asked + usize::from(HOSTS));
}

#[tokio::test(flavor = "multi_thread")]
async fn passes_of_cron_that_ask_few_blame_nobody_in_the_end() {
    let mut world = World::new();
    let desk = world.desk();
    desk.pass().await;
    let before: Vec<PollState> = names().map(|name| desk.state(&name)).collect();
    let only = |names: &[&str]| Options {
        only: names.iter().map(|name| SourceId::of(name)).collect(),
        force: true,
        ..Options::default()
    };
    // One that is away while the others answer is to blame.
    world.unplug();
    desk.advance(TimeDelta::hours(5));
    let alone = desk.pass_with(only(&["S1"])).await;
    assert_eq!((alone.failed.len(), alone.unreached), (1, 0));
    world.plug();
    desk.advance(TimeDelta::hours(1));
    desk.pass_with(only(&["S1", "S2", "S3", "S4", "S5"])).await;
    let before_again: Vec<PollState> = names().map(|name| desk.state(&name)).collect();
    assert_ne!(before, before_again);

    world.unplug();
    desk.advance(TimeDelta::hours(1));
    let first = desk.pass_with(only(&["S1", "S2"])).await;
    assert_eq!(
        (first.failed.len(), first.unreached),
        (2, 0),
        "they could not know"
    );
    desk.advance(TimeDelta::minutes(15));
    let second = desk.pass_with(only(&["S3"])).await;
    assert_eq!((second.failed.len(), second.unreached), (0, 1), "{second:?}");
    for name in names() {
        let state = desk.state(&name);
        assert_eq!(
            (state.health, state.failures, state.last_error),
            (Health::Ok, 0, None),
            "{name}"
        );
    }
}
