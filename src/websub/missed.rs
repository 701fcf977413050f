//! Whether push holds what it promises.

use chrono::{DateTime, TimeDelta, Utc};

/// What was published less long ago may still be on its way through the hub.
const ON_ITS_WAY: TimeDelta = TimeDelta::hours(1);

/// Whether a poll at `at` found items that the hub should have told of, because it pushes since `since`. `fresh` are the
/// times of publication of the items that nobody had shown before.
pub fn has_missed(fresh: &[DateTime<Utc>], since: DateTime<Utc>, at: DateTime<Utc>) -> bool {
    fresh
        .iter()
        .any(|published| *published > since && *published < at - ON_ITS_WAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
    }

    #[test]
    fn w10_only_what_the_hub_had_time_and_reason_to_tell_of_counts() {
        for (fresh, expected) in [
            (&[][..], false),
            // Before the hub was asked.
            (&[-600, 0], false),
            // A moment ago.
            (&[1_400], false),
            // In the future, as some say.
            (&[9_000], false),
            (&[1], true),
            (&[-600, 1_400, 1_300], true),
        ] {
            let published: Vec<_> = fresh.iter().map(|minutes| at(*minutes)).collect();
            assert_eq!(has_missed(&published, at(0), at(1_440)), expected, "{fresh:?}");
        }
    }
}
