//! What is told when a source dies, and when it comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use feedmill::daemon::{self, Daemon, Handle, Start};
use feedmill::model::{AlertKind, Health, PollState, SourceId};
use feedmill::refresh::Options;
use feedmill::{config, refresh};
use serde_json::Value;

use crate::desk::Desk;
use crate::newsroom::Newsroom;
use crate::newsroom::control::REVIEW;
use crate::program::{self, touched};
use crate::running::eventually;

const HEALTH: &str = "feedmill/health/";
const HOUR: TimeDelta = TimeDelta::hours(1);

/// A desk that polls two sources of a newsroom and publishes all formats.
fn desk(newsroom: &Newsroom, more: &str) -> Desk {
    let desk = Desk::new(&[]);
    let source =
        |name: &str, path: &str| format!("[[source]]\nname = {name:?}\nfeed = \"{}\"\n", newsroom.url(path));
    desk.program.configure(&format!(
        "[site]\ntitle = \"Wire\"\nurl = \"https://feeds.example/\"\n\
         [fetch]\nhost_gap = \"0s\"\nallow_private_hosts = true\n{more}\n{}{}",
        source("Libya Review", REVIEW),
        source("Stadium", "/stadium/rss"),
    ));
    desk
}

/// A refresh each half hour, as cron would.
async fn live(desk: &Desk, span: TimeDelta) {
    let end = desk.now() + span;
    while desk.now() < end {
        desk.pass().await;
        desk.advance(HOUR / 2);
    }
}

fn titles(desk: &Desk) -> Vec<String> {
    desk.program.titles(HEALTH)
}

fn item_times(feed: &Value) -> Vec<DateTime<Utc>> {
    let items = feed["items"].as_array().unwrap().iter();
    items
        .map(|item| item["date_published"].as_str().unwrap().parse().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_dies_is_told_once_and_so_is_its_recovery() {
    let newsroom = Newsroom::start().await.unwrap();
    let desk = desk(&newsroom, "");
    // There is something to subscribe to before anything happens.
    desk.pass().await;
    assert_eq!(titles(&desk), [""; 0]);
    let died = desk.now();
    newsroom.fail(REVIEW, 503);
    live(&desk, TimeDelta::hours(23)).await;
    assert_eq!(titles(&desk), [""; 0]);
    live(&desk, TimeDelta::hours(20)).await;
    assert_eq!(titles(&desk), ["Libya Review fails"]);
    let feed = desk.program.json_feed(HEALTH);
    // A day after the first poll that failed, which came some hours after its death: it is asked when it publishes.
    let told = item_times(&feed)[0] - desk.state("Libya Review").failing_since.unwrap();
    assert!((HOUR * 24..HOUR * 25).contains(&told), "{told}");
    assert!(item_times(&feed)[0] - died < HOUR * 36);
    let html = feed["items"][0]["content_html"].as_str().unwrap();
    assert!(
        html.contains("503") && html.contains("It was last read on 15 Nov 2026"),
        "{html}"
    );
    let files = desk.program.files();
    // Each pass is a process of its own to the store: none tells it again, nor touches a file.
    live(&desk, TimeDelta::hours(20)).await;
    let written = touched(&files, &desk.program.files());
    assert!(
        written.iter().all(|name| !name.starts_with(HEALTH)),
        "{written:?}"
    );
    newsroom.recover(REVIEW);
    live(&desk, TimeDelta::days(2)).await;
    assert_eq!(
        titles(&desk),
        ["Libya Review fails no more", "Libya Review fails"]
    );
    // All formats tell the same under the same ids, and no list for readers names the feed.
    let feed = desk.program.json_feed(HEALTH);
    let (rss, atom) = (
        desk.program.read(&format!("{HEALTH}rss.xml")),
        desk.program.read(&format!("{HEALTH}atom.xml")),
    );
    for item in feed["items"].as_array().unwrap() {
        let id = item["id"].as_str().unwrap();
        assert!(id.starts_with("urn:uuid:"), "{id}");
        assert!(rss.contains(id) && atom.contains(id));
    }
    let page = desk.program.read(&format!("{HEALTH}index.html"));
    assert!(page.contains("Libya Review fails no more") && page.contains("Health of the sources"));
    for list in ["feeds.opml", "sources.opml", "index.html"] {
        assert!(!desk.program.read(list).contains("feedmill/health"), "{list}");
    }
    // They can always be made again from the database.
    let before = desk.program.files();
    std::fs::remove_dir_all(desk.program.output()).unwrap();
    desk.pass().await;
    for file in program::FILES {
        let name = format!("{HEALTH}{file}");
        assert_eq!(desk.program.files()[&name].0, before[&name].0, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_goes_silent_is_told_though_it_answers() {
    let newsroom = Newsroom::start().await.unwrap();
    let desk = desk(&newsroom, "");
    desk.pass().await;
    let start = desk.now();
    while desk.now() < start + TimeDelta::days(30) {
        desk.advance(HOUR * 6);
        desk.pass().await;
    }
    // Told once, and not before four days; the other one has too few items to say what its way is.
    assert_eq!(titles(&desk), ["Libya Review has gone silent"]);
    let told = item_times(&desk.program.json_feed(HEALTH))[0];
    assert!(told - start >= TimeDelta::days(4), "{told}");
    // Something new ends it.
    let now = desk.now().format("%a, %d %b %Y %H:%M:%S +0000").to_string();
    newsroom.edit(REVIEW, |feed| {
        let item = format!(
            "<item><title>News</title><link>https://libyareview.example/new/</link><guid>new</guid>\
             <pubDate>{now}</pubDate></item><item>"
        );
        feed.replacen("<item>", &item, 1)
    });
    live(&desk, TimeDelta::days(2)).await;
    assert_eq!(titles(&desk)[0], "Libya Review is silent no more");
    assert_eq!(titles(&desk).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_can_be_turned_off_and_on() {
    let newsroom = Newsroom::start().await.unwrap();
    let desk = desk(&newsroom, "[publish]\nalerts = true");
    newsroom.fail(REVIEW, 500);
    live(&desk, TimeDelta::days(2)).await;
    assert_eq!(titles(&desk), ["Libya Review fails"]);
    desk.program.reconfigure("alerts = true", "alerts = false");
    desk.pass().await;
    assert!(!desk.program.output().join("feedmill").exists());
    desk.program.reconfigure("alerts = false", "alerts = true");
    desk.pass().await;
    assert_eq!(titles(&desk), ["Libya Review fails"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_taken_out_leaves_one_last_word() {
    let newsroom = Newsroom::start().await.unwrap();
    let desk = desk(&newsroom, "");
    newsroom.fail("/stadium/rss", 500);
    live(&desk, TimeDelta::days(2)).await;
    let toml = desk.program.configuration();
    let (kept, _) = toml.split_once("[[source]]\nname = \"Stadium\"").unwrap();
    desk.program.configure(kept);
    live(&desk, HOUR * 2).await;
    assert_eq!(titles(&desk), ["Stadium fails no more", "Stadium fails"]);
    let config = config::load(&desk.program.folder().join("feeds.toml")).unwrap();
    let reader = refresh::open(&config).unwrap().reader().unwrap();
    assert_eq!(reader.open_alerts().unwrap(), []);
    assert_eq!(reader.alerts(9).unwrap()[0].kind, AlertKind::Failing);
}

/// A daemon in this process, under a clock that the test moves.
pub struct Mill {
    pub handle: Handle,
    running: tokio::task::JoinHandle<()>,
}

impl Mill {
    pub async fn start(desk: &Desk, clock: &Arc<AtomicI64>) -> Self {
        let path = desk.program.folder().join("feeds.toml");
        let clock = clock.clone();
        let start = || {
            let mut start = Start::load(path.clone()).unwrap();
            start.listen = Some("127.0.0.1:0".parse().unwrap());
            let clock = clock.clone();
            start.clock =
                Arc::new(move || DateTime::from_timestamp(clock.load(Ordering::SeqCst), 0).unwrap());
            start
        };
        let daemon = loop {
            match Daemon::open(start()).await {
                // A process that another test starts holds a copy of each open file until it runs its program.
                Err(daemon::Error::Refresh(refresh::Error::Locked(_))) => tokio::task::yield_now().await,
                opened => break opened.unwrap(),
            }
        };
        let handle = daemon.handle();
        let running = tokio::spawn(async move { daemon.run().await.unwrap() });
        Self { handle, running }
    }

    /// Polls everything and publishes.
    pub async fn round(&self) {
        let options = Options {
            force: true,
            ..Options::default()
        };
        let (progress, _events) = tokio::sync::mpsc::unbounded_channel();
        self.handle.refresh(options, progress).await.unwrap();
    }

    pub fn state(&self, name: &str) -> PollState {
        self.handle
            .polls()
            .remove(&SourceId::of(name))
            .unwrap_or_default()
    }

    /// The clock moves on to the next poll of a source, which comes by itself.
    async fn next(&self, name: &str, clock: &AtomicI64) {
        let due = self.state(name).next_poll.unwrap();
        clock.store(due.timestamp() + 1, Ordering::SeqCst);
        // Time goes on: a source whose last poll is being stored rests for some seconds after that.
        let look = || {
            clock.fetch_add(1, Ordering::SeqCst);
            (self.state(name).last_poll? >= due).then_some(())
        };
        eventually(look, || format!("{:?}", self.state(name)));
    }

    pub async fn stop(self) {
        self.handle.stop().await;
        self.running.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_tells_once_over_restarts_and_so_does_cron_after_it() {
    let newsroom = Newsroom::start().await.unwrap();
    let desk = desk(&newsroom, "");
    let clock = Arc::new(AtomicI64::new(desk.now().timestamp()));
    let mill = Mill::start(&desk, &clock).await;
    mill.round().await;
    assert_eq!(titles(&desk), [""; 0]);
    newsroom.fail(REVIEW, 503);
    for _ in 0..4 {
        mill.round().await;
        clock.fetch_add(6 * 3_600, Ordering::SeqCst);
    }
    assert_eq!(titles(&desk), [""; 0]);
    mill.round().await;
    mill.round().await;
    assert_eq!(titles(&desk), ["Libya Review fails"]);
    mill.stop().await;
    let mill = Mill::start(&desk, &clock).await;
    clock.fetch_add(6 * 3_600, Ordering::SeqCst);
    mill.round().await;
    assert_eq!(titles(&desk), ["Libya Review fails"]);
    mill.stop().await;
    desk.advance(HOUR * 36);
    desk.force().await;
    assert_eq!(titles(&desk), ["Libya Review fails"]);
    newsroom.recover(REVIEW);
    desk.force().await;
    assert_eq!(
        titles(&desk),
        ["Libya Review fails no more", "Libya Review fails"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_tells_in_time_though_no_poll_brings_anything() {
    const NAME: &str = "Libya Review";
    let newsroom = Newsroom::start().await.unwrap();
    let desk = desk(&newsroom, "");
    let clock = Arc::new(AtomicI64::new(desk.now().timestamp()));
    let mill = Mill::start(&desk, &clock).await;
    mill.round().await;
    let tells = |wanted: &[&str]| {
        eventually(
            || (titles(&desk) == wanted).then_some(()),
            || format!("{:?}", titles(&desk)),
        );
    };
    newsroom.fail(REVIEW, 503);
    mill.next(NAME, &clock).await;
    let died = mill.state(NAME).failing_since.unwrap();
    while mill.state(NAME).next_poll.unwrap() - died < HOUR * 25 {
        mill.next(NAME, &clock).await;
    }
    // It failed for a day, and nobody asks it now.
    assert_eq!(titles(&desk), [""; 0]);
    clock.store((died + HOUR * 24).timestamp() + 1, Ordering::SeqCst);
    tells(&["Libya Review fails"]);
    // It answers that nothing has changed.
    newsroom.recover(REVIEW);
    mill.next(NAME, &clock).await;
    tells(&["Libya Review fails no more", "Libya Review fails"]);
    mill.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn e37_the_daemon_asks_a_feed_that_is_gone_never_again_unless_it_is_told_to() {
    const NAME: &str = "Libya Review";
    let newsroom = Newsroom::start().await.unwrap();
    let desk = desk(&newsroom, "");
    let clock = Arc::new(AtomicI64::new(desk.now().timestamp()));
    let mill = Mill::start(&desk, &clock).await;
    mill.round().await;
    newsroom.fail(REVIEW, 410);
    mill.next(NAME, &clock).await;
    assert_eq!(mill.state(NAME).health, Health::Gone);
    // It is told at once, and what it brought stays.
    eventually(
        || (titles(&desk) == ["Libya Review fails"]).then_some(()),
        || format!("{:?}", titles(&desk)),
    );
    assert!(!desk.program.titles("source/libya-review/").is_empty());
    newsroom.take_requests();
    for _ in 0..3 {
        let now = clock.fetch_add(30 * 86_400, Ordering::SeqCst) + 30 * 86_400;
        let last = || mill.state("Stadium").last_poll.map(|last| last.timestamp());
        eventually(|| (last() >= Some(now)).then_some(()), || format!("{:?}", last()));
    }
    let asked = newsroom.take_requests();
    assert!(
        asked.len() >= 3 && asked.iter().all(|request| request.path != REVIEW),
        "{asked:?}"
    );

    newsroom.recover(REVIEW);
    mill.round().await;
    assert_eq!(mill.state(NAME).health, Health::Ok);
    assert_eq!(titles(&desk)[0], "Libya Review fails no more");
    mill.stop().await;
}
