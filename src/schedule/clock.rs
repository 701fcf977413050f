//! Whether the machine's clock can be believed, and what time it is where it cannot. Pure: what the machine says comes in
//! as an argument.
//!
//! Two things speak for a clock: that it goes on from where it was at the last pass, and that the clocks of sites, as
//! their `Date` headers tell them, say the same. Sites have the last word, but only several of them together: three at
//! least, two in three of all, each a registrable domain of its own, so that no source can move time. Where too few of
//! them tell it, a clock that leapt is in doubt until it comes back, or has gone evenly for a day: a machine that was off
//! for half a year is not wrong for ever.

use chrono::{DateTime, TimeDelta, Utc};

use super::network::is_near;
use crate::model::{ClockRecord, ClockStanding};

/// 2020-01-01T00:00:00Z: before that there was no feedmill.
const FLOOR: i64 = 1_577_836_800;
/// 2100-01-01T00:00:00Z: a date after it is wrong whatever the time is.
const CEILING: i64 = 4_102_444_800;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// A clock that is set back by so much was only a little fast.
const BACK: i64 = HOUR;
/// Passes may be so far apart: once a week is a schedule, too.
const PAUSE: i64 = 8 * DAY;
/// What a clock that comes back may be ahead of the last time that was in no doubt.
const RETURN: i64 = 2 * DAY;
/// After such a pause the clock may have been set, and sites are heard afresh.
const HEARD: i64 = 6 * HOUR;
/// One step counts for no more than that as time in which the clock went evenly.
const STEP: i64 = 8 * HOUR;
/// With nothing to compare with, a clock that nobody contradicts for so long is as good as any.
const UNCONTRADICTED: i64 = HOUR;

/// Sites that must agree …
const FEWEST: usize = 3;
/// … and those that are heard, at most.
const MOST: usize = 64;
/// Sites agree that differ by no more.
const AGREE: i64 = 600;
/// A clock that differs from theirs by no more is right enough.
const TOLERANCE: i64 = 1_800;

/// How an item that is found now is dated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The time of a first sight.
    pub now: DateTime<Utc>,
    /// What is later is in the future.
    pub latest: DateTime<Utc>,
    /// All that may turn out to be wrong.
    pub is_doubted: bool,
}

impl Moment {
    /// By a clock that is right.
    pub fn sure(now: DateTime<Utc>) -> Self {
        Self {
            now,
            latest: now,
            is_doubted: false,
        }
    }
}

/// Whether a time may have been noted by a clock that is right, by which it is now `now`.
pub(super) fn is_possible(time: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (FLOOR..=now.timestamp().saturating_add(AGREE)).contains(&time.timestamp())
}

/// What is known of the machine's clock.
#[derive(Clone, Debug, Default)]
pub struct Judge {
    record: ClockRecord,
}

impl Judge {
    /// Goes on from what is remembered; without it, from the last poll of any source.
    pub fn new(record: Option<ClockRecord>, last_poll: Option<DateTime<Utc>>) -> Self {
        let record = record.unwrap_or_else(|| {
            let last = last_poll.map(|last| last.timestamp());
            ClockRecord {
                standing: match last {
                    None => ClockStanding::New,
                    Some(last) if last < FLOOR => ClockStanding::Lost,
                    Some(_) => ClockStanding::Trusted,
                },
                machine: last,
                trusted: last.filter(|last| *last >= FLOOR),
                ..ClockRecord::default()
            }
        });
        Self { record }
    }

    /// What is to be remembered.
    pub fn record(&self) -> &ClockRecord {
        &self.record
    }

    /// What was dated in doubt has been looked at again.
    pub fn is_redated(&mut self) {
        self.record.is_mended = false;
    }

    /// What time it is when the machine says this.
    pub fn time(&mut self, machine: DateTime<Utc>) -> DateTime<Utc> {
        let said = machine.timestamp();
        match self.record.machine {
            Some(before) => self.go_on(before, said),
            None if said < FLOOR => self.record.standing = ClockStanding::Lost,
            None => {}
        }
        self.record.machine = Some(said);
        let offset = TimeDelta::try_seconds(self.record.offset).unwrap_or_default();
        let time = machine.checked_add_signed(offset).unwrap_or(machine);
        if self.is_known() {
            self.record.trusted = Some(time.timestamp());
        }
        time
    }

    /// The pass is over: a clock that nobody contradicted is as good as any.
    pub fn conclude(&mut self) {
        if self.record.standing == ClockStanding::New {
            self.trust();
        }
    }

    /// Hears what time it is at a site: by so many seconds later than the machine says.
    pub fn hear(&mut self, site: &str, ahead: i64) {
        let witnesses = &mut self.record.witnesses;
        if witnesses.len() < MOST || witnesses.contains_key(site) {
            witnesses.insert(site.to_owned(), ahead);
        }
        let (Some((ahead, agreeing)), Some(machine)) = (self.agreed(), self.record.machine) else {
            return;
        };
        let (is_right, is_possible) = (ahead.abs() <= TOLERANCE, machine.saturating_add(ahead) >= FLOOR);
        if !is_possible || (is_right && machine < FLOOR) {
            return;
        }
        self.record.agreeing = agreeing;
        if is_right {
            self.trust();
        } else if !self.is_corrected() || (ahead - self.record.offset).abs() > AGREE {
            self.record.offset = ahead;
            self.record.trusted = Some(machine.saturating_add(ahead));
            self.record.standing = ClockStanding::Corrected;
            self.record.steady = 0;
            self.record.is_mended = true;
        }
    }

    /// It is not known what time it is.
    pub fn is_doubted(&self) -> bool {
        matches!(self.record.standing, ClockStanding::Doubted | ClockStanding::Lost)
    }

    /// The time is known, from the machine or from sites.
    pub fn is_known(&self) -> bool {
        self.record.standing == ClockStanding::Trusted || self.is_corrected()
    }

    /// The machine and what else is known say the same: what is old may be dropped.
    pub fn is_trusted(&self) -> bool {
        self.record.standing == ClockStanding::Trusted
    }

    /// How what is found at this time is dated. Where the clock went back, the time of the last pass is the better guess,
    /// and dates that sources give are not measured by it.
    pub fn moment(&self, now: DateTime<Utc>) -> Moment {
        let at = |seconds: i64| DateTime::from_timestamp(seconds, 0).unwrap_or(now);
        let doubted = |now, latest| Moment {
            now,
            latest,
            is_doubted: true,
        };
        match (self.record.standing, self.record.trusted) {
            (ClockStanding::Trusted | ClockStanding::Corrected, _) => Moment::sure(now),
            (ClockStanding::Doubted, Some(last)) if now.timestamp() < last => {
                let is_far = last - now.timestamp() > PAUSE || now.timestamp() < FLOOR;
                let seen = if is_far { at(last) } else { now };
                doubted(seen, at(last.saturating_add(PAUSE)))
            }
            (ClockStanding::Lost, _) => doubted(now, at(CEILING)),
            (ClockStanding::New | ClockStanding::Doubted, _) => doubted(now, now),
        }
    }

    fn is_corrected(&self) -> bool {
        self.record.standing == ClockStanding::Corrected
    }

    /// The machine said `before`, and now says this.
    fn go_on(&mut self, before: i64, now: i64) {
        let gap = now.saturating_sub(before);
        let has_leapt = !(-BACK..=PAUSE).contains(&gap);
        if !(-BACK..=HEARD).contains(&gap) {
            self.record.witnesses.clear();
        }
        if now < FLOOR {
            if has_leapt {
                self.doubt(now);
            }
            return;
        }
        match self.record.standing {
            ClockStanding::New if has_leapt => {
                self.record.trusted = Some(before);
                self.doubt(now);
            }
            ClockStanding::Lost => self.trust(),
            ClockStanding::Doubted | ClockStanding::Corrected if self.is_back(now) => self.trust(),
            _ if gap < -BACK => self.doubt(now),
            ClockStanding::New => {
                self.record.steady += gap.clamp(0, STEP);
                if self.record.steady >= UNCONTRADICTED {
                    self.trust();
                }
            }
            ClockStanding::Doubted => {
                self.record.steady += gap.clamp(0, STEP);
                if self.record.steady >= DAY {
                    self.trust();
                }
            }
            ClockStanding::Trusted | ClockStanding::Corrected if has_leapt => self.doubt(now),
            ClockStanding::Trusted | ClockStanding::Corrected => {}
        }
    }

    /// The clock is again where it would be if it had never left.
    fn is_back(&self, now: i64) -> bool {
        let Some(last) = self.record.trusted else {
            return false;
        };
        // Where it is corrected, it may as well go on as wrong as before: what is nearer to the last time is more likely.
        let as_before = now.saturating_add(self.record.offset);
        let is_nearer = now.abs_diff(last) < as_before.abs_diff(last);
        (last - BACK..=last + RETURN + self.record.steady).contains(&now)
            && (!self.is_corrected() || is_nearer)
    }

    fn doubt(&mut self, now: i64) {
        self.record.standing = match self.record.trusted {
            None if now < FLOOR => ClockStanding::Lost,
            _ => ClockStanding::Doubted,
        };
        (self.record.offset, self.record.steady) = (0, 0);
    }

    fn trust(&mut self) {
        if self.record.standing != ClockStanding::Trusted {
            self.record.is_mended = true;
        }
        self.record.standing = ClockStanding::Trusted;
        self.record.trusted = self.record.machine;
        (self.record.offset, self.record.steady) = (0, 0);
    }

    /// By how much most sites are ahead of the machine, and how many those are. Sites on this machine may have its clock:
    /// they count where there are no others.
    fn agreed(&self) -> Option<(i64, usize)> {
        let of = |near: bool| -> Vec<i64> {
            let sites = self.record.witnesses.iter();
            sites
                .filter(|(site, _)| is_near(site) == near)
                .map(|(_, ahead)| *ahead)
                .collect()
        };
        let mut heard = of(false);
        if heard.is_empty() {
            heard = of(true);
        }
        heard.sort_unstable();
        let middle = *heard.get(heard.len() / 2)?;
        let agreeing = heard
            .iter()
            .filter(|ahead| ahead.abs_diff(middle) <= AGREE as u64)
            .count();
        (agreeing >= FEWEST && agreeing * 3 >= heard.len() * 2).then_some((middle, agreeing))
    }
}

#[cfg(test)]
mod tests;
