//! When the alerts are to be looked at although nothing is to be published. Pure: time comes in as an argument.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::model::SourceId;

/// Who is to be told of, and of whom it was told.
#[derive(Default)]
pub(super) struct Alarms {
    due: BTreeSet<(DateTime<Utc>, SourceId)>,
    known: HashMap<SourceId, DateTime<Utc>>,
    told: HashSet<SourceId>,
    /// Something that was told is over.
    is_over: bool,
}

impl Alarms {
    /// From when on a source needs the operator, as it is now; `None`: it does not.
    pub(super) fn set(&mut self, id: &SourceId, due: Option<DateTime<Utc>>) {
        self.forget(id);
        match due {
            Some(_) if self.told.contains(id) => {}
            Some(due) => {
                self.due.insert((due, id.clone()));
                self.known.insert(id.clone(), due);
            }
            None => self.is_over |= self.told.remove(id),
        }
    }

    fn forget(&mut self, id: &SourceId) {
        if let Some(known) = self.known.remove(id) {
            self.due.remove(&(known, id.clone()));
        }
    }

    /// Only these sources are left.
    pub(super) fn keep(&mut self, is_left: impl Fn(&SourceId) -> bool) {
        self.due.retain(|(_, id)| is_left(id));
        self.known.retain(|id, _| is_left(id));
        let told = self.told.len();
        self.told.retain(is_left);
        self.is_over |= self.told.len() < told;
    }

    /// Whether there is something to tell now.
    pub(super) fn rings(&self, now: DateTime<Utc>) -> bool {
        self.is_over || self.due.first().is_some_and(|(due, _)| *due <= now)
    }

    /// It is being told.
    pub(super) fn hush(&mut self, now: DateTime<Utc>) {
        self.is_over = false;
        while let Some((_, id)) = self.due.first().filter(|(due, _)| *due <= now).cloned() {
            self.forget(&id);
            self.told.insert(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn each_is_rung_once_when_it_is_due_and_once_when_it_is_over() {
        let noon: DateTime<Utc> = "2026-11-15T12:00:00Z".parse().unwrap();
        let at = |minutes| noon + TimeDelta::minutes(minutes);
        let (one, two) = (SourceId::of("one"), SourceId::of("two"));
        let mut alarms = Alarms::default();
        alarms.set(&one, Some(at(5)));
        alarms.set(&two, Some(at(9)));
        assert!(!alarms.rings(at(4)) && alarms.rings(at(5)));
        alarms.hush(at(5));
        // It fails again, for a day and more.
        alarms.set(&one, Some(at(0)));
        assert!(!alarms.rings(at(8)));
        // The other one comes back in time.
        alarms.set(&two, None);
        assert!(!alarms.rings(at(99)));
        alarms.set(&one, None);
        assert!(alarms.rings(at(6)), "it is over");
        alarms.hush(at(6));
        assert!(!alarms.rings(at(99)));
        // It dies again.
        alarms.set(&one, Some(at(7)));
        assert!(alarms.rings(at(7)));
        alarms.hush(at(7));
        alarms.keep(|id| *id != one);
        assert!(alarms.rings(at(7)), "it was taken out");
    }
}
