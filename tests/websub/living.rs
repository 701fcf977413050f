//! The daemon with both directions of push: the real program, or the library under a clock of the test's own.

use std::net::SocketAddr;
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use feedmill::daemon::{Daemon, Handle, Start};
use feedmill::model::SourceId;
use feedmill::refresh;
use feedmill::refresh::Options;

use crate::clock::Clock;
use crate::program::Program;
use crate::reader::{back, deliver, signature, verify, wire};
use crate::server::{Answer, Asked, Server, ask};

/// Nothing that is waited for here takes so long, on the slowest machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// An address that was free a moment ago: a site has to know its own before it is served.
pub fn free() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

pub fn toml(address: SocketAddr, fetch: &str, publish: &str, sources: &str) -> String {
    format!(
        "[site]\ntitle = \"Wire\"\nurl = \"http://{address}/\"\n[fetch]\nallow_private_hosts = true\n\
         host_gap = \"0s\"\n{fetch}\n[publish]\n{publish}\n{sources}"
    )
}

pub fn source(name: &str, url: &str) -> String {
    format!("[[source]]\nname = {name:?}\nfeed = {url:?}\n")
}

/// An RSS document with these items, published at these times.
pub fn rss(items: &[(&str, DateTime<Utc>)]) -> String {
    let item = |(name, at): &(&str, DateTime<Utc>)| {
        format!(
            "<item><title>{name}</title><link>https://articles.example/{name}</link><guid>{name}</guid>\
             <pubDate>{}</pubDate></item>",
            at.to_rfc2822()
        )
    };
    let items: String = items.iter().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>Wire</title>{items}</channel></rss>")
}

/// A document that a test may change, with the links that it has from the start.
#[derive(Clone, Default)]
pub struct Document(Arc<Mutex<String>>);

impl Document {
    pub fn set(&self, text: String) {
        *self.0.lock().unwrap() = text;
    }

    pub async fn served(&self, links: Option<String>) -> Server {
        let text = self.0.clone();
        Server::start(move |_| {
            let mut headers = vec!["Content-Type: application/rss+xml"];
            headers.extend(links.as_deref());
            Answer::new(200, &headers, text.lock().unwrap().as_str())
        })
        .await
    }
}

/// A `feedmill run`, killed at the end of the test.
pub struct Running {
    child: Child,
    pub program: Program,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(program: &Program, address: SocketAddr) -> Child {
    let file = |name| std::fs::File::create(program.folder().join(name)).unwrap();
    program
        .prepare(&["run", "--listen", &address.to_string()])
        .env("RUST_LOG", "info")
        .stdout(file("address"))
        .stderr(file("log"))
        .spawn()
        .unwrap()
}

impl Running {
    pub fn start(address: SocketAddr, toml: &str) -> Self {
        let program = Program::new(toml);
        Self {
            child: run(&program, address),
            program,
        }
    }

    /// Kills it and starts it again, with what it left on disk.
    pub fn restart(&mut self, address: SocketAddr) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = run(&self.program, address);
    }

    /// Bytes that it holds in memory.
    pub fn memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib: usize = line.unwrap().trim().trim_end_matches(" kB").parse().unwrap();
        kib << 10
    }

    /// Waits until it serves.
    pub async fn serves(&self) {
        let said = self.program.folder().join("address");
        let complaint = format!("it does not start: {}", self.log());
        eventually(&complaint, async || {
            let text = std::fs::read_to_string(&said).unwrap();
            text.contains("serving on").then_some(())
        })
        .await;
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.program.folder().join("log")).unwrap()
    }

    /// Waits until something is in the log.
    pub async fn says(&self, words: &str) {
        self.says_often(words, 1).await;
    }

    /// Waits until it is there so often.
    async fn says_often(&self, words: &str, times: usize) {
        let started = Instant::now();
        while self.log().matches(words).count() < times {
            assert!(started.elapsed() < PATIENCE, "no {words:?} in {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until its feed has this item, and gives the whole feed.
    pub async fn shows(&self, item: &str) -> String {
        let file = self.program.output().join("rss.xml");
        let title = format!("<title>{item}</title>");
        let complaint = format!("{item} does not come");
        let found = eventually(&complaint, async || {
            let text = std::fs::read_to_string(&file).ok()?;
            text.contains(&title).then_some(text)
        });
        found.await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_feedmill_hears_from_another_at_once() {
    let document = Document::default();
    let now = Utc::now() - TimeDelta::minutes(5);
    document.set(rss(&[("one", now)]));
    let origin = document.served(None).await;
    let address = free();
    let mut publisher = Running::start(
        address,
        &toml(
            address,
            "",
            "hub = \"self\"",
            &source("Origin", &origin.url("/feed")),
        ),
    );
    publisher.shows("one").await;
    publisher.says("published").await;
    let (at, feed) = (free(), format!("http://{address}/rss.xml"));
    let mut reader = Running::start(at, &toml(at, "push = true", "", &source("Wire", &feed)));
    reader.shows("one").await;
    publisher.says("a subscriber was added or renewed").await;
    reader.says("the hub pushes from now on").await;
    let polls = |publisher: &Running| {
        let log = publisher.log();
        let lines = log.lines().filter(|line| line.contains("path=\"/rss.xml\""));
        lines.filter(|line| line.contains("method=GET")).count()
    };
    // What came between the poll and the word of the hub is polled for, once.
    publisher.says_often("path=\"/rss.xml\"", 2).await;

    document.set(rss(&[("one", now), ("two", now + TimeDelta::minutes(1))]));
    publisher.program.refresh(&["--force", "--source", "Origin"], 0);
    let text = reader.shows("two").await;
    assert!(text.contains("<title>one</title>"), "{text}");
    reader.says("a hub pushed").await;
    assert_eq!(polls(&publisher), 2, "{}", publisher.log());

    // Who subscribed is remembered.
    publisher.restart(address);
    publisher.serves().await;
    let later = now + TimeDelta::minutes(2);
    document.set(rss(&[("one", now), ("three", later)]));
    publisher.program.refresh(&["--force", "--source", "Origin"], 0);
    reader.shows("three").await;

    // And so is what was subscribed to.
    reader.restart(at);
    reader.serves().await;
    document.set(rss(&[("four", later)]));
    publisher.program.refresh(&["--force", "--source", "Origin"], 0);
    reader.shows("four").await;
    // And once after its start.
    publisher.says_often("path=\"/rss.xml\"", 1).await;
    assert_eq!(polls(&publisher), 1, "{}", publisher.log());
    assert!(!publisher.log().contains("WARN"), "{}", publisher.log());
    assert!(!reader.log().contains("WARN"), "{}", reader.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn w7_what_is_missing_in_a_delivery_stays() {
    let document = Document::default();
    let now = Utc::now() - TimeDelta::minutes(5);
    document.set(rss(&[("one", now), ("two", now)]));
    let hub = Server::start(|_| Answer::status(202)).await;
    let topic = "https://wire.example/feed";
    let links = format!("Link: <{}>; rel=\"hub\", <{topic}>; rel=\"self\"", hub.url("/"));
    let origin = document.served(Some(links)).await;
    let at = free();
    let wire = source("Wire", &origin.url("/feed"));
    let reader = Running::start(at, &toml(at, "push = true", "", &wire));
    reader.shows("two").await;
    hub.until(1).await;
    let asked = hub.asked().pop().unwrap();
    assert_eq!(verify(&asked, topic, "864000").await.status, 200);
    for body in [rss(&[("three", now)]), rss(&[])] {
        let signed = signature(&asked, "sha256", body.as_bytes());
        assert_eq!(deliver(&asked, body.as_bytes(), &[&signed]).await.status, 202);
    }
    let unsigned = rss(&[("forged", now)]);
    assert_eq!(deliver(&asked, unsigned.as_bytes(), &[]).await.status, 202);
    let body = rss(&[("four", now)]);
    let signed = signature(&asked, "sha512", body.as_bytes());
    assert_eq!(deliver(&asked, body.as_bytes(), &[&signed]).await.status, 202);
    let text = reader.shows("four").await;
    for item in ["one", "two", "three"] {
        assert!(text.contains(&format!("<title>{item}</title>")), "{item}: {text}");
    }
    assert!(!text.contains("forged"), "{text}");
    // No secret is in the log or in what is published.
    let (secret, callback) = (
        asked.field("hub.secret").unwrap(),
        asked.field("hub.callback").unwrap(),
    );
    assert!(!reader.log().contains(&secret), "{}", reader.log());
    let token = callback.rsplit('/').next().unwrap();
    for (name, (bytes, _)) in reader.program.files() {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains(&secret) && !text.contains(token), "{name}");
    }
}

/// The daemon in this process, under a clock that the test moves.
struct Housed {
    handle: Handle,
    clock: Clock,
    running: tokio::task::JoinHandle<()>,
    _program: Program,
}

impl Housed {
    async fn start(address: SocketAddr, toml: &str) -> Self {
        let (program, clock) = (Program::new(toml), Clock::new());
        let path = program.folder().join("feeds.toml");
        let daemon = loop {
            let mut start = Start::load(path.clone()).unwrap();
            (start.listen, start.clock) = (Some(address), clock.shared());
            match Daemon::open(start).await {
                // A process that another test starts holds a copy of each open file until it runs its program.
                Err(feedmill::daemon::Error::Refresh(refresh::Error::Locked(_))) => {
                    tokio::task::yield_now().await;
                }
                opened => break opened.unwrap(),
            }
        };
        Self {
            handle: daemon.handle(),
            clock,
            running: tokio::spawn(async move { daemon.run().await.unwrap() }),
            _program: program,
        }
    }

    async fn stop(self) {
        self.handle.stop().await;
        self.running.await.unwrap();
    }
}

pub async fn asked_again(server: &Server, count: usize) {
    eventually(&format!("{} of {count} polls", server.count()), async || {
        (server.count() >= count).then_some(())
    })
    .await;
}

/// A daemon with a source that a hub pushes and one that nobody does, both polled once.
struct Pushed {
    daemon: Housed,
    document: Document,
    wire: Server,
    hub: Server,
    /// What the hub was asked.
    asked: Asked,
    _plain: Server,
}

const TOPIC: &str = "https://wire.example/feed";

impl Pushed {
    async fn new() -> Self {
        let document = Document::default();
        document.set(rss(&[]));
        let hub = Server::start(|_| Answer::status(202)).await;
        let links = format!("Link: <{}>; rel=\"hub\", <{TOPIC}>; rel=\"self\"", hub.url("/"));
        let silent = Document::default();
        silent.set(rss(&[]));
        let (wire, plain) = (document.served(Some(links)).await, silent.served(None).await);
        let at = free();
        let sources = [("Wire", &wire), ("Plain", &plain)];
        let sources: String = sources
            .iter()
            .map(|(name, server)| source(name, &server.url("/feed")) + "every = \"1h\"\n")
            .collect();
        let daemon = Housed::start(at, &toml(at, "push = true", "", &sources)).await;
        hub.until(1).await;
        asked_again(&plain, 1).await;
        asked_again(&wire, 1).await;
        let asked = hub.asked().pop().unwrap();
        assert_eq!(verify(&asked, TOPIC, "864000").await.status, 200);
        eventually("the loop does not hear of it", async || {
            (daemon.handle.standing().pushed == 1).then_some(())
        })
        .await;
        Self {
            daemon,
            document,
            wire,
            hub,
            asked,
            _plain: plain,
        }
    }

    /// Eight hours pass: more than a source waits of which little is known. Returns when the source that nobody pushes
    /// was polled, asked or not; what is due is then polled, too.
    async fn pass(&self) {
        self.daemon.clock.advance(TimeDelta::hours(8));
        let options = Options {
            only: vec![SourceId::of("Plain")],
            force: true,
            ..Options::default()
        };
        let (progress, _) = tokio::sync::mpsc::unbounded_channel();
        self.daemon.handle.refresh(options, progress).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e61_w3_the_daemon_polls_a_pushed_source_daily_until_the_hub_denies() {
    let pushed = Pushed::new().await;
    // Once more after the hub's word: something may have come between the poll and that.
    pushed.pass().await;
    asked_again(&pushed.wire, 2).await;
    pushed.pass().await;
    pushed.pass().await;
    assert_eq!(pushed.wire.count(), 2);
    pushed.pass().await;
    asked_again(&pushed.wire, 3).await;
    pushed.pass().await;
    pushed.pass().await;
    assert_eq!(pushed.wire.count(), 3);
    let denied = [("hub.mode", "denied"), ("hub.topic", TOPIC)];
    assert_eq!(back(&pushed.asked, &denied).await.status, 200);
    // Two thirds of a day after the last poll: without the hub that is long enough.
    asked_again(&pushed.wire, 4).await;
    pushed.daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn w10_what_a_poll_finds_and_the_hub_kept_to_itself_ends_the_trust_in_it() {
    let pushed = Pushed::new().await;
    pushed.pass().await;
    asked_again(&pushed.wire, 2).await;
    let now = pushed.daemon.clock.now();
    // What comes through the hub speaks for it.
    let told = rss(&[("told", now + TimeDelta::hours(1))]);
    pushed.pass().await;
    let signed = signature(&pushed.asked, "sha256", told.as_bytes());
    assert_eq!(
        deliver(&pushed.asked, told.as_bytes(), &[&signed]).await.status,
        202
    );
    eventually("what was pushed is not stored", async || {
        let feed = format!("{}rss.xml", pushed.daemon.handle.config().site.url);
        let text = ask("GET", &feed, &[], b"").await.text();
        text.contains("<title>told</title>").then_some(())
    })
    .await;
    pushed.document.set(told);
    pushed.pass().await;
    pushed.pass().await;
    asked_again(&pushed.wire, 3).await;
    assert_eq!(pushed.hub.count(), 1);

    let kept = rss(&[("kept", pushed.daemon.clock.now() + TimeDelta::hours(2))]);
    pushed.document.set(kept);
    for _ in 0..3 {
        pushed.pass().await;
    }
    asked_again(&pushed.wire, 4).await;
    pushed.hub.until(2).await;
    let left = pushed.hub.asked().pop().unwrap();
    assert_eq!(left.field("hub.mode").as_deref(), Some("unsubscribe"));
    assert_eq!(left.field("hub.callback"), pushed.asked.field("hub.callback"));
    let polls = pushed.wire.count();
    pushed.daemon.clock.advance(TimeDelta::hours(8));
    asked_again(&pushed.wire, polls + 1).await;
    assert_eq!(pushed.daemon.handle.polls()[&wire()].failures, 0);
    pushed.daemon.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s37_the_daemon_tells_another_hub_of_what_it_published() {
    let hub = Server::start(|_| Answer::status(204)).await;
    let document = Document::default();
    document.set(rss(&[]));
    let wire = document.served(None).await;
    let at = free();
    let publish = format!("hub = {:?}\nformats = [\"rss\", \"html\"]", hub.url("/hub"));
    let toml = toml(at, "", &publish, &source("Wire", &wire.url("/feed")));
    let daemon = Housed::start(at, &toml).await;
    eventually("the first poll does not end", async || {
        let is_over = daemon.handle.standing().polling == 0 && wire.count() == 1;
        is_over.then_some(())
    })
    .await;
    document.set(rss(&[("one", daemon.clock.now() - TimeDelta::hours(1))]));
    let force = || async {
        let options = Options {
            force: true,
            ..Options::default()
        };
        let (progress, _) = tokio::sync::mpsc::unbounded_channel();
        daemon.handle.refresh(options, progress).await.unwrap()
    };
    assert_eq!(force().await.new_items, 1);
    // What comes within ten seconds is told together; then the next change shows that time has passed. Nobody says when the
    // first was heard of, so time passes until it was.
    eventually("the hub is not told", async || {
        daemon.clock.advance(TimeDelta::seconds(20));
        let now = daemon.clock.now();
        document.set(rss(&[(&now.to_rfc3339(), now - TimeDelta::hours(1))]));
        force().await;
        (hub.count() > 0).then_some(())
    })
    .await;
    let told = hub.asked().remove(0);
    let topics: Vec<String> = url::form_urlencoded::parse(&told.body)
        .filter(|(name, _)| name == "hub.url")
        .map(|(_, topic)| topic.into_owned())
        .collect();
    let expected = ["rss.xml", "source/wire/rss.xml"].map(|file| format!("http://{at}/{file}"));
    assert_eq!(topics, expected);
    let feed = ask("GET", &expected[0], &[], b"").await;
    let address = hub.url("/hub");
    let link = format!("<{address}>; rel=\"hub\"");
    assert!(feed.header("link").unwrap().contains(&link));
    let link = format!("href=\"{address}\" rel=\"hub\"");
    assert!(feed.text().contains(&link));
    daemon.stop().await;
}
