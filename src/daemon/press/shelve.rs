//! What is to be remembered of push, in transactions of its own: hubs wait for the answer that what they pushed is kept.

use tracing::warn;

use super::Press;
use crate::model::{Delivery, PushChange};

/// What is to be remembered of push, or no longer.
pub(in crate::daemon) enum Note {
    /// Of a subscription.
    Change(PushChange),
    /// What a hub pushed, and who hears its number once it is kept; nobody, when it cannot be.
    Keep(Delivery, Box<dyn FnOnce(i64) + Send>),
    /// What is in this document is stored, or it is of no use.
    Done(i64),
}

impl Press {
    /// Remembers this and what is behind it. What cannot be stored of subscriptions is lost at the next start: hubs and
    /// subscribers then ask again. Of a document the hub is told, and comes again.
    pub(super) async fn keep(&mut self, first: Note) {
        const MOST: usize = 500;
        let mut notes = vec![first];
        while notes.len() < MOST
            && let Ok(next) = self.notes.try_recv()
        {
            notes.push(next);
        }
        let stored = self.shelf.work(move |store| {
            let mut batch = store.begin()?;
            let mut kept = Vec::new();
            for note in notes {
                match note {
                    Note::Change(change) => batch.save_push(&change)?,
                    Note::Keep(delivery, hears) => kept.push((hears, batch.keep_delivery(&delivery)?)),
                    Note::Done(number) => batch.delivered(number)?,
                }
            }
            batch.commit()?;
            Ok(kept)
        });
        match stored.await {
            Ok(kept) => {
                for (hears, number) in kept {
                    hears(number);
                }
            }
            Err(fault) => warn!("cannot store what hubs pushed, or subscriptions: {fault}"),
        }
    }
}
