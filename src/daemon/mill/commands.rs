//! What the loop is told.

use std::collections::HashSet;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tracing::info;

use super::{DRAIN, Mill};
use crate::daemon::Refused;
use crate::daemon::file::Look;
use crate::daemon::handle::Command;
use crate::daemon::press::Job;
use crate::daemon::request::Asked;
use crate::model::SourceId;
use crate::refresh::poll::Manner;
use crate::refresh::{self, Options, Ruling, Summary};
use crate::schedule;

type Reply = oneshot::Sender<Result<Summary, Refused>>;

/// A refresh that somebody waits for.
pub(super) struct Wanted {
    options: Options,
    progress: mpsc::UnboundedSender<refresh::Event>,
    reply: Reply,
}

impl Mill {
    pub(super) fn obey(&mut self, command: Command) {
        match command {
            Command::Refresh {
                options,
                progress,
                reply,
            } => {
                // Who edited `feeds.toml` just before means the new one.
                self.unlooked.push(Wanted {
                    options,
                    progress,
                    reply,
                });
                self.look(Look::AtOnce);
            }
            Command::Push {
                source,
                document,
                delivery,
                reply,
            } => self.take(&source, document, delivery, reply),
            Command::Lease { source, until } => self.lease(&source, until),
            Command::Gap { source } => self.gap(&source),
            Command::Rule { ruling, reply } => self.rule(ruling, reply),
            Command::Reload if self.deadline.is_none() => {
                // It is read in any case; this is for not reading it once more.
                self.look(Look::Known);
                self.start_reload("asked to");
            }
            Command::Reload => {}
            Command::Stop => self.stop(),
        }
    }

    fn rule(&self, ruling: Ruling, reply: Reply) {
        if self.deadline.is_some() {
            // Who asked may have gone.
            let _ = reply.send(Err(Refused::Stopping));
            return;
        }
        let jobs = self.jobs.clone();
        // The loop does not wait for room in the queue. Without a press the reply is dropped, which says that it ends.
        tokio::spawn(async move { jobs.send(Job::Rule { ruling, reply }).await });
    }

    fn stop(&mut self) {
        if self.deadline.is_none() {
            info!(polls = self.polls.len(), "stopping: no new polls");
            self.notifier.stopping();
            self.deadline = Some(Instant::now() + DRAIN);
            self.commands.close();
            // Dropped, they tell those who asked that nothing comes any more.
            self.asked.clear();
            self.later.clear();
            self.unlooked.clear();
        }
    }

    /// Polls what is asked for, by the newest configuration.
    pub(super) fn refresh(&mut self, wanted: Wanted) {
        let Wanted {
            options,
            progress,
            reply,
        } = wanted;
        if self.deadline.is_some() {
            // Who asked may have gone; so below.
            let _ = reply.send(Err(Refused::Stopping));
            return;
        }
        if self.reloading.is_some() {
            self.later.push(Command::Refresh {
                options,
                progress,
                reply,
            });
            return;
        }
        let mut unknown = options.only.iter().filter(|id| !self.sources.contains_key(*id));
        if let Some(unknown) = unknown.next() {
            let _ = reply.send(Err(Refused::Unknown(unknown.to_string())));
            return;
        }
        let all = self.prepared.config.sources.iter().map(|source| &source.id);
        let wanted: Vec<SourceId> = all
            .filter(|id| options.only.is_empty() || options.only.contains(id))
            .cloned()
            .collect();
        let waiting: HashSet<SourceId> = wanted
            .iter()
            .filter(|id| self.begin(id, &options))
            .cloned()
            .collect();
        let skipped = wanted.len() - waiting.len();
        self.asked.push(Asked::new(waiting, skipped, progress, reply));
        self.finish_asked();
    }

    /// Sees to it that a source is polled, if it is due or forced; whether it is. A poll that is under way will do, if
    /// it asks as it should.
    fn begin(&mut self, id: &SourceId, options: &Options) -> bool {
        let is_running = self.agenda.is_running(id);
        let state = self.source(id).map(|source| self.prepared.states.of(&source));
        let now = (self.clock)();
        let is_due = options.force || state.is_some_and(|state| schedule::is_due(&state, now));
        if is_running && !options.unconditional {
            return true;
        }
        if is_due {
            let manner = Manner {
                force: options.force,
                unconditional: options.unconditional,
            };
            self.agenda.ask(id, manner);
        }
        is_due
    }

    /// Publishes for those whose sources are all stored, and tells them.
    pub(super) fn finish_asked(&mut self) {
        let asked = std::mem::take(&mut self.asked);
        let (done, waiting) = asked.into_iter().partition(Asked::is_done);
        self.asked = waiting;
        for asked in done {
            let jobs = self.jobs.clone();
            tokio::spawn(async move { publish(asked, &jobs).await });
        }
    }
}

async fn publish(asked: Asked, jobs: &mpsc::Sender<Job>) {
    let Asked {
        mut summary,
        reply,
        progress,
        ..
    } = asked;
    let (sender, published) = oneshot::channel();
    let _ = jobs.send(Job::Publish(Some(sender))).await;
    let answer = match published.await {
        Ok(Ok(files)) => {
            summary.copies += files.copies;
            summary.feeds = files.feeds;
            summary.files = files.files;
            summary.stored_items = files.stored_items;
            summary.clock = files.clock;
            summary.sort();
            Ok(summary)
        }
        Ok(Err(refused)) => Err(refused),
        Err(_) => Err(Refused::Stopping),
    };
    drop(progress);
    let _ = reply.send(answer);
}
