//! Asking a hub (WebSub §5.1).

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, header};
use bytes::Bytes;
use chrono::TimeDelta;
use tracing::{debug, info};
use url::Url;

use super::Inbox;
use crate::fetch::Errand;
use crate::model::{Phase, Subscription};
use crate::websub::{FOLDER, form, party};

/// What we would like; hubs give what they want.
const LEASE: &str = "864000";
/// Hubs that send us on to another one.
const MOST_REDIRECTS: usize = 5;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Subscribe,
    Unsubscribe,
}

/// A request to a hub.
pub(super) struct Asking {
    mode: Mode,
    path: String,
    subscription: Subscription,
}

/// What came of it.
enum Came {
    Accepted,
    /// In words for the operator; perhaps later.
    Failed(String),
}

impl Asking {
    pub(super) fn new(mode: Mode, path: &str, subscription: &Subscription) -> Self {
        Self {
            mode,
            path: path.to_owned(),
            subscription: subscription.clone(),
        }
    }

    /// Whose the hub is.
    pub(super) fn site(&self) -> String {
        Url::parse(&self.subscription.hub).map_or_else(|_| String::new(), |hub| party::site(&hub))
    }
}

impl Inbox {
    /// Asks what there is place for; `settle` waits for it.
    pub(super) fn start(self: &Arc<Self>) {
        loop {
            let next = self.state().lines.next();
            let Some((site, asking)) = next else { return };
            self.flying.send_modify(|flying| *flying += 1);
            let inbox = self.clone();
            tokio::spawn(async move {
                inbox.ask(&asking).await;
                inbox.state().lines.done(&site);
                inbox.start();
                inbox.flying.send_modify(|flying| *flying -= 1);
            });
        }
    }

    async fn ask(&self, asking: &Asking) {
        let source = &asking.subscription.source;
        let timeout = self.settings.timeout;
        let came = tokio::time::timeout(timeout, self.post(asking)).await;
        match came.unwrap_or_else(|_| Came::Failed(format!("no answer within {timeout:?}"))) {
            Came::Accepted => debug!(%source, hub = %asking.subscription.hub, "the hub was asked"),
            Came::Failed(reason) if asking.mode == Mode::Subscribe => {
                info!(%source, hub = %asking.subscription.hub, %reason, "the hub could not be asked");
            }
            // The lease ends by itself.
            Came::Failed(_) => {}
        }
    }

    async fn post(&self, asking: &Asking) -> Came {
        let body = Bytes::from(self.form(asking));
        let Ok(mut url) = Url::parse(&asking.subscription.hub) else {
            return Came::Failed("its address is none".into());
        };
        for _ in 0..=MOST_REDIRECTS {
            let errand = Errand {
                url: url.clone(),
                body: Some(body.clone()),
                headers: HeaderMap::from_iter([(
                    header::CONTENT_TYPE,
                    HeaderValue::from_static("application/x-www-form-urlencoded"),
                )]),
                timeout: self.settings.timeout,
                most: 0,
            };
            let sent = match self.fetcher.run(&errand, (self.clock)()).await {
                Ok(sent) => sent,
                Err(failure) => return Came::Failed(failure.message),
            };
            match (sent.status, sent.location) {
                (200..=299, _) => return Came::Accepted,
                (307 | 308, Some(next)) => {
                    if let Err(reason) = self.follows(&url, &next, asking) {
                        return Came::Failed(reason);
                    }
                    url = next;
                }
                (429 | 503, _) => {
                    self.wait(asking, sent.retry_after.unwrap_or_default());
                    return Came::Failed(format!("it answered {}", sent.status));
                }
                (status, _) => return Came::Failed(format!("it answered {status}")),
            }
        }
        Came::Failed(format!("it redirects more than {MOST_REDIRECTS} times"))
    }

    /// Whether the form may be sent on: never with its secret from a safe connection to an open one.
    fn follows(&self, from: &Url, to: &Url, asking: &Asking) -> Result<(), String> {
        let is_open = to.scheme() != "https" && !self.settings.secrets_in_clear;
        if is_open && asking.subscription.secret.is_some() {
            return Err("it redirects to an address without https".into());
        }
        self.fetcher.permits(to, Some(from))
    }

    /// A hub that asks for patience gets it.
    fn wait(&self, asking: &Asking, wait: std::time::Duration) {
        const LONGEST: TimeDelta = TimeDelta::days(31);
        let wait = TimeDelta::from_std(wait).map_or(LONGEST, |wait| wait.min(LONGEST));
        let earliest = (self.clock)() + wait;
        let mut state = self.state();
        let Some(mut subscription) = state.subscriptions.get(&asking.path).cloned() else {
            return;
        };
        if let Phase::Asked { next, .. } = &mut subscription.phase
            && *next < earliest
        {
            *next = earliest;
            self.set(&mut state, &asking.path, subscription);
        }
    }

    fn form(&self, asking: &Asking) -> String {
        let Subscription { topic, secret, .. } = &asking.subscription;
        let callback = self.callback(&asking.path);
        let mode = match asking.mode {
            Mode::Subscribe => "subscribe",
            Mode::Unsubscribe => "unsubscribe",
        };
        let mut fields = vec![
            ("hub.mode", mode),
            ("hub.topic", topic),
            ("hub.callback", &callback),
        ];
        if asking.mode == Mode::Subscribe {
            fields.push(("hub.lease_seconds", LEASE));
            fields.extend(secret.as_ref().map(|secret| ("hub.secret", secret.as_str())));
        }
        form::write(&fields)
    }

    /// Where hubs find us.
    fn callback(&self, path: &str) -> String {
        format!("{}{FOLDER}in/{path}", self.settings.site)
    }
}
