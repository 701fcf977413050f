//! What a client has already: `If-None-Match`, `If-Modified-Since`, `If-Range` (RFC 9110 §13).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderValue, header};

use super::coding::Coding;

/// Tags read from one request; no client has more versions of a file.
const MOST: usize = 64;

/// What is asked about.
pub struct Version<'a> {
    /// The hash that entity tags are made of.
    pub hash: &'a str,
    /// Seconds since 1970, if they may be told.
    pub modified: Option<u64>,
}

/// Whether the client has this version, in whatever coding: what it has decodes to the same bytes.
pub fn has(headers: &HeaderMap, version: &Version<'_>) -> bool {
    // RFC 9110 §13.1.3: If-Modified-Since is ignored beside If-None-Match.
    if headers.contains_key(header::IF_NONE_MATCH) {
        return tags(headers).any(|tag| tag == "*" || is_of(tag, version.hash));
    }
    let since = headers.get(header::IF_MODIFIED_SINCE).and_then(date);
    matches!((since, version.modified), (Some(since), Some(modified)) if modified <= since)
}

/// The tags of `If-None-Match` without quotes and `W/`; also those that a client has lost the quotes of.
pub fn tags(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .take(MOST)
        .map(|tag| {
            let tag = tag.trim();
            tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"')
        })
}

/// Whether a tag names this hash. Proxies that compress add endings of their own, and some forget to take them off.
pub fn is_of(tag: &str, hash: &str) -> bool {
    tag.strip_prefix(hash).is_some_and(|rest| {
        let rest = rest.trim_start_matches([';', '-']);
        rest.is_empty() || Coding::ALL.iter().any(|coding| coding.name() == rest)
    })
}

/// Whether a range may be given: without `If-Range`, or when it names exactly what would be sent.
pub fn allows_range(headers: &HeaderMap, etag: &HeaderValue, modified: Option<u64>) -> bool {
    match headers.get(header::IF_RANGE) {
        None => true,
        Some(value) if value.as_bytes().ends_with(b"\"") => value == etag,
        Some(value) => date(value).is_some_and(|date| Some(date) == modified),
    }
}

/// An HTTP date in one of its three forms, in seconds since 1970.
fn date(value: &HeaderValue) -> Option<u64> {
    let date = httpdate::parse_http_date(value.to_str().ok()?).ok()?;
    date.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}

/// As HTTP writes it.
pub fn written(seconds: u64) -> HeaderValue {
    // httpdate panics beyond the year 9999.
    const LAST: u64 = 253_402_300_799;
    let time: SystemTime = UNIX_EPOCH + Duration::from_secs(seconds.min(LAST));
    HeaderValue::from_str(&httpdate::fmt_http_date(time)).expect("a date is plain ASCII")
}
