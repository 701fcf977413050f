//! What is known of the machine's clock.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Whether the machine's clock can be believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClockStanding {
    /// Nothing speaks for it, and nothing against it: there was no pass before.
    #[default]
    New,
    /// It goes on from the last pass, or sources say the same.
    Trusted,
    /// It leapt, and too few sources say what time it is.
    Doubted,
    /// Sources agree on another time, which is taken in its place.
    Corrected,
    /// It says a time at which there was no feedmill.
    Lost,
}

/// What is remembered of the clock from pass to pass. Times and spans are seconds, times since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClockRecord {
    /// Whether it can be believed.
    pub standing: ClockStanding,
    /// What the machine said last.
    pub machine: Option<i64>,
    /// The last time that was in no doubt.
    pub trusted: Option<i64>,
    /// What has to be added to what the machine says.
    pub offset: i64,
    /// For how long it has gone evenly since the doubt began; no step counts for more than a part of a day.
    pub steady: i64,
    /// By how much the clocks of sites are ahead of the machine's.
    pub witnesses: BTreeMap<String, i64>,
    /// How many of them agree on the time.
    pub agreeing: usize,
    /// What was dated while it was in doubt is to be looked at again.
    pub is_mended: bool,
}

/// What the operator has to know of the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockTrouble {
    /// What is the matter.
    pub standing: ClockStanding,
    /// What the machine said.
    pub machine: DateTime<Utc>,
    /// What time it was instead, or after which time it said that; `None` if nothing is known.
    pub time: Option<DateTime<Utc>>,
    /// Sites that agree on that time.
    pub sites: usize,
    /// All of it in words, with what to do.
    pub message: String,
}

impl ClockRecord {
    /// What is the matter with it, if anything is.
    pub fn trouble(&self) -> Option<ClockTrouble> {
        let at = |seconds: i64| DateTime::from_timestamp(seconds, 0);
        let machine = at(self.machine?)?;
        let day = |time: DateTime<Utc>| time.format("%Y-%m-%d %H:%M UTC");
        let says = format!("the clock of this machine says {}", day(machine));
        let (time, sites) = match self.standing {
            ClockStanding::New | ClockStanding::Trusted => return None,
            ClockStanding::Corrected => (at(machine.timestamp() + self.offset), self.agreeing),
            ClockStanding::Doubted | ClockStanding::Lost => (self.trusted.and_then(at), 0),
        };
        let matter = match (self.standing, time) {
            (ClockStanding::Corrected, Some(time)) => format!(
                "{says}, but {sites} sites agree that it is {}: theirs is taken, and nothing is dropped for age",
                day(time)
            ),
            (ClockStanding::Doubted, Some(time)) if time <= machine => format!(
                "{says}, {} days after the last pass, and too few sites say what time it is: nothing is dropped for age \
                 until it has gone evenly for a day",
                (machine - time).num_days()
            ),
            (ClockStanding::Doubted, Some(time)) => format!(
                "{says}, which is before the last pass at {}, and too few sites say what time it is: nothing is dropped \
                 for age until it has gone evenly for a day, and what is dated meanwhile is dated anew then",
                day(time)
            ),
            _ => format!(
                "{says}, which cannot be: nothing is dropped for age, and what is dated meanwhile is dated anew when it \
                 is right"
            ),
        };
        Some(ClockTrouble {
            standing: self.standing,
            machine,
            time,
            sites,
            message: format!("{matter}; set the clock, best by NTP (timedatectl set-ntp true)"),
        })
    }
}

/// Why the dates of a new item are to be looked at again some day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uncertain {
    /// It was first seen by a clock that was in doubt.
    pub seen: bool,
    /// Published, as the source says, which was not believed.
    pub published: Option<DateTime<Utc>>,
    /// Updated, likewise.
    pub updated: Option<DateTime<Utc>>,
}

impl Uncertain {
    /// They are certain.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}
