//! The one writer: commits polls in batches and publishes soon after. It owns the store, so that nobody else writes.
//!
//! What cannot be stored or published is kept and tried again, each time later: polls then wait in the queue, and as it
//! is bounded, no new ones start.

mod batch;
mod pace;
mod shelve;
mod store;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tracing::{error, info};

use self::pace::Pace;
pub(super) use self::shelve::Note;
pub(super) use self::store::{Prepared, Shelf, prepare};
use super::handle::{Board, Event, Published, Taken};
use super::{Refused, start};
use crate::config::Config;
use crate::model::{SourceId, TopicKind};
use crate::refresh::poll::Polled;
use crate::refresh::publish::{Look, Released, Said};
use crate::refresh::{self, Clock, Release, Ruling, Summary, release, writer};
use crate::serve::{Site, Withdrawn};

/// How long files that somebody else deleted, added or changed may go unnoticed while there is something to publish.
const LOOK: Duration = Duration::from_secs(600);

/// What the press is given to do, in order.
pub(super) enum Job {
    /// A poll that is over.
    Poll(Box<Arrival>),
    /// Another configuration.
    Configure {
        config: Arc<Config>,
        reply: oneshot::Sender<Result<Prepared, String>>,
    },
    /// What the operator decided about copies and stories.
    Rule {
        ruling: Ruling,
        reply: oneshot::Sender<Result<Summary, Refused>>,
    },
    /// Nothing is stored yet: publish when the first polls are over.
    First,
    /// Publish soon: there may be something to tell.
    Soon,
    /// Publish now, whether anything is known to have changed or not.
    Publish(Option<oneshot::Sender<Result<Summary, Refused>>>),
}

/// A poll on its way to the store.
pub(super) struct Arrival {
    pub polled: Polled,
    /// Which configuration it was made under.
    pub generation: u64,
    /// It was not asked for: who sent it hears what came of it.
    pub pushed: Option<oneshot::Sender<Result<Taken, Refused>>>,
}

/// A poll that is stored, or that no longer matters.
pub(super) struct Committed {
    pub source: SourceId,
    pub event: refresh::Event,
    pub written: Summary,
}

/// The writer.
pub(super) struct Press {
    shelf: Shelf,
    clock: Clock,
    board: Arc<Board>,
    site: Arc<Site>,
    /// Turns true when there is no more time.
    cut: watch::Receiver<bool>,
    reports: mpsc::UnboundedSender<Committed>,
    /// What is to be remembered of push.
    notes: mpsc::UnboundedReceiver<Note>,
    /// What sources said of themselves when the feeds were last published.
    said: Said,
    withdrawn: Withdrawn,
    /// When the whole output was looked through last, and which feeds were listed then or later; `None`: what is there is
    /// not known.
    looked: Option<(Instant, u64)>,
    pace: Pace,
}

impl Press {
    pub(super) fn new(
        shelf: Shelf,
        clock: Clock,
        board: Arc<Board>,
        site: Arc<Site>,
        cut: watch::Receiver<bool>,
        reports: mpsc::UnboundedSender<Committed>,
        notes: mpsc::UnboundedReceiver<Note>,
    ) -> Self {
        Self {
            said: shelf.prepared.states.said(),
            shelf,
            clock,
            board,
            site,
            cut,
            reports,
            notes,
            withdrawn: Withdrawn::default(),
            looked: None,
            pace: Pace::new(Instant::now()),
        }
    }

    /// Works until all senders of jobs are gone, and then publishes what is still to be published.
    pub(super) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut next = None;
        loop {
            let job = match next.take() {
                Some(job) => Some(job),
                None => tokio::select! {
                    biased;
                    // A hub waits for its answer, which takes less than publishing.
                    Some(note) = self.notes.recv() => {
                        self.keep(note).await;
                        continue;
                    }
                    () = self.pace.wait() => {
                        // What went wrong is logged, and tried again.
                        let _ = self.publish().await;
                        continue;
                    }
                    job = jobs.recv() => job,
                },
            };
            match job {
                Some(Job::Poll(first)) => {
                    let (arrivals, after) = batch::gather(*first, &mut jobs).await;
                    next = after;
                    self.commit(arrivals).await;
                }
                Some(Job::Configure { config, reply }) => {
                    let configured = self.configure(config).await;
                    // The loop waits for it as long as it lives.
                    let _ = reply.send(configured);
                }
                Some(Job::Rule { ruling, reply }) => {
                    let ruled = self.rule(ruling).await;
                    // Who asked may have gone.
                    let _ = reply.send(ruled);
                }
                Some(Job::First) => self.pace.begin_first(Instant::now()),
                Some(Job::Soon) => self.pace.want(Instant::now()),
                Some(Job::Publish(reply)) => {
                    self.looked = None;
                    let published = self.publish().await;
                    if let Some(reply) = reply {
                        // Who asked may have gone.
                        let _ = reply.send(published.map_err(Refused::Failed));
                    }
                }
                None => break,
            }
        }
        while let Ok(note) = self.notes.try_recv() {
            self.keep(note).await;
        }
        if self.pace.is_wanted() {
            let _ = self.publish().await;
        }
    }

    async fn configure(&mut self, config: Arc<Config>) -> Result<Prepared, String> {
        let prepared = self.shelf.configure(config).await?;
        self.site.tell(start::settings(&prepared.config));
        self.looked = None;
        self.pace.want(Instant::now());
        Ok(prepared)
    }

    async fn rule(&mut self, ruling: Ruling) -> Result<Summary, Refused> {
        let now = (self.clock)();
        let work = move |store: &mut dyn crate::store::Store| {
            let mut batch = store.begin()?;
            refresh::decide(batch.groups(), &ruling, now)?;
            batch.commit()?;
            Ok(())
        };
        let ruled = self.shelf.work(work).await;
        ruled.map_err(|fault| Refused::Failed(fault.to_string()))?;
        self.publish().await.map_err(Refused::Failed)
    }

    /// Brings the output and what is served up to date.
    async fn publish(&mut self) -> Result<Summary, String> {
        let started = Instant::now();
        self.pace.begin();
        let published = self.release().await;
        self.pace.end(started, Instant::now(), published.is_ok());
        if published.is_err() {
            self.looked = None;
        }
        match published {
            Ok((summary, released)) => {
                self.note_published(&summary, released);
                Ok(summary)
            }
            Err(message) => {
                let again = self.pace.again().as_secs();
                error!(
                    "cannot publish: {message}; what was published is still served; trying again in {again} s"
                );
                self.board
                    .note(|standing| standing.output_error = Some(message.clone()));
                Err(message)
            }
        }
    }

    /// Now and then, and when there is reason to doubt what is there, the whole output is looked through.
    fn look(&self) -> Look {
        match self.looked {
            Some((at, listed)) if at.elapsed() < LOOK => Look::Changed { listed },
            Some(_) | None => Look::Everywhere,
        }
    }

    async fn release(&mut self) -> Result<(Summary, Released), String> {
        let (now, started) = ((self.clock)(), Instant::now());
        let said_now = self.shelf.prepared.states.said();
        let look = self.look();
        let (before, prepared, cut) = (self.said.clone(), self.shelf.prepared.clone(), self.cut.clone());
        let said_then = said_now.clone();
        let work = move |store: &mut dyn crate::store::Store| {
            writer::save_manners(store, &prepared.fetcher, now)?;
            let what = Release {
                config: &prepared.config,
                setup: &prepared.setup,
                said_before: &before,
                said: &said_now,
                states: &prepared.states,
                keeper: &prepared.keeper,
                look,
                now,
            };
            let mut summary = Summary {
                clock: prepared.keeper.trouble(),
                ..Summary::default()
            };
            let listener: refresh::Listener = Arc::new(|_| {});
            let released = release(store, &what, &listener, &cut, &mut summary)?;
            let gone = store.reader()?.withdrawn()?;
            let config = &prepared.config;
            let topics = [
                (TopicKind::Category, &config.categories),
                (TopicKind::Tag, &config.tags),
            ];
            let topics = topics
                .into_iter()
                .flat_map(|(kind, topics)| topics.iter().map(move |topic| (kind, topic)));
            let withdrawn = Withdrawn::of(&gone, &released.feeds, topics);
            let grows_at = store.reader()?.next_growth()?;
            Ok((summary, released, withdrawn, grows_at))
        };
        let (summary, released, withdrawn, grows_at) =
            self.shelf.work(work).await.map_err(|fault| fault.to_string())?;
        self.board.note(|standing| standing.grows_at = grows_at);
        self.said = said_then;
        if withdrawn != self.withdrawn {
            self.site.withdraw(withdrawn.clone());
            self.withdrawn = withdrawn;
        }
        let (site, output) = (self.site.clone(), self.shelf.prepared.config.site.output.clone());
        let (looked, folders) = match (look, self.looked) {
            (Look::Changed { .. }, Some((looked, _))) => (looked, Some(released.folders.clone())),
            (Look::Changed { .. }, None) | (Look::Everywhere, _) => (started, None),
        };
        self.looked = Some((looked, released.listed));
        let reloaded = tokio::task::spawn_blocking(move || reload(&site, now.into(), folders, output));
        reloaded
            .await
            .map_err(|_| "the server stumbled over the output".to_owned())??;
        Ok((summary, released))
    }

    fn note_published(&self, summary: &Summary, released: Released) {
        let at = (self.clock)();
        self.board.note(|standing| {
            standing.output_error = None;
            standing.published = Some(at);
        });
        if summary.files.written == 0 && released.removed.is_empty() {
            return;
        }
        info!(
            feeds = released.changed.len(),
            removed = released.removed.len(),
            files = summary.files.written,
            "published"
        );
        self.board.announce(Event::Published(Arc::new(Published {
            changed: released.changed,
            removed: released.removed,
            at,
        })));
    }
}

/// Serves what is in these folders now; `None`: in all of them.
fn reload(
    site: &Site,
    now: SystemTime,
    folders: Option<BTreeSet<String>>,
    output: PathBuf,
) -> Result<(), String> {
    let reloaded = match folders {
        Some(folders) => site.reload_folders(&folders, now),
        None => site.reload(now),
    };
    reloaded
        .map(|_| ())
        .map_err(|error| format!("cannot read {}: {error}", output.display()))
}
