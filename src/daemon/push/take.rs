//! What was pushed and is kept, on its way through the stages: of each source one after the other, as it came, and several
//! sources at once.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tracing::{info, warn};

use super::Kept;
use crate::daemon::handle::Handle;
use crate::daemon::press::Note;
use crate::daemon::{Refused, Taken};
use crate::model::SourceId;
use crate::refresh;

/// Documents that are read at once.
const AT_ONCE: usize = 16;
/// The daemon has so much to do that nothing more is read for now.
const PAUSE: Duration = Duration::from_secs(1);

/// Takes them, for ever. What is of no use is told to `notes`.
pub(super) async fn take(
    handle: &Handle,
    mut kept: mpsc::UnboundedReceiver<Kept>,
    notes: &mpsc::UnboundedSender<Note>,
) {
    let mut lines: HashMap<SourceId, VecDeque<Kept>> = HashMap::new();
    let mut turns: VecDeque<SourceId> = VecDeque::new();
    let mut reading = FuturesUnordered::new();
    loop {
        while reading.len() < AT_ONCE
            && let Some(source) = turns.pop_front()
        {
            if let Some(next) = lines.get_mut(&source).and_then(VecDeque::pop_front) {
                reading.push(take_one(handle, next, notes));
            }
        }
        tokio::select! {
            Some(next) = kept.recv() => {
                let source = next.delivery.source.clone();
                let line = lines.entry(source.clone()).or_insert_with(|| {
                    turns.push_back(source);
                    VecDeque::new()
                });
                line.push_back(next);
            }
            Some(source) = reading.next() => match lines.get(&source) {
                Some(line) if !line.is_empty() => turns.push_back(source),
                _ => drop(lines.remove(&source)),
            },
            else => return,
        }
    }
}

/// Its place is free again afterwards.
async fn take_one(handle: &Handle, kept: Kept, notes: &mpsc::UnboundedSender<Note>) -> SourceId {
    let Kept {
        number,
        delivery,
        place: _place,
    } = kept;
    let source = delivery.source;
    let document = refresh::Pushed {
        body: delivery.body,
        content_type: delivery.content_type,
    };
    let refused = loop {
        match handle
            .deliver(source.clone(), document.clone(), Some(number))
            .await
        {
            Ok(Taken { new, failure: None }) => {
                info!(%source, new, "a hub pushed");
                return source;
            }
            Ok(Taken {
                failure: Some(failure),
                ..
            }) => {
                warn!(%source, %failure, "what a hub pushed cannot be read");
                return source;
            }
            Err(Refused::Busy) => tokio::time::sleep(PAUSE).await,
            // It is kept, and read after the next start.
            Err(Refused::Stopping) => return source,
            Err(refused @ (Refused::Unknown(_) | Refused::Failed(_))) => break refused,
        }
    };
    warn!(%source, %refused, "what a hub pushed was left out");
    // The press is gone only at the very end.
    let _ = notes.send(Note::Done(number));
    source
}
