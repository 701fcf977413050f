//! What asks: a bare fetcher, or the whole pipeline in a temporary folder under a clock that the test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use feedmill::config;
use feedmill::fetch::{Error, Fetcher, Reply, Request, Settings, Wants};
use feedmill::model::{PollState, SourceId};
use feedmill::refresh::{self, Options, Summary};
use url::Url;

use crate::program::Program;

/// Sunday noon.
pub fn noon() -> DateTime<Utc> {
    "2026-11-15T12:00:00Z".parse().unwrap()
}

pub fn settings() -> Settings {
    Settings {
        user_agent: feedmill::fetch::user_agent(Some("https://operator.example/bot"), 1),
        from: None,
        concurrency: 32,
        per_host: 1,
        host_gap: Duration::ZERO,
        allow_private_hosts: true,
        connect_timeout: Duration::from_secs(2),
    }
}

pub fn request(url: &str) -> Request {
    let url = Url::parse(url).unwrap();
    Request {
        configured: url.clone(),
        start: url,
        validators: None,
        headers: Vec::new(),
        timeout: Duration::from_secs(10),
        max_body: 8 << 20,
        wants: Wants::Feed,
    }
}

/// One request by a fetcher of its own.
pub async fn ask(request: &Request) -> Result<Reply, Error> {
    Fetcher::new(settings()).unwrap().get(request, noon()).await
}

/// The message of a request that must fail.
pub async fn refusal(request: &Request) -> String {
    match ask(request).await {
        Ok(reply) => panic!("{} was answered: {reply:?}", request.start),
        Err(error) => error.failure.message,
    }
}

/// The pipeline: a folder with `feeds.toml`, database and output, and a clock.
pub struct Desk {
    pub program: Program,
    clock: Arc<AtomicI64>,
}

impl Desk {
    /// Sources by name and address.
    pub fn new(sources: &[(&str, &str)]) -> Self {
        let source = |(name, url): &(&str, &str)| format!("[[source]]\nname = {name:?}\nfeed = {url:?}\n");
        Self::with(&sources.iter().map(source).collect::<String>())
    }

    /// `[[source]]` tables as written.
    pub fn with(sources: &str) -> Self {
        Self {
            program: Program::new(&toml(sources)),
            clock: Arc::new(AtomicI64::new(noon().timestamp_millis())),
        }
    }

    pub fn configure(&self, sources: &str) {
        self.program.configure(&toml(sources));
    }

    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.clock.load(Ordering::SeqCst)).unwrap()
    }

    pub fn advance(&self, span: TimeDelta) {
        self.clock.fetch_add(span.num_milliseconds(), Ordering::SeqCst);
    }

    /// One refresh of what is due.
    pub async fn pass(&self) -> Summary {
        self.pass_with(Options::default()).await
    }

    /// One refresh of everything, still conditional.
    pub async fn force(&self) -> Summary {
        self.pass_with(Options {
            force: true,
            ..Options::default()
        })
        .await
    }

    pub async fn pass_with(&self, options: Options) -> Summary {
        let config = config::load(&self.program.folder().join("feeds.toml")).unwrap();
        let clock = self.clock.clone();
        let clock: refresh::Clock =
            Arc::new(move || DateTime::from_timestamp_millis(clock.load(Ordering::SeqCst)).unwrap());
        let (_stop, stopped) = tokio::sync::watch::channel(false);
        loop {
            let (clock, stopped) = (clock.clone(), stopped.clone());
            match refresh::refresh(&config, &options, clock, Arc::new(|_| {}), stopped).await {
                // A process that another test starts holds a copy of each open file until it runs its program.
                Err(refresh::Error::Locked(_)) => tokio::task::yield_now().await,
                refreshed => return refreshed.unwrap(),
            }
        }
    }

    /// Passes at every step, the first one now; how long after the first each of `requests` came, by what `count` counts.
    pub async fn passes(&self, steps: usize, step: TimeDelta, count: impl Fn() -> usize) -> Vec<TimeDelta> {
        let (began, mut asked) = (self.now(), Vec::new());
        for _ in 0..steps {
            let before = count();
            self.pass().await;
            asked.extend((before..count()).map(|_| self.now() - began));
            self.advance(step);
        }
        asked
    }

    /// What is remembered about a source.
    pub fn state(&self, name: &str) -> PollState {
        let config = config::load(&self.program.folder().join("feeds.toml")).unwrap();
        let store = refresh::open(&config).unwrap();
        store.polls().unwrap().remove(&SourceId::of(name)).unwrap()
    }

    /// How long from now until the source is due.
    pub fn wait(&self, name: &str) -> TimeDelta {
        self.state(name).next_poll.unwrap() - self.now()
    }
}

fn toml(sources: &str) -> String {
    format!(
        "[site]\ntitle = \"Etiquette\"\nurl = \"https://feeds.example/\"\n\
         [fetch]\nhost_gap = \"0s\"\nallow_private_hosts = true\ncontact = \"https://operator.example/bot\"\n\
         [publish]\nformats = [\"json\"]\n{sources}"
    )
}
