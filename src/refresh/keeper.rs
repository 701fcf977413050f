//! The time, as far as the machine's clock and the sources let it be known: the one clock of a refresh or a daemon.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tracing::{info, warn};
use url::Host;

use super::Clock;
use super::states::{self, States};
use crate::model::{Answer, ClockRecord, ClockStanding, ClockTrouble, Source, SourceId};
use crate::schedule;
use crate::schedule::clock::{Judge, Moment};
use crate::store::{Error, Store};

/// An answer that took longer says nothing about the time, nor does one during which the clock was set.
const LONGEST: TimeDelta = TimeDelta::minutes(5);
/// What is known of the clock is stored again after so long, or when it is another thing.
const AGAIN: i64 = 300;
/// Items that are dated anew per transaction.
const BATCH: usize = 2_000;

/// Tells the time, and hears what time it is elsewhere.
pub(crate) struct Keeper {
    machine: Clock,
    judge: Mutex<Judge>,
    /// As it was stored last.
    stored: Mutex<Option<ClockRecord>>,
}

impl Keeper {
    /// Goes on from what is remembered.
    pub(crate) fn open(store: &dyn Store, machine: Clock) -> Result<Arc<Self>, Error> {
        let record = store.reader()?.clock()?;
        let last_poll = match record {
            Some(_) => None,
            None => store.polls()?.values().filter_map(|state| state.last_poll).max(),
        };
        let keeper = Self {
            machine,
            judge: Mutex::new(Judge::new(record.clone(), last_poll)),
            stored: Mutex::new(record),
        };
        keeper.now();
        Ok(Arc::new(keeper))
    }

    /// What time it is.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        let machine = (self.machine)();
        self.look(|judge| judge.time(machine))
    }

    /// The same, for whoever needs no more than that.
    pub(crate) fn clock(self: &Arc<Self>) -> Clock {
        let keeper = self.clone();
        Arc::new(move || keeper.now())
    }

    /// What the machine says, right or wrong.
    pub(crate) fn machine(&self) -> DateTime<Utc> {
        (self.machine)()
    }

    /// How what is found now is dated.
    pub(crate) fn moment(&self) -> Moment {
        let machine = (self.machine)();
        self.look(|judge| {
            let now = judge.time(machine);
            judge.moment(now)
        })
    }

    /// Hears of an answer to a question that was put when the machine said `asked`.
    pub(crate) fn hear(&self, source: &Source, answer: &Answer, asked: DateTime<Utc>) {
        let (Some(date), answered) = (answer.date, self.machine()) else {
            return;
        };
        if !(TimeDelta::zero()..=LONGEST).contains(&(answered - asked)) {
            return;
        }
        let ahead = (date - asked)
            .num_seconds()
            .saturating_sub((answered - asked).num_seconds() / 2);
        let site = site(source);
        self.look(|judge| {
            judge.time(answered);
            judge.hear(&site, ahead);
        });
    }

    /// Nothing more is asked in this pass.
    pub(crate) fn conclude(&self) {
        self.look(Judge::conclude);
    }

    /// What the operator has to know.
    pub(crate) fn trouble(&self) -> Option<ClockTrouble> {
        self.look(|judge| judge.record().trouble())
    }

    /// What is old may be dropped: the machine and what else is known of the time say the same.
    pub(crate) fn is_trusted(&self) -> bool {
        self.look(|judge| judge.is_trusted())
    }

    /// The time is not known.
    pub(crate) fn is_doubted(&self) -> bool {
        self.look(|judge| judge.is_doubted())
    }

    /// Tells the operator, once, dates anew what a clock that was wrong has dated, and remembers what is known.
    pub(crate) fn settle(&self, store: &mut dyn Store, states: &States) -> Result<(), Error> {
        let now = self.now();
        let record = self.look(|judge| judge.record().clone());
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        tell(stored.as_ref(), &record);
        let is_mended = record.is_mended && !self.is_doubted();
        if is_mended {
            redate(store, now)?;
            correct(store, states, now)?;
            self.look(Judge::is_redated);
        }
        let record = self.look(|judge| judge.record().clone());
        if is_mended || is_news(stored.as_ref(), &record) {
            let mut batch = store.begin()?;
            batch.save_clock(&record)?;
            batch.commit()?;
            *stored = Some(record);
        }
        Ok(())
    }

    fn look<T>(&self, look: impl FnOnce(&mut Judge) -> T) -> T {
        let mut judge: MutexGuard<'_, Judge> = self.judge.lock().unwrap_or_else(PoisonError::into_inner);
        look(&mut judge)
    }
}

/// Who vouches for the time of an answer: the domain that the source is configured at, wherever its redirects lead, so that
/// no source speaks for several. What is near, and can be told apart by its port, is on this machine.
fn site(source: &Source) -> String {
    let domain = match source.address.host() {
        Some(Host::Domain(name)) => psl::domain_str(name),
        _ => None,
    };
    domain.map_or_else(|| states::host(&source.address), str::to_owned)
}

/// Whether a start would go on otherwise from what is stored.
fn is_news(stored: Option<&ClockRecord>, record: &ClockRecord) -> bool {
    let Some(stored) = stored else { return true };
    let passed = record.machine.unwrap_or_default() - stored.machine.unwrap_or_default();
    (stored.standing, stored.offset, stored.agreeing) != (record.standing, record.offset, record.agreeing)
        || passed.abs() >= AGAIN
}

fn tell(before: Option<&ClockRecord>, record: &ClockRecord) {
    let told = before.map_or(ClockStanding::New, |before| before.standing);
    if told == record.standing {
        return;
    }
    match record.trouble() {
        Some(trouble) => warn!("{}", trouble.message),
        None if before.and_then(ClockRecord::trouble).is_some() => {
            info!("the clock of this machine is right again; what it had dated is dated anew");
        }
        None => {}
    }
}

/// What was dated in doubt, or in a future that is none.
fn redate(store: &mut dyn Store, now: DateTime<Utc>) -> Result<(), Error> {
    let mut cursor = Some(0);
    while let Some(after) = cursor {
        let mut batch = store.begin()?;
        cursor = batch.redate(now, after, BATCH)?;
        batch.commit()?;
    }
    Ok(())
}

/// What is remembered of sources stands on times, too.
fn correct(store: &mut dyn Store, states: &States, now: DateTime<Utc>) -> Result<(), Error> {
    let corrected: Vec<(SourceId, _)> = states
        .all()
        .into_iter()
        .filter_map(|(id, state)| Some((id, schedule::corrected(&state, now)?)))
        .collect();
    let mut batch = store.begin()?;
    for (id, state) in &corrected {
        batch.save_poll(id, state)?;
    }
    batch.commit()?;
    states.replace(corrected);
    Ok(())
}
