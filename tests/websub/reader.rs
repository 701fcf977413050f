//! The subscriber under test: an inbox behind the real server, and the pipeline that polls publishers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use feedmill::config;
use feedmill::fetch::{Fetcher, Settings};
use feedmill::model::{Offer, Phase, SourceId, Subscription};
use feedmill::refresh::{self, Options};
use feedmill::serve::{self, Limits, Site};
use feedmill::websub::{Counter, Inbox, InboxSettings, Pushed, Shelve, Wanted};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::clock::{Clock, Kept};
use crate::program::Program;
use crate::server::{Answer, Asked, Server, ask};

pub fn fetcher() -> Fetcher {
    fetcher_that(true)
}

pub fn fetcher_that(allow_private_hosts: bool) -> Fetcher {
    Fetcher::new(Settings {
        user_agent: feedmill::fetch::user_agent(None, 1),
        from: None,
        concurrency: 8,
        per_host: 2,
        host_gap: Duration::ZERO,
        allow_private_hosts,
        connect_timeout: Duration::from_secs(2),
    })
    .unwrap()
}

/// Keeps as much as there is room for in the channel.
fn shelf(sender: mpsc::Sender<Pushed>) -> Shelve {
    Arc::new(move |pushed| {
        let is_kept = sender.try_send(pushed).is_ok();
        Box::pin(async move { is_kept })
    })
}

/// The one source of most tests.
pub fn wire() -> SourceId {
    SourceId::of("Wire")
}

/// What a document offers that names this hub.
pub fn offer(hub: &str, topic: &str) -> Offer {
    Offer {
        hubs: vec![hub.to_owned()],
        topic: Some(topic.to_owned()),
    }
}

/// A hub that accepts everything and says nothing further.
pub async fn silent_hub() -> Server {
    Server::start(|_| Answer::status(202)).await
}

pub struct Reader {
    pub inbox: Arc<Inbox>,
    pub clock: Clock,
    pub kept: Kept,
    pub pushed: mpsc::Receiver<Pushed>,
    /// Where the site is public.
    pub site: String,
    settings: InboxSettings,
    _output: tempfile::TempDir,
}

impl Reader {
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub async fn with(change: impl FnOnce(&mut InboxSettings)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let site = format!("http://{}/", listener.local_addr().unwrap());
        let mut settings = InboxSettings {
            secrets_in_clear: true,
            timeout: Duration::from_secs(5),
            ..InboxSettings::new(site.parse().unwrap())
        };
        change(&mut settings);
        let (clock, kept) = (Clock::new(), Kept::default());
        let (sender, pushed) = mpsc::channel(4);
        let inbox = Arc::new(Inbox::new(
            settings.clone(),
            Vec::new(),
            fetcher(),
            clock.shared(),
            kept.keep(),
            shelf(sender),
        ));
        let output = tempfile::tempdir().unwrap();
        let served = Arc::new(Site::new(output.path().to_owned(), serve::Settings::default()));
        served.hand_on(Arc::new(Counter {
            hub: None,
            inbox: Some(inbox.clone()),
        }));
        tokio::spawn(serve::serve(
            listener,
            served,
            Limits::default(),
            std::future::pending(),
        ));
        Self {
            inbox,
            clock,
            kept,
            pushed,
            site,
            settings,
            _output: output,
        }
    }

    /// The inbox after a restart, with what was kept.
    pub fn restarted(&self) -> Arc<Inbox> {
        let (sender, _) = mpsc::channel(1);
        let known = self.kept.records().subscriptions;
        Arc::new(Inbox::new(
            self.settings.clone(),
            known,
            fetcher(),
            self.clock.shared(),
            self.kept.keep(),
            shelf(sender),
        ))
    }

    /// Says that the source offers this.
    pub fn want(&self, offer: Offer) {
        let wanted = Wanted {
            offer,
            max_body: 64 << 10,
        };
        self.inbox.want(HashMap::from([(wire(), wanted)]));
    }

    /// Does what is due, to the end.
    pub async fn turn(&self) {
        self.inbox.turn();
        self.inbox.settle().await;
    }

    /// Asks this hub to push this topic; what it was asked.
    pub async fn subscribe(&self, hub: &Server, topic: &str) -> Asked {
        self.want(offer(&hub.url("/hub"), topic));
        let before = hub.count();
        self.turn().await;
        assert_eq!(hub.count(), before + 1);
        hub.asked().pop().unwrap()
    }

    /// Subscribes, and the hub asks back.
    pub async fn subscribed(&self, hub: &Server, topic: &str) -> Asked {
        let asked = self.subscribe(hub, topic).await;
        let answer = verify(&asked, topic, "864000").await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "a challenge"));
        asked
    }

    pub fn phases(&self) -> Vec<Phase> {
        let all = self.inbox.subscriptions().into_iter();
        all.map(|(_, subscription)| subscription.phase).collect()
    }

    pub fn is_active(&self) -> bool {
        self.inbox.lease(&wire()).is_some()
    }

    pub fn active(&self) -> Subscription {
        let all = self.inbox.subscriptions();
        let mut active = all
            .into_iter()
            .map(|(_, subscription)| subscription)
            .filter(|subscription| matches!(subscription.phase, Phase::Active { .. }));
        active.next().expect("one is active")
    }
}

/// What a hub asks back after it was asked to subscribe.
pub async fn verify(asked: &Asked, topic: &str, lease: &str) -> Answer {
    back(
        asked,
        &[
            ("hub.mode", "subscribe"),
            ("hub.topic", topic),
            ("hub.challenge", "a challenge"),
            ("hub.lease_seconds", lease),
        ],
    )
    .await
}

/// A GET of the callback that a hub was given, with these parameters.
pub async fn back(asked: &Asked, parameters: &[(&str, &str)]) -> Answer {
    let query = crate::server::form(parameters);
    let callback = asked.field("hub.callback").unwrap();
    let url = format!("{callback}?{}", String::from_utf8(query).unwrap());
    ask("GET", &url, &[], b"").await
}

/// A delivery to the callback that a hub was given, signed with the secret it was given if it was.
pub async fn deliver(asked: &Asked, body: &[u8], headers: &[&str]) -> Answer {
    let callback = asked.field("hub.callback").unwrap();
    let mut all = vec!["Content-Type: application/rss+xml"];
    all.extend(headers);
    ask("POST", &callback, &all, body).await
}

/// `X-Hub-Signature` with the secret that a hub was given.
pub fn signature(asked: &Asked, algorithm: &str, body: &[u8]) -> String {
    use ring::hmac;
    let kind = match algorithm {
        "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => hmac::HMAC_SHA256,
        "sha384" => hmac::HMAC_SHA384,
        "sha512" => hmac::HMAC_SHA512,
        other => panic!("{other}"),
    };
    let secret = asked.field("hub.secret").unwrap();
    let tag = hmac::sign(&hmac::Key::new(kind, secret.as_bytes()), body);
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("X-Hub-Signature: {algorithm}={hex}")
}

/// What a poll of this source by the whole pipeline finds on offer.
pub async fn polled(source: &str) -> Option<Offer> {
    let program = Program::reading(source);
    let config = config::load(&program.folder().join("feeds.toml")).unwrap();
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    let options = Options::default();
    let summary = refresh::refresh(
        &config,
        &options,
        Clock::new().shared(),
        Arc::new(|_| {}),
        stopped,
    );
    let summary = summary.await.unwrap();
    assert!(summary.failed.is_empty(), "{:?}", summary.failed);
    let polls = refresh::open(&config).unwrap().polls().unwrap();
    polls[&wire()].offer.clone()
}
