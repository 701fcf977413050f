//! Telling the hub of somebody else, whichever that is at the moment.

use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use url::Url;

use super::TIMEOUT;
use crate::config::{Config, Hub as Choice};
use crate::fetch::Fetcher;
use crate::refresh::Clock;
use crate::websub::Ping;

/// Who tells it.
pub(super) struct Pings {
    fetcher: Fetcher,
    clock: Clock,
    now: Mutex<Option<(Url, Arc<Ping>)>>,
}

impl Pings {
    pub(super) fn new(fetcher: Fetcher, clock: Clock) -> Self {
        Self {
            fetcher,
            clock,
            now: Mutex::default(),
        }
    }

    /// The one for the hub of this configuration. What the one before still had to tell is for nobody any more.
    pub(super) fn of(&self, config: &Config) -> Option<Arc<Ping>> {
        let hub = match &config.publish.hub {
            Some(Choice::Other(hub)) => Some(hub),
            Some(Choice::Own) | None => None,
        };
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if now.as_ref().map(|(hub, _)| hub) != hub {
            *now = hub.map(|hub| {
                let ping = Ping::new(hub.clone(), self.fetcher.clone(), self.clock.clone(), TIMEOUT);
                (hub.clone(), ping)
            });
        }
        now.as_ref().map(|(_, ping)| ping.clone())
    }

    pub(super) async fn run(
        &self,
        mut configs: watch::Receiver<Arc<Config>>,
        stop: impl Future<Output = ()>,
    ) {
        let following = async {
            loop {
                let ping = self.of(&configs.borrow_and_update().clone());
                let changed = async {
                    // Without a sender nothing changes any more.
                    if configs.changed().await.is_err() {
                        pending::<()>().await;
                    }
                };
                match ping {
                    Some(ping) => ping.run(changed).await,
                    None => changed.await,
                }
            }
        };
        tokio::select! {
            () = following => {}
            () = stop => {}
        }
    }
}
