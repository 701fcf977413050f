//! The loop: starts polls when they are due, hears commands, and waits for nothing else.

mod commands;
mod gaps;
mod offline;
mod polls;

use std::collections::HashMap;
use std::future::pending;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{mpsc, watch};
use tokio::task::{self, JoinHandle, JoinSet};
use tokio::time::Instant;
use tracing::{info, warn};

use super::agenda::Agenda;
use super::alarms::Alarms;
use super::file::{Look, Watched};
use super::handle::{Board, Command, Event};
use super::notify::Notifier;
use super::press::{Committed, Job, Prepared};
use super::reload::{Pinned, Reloaded, reload};
use super::request::Asked;
use crate::model::{Source, SourceId};
use crate::refresh::Clock;
use crate::status::Reload;

/// How often `feeds.toml` is looked at …
const LOOK: Duration = Duration::from_secs(2);
/// … and when it is being written.
const LOOK_SOON: Duration = Duration::from_millis(500);
/// Files that somebody deleted come back, and old items go, when nothing else happens.
const ROUND: Duration = Duration::from_secs(3_600);
/// A configuration that could not be stored is tried again.
const RELOAD_AGAIN: Duration = Duration::from_secs(5);
/// How long running polls are waited for at the end. The rest of ten seconds is for storing and publishing.
const DRAIN: Duration = Duration::from_secs(6);
/// A difference between the clock and the time that really passed from which on the clock was set.
const JUMP: TimeDelta = TimeDelta::seconds(30);

/// What the loop is made of.
pub(super) struct Parts {
    pub prepared: Prepared,
    pub path: PathBuf,
    pub file: Watched,
    pub pinned: Pinned,
    /// Until when hubs push.
    pub leases: HashMap<SourceId, DateTime<Utc>>,
    /// Of which something may have been pushed while nobody was here.
    pub gaps: Vec<SourceId>,
    pub clock: Clock,
    pub board: Arc<Board>,
    pub notifier: Notifier,
    pub jobs: mpsc::Sender<Job>,
    pub reports: mpsc::UnboundedReceiver<Committed>,
    pub commands: mpsc::Receiver<Command>,
}

/// The loop.
pub(super) struct Mill {
    prepared: Prepared,
    sources: HashMap<SourceId, polls::Planned>,
    agenda: Agenda,
    alarms: Alarms,
    /// The growth of a story that was asked for last.
    grown: Option<DateTime<Utc>>,
    /// Until when hubs push.
    leases: HashMap<SourceId, DateTime<Utc>>,
    gaps: gaps::Gaps,
    path: PathBuf,
    /// Elsewhere while somebody looks at it.
    file: Option<Watched>,
    looking: Option<JoinHandle<(Watched, bool)>>,
    /// The look that comes after this one.
    look_next: Option<Look>,
    /// Refreshes that wait for a look.
    unlooked: Vec<commands::Wanted>,
    pinned: Pinned,
    clock: Clock,
    board: Arc<Board>,
    notifier: Notifier,
    jobs: mpsc::Sender<Job>,
    reports: mpsc::UnboundedReceiver<Committed>,
    commands: mpsc::Receiver<Command>,
    polls: JoinSet<()>,
    /// Which source a poll is of, for one that a panic ends.
    tasks: HashMap<task::Id, Source>,
    offline: Option<offline::Offline>,
    asked: Vec<Asked>,
    /// Commands that wait for the configuration that is being read.
    later: Vec<Command>,
    reloading: Option<JoinHandle<Reloaded>>,
    reload_at: Option<Instant>,
    next_look: Instant,
    next_round: Instant,
    /// The clock, and the time that passes whatever the clock says.
    seen: (DateTime<Utc>, Instant),
    /// When running polls are abandoned.
    deadline: Option<Instant>,
}

impl Mill {
    pub(super) fn new(parts: Parts) -> Self {
        let now = Instant::now();
        let mut mill = Self {
            agenda: Agenda::new(polls::limits(&parts.prepared.config)),
            alarms: Alarms::default(),
            grown: None,
            sources: HashMap::new(),
            gaps: gaps::Gaps::of_all(&parts.gaps),
            leases: parts.leases,
            file: Some(parts.file),
            looking: None,
            look_next: None,
            unlooked: Vec::new(),
            path: parts.path,
            pinned: parts.pinned,
            seen: ((parts.clock)(), now),
            prepared: parts.prepared,
            clock: parts.clock,
            board: parts.board,
            notifier: parts.notifier,
            jobs: parts.jobs,
            reports: parts.reports,
            commands: parts.commands,
            polls: JoinSet::new(),
            tasks: HashMap::new(),
            offline: None,
            asked: Vec::new(),
            later: Vec::new(),
            reloading: None,
            reload_at: None,
            next_look: now + LOOK,
            next_round: now + ROUND,
            deadline: None,
        };
        mill.plan();
        mill
    }

    /// Runs until it is told to stop and running polls have ended; `stopping` turns true when it is told.
    pub(super) async fn run(mut self, stopping: watch::Sender<bool>) {
        self.notifier.ready();
        while !self.is_over() {
            self.tick();
            self.launch();
            self.note();
            let nap = self.nap();
            tokio::select! {
                Some(command) = self.commands.recv() => {
                    self.obey(command);
                    if self.deadline.is_some() {
                        // All that wait for it are gone when it is too late.
                        let _ = stopping.send(true);
                    }
                }
                Some(committed) = self.reports.recv() => self.committed(&committed),
                Some(ended) = self.polls.join_next_with_id() => self.ended(ended),
                reloaded = finished(&mut self.reloading) => self.reloaded(reloaded),
                looked = finished(&mut self.looking) => self.looked(looked),
                () = tokio::time::sleep(nap) => {}
            }
        }
        if !self.polls.is_empty() {
            warn!(polls = self.polls.len(), "abandoned polls that took too long");
        }
        self.polls.shutdown().await;
    }

    fn is_over(&self) -> bool {
        let Some(deadline) = self.deadline else {
            return false;
        };
        // What is polled is on its way to the press, which stores it before it ends.
        self.polls.is_empty() || Instant::now() >= deadline
    }

    /// What is done by the clock.
    fn tick(&mut self) {
        self.notifier.alive();
        self.board.live.beat((self.clock)());
        let now = Instant::now();
        self.watch_clock(now);
        self.watch_network();
        if self.deadline.is_some() {
            return;
        }
        if now >= self.next_look {
            self.next_look = now + LOOK;
            self.look(Look::AtRest);
        }
        if self.reload_at.is_some_and(|at| now >= at) {
            self.start_reload("trying again");
        }
        self.ring();
        self.grow();
        if now >= self.next_round {
            self.next_round = now + ROUND;
            // When the queue is full, there is enough to do.
            let _ = self.jobs.try_send(Job::Publish(None));
        }
    }

    /// A poll that fails brings nothing to publish, but the operator may have to be told.
    fn ring(&mut self) {
        let now = (self.clock)();
        // When the queue is full, the next look finds it again.
        if self.alarms.rings(now) && self.jobs.try_send(Job::Soon).is_ok() {
            self.alarms.hush(now);
        }
    }

    /// A story that grew less than an hour ago has more to show, and shows it when the hour is over.
    fn grow(&mut self) {
        let grows_at = self.board.standing().grows_at;
        let is_due = grows_at.is_some_and(|at| at <= (self.clock)());
        if is_due && grows_at != self.grown && self.jobs.try_send(Job::Soon).is_ok() {
            self.grown = grows_at;
        }
    }

    /// Somebody set the clock: what was planned by the old one is planned again.
    fn watch_clock(&mut self, now: Instant) {
        let clock = (self.clock)();
        let (clock_then, then) = self.seen;
        self.seen = (clock, now);
        let passed = TimeDelta::from_std(now - then).unwrap_or(TimeDelta::MAX);
        let jump = (clock - clock_then)
            .checked_sub(&passed)
            .unwrap_or(TimeDelta::MAX);
        if jump.abs() > JUMP {
            warn!(
                seconds = jump.num_seconds(),
                "the clock was set, or the machine slept"
            );
            self.plan();
        }
    }

    /// How long nothing has to be done.
    fn nap(&self) -> Duration {
        let now = Instant::now();
        let look = self.next_look.max(now) - now;
        let due = self.agenda.wake((self.clock)());
        let due = due.map(|due| (due - (self.clock)()).to_std().unwrap_or_default());
        let pulse = self.notifier.pulse().map(|pulse| pulse / 4);
        let again = self.reload_at.map(|at| at.max(now) - now);
        let end = self.deadline.map(|deadline| deadline.max(now) - now);
        [due, pulse, again, end]
            .into_iter()
            .flatten()
            .fold(look, Duration::min)
    }

    /// Looks at `feeds.toml`, apart from the loop: a file system may not answer.
    fn look(&mut self, look: Look) {
        let Some(mut file) = self.file.take() else {
            // Whoever waits for a look must be given one.
            self.look_next = self.look_next.max(Some(look));
            return;
        };
        self.looking = Some(task::spawn_blocking(move || {
            let has_changed = file.has_changed(look);
            (file, has_changed)
        }));
    }

    fn looked(&mut self, looked: Option<(Watched, bool)>) {
        self.looking = None;
        let has_changed = looked.is_some_and(|(file, has_changed)| {
            if file.is_moving() {
                self.next_look = Instant::now() + LOOK_SOON;
            }
            self.file = Some(file);
            has_changed
        });
        if has_changed {
            self.start_reload("feeds.toml has changed");
        }
        match self.look_next.take().filter(|_| self.file.is_some()) {
            Some(look) => self.look(look),
            None => {
                for wanted in std::mem::take(&mut self.unlooked) {
                    self.refresh(wanted);
                }
            }
        }
    }

    /// Reads `feeds.toml` again, unless that is under way: then once more afterwards.
    fn start_reload(&mut self, why: &str) {
        if self.reloading.is_some() {
            self.reload_at = Some(Instant::now());
            return;
        }
        self.reload_at = None;
        info!("{why}: reading {} again", self.path.display());
        self.notifier.reloading();
        let (path, pinned, jobs) = (self.path.clone(), self.pinned.clone(), self.jobs.clone());
        self.reloading = Some(tokio::spawn(reload(path, pinned, jobs)));
    }

    fn reloaded(&mut self, reloaded: Option<Reloaded>) {
        self.reloading = None;
        match reloaded {
            Some(Reloaded::Done {
                prepared,
                needs_restart,
            }) => self.take_over(prepared, needs_restart),
            Some(Reloaded::Bad(words)) => {
                warn!("the configuration stays as it was, because the new one has errors:\n{words}");
                self.not_reloaded(words);
            }
            Some(Reloaded::NotStored(words)) => {
                warn!("the configuration stays as it was: {words}; trying again");
                self.not_reloaded(words);
                self.reload_at = Some(Instant::now() + RELOAD_AGAIN);
            }
            None => {
                let words = "feedmill stumbled over feeds.toml (a bug: please report it)";
                warn!("the configuration stays as it was: {words}");
                self.not_reloaded(words.into());
            }
        }
        self.notifier.ready();
        for command in std::mem::take(&mut self.later) {
            self.obey(command);
        }
    }

    fn not_reloaded(&self, words: String) {
        self.board.live.reloaded(Reload {
            at: (self.clock)(),
            error: Some(words.clone()),
            needs_restart: None,
        });
        self.board.note(|standing| standing.reload_error = Some(words));
    }

    fn take_over(&mut self, prepared: Prepared, needs_restart: Option<String>) {
        info!(
            sources = prepared.config.sources.len(),
            "the configuration is in force"
        );
        if let Some(words) = &needs_restart {
            warn!("not all of it: {words}");
        }
        self.prepared = prepared;
        let now = (self.clock)();
        self.board.show(&self.prepared);
        self.board.live.reloaded(Reload {
            at: now,
            error: None,
            needs_restart: needs_restart.clone(),
        });
        self.board.note(|standing| {
            standing.configured = Some(now);
            standing.reload_error = None;
            standing.needs_restart = needs_restart;
        });
        self.plan();
        let sources = &self.sources;
        for asked in &mut self.asked {
            asked.keep(|id| sources.contains_key(id));
        }
        self.finish_asked();
        self.board
            .announce(Event::Configured(self.prepared.config.clone()));
    }

    /// Says how it is doing, to whom it concerns.
    fn note(&mut self) {
        let (sources, polling) = (self.sources.len(), self.agenda.running());
        let now = (self.clock)();
        let offline = self.offline.map(|offline| offline.since);
        let pushed = self.leases.values().filter(|until| **until > now).count();
        self.board.note(|standing| {
            standing.sources = sources;
            standing.pushed = pushed;
            standing.polling = polling;
            standing.offline = offline;
        });
        if self.deadline.is_none() {
            let standing = self.board.standing();
            self.notifier.status(words(&standing));
        }
    }
}

fn words(standing: &super::Standing) -> String {
    let mut words = format!("{} sources", standing.sources);
    if let Some(published) = standing.published {
        words.push_str(&published.format(", published %Y-%m-%d %H:%M UTC").to_string());
    }
    if standing.offline.is_some() {
        words.push_str("; offline");
    }
    let troubles = [
        ("feeds.toml has errors", &standing.reload_error),
        ("needs a restart", &standing.needs_restart),
        ("cannot store", &standing.database_error),
        ("cannot publish", &standing.output_error),
    ];
    for (trouble, _) in troubles.iter().filter(|(_, words)| words.is_some()) {
        words.push_str("; ");
        words.push_str(trouble);
    }
    words
}

/// What a task returns when it has one; `None` in its place when it was cut short.
async fn finished<T>(task: &mut Option<JoinHandle<T>>) -> Option<T> {
    match task {
        Some(task) => task.await.ok(),
        None => pending().await,
    }
}
