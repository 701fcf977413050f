//! The bytes of a file, and their coded forms: each is made once, when it is first asked for.

use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;

use crate::model::FileFormat;

use super::coding::Coding;
use super::delta::Items;
use super::memory::{Held, Memory};

/// Parts of a feed that are kept; more readers than that are not at different places at once.
const PARTS: usize = 8;

/// A body in all codings.
#[derive(Debug)]
pub struct Body {
    plain: Bytes,
    coded: [OnceLock<Bytes>; 3],
    held: Held,
}

impl Body {
    /// A body of these bytes.
    pub fn new(plain: Bytes, memory: &Memory) -> Self {
        let held = memory.hold();
        held.add(plain.len());
        Self {
            plain,
            coded: Default::default(),
            held,
        }
    }

    /// The bytes in no coding.
    pub fn plain(&self) -> &Bytes {
        &self.plain
    }

    /// The bytes in this coding, if they have been made.
    pub fn get(&self, coding: Coding) -> Option<Bytes> {
        match coding {
            Coding::Identity => Some(self.plain.clone()),
            coding => self.coded[coding as usize - 1].get().cloned(),
        }
    }

    /// The bytes in this coding. Takes milliseconds the first time.
    pub fn make(&self, coding: Coding) -> io::Result<Bytes> {
        if let Some(made) = self.get(coding) {
            return Ok(made);
        }
        let made = Bytes::from(coding.encode(&self.plain)?);
        let slot = &self.coded[coding as usize - 1];
        if slot.set(made.clone()).is_ok() {
            self.held.add(made.len());
        }
        Ok(slot.get().cloned().unwrap_or(made))
    }
}

/// A file in memory: its body, and for a feed what is needed to send parts of it.
#[derive(Debug)]
pub struct Content {
    /// The whole.
    pub body: Body,
    items: Items,
    format: Option<FileFormat>,
    /// By the hash of the version that the client has; `None` where a part would not be smaller.
    parts: Mutex<Vec<(String, Option<Arc<Body>>)>>,
}

impl Content {
    /// The content of a file.
    pub fn new(body: Body, format: Option<FileFormat>) -> Self {
        Self {
            items: format.map_or_else(Items::default, |format| Items::of(format, body.plain())),
            format,
            body,
            parts: Mutex::default(),
        }
    }

    /// Hashes of the items.
    pub fn hashes(&self) -> &[u64] {
        &self.items.hashes
    }

    /// What a client that has an earlier version lacks.
    pub fn part(&self, since: &str, known: &[u64], memory: &Memory) -> Option<Arc<Body>> {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, part)) = parts.iter().find(|(hash, _)| hash == since) {
            return part.clone();
        }
        let part = self
            .items
            .without(known, self.format?, self.body.plain())
            .map(|part| Arc::new(Body::new(part.into(), memory)));
        if parts.len() >= PARTS {
            parts.remove(0);
        }
        parts.push((since.to_owned(), part.clone()));
        part
    }
}
