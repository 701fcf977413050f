//! How much memory bodies take: a count that bodies add to and, when they are dropped, take from.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes held by all bodies.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<AtomicUsize>);

/// Bytes held by one body.
#[derive(Debug)]
pub struct Held {
    memory: Memory,
    bytes: AtomicUsize,
}

impl Memory {
    /// Bytes held now.
    pub fn held(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Holds nothing yet.
    pub fn hold(&self) -> Held {
        Held {
            memory: self.clone(),
            bytes: AtomicUsize::new(0),
        }
    }
}

impl Held {
    /// Holds more.
    pub fn add(&self, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.memory.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.memory.0.fetch_sub(*self.bytes.get_mut(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_not_counted() {
        let memory = Memory::default();
        let (first, second) = (memory.hold(), memory.hold());
        first.add(10);
        second.add(5);
        second.add(1);
        assert_eq!(memory.held(), 16);
        drop(second);
        assert_eq!(memory.held(), 10);
    }
}
