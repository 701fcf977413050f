//! Who is sent something next: of each site one after the other, the sites by turns. Pure.

use std::collections::{HashMap, VecDeque};

/// What waits to be sent.
pub(super) struct Lines<J> {
    /// At once …
    most: usize,
    /// … and to one site: fewer, so that one that is slow never takes all.
    per_site: usize,
    lines: HashMap<String, VecDeque<J>>,
    /// Sites with something to send and less in flight than they may have.
    turns: VecDeque<String>,
    flying: HashMap<String, usize>,
    all: usize,
}

impl<J> Lines<J> {
    pub(super) fn new(most: usize, per_site: usize) -> Self {
        Self {
            most,
            per_site,
            lines: HashMap::new(),
            turns: VecDeque::new(),
            flying: HashMap::new(),
            all: 0,
        }
    }

    pub(super) fn push(&mut self, site: &str, job: J) {
        let is_free = self.of(site) < self.per_site;
        let line = self.lines.entry(site.to_owned()).or_default();
        if line.is_empty() && is_free {
            self.turns.push_back(site.to_owned());
        }
        line.push_back(job);
    }

    /// What may be sent now, and to which site. It is in flight until `done`.
    pub(super) fn next(&mut self) -> Option<(String, J)> {
        if self.all >= self.most {
            return None;
        }
        let site = self.turns.pop_front()?;
        let line = self.lines.get_mut(&site)?;
        let job = line.pop_front()?;
        let is_empty = line.is_empty();
        if is_empty {
            self.lines.remove(&site);
        }
        self.all += 1;
        let flying = self.flying.entry(site.clone()).or_default();
        *flying += 1;
        if !is_empty && *flying < self.per_site {
            self.turns.push_back(site.clone());
        }
        Some((site, job))
    }

    pub(super) fn done(&mut self, site: &str) {
        let was_full = self.of(site) == self.per_site;
        self.all = self.all.saturating_sub(1);
        if let Some(flying) = self.flying.get_mut(site) {
            *flying -= 1;
            if *flying == 0 {
                self.flying.remove(site);
            }
        }
        if was_full && self.lines.contains_key(site) {
            self.turns.push_back(site.to_owned());
        }
    }

    fn of(&self, site: &str) -> usize {
        self.flying.get(site).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_that_is_slow_holds_its_own_places_only() {
        let mut lines = Lines::new(4, 2);
        for job in 0..1_000 {
            lines.push("slow", job);
        }
        lines.push("quick", 1_000);
        let mut started = Vec::new();
        while let Some((site, job)) = lines.next() {
            started.push((site, job));
        }
        let slow = started.iter().filter(|(site, _)| site == "slow").count();
        assert_eq!((slow, started.len()), (2, 3), "{started:?}");
        // What is quick goes on while the other hangs.
        for job in 0..100 {
            lines.done("quick");
            lines.push("quick", job);
            assert_eq!(lines.next(), Some(("quick".to_owned(), job)));
            assert_eq!(lines.next(), None);
        }
        lines.done("slow");
        assert_eq!(lines.next(), Some(("slow".to_owned(), 2)));
    }

    #[test]
    fn all_is_sent_in_the_end() {
        let mut lines = Lines::new(3, 2);
        let mut sent = 0;
        for round in 0..50 {
            for site in ["a", "b", "c", "d"] {
                lines.push(site, round);
            }
        }
        let mut flying = Vec::new();
        loop {
            match lines.next() {
                Some((site, _)) => flying.push(site),
                None if flying.is_empty() => break,
                None => {
                    lines.done(&flying.remove(0));
                    sent += 1;
                }
            }
        }
        assert_eq!(sent, 200);
        assert!(lines.lines.is_empty() && lines.turns.is_empty() && lines.flying.is_empty());
    }
}
