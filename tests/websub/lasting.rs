//! W6 and W10 with the real program: what a hub was told is taken is not lost, by whatever end, and what a hub may have told
//! in vain is asked for.

use std::collections::BTreeSet;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

use crate::living::{Document, PATIENCE, Running, asked_again, free, rss, source, toml};
use crate::reader::{deliver, signature, verify};
use crate::server::{Answer, Asked, Server};

/// A source with a hub that pushes it.
struct Origin {
    name: &'static str,
    wire: Server,
    hub: Server,
    topic: String,
}

impl Origin {
    /// Nobody who polls it finds anything.
    async fn new(name: &'static str) -> Self {
        let document = Document::default();
        document.set(rss(&[]));
        let hub = Server::start(|_| Answer::status(202)).await;
        let topic = format!("https://wire.example/{name}");
        let links = format!("Link: <{}>; rel=\"hub\", <{topic}>; rel=\"self\"", hub.url("/"));
        Self {
            name,
            wire: document.served(Some(links)).await,
            hub,
            topic,
        }
    }

    fn source(&self) -> String {
        source(self.name, &self.wire.url("/feed"))
    }

    /// Waits until the hub is asked, and confirms.
    async fn subscribed(&self) -> Asked {
        self.hub.until(1).await;
        let asked = self.hub.asked().pop().unwrap();
        assert_eq!(verify(&asked, &self.topic, "864000").await.status, 200);
        asked
    }
}

async fn push(asked: &Asked, items: &[(&str, DateTime<Utc>)], filling: usize) -> u16 {
    let body = rss(items).replace("</channel>", &format!("</channel><!--{}-->", "x".repeat(filling)));
    let signed = signature(asked, "sha256", body.as_bytes());
    deliver(asked, body.as_bytes(), &[&signed]).await.status
}

fn recently() -> DateTime<Utc> {
    Utc::now() - TimeDelta::minutes(5)
}

#[tokio::test(flavor = "multi_thread")]
async fn w6_what_was_acknowledged_outlasts_a_kill_at_that_moment() {
    let origin = Origin::new("Wire").await;
    let at = free();
    let mut reader = Running::start(at, &toml(at, "push = true", "", &origin.source()));
    reader.serves().await;
    let asked = origin.subscribed().await;
    for round in 0..6 {
        let items = [format!("a{round}"), format!("b{round}"), format!("c{round}")];
        for item in &items {
            assert_eq!(push(&asked, &[(item, recently())], 0).await, 202);
        }
        reader.restart(at);
        reader.serves().await;
        if round % 2 == 0 {
            // Killed again before it may have done anything.
            reader.restart(at);
            reader.serves().await;
        }
        for item in &items {
            reader.shows(item).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn w10_a_pushed_source_is_polled_once_after_a_start() {
    let origin = Origin::new("Wire").await;
    let at = free();
    let mut reader = Running::start(at, &toml(at, "push = true", "", &origin.source()));
    reader.serves().await;
    origin.subscribed().await;
    reader.says("the hub pushes from now on").await;
    for start in 1..3 {
        let before = origin.wire.count();
        reader.restart(at);
        reader.serves().await;
        asked_again(&origin.wire, before + 1).await;
        assert_eq!(origin.wire.count(), before + 1, "start {start}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn w6_a_flood_of_one_source_shuts_out_no_other_and_nothing_acknowledged_is_lost() {
    const FLOOD: usize = 300;
    let (flooding, other) = (Origin::new("Flooding").await, Origin::new("Other").await);
    let at = free();
    let sources = flooding.source() + &other.source();
    let reader = Running::start(at, &toml(at, "push = true", "", &sources));
    reader.serves().await;
    let (flood, quiet) = (flooding.subscribed().await, other.subscribed().await);
    let pushing: Vec<_> = (0..6)
        .map(|lane| {
            let flood = flood.clone();
            tokio::spawn(async move {
                let mut taken = Vec::new();
                for number in (lane..FLOOD).step_by(6) {
                    let item = format!("flood{number}");
                    match push(&flood, &[(&item, recently())], 300_000).await {
                        202 => taken.push(item),
                        status => assert_eq!(status, 503),
                    }
                }
                taken
            })
        })
        .collect();
    let mut taken = BTreeSet::new();
    for number in 0..20 {
        let item = format!("quiet{number}");
        assert_eq!(push(&quiet, &[(&item, recently())], 1_000).await, 202, "{number}");
        taken.insert(item);
    }
    for lane in pushing {
        taken.extend(lane.await.unwrap());
    }
    assert!(taken.len() > 40, "some of the flood is taken: {}", taken.len());
    let memory = reader.memory();
    assert!(memory < 300 << 20, "{memory} bytes");
    let began = Instant::now();
    let mut missing = taken.clone();
    while !missing.is_empty() {
        assert!(
            began.elapsed() < PATIENCE,
            "{missing:?} of {} in {}",
            taken.len(),
            reader.log()
        );
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let text = std::fs::read_to_string(reader.program.output().join("rss.xml")).unwrap_or_default();
        missing.retain(|item| !text.contains(&format!("<title>{item}</title>")));
    }
    eprintln!("{} of {} taken, {} MB", taken.len(), FLOOD + 20, memory >> 20);
}
