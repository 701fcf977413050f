//! What happens in the daemon, for the hubs, and what these let know, for the mill.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

use super::pings::Pings;
use crate::config::Config;
use crate::daemon::handle::{Command, Event, Handle, Published};
use crate::model::{FileFormat, Health, PollState, Source, SourceId};
use crate::websub::{self, Hub, Inbox, Wanted};

/// Who is told what happens in the daemon.
pub(super) struct Desk<'a> {
    pub handle: &'a Handle,
    pub hub: Option<&'a Hub>,
    pub pings: &'a Pings,
    pub inbox: Option<&'a Arc<Inbox>>,
    pub started: Option<DateTime<Utc>>,
}

impl Desk<'_> {
    pub(super) async fn hear(&self, mut events: tokio::sync::broadcast::Receiver<Event>) {
        self.want_all();
        loop {
            match events.recv().await {
                Ok(Event::Published(published)) => self.published(&published),
                Ok(Event::Polled {
                    source, at, fresh, ..
                }) => self.polled(&source, &fresh, at),
                Ok(Event::Configured(_)) => self.want_all(),
                Err(RecvError::Lagged(_)) => {
                    self.want_all();
                    if let Some(hub) = self.hub {
                        hub.published();
                    }
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    fn published(&self, published: &Published) {
        if let Some(hub) = self.hub {
            hub.published();
        }
        let config = self.handle.config();
        if let Some(ping) = self.pings.of(&config) {
            let feeds = published.changed.iter();
            ping.published(feeds.flat_map(|feed| topics(&config, &feed.folder())));
        }
    }

    fn polled(&self, source: &SourceId, fresh: &[DateTime<Utc>], at: DateTime<Utc>) {
        let (Some(inbox), Some(started)) = (self.inbox, self.started) else {
            return;
        };
        let config = self.handle.config();
        let Some(known) = config.sources.iter().find(|known| known.id == *source) else {
            return;
        };
        if let Some(since) = inbox.told_since(source)
            && websub::has_missed(fresh, since.max(started), at)
        {
            inbox.missed(source);
        }
        inbox.want_one(
            source,
            wanted(&config, known, &self.handle.board.states().of(known)),
        );
    }

    fn want_all(&self) {
        let Some(inbox) = self.inbox else { return };
        let (config, states) = (self.handle.config(), self.handle.board.states());
        let all = config.sources.iter().filter_map(|source| {
            let wanted = wanted(&config, source, &states.of(source))?;
            Some((source.id.clone(), wanted))
        });
        inbox.want(all.collect::<HashMap<_, _>>());
    }

    /// Tells the mill until when sources are pushed.
    pub(super) async fn lease(&self, mut changed: mpsc::UnboundedReceiver<SourceId>) {
        let Some(inbox) = self.inbox else { return };
        while let Some(source) = changed.recv().await {
            self.tell(inbox, source).await;
        }
    }

    /// Tells the mill of which sources something may have been pushed that did not come.
    pub(super) async fn gaps(&self) {
        let Some(inbox) = self.inbox else { return };
        loop {
            let source = inbox.gap().await;
            // A daemon that is stopping polls nobody.
            let _ = self.handle.commands.send(Command::Gap { source }).await;
        }
    }

    async fn tell(&self, inbox: &Inbox, source: SourceId) {
        let until = inbox.lease(&source).map(|(_, until)| until);
        // A daemon that is stopping polls nobody.
        let _ = self.handle.commands.send(Command::Lease { source, until }).await;
    }
}

/// What a source offers, unless it is gone or the operator wants none of it.
fn wanted(config: &Config, source: &Source, state: &PollState) -> Option<Wanted> {
    let is_wanted = config.fetch.push && state.health != Health::Gone;
    Some(Wanted {
        offer: state.offer.clone().filter(|_| is_wanted)?,
        max_body: source.max_body,
    })
}

/// The addresses of a feed's files that name the hub.
fn topics(config: &Config, folder: &str) -> Vec<String> {
    let slash = if folder.is_empty() { "" } else { "/" };
    let name = |format: &FileFormat| match format {
        FileFormat::Rss => Some("rss.xml"),
        FileFormat::Atom => Some("atom.xml"),
        FileFormat::Json => Some("feed.json"),
        FileFormat::Html => None,
    };
    let names = config.publish.formats.iter().filter_map(name);
    names
        .map(|name| format!("{}{folder}{slash}{name}", config.site.url))
        .collect()
}
