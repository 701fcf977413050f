//! What other parts of the program do with a daemon, by its handle and under a clock that the test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use feedmill::daemon::{Daemon, Event, Handle, Refused, Start};
use feedmill::model::SourceId;
use feedmill::refresh::{Options, Pushed};
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinHandle;

use crate::program::Program;
use crate::running::{PATIENCE, eventually, get};
use crate::server::{Answer, Server, feed};

struct Inside {
    handle: Handle,
    address: std::net::SocketAddr,
    clock: Arc<AtomicI64>,
    running: JoinHandle<()>,
}

impl Inside {
    async fn start(program: &Program) -> Self {
        Self::disturbed(program, || {}).await
    }

    /// Whoever looks at the clock is disturbed by this.
    async fn disturbed(program: &Program, disturb: impl Fn() + Send + Sync + 'static) -> Self {
        let path = program.folder().join("feeds.toml");
        let clock = Arc::new(AtomicI64::new(1_795_000_000_000));
        let time = clock.clone();
        let mut start = Start::load(path).unwrap();
        start.listen = Some("127.0.0.1:0".parse().unwrap());
        start.clock = Arc::new(move || {
            disturb();
            DateTime::from_timestamp_millis(time.load(Ordering::SeqCst)).unwrap()
        });
        let daemon = Daemon::open(start).await.unwrap();
        Self {
            handle: daemon.handle(),
            address: daemon.address(),
            clock,
            running: tokio::spawn(async move { daemon.run().await.unwrap() }),
        }
    }

    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.clock.load(Ordering::SeqCst)).unwrap()
    }

    fn advance(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    async fn stop(self) {
        self.handle.stop().await;
        tokio::time::timeout(PATIENCE, self.running)
            .await
            .unwrap()
            .unwrap();
    }
}

/// The next event that is as wanted.
async fn heard<T>(events: &mut broadcast::Receiver<Event>, want: impl Fn(&Event) -> Option<T>) -> T {
    let search = async {
        loop {
            if let Some(found) = want(&events.recv().await.unwrap()) {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, search)
        .await
        .expect("the event comes")
}

fn polled(event: &Event) -> Option<(SourceId, usize)> {
    match event {
        Event::Polled { source, new, .. } => Some((source.clone(), *new)),
        Event::Published(_) | Event::Configured(_) => None,
    }
}

fn folders(event: &Event) -> Option<Vec<String>> {
    match event {
        Event::Published(published) => Some(published.changed.iter().map(|feed| feed.folder()).collect()),
        Event::Polled { .. } | Event::Configured(_) => None,
    }
}

fn one(server: &Server) -> Program {
    Program::reading(&format!(
        "[[source]]\nname = \"One\"\nfeed = \"{}\"\n",
        server.url("/feed")
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pushed_document_goes_the_way_of_a_polled_one() {
    let server = Server::start("127.0.0.1", |_, _| {
        Answer::new(200, &["ETag: \"1\""], feed(&["polled"]))
    })
    .await;
    let program = one(&server);
    let inside = Inside::start(&program).await;
    let mut events = inside.handle.events();
    let id = SourceId::of("One");
    heard(&mut events, |event| {
        polled(event).filter(|(source, new)| *source == id && *new == 1)
    })
    .await;
    heard(&mut events, |event| {
        folders(event).filter(|folders| folders.contains(&"source/one".to_owned()))
    })
    .await;
    let state = inside.handle.polls().remove(&id).unwrap();

    let document = |items: &[&str]| Pushed {
        body: feed(items).into(),
        content_type: Some("application/rss+xml".into()),
    };
    let taken = inside
        .handle
        .push(id.clone(), document(&["pushed", "polled"]))
        .await
        .unwrap();
    assert_eq!((taken.new, taken.failure), (1, None));
    let changed = heard(&mut events, folders).await;
    assert!(
        changed.contains(&"source/one".to_owned()) && changed.contains(&String::new()),
        "{changed:?}"
    );
    assert!(
        get(inside.address, "/source/one/rss.xml")
            .1
            .contains("<title>pushed</title>")
    );
    assert_eq!(inside.handle.polls()[&id], state, "the next poll stays as it was");
    assert_eq!(server.count(), 1);

    let again = inside
        .handle
        .push(id.clone(), document(&["pushed"]))
        .await
        .unwrap();
    assert_eq!(again.new, 0);
    let garbage = Pushed {
        body: "no feed at all".into(),
        content_type: None,
    };
    assert!(inside.handle.push(id, garbage).await.unwrap().failure.is_some());
    let nobody = inside.handle.push(SourceId::of("Nobody"), document(&["x"])).await;
    assert_eq!(nobody, Err(Refused::Unknown("nobody".into())));
    let handle = inside.handle.clone();
    inside.stop().await;
    assert_eq!(
        handle.push(SourceId::of("One"), document(&["x"])).await,
        Err(Refused::Stopping)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn polls_come_when_they_are_due_and_a_clock_that_jumps_does_no_harm() {
    let server = Server::start("127.0.0.1", |asked, number| {
        match asked.is_conditional() && number < 2 {
            true => Answer::new(304, &[], ""),
            false => Answer::new(
                200,
                &[&format!("ETag: \"{number}\"")],
                feed(&[&format!("news{number}")]),
            ),
        }
    })
    .await;
    let program = one(&server);
    let inside = Inside::start(&program).await;
    let mut events = inside.handle.events();
    heard(&mut events, polled).await;
    let due = || inside.handle.polls()[&SourceId::of("One")].next_poll.unwrap();
    let wait = (due() - inside.now()).num_seconds();
    assert!(wait >= 3_600, "{wait}");

    // As long as it is due, at once: the machine slept.
    inside.advance(wait);
    let is_asked = |count: usize| {
        eventually(
            || (server.count() == count).then_some(()),
            || format!("{}", server.count()),
        )
    };
    inside.advance(60);
    is_asked(2);
    heard(&mut events, polled).await;

    // Ten years back: asked once more, and then as ever.
    inside.advance(-315_360_000);
    is_asked(3);
    heard(&mut events, polled).await;
    let wait = due() - inside.now();
    assert!((1..=26).contains(&wait.num_hours()), "{wait}");
    // And forth again.
    inside.advance(315_360_000);
    is_asked(4);
    heard(&mut events, polled).await;
    let wait = due() - inside.now();
    assert!((1..=26).contains(&wait.num_hours()), "{wait}");
    inside.stop().await;
    assert_eq!(server.count(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_error_of_a_reload_and_the_configuration_in_force_can_be_read() {
    let server = Server::start("127.0.0.1", |_, _| {
        Answer::new(200, &["ETag: \"1\""], feed(&["a"]))
    })
    .await;
    let program = one(&server);
    let inside = Inside::start(&program).await;
    let mut standings = inside.handle.standings();
    assert_eq!(inside.handle.config().sources.len(), 1);
    let good = program.configuration();
    program.configure(&good.replace("[site]", "[sight]"));
    let bad = standings.wait_for(|standing| standing.reload_error.is_some());
    let bad = tokio::time::timeout(PATIENCE, bad)
        .await
        .unwrap()
        .unwrap()
        .clone();
    assert!(bad.reload_error.unwrap().contains("sight"));
    let mut events = inside.handle.events();
    program.configure(&(good + "[[source]]\nname = \"Two\"\nfeed = \"http://127.0.0.1:9/\"\n"));
    inside.handle.reload().await;
    heard(&mut events, |event| match event {
        Event::Configured(config) => Some(config.sources.len()).filter(|count| *count == 2),
        Event::Polled { .. } | Event::Published(_) => None,
    })
    .await;
    let standing = inside.handle.standing();
    assert_eq!(
        (standing.reload_error, inside.handle.config().sources.len()),
        (None, 2)
    );
    inside.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_sources_are_refreshed_on_demand() {
    let server = Server::start("127.0.0.1", |_, number| {
        Answer::new(200, &[], feed(&[&format!("news{number}")]))
    })
    .await;
    let program = one(&server);
    let inside = Inside::start(&program).await;
    // Who asks while a source is being polled gets what that brings.
    let mut standings = inside.handle.standings();
    let is_idle = standings.wait_for(|standing| standing.published.is_some() && standing.polling == 0);
    drop(tokio::time::timeout(PATIENCE, is_idle).await.unwrap().unwrap());
    eventually(
        || (server.count() == 1 && inside.handle.standing().polling == 0).then_some(()),
        String::new,
    );
    let options = |name: &str| Options {
        only: vec![SourceId::of(name)],
        force: true,
        ..Options::default()
    };
    let (progress, mut events) = mpsc::unbounded_channel();
    let summary = inside
        .handle
        .refresh(options("One"), progress.clone())
        .await
        .unwrap();
    assert_eq!((summary.polled, summary.new_items, summary.skipped), (1, 1, 0));
    assert!(get(inside.address, "/rss.xml").1.contains("news1"));
    let mut seen = Vec::new();
    while let Ok(event) = events.try_recv() {
        seen.push(event);
    }
    assert_eq!(seen.len(), 2, "{seen:?}");
    let refused = inside
        .handle
        .refresh(options("Nobody"), progress)
        .await
        .unwrap_err();
    assert_eq!(refused, Refused::Unknown("nobody".into()));
    assert_eq!(server.count(), 2);
    tokio::time::timeout(Duration::from_secs(10), inside.stop())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_that_panics_costs_its_source_a_poll_and_nobody_else_anything() {
    let server = Server::start("127.0.0.1", |asked, number| {
        let name = asked.target().replace('/', "");
        Answer::new(200, &[], feed(&[&format!("{name}{number}")]))
    })
    .await;
    let tables = ["One", "Two"].map(|name| {
        let url = server.url(&format!("/{name}"));
        format!("[[source]]\nname = \"{name}\"\nfeed = \"{url}\"\n")
    });
    let program = Program::reading(&tables.concat());
    // A poll looks at the clock, too: there it can be made to stumble.
    let is_armed = Arc::new(AtomicBool::new(false));
    let armed = is_armed.clone();
    let inside = Inside::disturbed(&program, move || {
        let is_poll = || {
            let trace = std::backtrace::Backtrace::force_capture().to_string();
            trace.contains("feedmill::refresh::poll::") && !trace.contains("Mill::tick")
        };
        if armed.load(Ordering::SeqCst) && is_poll() && armed.swap(false, Ordering::SeqCst) {
            panic!("a test makes this poll stumble");
        }
    })
    .await;
    let refresh = async |name: &str| {
        let options = Options {
            only: vec![SourceId::of(name)],
            force: true,
            ..Options::default()
        };
        let (progress, _events) = mpsc::unbounded_channel();
        inside.handle.refresh(options, progress).await.unwrap()
    };
    let state = |name: &str| inside.handle.polls().remove(&SourceId::of(name)).unwrap();
    refresh("One").await;
    refresh("Two").await;
    let before = state("One");

    is_armed.store(true, Ordering::SeqCst);
    let summary = refresh("One").await;
    assert!(!is_armed.load(Ordering::SeqCst), "it was polled");
    assert_eq!((summary.polled, summary.failed.len()), (1, 1));
    assert_eq!(summary.failed[0].source, "One");
    assert!(
        summary.failed[0].message.contains("a bug: please report"),
        "{summary:?}"
    );
    // It is known which source it was, what is known of it stays, and it is asked again later.
    let failed = state("One");
    assert_eq!((failed.failures, failed.items), (1, before.items));
    assert!(failed.next_poll.unwrap() > inside.now());

    // The others go on, and so does this one when its time has come.
    assert_eq!(refresh("Two").await.failed.len(), 0);
    inside.advance((failed.next_poll.unwrap() - inside.now()).num_seconds() + 60);
    eventually(
        || (state("One").failures == 0).then_some(()),
        || format!("{:?}", state("One").last_error),
    );
    inside.stop().await;
}
