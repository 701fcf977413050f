//! When to publish: soon after something changed, once for a burst, and never so often that nothing else gets done.

use std::time::Duration;

use tokio::time::Instant;

/// Nothing more came for so long: the burst is over.
const QUIET: Duration = Duration::from_millis(300);
/// Who waits longest waits no longer than this, if publishing itself is quick.
const LONGEST: Duration = Duration::from_secs(2);
/// Who has nothing yet gets the first round of polls at once, if that takes no longer.
const FIRST: Duration = Duration::from_secs(10);
/// Publishing takes at most one part in so many of the time …
const SHARE: u32 = 5;
/// … as long as readers need not wait longer than this.
const MOST_REST: Duration = Duration::from_secs(3);

/// First wait after a failure; each further one doubles it.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(60);

/// Waits that grow while something fails.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retry(Duration);

impl Default for Retry {
    fn default() -> Self {
        Self(FIRST_RETRY)
    }
}

impl Retry {
    /// How long to wait now.
    pub(super) fn next(&mut self) -> Duration {
        let wait = self.0;
        self.0 = (wait * 2).min(LAST_RETRY);
        wait
    }
}

/// When the output is to be brought up to date.
pub(super) struct Pace {
    /// Something changed first, and last.
    wanted: Option<(Instant, Instant)>,
    not_before: Instant,
    retry: Retry,
    again: Duration,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            wanted: None,
            not_before: now,
            retry: Retry::default(),
            again: Duration::ZERO,
        }
    }

    /// Something changed.
    pub(super) fn want(&mut self, now: Instant) {
        let first = self.wanted.map_or(now, |(first, _)| first);
        self.wanted = Some((first, now));
    }

    /// Nothing is stored yet: the sources are being polled for the first time, and what they bring is published together.
    pub(super) fn begin_first(&mut self, now: Instant) {
        self.wanted = Some((now + FIRST - LONGEST, now + FIRST));
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.wanted.is_some()
    }

    pub(super) fn due(&self) -> Option<Instant> {
        let (first, last) = self.wanted?;
        Some((last + QUIET).min(first + LONGEST).max(self.not_before))
    }

    /// Returns when it is time; never, when nothing changed.
    pub(super) async fn wait(&self) {
        match self.due() {
            Some(due) => tokio::time::sleep_until(due).await,
            None => std::future::pending().await,
        }
    }

    /// From here on, what changes is for the next time.
    pub(super) fn begin(&mut self) {
        self.wanted = None;
    }

    pub(super) fn end(&mut self, started: Instant, now: Instant, is_done: bool) {
        if is_done {
            self.retry = Retry::default();
            self.not_before = now + ((now - started) * (SHARE - 1)).min(MOST_REST);
        } else {
            self.again = self.retry.next();
            self.not_before = now + self.again;
            self.want(now);
        }
    }

    /// How long it waits after a failure.
    pub(super) fn again(&self) -> Duration {
        self.again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_lone_change_is_out_at_once_and_a_burst_once() {
        let began = Instant::now();
        let mut pace = Pace::new(began);
        assert_eq!(pace.due(), None);
        pace.want(began);
        assert_eq!(pace.due(), Some(began + millis(300)));
        for step in 1..=20 {
            pace.want(began + millis(step * 200));
        }
        assert_eq!(pace.due(), Some(began + millis(2_000)));
    }

    #[test]
    fn the_first_round_is_out_together_soon_after_it_is_over() {
        let began = Instant::now();
        let mut pace = Pace::new(began);
        pace.begin_first(began);
        // Nobody answers: the feeds are there all the same.
        assert_eq!(pace.due(), Some(began + millis(10_000)));
        pace.want(began + millis(900));
        assert_eq!(pace.due(), Some(began + millis(1_200)));
        for step in 1..=100 {
            pace.want(began + millis(step * 200));
        }
        assert_eq!(pace.due(), Some(began + millis(10_000)));
        // Afterwards as ever.
        pace.begin();
        pace.end(began, began, true);
        pace.want(began + millis(10_000));
        assert_eq!(pace.due(), Some(began + millis(10_300)));
    }

    #[test]
    fn publishing_leaves_most_of_the_time_to_others() {
        let began = Instant::now();
        let mut pace = Pace::new(began);
        pace.want(began);
        pace.begin();
        assert_eq!(pace.due(), None);
        pace.end(began, began + millis(500), true);
        pace.want(began + millis(500));
        assert_eq!(pace.due(), Some(began + millis(2_500)));
        pace.begin();
        pace.end(began, began + millis(100_000), true);
        pace.want(began + millis(100_000));
        assert_eq!(pace.due(), Some(began + millis(103_000)), "but not for ever");
    }

    #[test]
    fn failures_are_tried_again_each_time_later_up_to_a_minute() {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        let mut waits = Vec::new();
        for _ in 0..8 {
            pace.begin();
            pace.end(now, now, false);
            let due = pace.due().unwrap();
            waits.push((due - now).as_secs());
            now = due;
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        pace.begin();
        pace.end(now, now, true);
        assert_eq!(pace.due(), None);
        pace.begin();
        pace.end(now, now, false);
        assert_eq!(pace.again(), millis(1_000));
    }
}
