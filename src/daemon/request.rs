//! A refresh that somebody asked for, until its last source is stored.

use std::collections::HashSet;

use tokio::sync::{mpsc, oneshot};

use super::Refused;
use super::press::Committed;
use crate::model::SourceId;
use crate::refresh::{Event, Summary};

/// Who asked, and for what it still waits.
pub(super) struct Asked {
    waiting: HashSet<SourceId>,
    pub summary: Summary,
    pub progress: mpsc::UnboundedSender<Event>,
    pub reply: oneshot::Sender<Result<Summary, Refused>>,
}

impl Asked {
    pub(super) fn new(
        waiting: HashSet<SourceId>,
        skipped: usize,
        progress: mpsc::UnboundedSender<Event>,
        reply: oneshot::Sender<Result<Summary, Refused>>,
    ) -> Self {
        // Who shows progress may have gone; the summary is still made.
        let _ = progress.send(Event::Started {
            sources: waiting.len(),
        });
        Self {
            waiting,
            summary: Summary {
                skipped,
                ..Summary::default()
            },
            progress,
            reply,
        }
    }

    /// A poll is stored.
    pub(super) fn hear(&mut self, committed: &Committed) {
        if self.waiting.remove(&committed.source) {
            self.summary.absorb(committed.written.clone());
            let _ = self.progress.send(committed.event);
        }
    }

    /// Sources that are configured no longer are not waited for.
    pub(super) fn keep(&mut self, is_known: impl Fn(&SourceId) -> bool) {
        self.waiting.retain(|id| is_known(id));
    }

    pub(super) fn is_done(&self) -> bool {
        self.waiting.is_empty()
    }
}
