//! Which dates can be believed (rule 4 of identity).

use chrono::{DateTime, TimeDelta, Utc};

/// Clocks of sources may run ahead by this much.
const SKEW: TimeDelta = TimeDelta::minutes(10);
/// 1990-01-01T00:00:00Z, before there was a web.
const EARLIEST: i64 = 631_152_000;

/// 2100-01-01T00:00:00Z: a date after it is no mistake of our clock.
const LATEST: i64 = 4_102_444_800;

/// `claimed`, unless it is before 1990 or in the future.
pub(super) fn believable(claimed: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    claimed.filter(|date| date.timestamp() >= EARLIEST && *date <= now + SKEW)
}

/// `claimed`, if it is not believed because it is in the future: it may be ours that is wrong.
pub fn refused(claimed: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    claimed.filter(|date| date.timestamp() < LATEST && *date > now + SKEW && date.timestamp() >= EARLIEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_before_the_web_and_in_the_future_are_not_believed() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
        let now = at("2024-06-01T12:00:00Z");
        for (claimed, believed) in [
            ("1970-01-01T00:00:00Z", false),
            ("1989-12-31T23:59:59Z", false),
            ("1990-01-01T00:00:00Z", true),
            ("2024-06-01T12:00:00Z", true),
            ("2024-06-01T12:10:00Z", true),
            ("2024-06-01T12:10:01Z", false),
            ("2099-01-01T00:00:00Z", false),
        ] {
            assert_eq!(
                believable(Some(at(claimed)), now).is_some(),
                believed,
                "{claimed}"
            );
        }
        assert_eq!(believable(Some(DateTime::<Utc>::MIN_UTC), now), None);
        assert_eq!(believable(None, now), None);
    }

    #[test]
    fn dates_in_a_future_that_may_come_are_kept_aside() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
        let now = at("1970-01-01T00:05:00Z");
        for (claimed, is_kept) in [
            ("1970-01-01T00:00:00Z", false),
            ("1989-12-31T23:59:59Z", false),
            ("2026-11-15T12:00:00Z", true),
            ("2099-12-31T00:00:00Z", true),
            ("2100-01-01T00:00:00Z", false),
        ] {
            let claimed = Some(at(claimed));
            assert_eq!(refused(claimed, now).is_some(), is_kept, "{claimed:?}");
            assert_eq!(refused(claimed, at("2100-01-01T00:00:00Z")), None);
        }
    }
}
