//! A thousand invented sources. The same ones for the same seed, on every machine.

use std::ops::Range;

/// Monday, 2 November 2026, 00:00 UTC.
pub const START: i64 = 1_793_577_600;

/// Days that are simulated.
pub const DAYS: i64 = 30;

/// Days before, of which the documents still list something.
const PAST: i64 = 90;

/// What the sources are.
pub const KINDS: [&str; 8] = [
    "wires",
    "newspapers",
    "hourly, by the clock",
    "several a day, day and night",
    "daily in working hours",
    "daily by the clock",
    "weekly",
    "bursts, and silent ones",
];

/// Reproducible numbers (splitmix64).
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// In 0..1.
    pub fn part(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn within(&mut self, range: Range<f64>) -> f64 {
        range.start + self.part() * (range.end - range.start)
    }

    /// As likely between 1 and 2 as between 2 and 4.
    pub fn log_within(&mut self, range: Range<f64>) -> f64 {
        self.within(range.start.ln()..range.end.ln()).exp()
    }

    /// Until the next of events that come at random, so many an hour; in seconds.
    fn gap(&mut self, an_hour: f64) -> f64 {
        -(1.0 - self.part()).ln() / an_hour * 3_600.0
    }
}

pub struct Source {
    /// Of [`KINDS`].
    pub kind: usize,
    /// Seconds from the start, oldest first.
    pub published: Vec<i64>,
    pub first_poll: i64,
    /// What its address makes of it.
    pub chance: f64,
}

pub struct Newsstand {
    pub sources: Vec<Source>,
}

/// Where people are awake and at work.
pub struct Place {
    /// Hours from UTC.
    offset: f64,
    /// Days of the week, Monday being 0.
    weekend: [i64; 2],
}

impl Place {
    pub fn new(chance: &mut Chance) -> Self {
        let offset = chance.within(-8.0..12.0).round();
        let is_maghreb_or_gulf = (1.0..5.0).contains(&offset) && chance.part() < 0.4;
        Self {
            offset,
            weekend: if is_maghreb_or_gulf { [4, 5] } else { [5, 6] },
        }
    }

    /// Hour of the day and whether it is a weekend.
    fn local(&self, seconds: f64) -> (f64, bool) {
        let local = seconds + self.offset * 3_600.0;
        let day = (local / 86_400.0).floor() as i64;
        (
            (local / 3_600.0).rem_euclid(24.0),
            self.weekend.contains(&day.rem_euclid(7)),
        )
    }

    /// The second at which this hour of the day begins there on the day that the number counts.
    pub fn at(&self, day: i64, hour: f64) -> f64 {
        (day * 86_400) as f64 + (hour - self.offset) * 3_600.0
    }
}

/// Events at random, so many an hour at most, of which a part happens.
pub fn random(chance: &mut Chance, most: f64, part: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut times = Vec::new();
    let mut now = (-PAST * 86_400) as f64;
    loop {
        now += chance.gap(most);
        if now >= (DAYS * 86_400) as f64 {
            return times;
        }
        if chance.part() < part(now) {
            times.push(now);
        }
    }
}

/// Busiest at noon, and some part of that at night and on weekends.
pub fn newsroom(place: &Place, night: f64, weekend: f64) -> impl Fn(f64) -> f64 {
    move |seconds| {
        let (hour, is_weekend) = place.local(seconds);
        let day = if (6.0..23.0).contains(&hour) {
            ((hour - 6.0) / 17.0 * std::f64::consts::PI).sin().powf(0.5)
        } else {
            0.0
        };
        day.max(night) * if is_weekend { weekend } else { 1.0 }
    }
}

fn working_hours(place: &Place) -> impl Fn(f64) -> f64 {
    move |seconds| {
        let (hour, is_weekend) = place.local(seconds);
        f64::from(u8::from((8.0..18.0).contains(&hour) && !is_weekend))
    }
}

/// Once a period by the clock, give or take.
pub fn clock(chance: &mut Chance, period: f64, phase: f64, jitter: f64) -> Vec<f64> {
    let first = (-PAST * 86_400) as f64;
    let times = (0..).map(|number| first + phase + f64::from(number) * period);
    let times = times.take_while(|time| *time < (DAYS * 86_400) as f64);
    times.map(|time| time + chance.within(0.0..jitter)).collect()
}

/// Quiet for days, then many at once for some hours.
fn bursts(chance: &mut Chance) -> Vec<f64> {
    let mut times = random(chance, 0.01, |_| 1.0);
    for start in random(chance, 1.0 / 120.0, |_| 1.0) {
        let end = start + chance.within(2.0..8.0) * 3_600.0;
        let rate = chance.within(4.0..15.0);
        let mut now = start;
        while now < end {
            times.push(now);
            now += chance.gap(rate);
        }
    }
    times
}

impl Newsstand {
    pub fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let sources = (0..1_000).map(|number| source(number, &mut chance)).collect();
        Self { sources }
    }
}

fn source(number: usize, chance: &mut Chance) -> Source {
    let place = &Place::new(chance);
    let (kind, mut times) = match number {
        0..20 => {
            let rate = 60.0 / chance.log_within(1.0..5.0);
            (0, random(chance, rate, newsroom(place, 0.4, 0.7)))
        }
        20..100 => {
            let rate = 60.0 / chance.log_within(5.0..20.0);
            (1, random(chance, rate, newsroom(place, 0.05, 0.5)))
        }
        100..200 => {
            let (phase, jitter) = (chance.within(0.0..3_600.0), chance.within(10.0..300.0));
            (2, clock(chance, 3_600.0, phase, jitter))
        }
        200..300 => {
            let rate = chance.log_within(6.0..30.0) / 24.0;
            (3, random(chance, rate, newsroom(place, 0.3, 0.7)))
        }
        300..550 => {
            let rate = chance.log_within(0.7..6.0) / 10.0;
            (4, random(chance, rate, working_hours(place)))
        }
        550..700 => {
            let hour = chance.within(5.0..22.0);
            let jitter = chance.within(1.0..60.0) * 60.0;
            (
                5,
                clock(chance, 86_400.0, place.at(0, hour).rem_euclid(86_400.0), jitter),
            )
        }
        700..850 => {
            let rate = chance.log_within(0.7..3.0) / 50.0;
            (6, random(chance, rate, working_hours(place)))
        }
        850..930 => (7, bursts(chance)),
        _ => {
            let last = -chance.within(1.0..PAST as f64) * 86_400.0;
            let rate = chance.log_within(0.2..5.0) / 10.0;
            let mut times = random(chance, rate, working_hours(place));
            times.retain(|time| *time < last);
            (7, times)
        }
    };
    times.sort_unstable_by(f64::total_cmp);
    Source {
        kind,
        published: times.into_iter().map(|time| time as i64).collect(),
        first_poll: chance.within(0.0..1_800.0) as i64,
        chance: chance.part(),
    }
}
