//! Runs a schedule against the sources and keeps the score.

use crate::schedules::Schedule;
use crate::sources::{DAYS, KINDS, Newsstand};

/// What came of thirty days.
pub struct Score {
    pub polls: usize,
    pub empty: usize,
    /// Of each item, in minutes, shortest first.
    pub delays: Vec<f64>,
    /// The mean of each source that published, shortest first.
    pub by_source: Vec<f64>,
    kinds: Vec<Kind>,
}

#[derive(Clone, Default)]
struct Kind {
    polls: usize,
    /// Sum of minutes.
    delay: f64,
    items: usize,
}

/// Polls each source as the schedule says. The first poll is the same for all schedules.
pub fn run<S: Schedule>(stand: &Newsstand, schedule: &S) -> Score {
    let mut score = Score {
        polls: 0,
        empty: 0,
        delays: Vec::new(),
        by_source: Vec::new(),
        kinds: vec![Kind::default(); KINDS.len()],
    };
    for source in &stand.sources {
        let mut memory = S::Memory::default();
        let mut now = source.first_poll;
        let mut known = 0;
        let mut delays = Vec::new();
        let mut polls = 0;
        while now < DAYS * 86_400 {
            let published = source.published.partition_point(|date| *date <= now);
            let fresh = &source.published[known..published];
            // What was there at the first poll is the source's past.
            if polls > 0 {
                delays.extend(fresh.iter().map(|date| (now - date) as f64 / 60.0));
                score.empty += usize::from(fresh.is_empty());
            }
            polls += 1;
            let next = schedule.next(&mut memory, source, known, published, now);
            assert!(next > now);
            (known, now) = (published, next);
        }
        let kind = &mut score.kinds[source.kind];
        kind.polls += polls;
        kind.delay += delays.iter().sum::<f64>();
        kind.items += delays.len();
        score.polls += polls;
        if !delays.is_empty() {
            score
                .by_source
                .push(delays.iter().sum::<f64>() / delays.len() as f64);
        }
        score.delays.append(&mut delays);
    }
    score.delays.sort_unstable_by(f64::total_cmp);
    score.by_source.sort_unstable_by(f64::total_cmp);
    score
}

fn at(sorted: &[f64], part: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * part) as usize]
}

fn mean(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / of.len() as f64
}

impl Score {
    pub const HEAD: &str = "schedule                           polls  a source a day  found nothing  delay in minutes: mean  median    95 %   of the median source";

    pub fn mean(&self) -> f64 {
        mean(&self.delays)
    }

    pub fn median(&self) -> f64 {
        at(&self.delays, 0.5)
    }

    pub fn late(&self) -> f64 {
        at(&self.delays, 0.95)
    }

    /// Of the source in the middle.
    pub fn source(&self) -> f64 {
        at(&self.by_source, 0.5)
    }

    pub fn row(&self, name: &str) -> String {
        let nothing = 100.0 * self.empty as f64 / self.polls as f64;
        format!(
            "{name:32} {:8} {:15.1} {nothing:12.1} % {:23.1} {:7.1} {:7.1} {:22.1}",
            self.polls,
            self.polls as f64 / 1_000.0 / DAYS as f64,
            self.mean(),
            self.median(),
            self.late(),
            self.source(),
        )
    }

    /// How others do beside us.
    pub fn by_kind(&self, other: &Self) -> String {
        let mean = |kind: &Kind| kind.delay / kind.items.max(1) as f64;
        let row = |(name, (ours, theirs)): (&&str, (&Kind, &Kind))| {
            format!(
                "  {name:28} items {:7}   polls {:7} beside {:7}   mean delay {:7.1} beside {:7.1}\n",
                ours.items,
                theirs.polls,
                ours.polls,
                mean(theirs),
                mean(ours)
            )
        };
        let rows = KINDS.iter().zip(self.kinds.iter().zip(&other.kinds));
        rows.map(row).collect()
    }
}
