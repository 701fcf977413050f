//! What the operator sees: `/status`, `/metrics`, `/healthz` and `/readyz`, on a listener of their own or behind a token.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tracing::warn;

use super::listen::Answers;
use super::plain::{self, Reply};
use super::refusal::refusal;
use super::site::Site;
use super::traffic::Traffic;
use super::weight::weighted;
use crate::config::Config;
use crate::model::Secret;
use crate::status::{self, Live, Overview, Stored};
use crate::store::{self, Reader};

/// An overview serves so long, so that it costs no more to ask often.
const FRESH: TimeDelta = TimeDelta::seconds(1);

/// How feedmill is, for who may know.
pub struct Admin {
    inner: Arc<Inner>,
    traffic: Traffic,
    /// The last overview. Who asks while one is being made waits for it.
    seen: tokio::sync::Mutex<Option<Arc<Overview>>>,
}

struct Inner {
    config: watch::Receiver<Arc<Config>>,
    reader: Mutex<Box<dyn Reader>>,
    live: Arc<Live>,
    site: Arc<Site>,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// For a person.
    Html,
    /// For a program.
    Json,
    /// For Prometheus.
    Metrics,
    /// For who decides where readers are sent.
    Ready,
}

impl Admin {
    /// Of the site that this configuration publishes, and those that follow it and have the same database. That must have
    /// been opened for writing before.
    pub fn new(
        config: watch::Receiver<Arc<Config>>,
        live: Arc<Live>,
        site: Arc<Site>,
    ) -> Result<Self, store::Error> {
        let reader = store::read(&config.borrow().site.database)?;
        Ok(Self {
            inner: Arc::new(Inner {
                config,
                reader: Mutex::new(reader),
                live,
                site,
            }),
            traffic: Traffic::default(),
            seen: tokio::sync::Mutex::default(),
        })
    }

    /// Whether this address is one of those answered here.
    pub fn has(path: &str) -> bool {
        matches!(
            path,
            "/status" | "/status.json" | "/status.css" | "/metrics" | "/healthz" | "/readyz"
        )
    }

    /// What has to be known on the public listener, as the configuration is now.
    pub(super) fn token(&self) -> Option<Secret> {
        self.inner.config.borrow().serve.token.clone()
    }

    async fn overview(&self, now: DateTime<Utc>) -> Result<Arc<Overview>, String> {
        let mut seen = self.seen.lock().await;
        if let Some(known) = seen.as_ref().filter(|known| (now - known.at).abs() < FRESH) {
            return Ok(known.clone());
        }
        let inner = self.inner.clone();
        let made = tokio::task::spawn_blocking(move || inner.look(now))
            .await
            .map_err(|error| error.to_string())?;
        let made = Arc::new(made.map_err(|error| error.to_string())?);
        *seen = Some(made.clone());
        Ok(made)
    }

    fn alive(&self, now: DateTime<Utc>) -> Reply {
        if self.inner.live.is_alive(now) {
            return plain::health(Ok(()));
        }
        plain::health(Err(
            "the loop that polls and publishes has not come round for minutes".into(),
        ))
    }

    fn ready(&self, overview: &Overview) -> Reply {
        plain::health(match &overview.unready {
            Some(unready) => Err(unready.words()),
            None if !self.inner.site.is_ready() => Err(plain::NO_OUTPUT.into()),
            None => Ok(()),
        })
    }
}

impl Inner {
    fn look(&self, now: DateTime<Utc>) -> Result<Overview, store::Error> {
        let config = self.config.borrow().clone();
        let stored = {
            let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
            Stored::read(reader.as_ref(), now)?
        };
        let traffic = &self.site.traffic;
        let readers = traffic.readers(now.timestamp().max(0).unsigned_abs());
        Ok(Overview::running(
            &config,
            &stored,
            &self.live,
            &readers,
            traffic.counts(),
            now,
        ))
    }
}

impl Answers for Admin {
    type Later = Page;

    fn at_once(&self, request: &Parts, now: SystemTime) -> Result<Reply, Page> {
        if let Some(refusal) = refusal(request) {
            return Ok(refusal);
        }
        match request.uri.path() {
            "/" => Ok(plain::see("/status")),
            "/status" => Err(wanted(&request.headers)),
            "/status.json" => Err(Page::Json),
            "/status.css" => Ok(plain::own(status::STYLE.to_owned(), "text/css; charset=utf-8")),
            "/metrics" => Err(Page::Metrics),
            "/healthz" => Ok(self.alive(now.into())),
            "/readyz" => Err(Page::Ready),
            _ => Ok(plain::error(StatusCode::NOT_FOUND)),
        }
    }

    async fn later(&self, _: &Parts, page: Page, now: SystemTime) -> Reply {
        let overview = match self.overview(now.into()).await {
            Ok(overview) => overview,
            Err(error) => {
                warn!(error, "the status cannot be told");
                return plain::health(Err(error));
            }
        };
        let mut reply = match page {
            Page::Html => plain::own(status::page(&overview), "text/html; charset=utf-8"),
            Page::Json => match serde_json::to_string(&*overview) {
                Ok(json) => plain::own(json + "\n", "application/json"),
                Err(error) => plain::health(Err(error.to_string())),
            },
            Page::Metrics => plain::own(status::metrics(&overview), status::MEDIA_TYPE),
            Page::Ready => self.ready(&overview),
        };
        reply
            .headers_mut()
            .insert(header::VARY, HeaderValue::from_static("Accept"));
        reply
    }

    fn traffic(&self) -> &Traffic {
        &self.traffic
    }
}

/// A page, unless JSON is wanted more.
fn wanted(headers: &HeaderMap) -> Page {
    let weight = |wanted: &str| {
        let weights =
            weighted(headers, &header::ACCEPT).filter(|(range, _)| range.eq_ignore_ascii_case(wanted));
        weights.map(|(_, weight)| weight).max().unwrap_or(0)
    };
    if weight("application/json") > weight("text/html") {
        Page::Json
    } else {
        Page::Html
    }
}
