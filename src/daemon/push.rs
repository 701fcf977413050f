//! WebSub in the daemon: what hubs push goes to the mill like a poll, and what the press published goes to subscribers.

mod desk;
mod pings;
mod take;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot, watch};

use self::desk::Desk;
use self::pings::Pings;
use super::handle::Handle;
use super::press::Note;
use crate::config::{Config, Hub as Choice};
use crate::fetch::Fetcher;
use crate::model::{Delivery, Phase, PushChange, PushRecords, SourceId};
use crate::refresh::Clock;
use crate::serve::Site;
use crate::websub::{self, Counter, Hub, HubSettings, Inbox, InboxSettings, Place, Pushed};

/// For one request to a hub or a callback.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A hub waits for the answer to what it pushed: within this it is kept, or to come again.
const ANSWER: Duration = Duration::from_secs(8);

/// Whatever of WebSub the operator wants.
pub(super) struct Push {
    hub: Option<Hub>,
    pings: Pings,
    receiving: Option<Receiving>,
}

/// What hubs push to us.
struct Receiving {
    inbox: Arc<Inbox>,
    /// What they pushed and is kept.
    kept: mpsc::UnboundedReceiver<Kept>,
    /// Sources whose lease may be another one than before.
    leases: mpsc::UnboundedReceiver<SourceId>,
    /// What was pushed while nobody was here is nobody's fault.
    started: DateTime<Utc>,
    notes: mpsc::UnboundedSender<Note>,
}

/// A document that nothing takes away any more.
struct Kept {
    /// As which it is kept.
    number: i64,
    delivery: Delivery,
    place: Place,
}

impl Push {
    /// Takes up what an earlier run left, and has the server hand on what is for it. `notes` are what to remember.
    pub(super) fn open(
        config: &Config,
        mut records: PushRecords,
        fetcher: &Fetcher,
        clock: &Clock,
        site: &Arc<Site>,
        notes: mpsc::UnboundedSender<Note>,
    ) -> Self {
        let (changed, leases) = mpsc::unbounded_channel();
        let told = notes.clone();
        let keep: websub::Keep = Arc::new(move |change| {
            if let PushChange::Subscription(_, Some(subscription)) = &change {
                // Nobody listens when nothing is received.
                let _ = changed.send(subscription.source.clone());
            }
            // The press is gone only at the very end.
            let _ = told.send(Note::Change(change));
        });
        let subscriptions = std::mem::take(&mut records.subscriptions);
        let deliveries = std::mem::take(&mut records.deliveries);
        let mut push = Self {
            hub: None,
            pings: Pings::new(fetcher.clone(), clock.clone()),
            receiving: None,
        };
        match (&config.publish.hub, config.hub()) {
            (Some(Choice::Own), Some(address)) => {
                let settings = HubSettings::new(config.site.url.clone(), address);
                push.hub = Some(Hub::new(
                    settings,
                    records,
                    fetcher.clone(),
                    site.clone(),
                    clock.clone(),
                    keep.clone(),
                ));
            }
            (None | Some(Choice::Other(_)), _) | (Some(Choice::Own), None) => {}
        }
        // Who does not want it any more gives up what there is.
        if config.fetch.push || !subscriptions.is_empty() || !deliveries.is_empty() {
            let settings = InboxSettings {
                sha1: config.fetch.push_sha1,
                secrets_in_clear: config.fetch.allow_private_hosts,
                ..InboxSettings::new(config.site.url.clone())
            };
            let (keeper, kept) = mpsc::unbounded_channel();
            let (fetcher, shelve) = (fetcher.clone(), shelve(notes.clone(), keeper.clone()));
            let inbox = Inbox::new(settings, subscriptions, fetcher, clock.clone(), keep, shelve);
            for (number, delivery) in deliveries {
                let place = inbox.place(&delivery.source, delivery.body.len());
                // The other end is here.
                let _ = keeper.send(Kept {
                    number,
                    delivery,
                    place,
                });
            }
            push.receiving = Some(Receiving {
                inbox: Arc::new(inbox),
                kept,
                leases,
                started: clock(),
                notes,
            });
        }
        if push.hub.is_some() || push.receiving.is_some() {
            site.hand_on(Arc::new(Counter {
                hub: push.hub.clone(),
                inbox: push.receiving.as_ref().map(|receiving| receiving.inbox.clone()),
            }));
        }
        push
    }

    /// Until when hubs push, by what an earlier run left.
    pub(super) fn leases(&self) -> HashMap<SourceId, DateTime<Utc>> {
        let inbox = self.receiving.iter().map(|receiving| &receiving.inbox);
        let all = inbox.flat_map(|inbox| inbox.subscriptions());
        all.filter_map(|(_, subscription)| match subscription.phase {
            Phase::Active { until, .. } => Some((subscription.source, until)),
            Phase::Asked { .. } | Phase::Leaving { .. } | Phase::Over { .. } => None,
        })
        .collect()
    }

    /// Sources of which something may have been pushed while nobody was here.
    pub(super) fn gaps(&self) -> Vec<SourceId> {
        let inbox = self.receiving.iter().map(|receiving| &receiving.inbox);
        let all = inbox.flat_map(|inbox| inbox.subscriptions());
        all.filter(|(_, subscription)| !matches!(subscription.phase, Phase::Over { .. }))
            .map(|(_, subscription)| subscription.source)
            .collect()
    }

    /// Works until `stopped` turns true.
    pub(super) async fn run(self, handle: Handle, stopped: watch::Receiver<bool>) {
        let Self {
            hub,
            pings,
            receiving,
        } = self;
        let events = handle.board.events.subscribe();
        let stop = async || {
            let _ = stopped.clone().wait_for(|stopped| *stopped).await;
        };
        let hubbing = async {
            match &hub {
                Some(hub) => hub.run(stop()).await,
                None => stop().await,
            }
        };
        let pinging = pings.run(handle.configs(), stop());
        let inbox = receiving.as_ref().map(|receiving| receiving.inbox.clone());
        let started = receiving.as_ref().map(|receiving| receiving.started);
        let asking = async {
            match &inbox {
                Some(inbox) => inbox.run(stop()).await,
                None => stop().await,
            }
        };
        let desk = Desk {
            handle: &handle,
            hub: hub.as_ref(),
            pings: &pings,
            inbox: inbox.as_ref(),
            started,
        };
        let hearing = async {
            tokio::select! {
                () = desk.hear(events) => {}
                () = stop() => {}
            }
        };
        let taking = async {
            let Some(Receiving {
                kept, leases, notes, ..
            }) = receiving
            else {
                return;
            };
            let all =
                async { tokio::join!(take::take(&handle, kept, &notes), desk.lease(leases), desk.gaps()) };
            tokio::select! {
                _ = all => {}
                () = stop() => {}
            }
        };
        tokio::join!(hubbing, pinging, asking, hearing, taking);
    }
}

/// Has what is pushed kept by the press, and then read. Who stops to wait for the answer changes nothing of that.
fn shelve(notes: mpsc::UnboundedSender<Note>, keeper: mpsc::UnboundedSender<Kept>) -> websub::Shelve {
    Arc::new(move |pushed| {
        let Pushed {
            source,
            body,
            content_type,
            place,
            ..
        } = pushed;
        let delivery = Delivery {
            source,
            content_type,
            body,
        };
        let (answer, answered) = oneshot::channel();
        let (keeper, document) = (keeper.clone(), delivery.clone());
        let hears = move |number| {
            // A daemon that is stopping reads it after the next start, and the hub may have gone.
            let _ = keeper.send(Kept {
                number,
                delivery,
                place,
            });
            let _ = answer.send(());
        };
        let is_sent = notes.send(Note::Keep(document, Box::new(hears))).is_ok();
        Box::pin(async move { is_sent && matches!(tokio::time::timeout(ANSWER, answered).await, Ok(Ok(()))) })
    })
}
