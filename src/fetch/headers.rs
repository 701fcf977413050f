//! What answers say about time: how long they stay fresh, when to come again.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{AGE, CACHE_CONTROL, DATE, EXPIRES, HeaderMap, HeaderName, RETRY_AFTER};

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn date(text: &str) -> Option<DateTime<Utc>> {
    httpdate::parse_http_date(text).ok().map(DateTime::from)
}

fn between(from: DateTime<Utc>, to: DateTime<Utc>) -> Duration {
    (to - from).to_std().unwrap_or(Duration::ZERO)
}

/// `Retry-After` in seconds or as a date (RFC 9110 §10.2.3). One that cannot be read is no wish; the past is now.
pub(super) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = text(headers, RETRY_AFTER)?;
    if let Ok(seconds) = value.parse::<i128>() {
        return Some(Duration::from_secs(
            u64::try_from(seconds.max(0)).unwrap_or(u64::MAX),
        ));
    }
    // A server whose clock is wrong still means a span from its own present.
    let present = text(headers, DATE).and_then(date).unwrap_or(now);
    date(value).map(|then| between(present, then))
}

/// What time it was where the answer comes from (RFC 9110 §6.6.1). A cache may repeat what the origin said long ago, or say
/// what time it is itself: what is older than some minutes tells nothing.
pub(super) fn sent_at(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    const OLDEST: u64 = 600;
    let age = text(headers, AGE).map_or(Some(0), |age| age.parse().ok());
    let is_fresh = age.is_some_and(|age: u64| age <= OLDEST);
    text(headers, DATE).filter(|_| is_fresh).and_then(date)
}

/// How long an answer stays fresh (RFC 9111 §4.2): `max-age`, else `Expires` less `Date`, less `Age`. `no-cache` and
/// `no-store` leave no time, and so does what cannot be read; `None` when the answer says nothing.
pub(super) fn fresh_for(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let directives: Vec<String> = headers
        .get_all(CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|directive| directive.trim().to_ascii_lowercase())
        .collect();
    if directives
        .iter()
        .any(|directive| directive == "no-cache" || directive == "no-store")
    {
        return Some(Duration::ZERO);
    }
    let max_age = directives
        .iter()
        .find_map(|directive| directive.strip_prefix("max-age="));
    let lifetime = match max_age {
        Some(seconds) => Duration::from_secs(seconds.trim_matches('"').parse().unwrap_or(0)),
        None => {
            let expires = date(text(headers, EXPIRES)?);
            let present = text(headers, DATE).and_then(date).unwrap_or(now);
            expires.map_or(Duration::ZERO, |expires| between(present, expires))
        }
    };
    let age = text(headers, AGE)
        .and_then(|age| age.parse().ok())
        .map_or(Duration::ZERO, Duration::from_secs);
    Some(lifetime.saturating_sub(age))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        date("Sun, 15 Nov 2026 12:00:00 GMT").unwrap()
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = lines
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        pairs.collect()
    }

    #[test]
    fn e17_e19_e20_e21_freshness_is_what_the_answer_says() {
        for (lines, seconds) in [
            (
                &[("cache-control", "max-age=7200"), ("age", "600")][..],
                Some(6_600),
            ),
            (&[("cache-control", "Public, MAX-AGE=\"7200\"")], Some(7_200)),
            (
                &[
                    ("cache-control", "max-age=60"),
                    ("expires", "Sun, 15 Nov 2026 14:00:00 GMT"),
                ],
                Some(60),
            ),
            (&[("expires", "Sun, 15 Nov 2026 14:00:00 GMT")], Some(7_200)),
            // The source's clock is a day ahead: what counts is its own Date.
            (
                &[
                    ("date", "Mon, 16 Nov 2026 12:00:00 GMT"),
                    ("expires", "Mon, 16 Nov 2026 13:00:00 GMT"),
                ],
                Some(3_600),
            ),
            (
                &[
                    ("date", "Sat, 14 Nov 2026 12:00:00 GMT"),
                    ("expires", "Sat, 14 Nov 2026 13:00:00 GMT"),
                ],
                Some(3_600),
            ),
            (&[("expires", "0")], Some(0)),
            (&[("expires", "-1")], Some(0)),
            (&[("expires", "Sun, 15 Nov 2026 10:00:00 GMT")], Some(0)),
            (&[("cache-control", "max-age=7200, no-cache")], Some(0)),
            (&[("cache-control", "no-store")], Some(0)),
            (&[("cache-control", "max-age=soon")], Some(0)),
            (&[], None),
        ] {
            assert_eq!(
                fresh_for(&headers(lines), now()),
                seconds.map(Duration::from_secs),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn the_time_of_an_answer_is_told_unless_a_cache_kept_it() {
        const NOON: (&str, &str) = ("date", "Sun, 15 Nov 2026 12:00:00 GMT");
        for (lines, is_told) in [
            (&[NOON][..], true),
            (&[NOON, ("age", "0")], true),
            (&[NOON, ("age", "600")], true),
            (&[NOON, ("age", "601")], false),
            (&[NOON, ("age", "old")], false),
            (&[("date", "noon")], false),
            (&[], false),
        ] {
            assert_eq!(sent_at(&headers(lines)), is_told.then(now), "{lines:?}");
        }
    }

    #[test]
    fn e29_e30_e33_retry_after_in_all_its_forms() {
        for (value, seconds) in [
            ("120", Some(120)),
            ("Sun, 15 Nov 2026 13:00:00 GMT", Some(3_600)),
            ("Sun, 15 Nov 2020 13:00:00 GMT", Some(0)),
            ("-5", Some(0)),
            ("0", Some(0)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("later", None),
        ] {
            let headers = headers(&[("retry-after", value)]);
            assert_eq!(
                retry_after(&headers, now()),
                seconds.map(Duration::from_secs),
                "{value}"
            );
        }
    }
}
