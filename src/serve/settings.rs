//! What an operator may decide about serving, and the header values that follow from it.

use std::time::{Duration, SystemTime};

use axum::http::HeaderValue;
use chrono::{DateTime, Datelike, Months, NaiveDate, SecondsFormat, Utc};
use url::Url;

/// How a site is served.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the output is public, ending in `/`, for `Link` headers; without it there are none.
    pub url: Option<Url>,
    /// The WebSub hub that is told of changes.
    pub hub: Option<Url>,
    /// How long a feed stays as it is, on the whole: caches keep answers so long, at least 5 minutes.
    pub rebuild: Duration,
    /// For `X-Robots-Tag`, such as `noindex`.
    pub robots: Option<HeaderValue>,
    /// Where to report security problems: an address of the web or `mailto:`. With it there is a `security.txt`.
    pub contact: Option<Url>,
    /// Answer `/healthz` and `/readyz` here, too. Who serves the public asks them elsewhere.
    pub health: bool,
    /// Bytes of bodies to keep in memory.
    pub memory: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: None,
            hub: None,
            rebuild: Duration::from_secs(600),
            robots: None,
            contact: None,
            health: false,
            memory: 128 << 20,
        }
    }
}

impl Settings {
    /// Files that are served unless the output holds others under their names, each with its address.
    pub(super) fn own_files(&self, now: SystemTime) -> Vec<(&'static str, String)> {
        let mut files = vec![("/robots.txt", "User-agent: *\nDisallow:\n".to_owned())];
        if let Some(contact) = &self.contact {
            let text = security(contact, now);
            files.push(("/security.txt", text.clone()));
            files.push(("/.well-known/security.txt", text));
        }
        files
    }
}

/// RFC 9116. It must end within a year; counted from the first of the month, so that it changes once a month only.
fn security(contact: &Url, now: SystemTime) -> String {
    let today = DateTime::<Utc>::from(now).date_naive();
    let expires = NaiveDate::from_ymd_opt(today.year(), today.month(), 1)
        .and_then(|first| first.checked_add_months(Months::new(11)))
        .and_then(|day| day.and_hms_opt(0, 0, 0))
        .map(|time| time.and_utc().to_rfc3339_opts(SecondsFormat::Secs, true));
    format!("Contact: {contact}\nExpires: {}\n", expires.unwrap_or_default())
}

/// Header values that are the same in every answer.
pub(super) struct Fixed {
    pub cache: HeaderValue,
    /// Of pages of old items, which change only when an item that is on one of them does.
    pub archive: HeaderValue,
}

impl Fixed {
    pub fn new(settings: &Settings) -> Self {
        let age = settings.rebuild.as_secs().clamp(300, 86_400);
        // RFC 5861: better an old feed than none, while the server is being mended or restarted.
        let cache = format!("public, max-age={age}, stale-while-revalidate={age}, stale-if-error=86400");
        Self {
            cache: HeaderValue::try_from(cache).expect("words and numbers are plain ASCII"),
            archive: HeaderValue::from_static(
                "public, max-age=604800, stale-while-revalidate=86400, stale-if-error=604800",
            ),
        }
    }
}
