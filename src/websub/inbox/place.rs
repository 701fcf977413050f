//! Room for what is pushed, from the head of a request until what is in the document is stored.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::SourceId;
use crate::websub::room::{Held, Limits, Room};

/// Documents that are being received, or wait to be read.
pub(super) const ROOM: Limits = Limits {
    each: Held {
        count: 128,
        bytes: 16 << 20,
    },
    all: Held {
        count: 1_024,
        bytes: 64 << 20,
    },
};

/// The room, as many have a part of it.
#[derive(Clone, Debug)]
pub(super) struct Places(Arc<Mutex<Room<SourceId>>>);

impl Places {
    pub(super) fn new(limits: Limits) -> Self {
        Self(Arc::new(Mutex::new(Room::new(limits))))
    }

    /// A place for a document of so many bytes, if there is one.
    pub(super) fn take(&self, source: &SourceId, bytes: usize) -> Option<Place> {
        let mut room = self.room();
        room.has_fairly(source, bytes).then(|| {
            room.take(source, bytes);
            self.place(source, bytes)
        })
    }

    /// A place for what is there, whether there is room or not.
    pub(super) fn occupy(&self, source: &SourceId, bytes: usize) -> Place {
        self.room().take(source, bytes);
        self.place(source, bytes)
    }

    fn place(&self, source: &SourceId, bytes: usize) -> Place {
        Place {
            places: self.clone(),
            source: source.clone(),
            bytes,
        }
    }

    fn room(&self) -> MutexGuard<'_, Room<SourceId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the room. It is free again when this is dropped.
#[derive(Debug)]
pub struct Place {
    places: Places,
    source: SourceId,
    bytes: usize,
}

impl Place {
    /// It is known now how much it takes up.
    pub(super) fn lighten(&mut self, bytes: usize) {
        let spare = self.bytes.saturating_sub(bytes);
        self.bytes -= spare;
        self.places.room().lighten(&self.source, spare);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.room().give_back(&self.source, self.bytes);
    }
}
