//! The hub under test: feeds in an output folder behind the real server.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::TimeDelta;
use feedmill::model::PushRecords;
use feedmill::serve::{self, Limits, Site};
use feedmill::websub::{Counter, Hub, HubSettings};
use tokio::net::TcpListener;

use crate::clock::{Clock, Kept};
use crate::reader::fetcher_that;
use crate::server::{Answer, Asked, Server, ask, form};

pub struct Publisher {
    pub hub: Hub,
    pub clock: Clock,
    pub kept: Kept,
    /// Where the site is public.
    pub site: String,
    served: Arc<Site>,
    settings: HubSettings,
    output: tempfile::TempDir,
}

impl Publisher {
    pub async fn new() -> Self {
        Self::with(true, |_| ()).await
    }

    pub async fn with(allow_private_hosts: bool, change: impl FnOnce(&mut HubSettings)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let site = format!("http://{}/", listener.local_addr().unwrap());
        let hub: url::Url = format!("{site}websub/hub").parse().unwrap();
        let mut settings = HubSettings::new(site.parse().unwrap(), hub.clone());
        settings.timeout = Duration::from_secs(5);
        change(&mut settings);
        let output = tempfile::tempdir().unwrap();
        let serving = serve::Settings {
            url: Some(site.parse().unwrap()),
            hub: Some(hub),
            ..serve::Settings::default()
        };
        let served = Arc::new(Site::new(output.path().to_owned(), serving));
        let (clock, kept) = (Clock::new(), Kept::default());
        let hub = Hub::new(
            settings.clone(),
            PushRecords::default(),
            fetcher_that(allow_private_hosts),
            served.clone(),
            clock.shared(),
            kept.keep(),
        );
        served.hand_on(Arc::new(Counter {
            hub: Some(hub.clone()),
            inbox: None,
        }));
        tokio::spawn(serve::serve(
            listener,
            served.clone(),
            Limits::default(),
            std::future::pending(),
        ));
        let publisher = Self {
            hub,
            clock,
            kept,
            site,
            served,
            settings,
            output,
        };
        publisher.publish("rss.xml", "<rss>first</rss>");
        publisher
    }

    /// Writes a file as publishing does, and has it served.
    pub fn publish(&self, file: &str, text: &str) {
        let path = self.output.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let draft = path.with_extension("new");
        std::fs::write(&draft, text).unwrap();
        std::fs::rename(&draft, &path).unwrap();
        self.served.reload(SystemTime::now()).unwrap();
    }

    pub fn withdraw(&self, file: &str) {
        std::fs::remove_file(self.output.path().join(file)).unwrap();
        self.served.reload(SystemTime::now()).unwrap();
    }

    /// The address of a file.
    pub fn topic(&self, file: &str) -> String {
        format!("{}{file}", self.site)
    }

    /// Does what is due, to the end.
    pub async fn turn(&self) {
        self.hub.turn().await;
        self.hub.settle().await;
    }

    /// A request to the hub.
    pub async fn request(&self, fields: &[(&str, &str)]) -> Answer {
        let media_type = "Content-Type: application/x-www-form-urlencoded";
        let hub = self.settings.hub.as_str();
        ask("POST", hub, &[media_type], &form(fields)).await
    }

    /// Subscribes a callback to a file, with further fields.
    pub async fn subscribe(&self, callback: &str, file: &str, more: &[(&str, &str)]) -> Answer {
        let topic = self.topic(file);
        let fields = [
            ("hub.mode", "subscribe"),
            ("hub.topic", topic.as_str()),
            ("hub.callback", callback),
        ];
        let answer = self.request(&[&fields[..], more].concat()).await;
        self.turn().await;
        answer
    }

    pub async fn unsubscribe(&self, callback: &str, file: &str) -> Answer {
        let topic = self.topic(file);
        let fields = [
            ("hub.mode", "unsubscribe"),
            ("hub.topic", topic.as_str()),
            ("hub.callback", callback),
        ];
        let answer = self.request(&fields).await;
        self.turn().await;
        answer
    }

    /// The hub after a restart, with what was kept.
    pub fn restarted(&self) -> Hub {
        Hub::new(
            self.settings.clone(),
            self.kept.records(),
            fetcher_that(true),
            self.served.clone(),
            self.clock.shared(),
            self.kept.keep(),
        )
    }

    /// How long the lease of the only subscriber holds from now.
    pub fn lease(&self) -> TimeDelta {
        let [(_, _, subscriber)] = &self.kept.records().subscribers[..] else {
            panic!("one subscriber")
        };
        subscriber.until - self.clock.now()
    }
}

/// A subscriber that confirms what it is asked back, and answers deliveries with this status.
pub async fn subscriber(status: u16) -> Server {
    subscriber_that(move |_| Answer::status(status)).await
}

/// A subscriber that confirms what it is asked back, and answers deliveries so.
pub async fn subscriber_that(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Server {
    Server::start(move |asked| match asked.parameter("hub.challenge") {
        Some(challenge) if asked.method() == "GET" => Answer::new(200, &[], challenge),
        _ => answer(asked),
    })
    .await
}

/// The deliveries among what a subscriber was asked.
pub fn deliveries(subscriber: &Server) -> Vec<Asked> {
    let asked = subscriber.asked().into_iter();
    asked.filter(|asked| asked.method() == "POST").collect()
}
