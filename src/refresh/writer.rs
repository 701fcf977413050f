//! The one writer: commits polls in batches, on its own thread.

use std::thread::JoinHandle;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use tokio::runtime::Handle;
use tokio::sync::mpsc::Receiver;
use tokio::time::Instant;

use super::poll::{Came, Polled};
use super::{Event, Listener, Summary, Trouble};
use crate::dedupe;
use crate::fetch::Fetcher;
use crate::model::{Decision, HostPause};
use crate::store::{Batch, Change, Error, Store};

/// Polls that may wait for the writer.
pub(crate) const QUEUE: usize = 64;

/// A batch is committed when it holds so many sightings …
pub(crate) const BATCH_SIGHTINGS: usize = 2_000;
/// … or so many polls …
pub(crate) const BATCH_POLLS: usize = 256;
/// … or when its first poll has waited so long.
pub(crate) const BATCH_WAIT: Duration = Duration::from_millis(200);

/// Polls are taken in handfuls: waking up for each would cost more than noting it.
const PAUSE: Duration = Duration::from_millis(3);

/// Items looked at per transaction when those that are too old are dropped.
const RETIRE_BATCH: usize = 2_000;

type Written = Result<(Box<dyn Store>, Summary), Error>;

/// Starts the writer; it ends when all senders are gone.
pub(super) fn spawn(
    store: Box<dyn Store>,
    polled: Receiver<Polled>,
    listener: Listener,
) -> JoinHandle<Written> {
    let runtime = Handle::current();
    std::thread::spawn(move || write_all(store, polled, &listener, &runtime))
}

fn write_all(
    mut store: Box<dyn Store>,
    mut polled: Receiver<Polled>,
    listener: &Listener,
    runtime: &Handle,
) -> Written {
    let mut summary = Summary::default();
    loop {
        let polls = runtime.block_on(gather(&mut polled));
        if polls.is_empty() {
            return Ok((store, summary));
        }
        for (poll, (event, written, _)) in polls.iter().zip(commit(store.as_mut(), &polls)?) {
            if !matches!(poll.came, Came::TakenBack) {
                listener(event);
            }
            summary.absorb(written);
        }
    }
}

/// What a poll brought: counted, and when the articles were published that nobody had shown before; for those that do
/// not say, the last poll, after which they came.
pub(crate) type Brought = (Event, Summary, Vec<DateTime<Utc>>);

/// All these polls in one transaction; what each of them brought.
pub(crate) fn commit<'a>(
    store: &mut dyn Store,
    polls: impl IntoIterator<Item = &'a Polled>,
) -> Result<Vec<Brought>, Error> {
    let polls: Vec<&Polled> = polls.into_iter().collect();
    let mut batch = store.begin()?;
    let mut written: Vec<Brought> = Vec::with_capacity(polls.len());
    for poll in &polls {
        let (mut summary, mut fresh) = (Summary::default(), Vec::new());
        let event = write(batch.as_mut(), poll, &mut summary, &mut fresh)?;
        written.push((event, summary, fresh));
    }
    batch.commit()?;
    // What could not be stored is tried again, and then it would be told again.
    for (poll, (_, summary, _)) in polls.iter().zip(&written) {
        log(poll, summary.new_items);
    }
    Ok(written)
}

/// The next polls to commit together; none when there will be no more.
async fn gather(polled: &mut Receiver<Polled>) -> Vec<Polled> {
    let Some(first) = polled.recv().await else {
        return Vec::new();
    };
    let deadline = Instant::now() + BATCH_WAIT;
    let mut sightings = first.sightings.len();
    let mut polls = vec![first];
    let is_full = |polls: usize, sightings: usize| polls >= BATCH_POLLS || sightings >= BATCH_SIGHTINGS;
    while let Ok(Some(poll)) = tokio::time::timeout_at(deadline, polled.recv()).await {
        let mut next = Some(poll);
        while let Some(poll) = next {
            sightings += poll.sightings.len();
            polls.push(poll);
            if is_full(polls.len(), sightings) {
                return polls;
            }
            next = polled.try_recv().ok();
        }
        tokio::time::sleep(PAUSE).await;
    }
    polls
}

/// One poll: its items, validators and next poll time belong to the same transaction (rule 9 of identity).
fn write(
    batch: &mut (dyn Batch + '_),
    poll: &Polled,
    summary: &mut Summary,
    fresh: &mut Vec<DateTime<Utc>>,
) -> Result<Event, Error> {
    let mut new = 0;
    // Where the source is at home decides what becomes of what it shows.
    if let Some(state) = &poll.state {
        batch.save_poll(&poll.source.id, state)?;
    }
    for sighting in &poll.sightings {
        let candidates = batch.candidates(sighting)?;
        let decision = dedupe::decide(sighting, &candidates);
        let change = batch.apply(sighting, &decision, poll.at)?;
        match (change, &decision) {
            (Change::New, _) => {
                new += 1;
                fresh.extend(sighting.item.published.or(poll.before));
            }
            (Change::Changed, Decision::Join { .. }) if candidates.by_guid.is_some() => {
                summary.changed_items += 1;
            }
            (_, Decision::Join { .. }) if candidates.by_guid.is_none() => summary.duplicates += 1,
            _ => {}
        }
    }
    // A clock that was set back dates nothing before what was known already.
    let at = poll.before.map_or(poll.at, |before| before.max(poll.at));
    if let Some(held) = &poll.held {
        batch.hold(&poll.source.id, held, at)?;
        batch.doubt(&poll.source.id, &poll.doubts)?;
    }
    if let Some((guid, looked)) = &poll.looked {
        batch.looked(&poll.source.id, guid, *looked, at)?;
    }
    if let Some(pause) = &poll.pause {
        batch.save_pause(pause)?;
    }
    if let Some(number) = poll.delivery {
        batch.delivered(number)?;
    }
    match poll.came {
        Came::Paused => summary.skipped += 1,
        Came::Offline(_) => summary.unreached += 1,
        Came::TakenBack => summary.taken_back.push(poll.source.name.clone()),
        Came::NotModified | Came::Read(_) | Came::Failed(_) => summary.polled += 1,
    }
    summary.new_items += new;
    summary.articles += poll.articles;
    summary.bytes += poll.bytes;
    let failed = matches!(poll.came, Came::Failed(_) | Came::Offline(_));
    let not_modified = matches!(poll.came, Came::NotModified);
    let trouble = |message: &String| Trouble {
        source: poll.source.name.clone(),
        message: message.clone(),
    };
    match &poll.came {
        Came::Paused | Came::Offline(_) | Came::TakenBack => {}
        Came::NotModified => summary.not_modified += 1,
        Came::Read(warnings) => summary.warnings.extend(warnings.iter().map(trouble)),
        Came::Failed(message) => summary.failed.push(trouble(message)),
    }
    Ok(Event::Polled {
        failed,
        not_modified,
        new,
        bytes: poll.bytes,
        took: poll.took,
    })
}

/// One line a poll. What failed says why in words that hold no secret; no address is in it. That a source begins to fail
/// is a warning; that it still does, is what its state says, too.
fn log(poll: &Polled, new: usize) {
    let (outcome, error) = match &poll.came {
        Came::Paused | Came::TakenBack => return,
        Came::Offline(message) => ("offline", Some(message.as_str())),
        Came::NotModified => ("not modified", None),
        Came::Read(_) => ("read", None),
        Came::Failed(message) => ("failed", Some(message.as_str())),
    };
    let status = poll.state.as_ref().and_then(|state| state.last_status);
    let next = poll.state.as_ref().and_then(|state| state.next_poll);
    let next = next.map(|next| next.to_rfc3339_opts(SecondsFormat::Secs, true));
    // What was pushed is about no poll.
    let failures = poll.state.as_ref().map_or(0, |_| poll.failures);
    let failed = matches!(poll.came, Came::Failed(_)).then_some(failures + 1);
    let recovered = (failed.is_none() && failures > 0).then_some(failures);
    // The level of an event is a constant of its place.
    macro_rules! say {
        ($level:expr) => {
            tracing::event!(
                target: "feedmill::poll",
                $level,
                source = %poll.source.name,
                status,
                new,
                bytes = poll.bytes,
                ms = poll.took.as_millis() as u64,
                next,
                failures = failed,
                recovered_after = recovered,
                error,
                "{outcome}"
            )
        };
    }
    if failed == Some(1) {
        say!(tracing::Level::WARN);
    } else {
        say!(tracing::Level::INFO);
    }
}

/// Remembers what sites ask of programs, and which hosts asked for patience while pages of articles were fetched: that
/// is known of no poll. What is forgotten after a month is asked for again when it is needed.
pub(crate) fn save_manners(
    store: &mut dyn Store,
    fetcher: &Fetcher,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let known = store.pauses()?;
    let is_longer = |pause: &HostPause| {
        let mut known = known.iter().filter(|known| known.host == pause.host);
        known.all(|known| known.until < pause.until)
    };
    let pauses: Vec<HostPause> = fetcher.pauses(now).into_iter().filter(is_longer).collect();
    let robots = fetcher.robots();
    if robots.is_empty() && pauses.is_empty() {
        return Ok(());
    }
    let mut batch = store.begin()?;
    for record in &robots {
        batch.save_robots(record, now - TimeDelta::days(30))?;
    }
    for pause in &pauses {
        batch.save_pause(pause)?;
    }
    batch.commit()
}

/// Drops what nobody has shown for longer than the operator keeps it.
pub(super) fn retire(store: &mut dyn Store, now: DateTime<Utc>, keep: Duration) -> Result<(), Error> {
    let keep = TimeDelta::from_std(keep).unwrap_or(TimeDelta::MAX);
    loop {
        let mut batch = store.begin()?;
        let looked_at = batch.retire(now, keep, RETIRE_BATCH)?;
        batch.commit()?;
        if looked_at < RETIRE_BATCH {
            return Ok(());
        }
    }
}
