//! From hop to hop, and what the last answer means.

use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use reqwest::header::{self, HeaderMap, HeaderName};
use url::Url;

use super::client::{Answered, Client, Hop};
use super::headers::{fresh_for, retry_after, sent_at};
use super::{Error, Reply, Request, Wants, error, hosts, robots, shared};
use crate::model::{self, Answer, Failure, FailureKind};

const MOST_REDIRECTS: usize = 5;

pub(super) async fn get(client: &Client, request: &Request, now: DateTime<Utc>) -> Result<Reply, Error> {
    let refused = |message| Error {
        answer: None,
        failure: error::failure(FailureKind::Refused, message),
    };
    let mut url = without_fragment(request.start.clone());
    client.guard.check(&url, None).map_err(refused)?;
    let mut left = request.timeout;
    let mut hops: Vec<model::Hop> = Vec::new();
    // Where a redirect leads may be unreachable: who sent it is not.
    let mut led: Option<Box<Answer>> = None;
    let mut wire = 0;
    loop {
        let validators = request
            .validators
            .as_ref()
            .filter(|validators| validators.url == url.as_str());
        let hop = Hop {
            url: &url,
            request,
            validators,
            is_home: url.origin() == request.configured.origin(),
        };
        if request.wants == Wants::Page {
            robots::check(client, &url, now).await.map_err(|failure| Error {
                answer: pause(client, &failure, &url, &hops, wire, now).or_else(|| led.clone()),
                failure,
            })?;
        }
        let asked = shared::hop(client, &hop, !hops.is_empty(), now, &mut left).await;
        let answered = asked.map_err(|failure| Error {
            answer: pause(client, &failure, &url, &hops, wire, now).or_else(|| led.clone()),
            failure,
        })?;
        wire += answered.wire;
        let answer = answer(&answered, &url, &hops, wire, now);
        if is_redirect(answered.status) && answer.retry_after.is_some_and(|wait| !wait.is_zero()) {
            return Err(Error {
                answer: Some(Box::new(answer)),
                failure: later(answered.status),
            });
        }
        let next = match redirect(&answered, &url) {
            None => return conclude(answered, answer, validators.is_some()),
            Some(next) => next.and_then(|next| {
                check(client, &next, &url, &hops)?;
                Ok(next)
            }),
        };
        let answer = Box::new(answer);
        let next = next.map_err(|message| Error {
            answer: Some(answer.clone()),
            failure: error::failure(FailureKind::Refused, message),
        })?;
        led = Some(answer);
        hops.push(model::Hop {
            status: answered.status.as_u16(),
            from: url.into(),
            to: next.to_string(),
        });
        url = next;
    }
}

/// Whether a redirect may be followed.
fn check(client: &Client, next: &Url, url: &Url, hops: &[model::Hop]) -> Result<(), String> {
    if hops.len() >= MOST_REDIRECTS {
        return Err(format!("it redirects more than {MOST_REDIRECTS} times"));
    }
    if next == url || hops.iter().any(|hop| hop.from == next.as_str()) {
        return Err("its redirects lead in a circle; the site has to mend that".into());
    }
    client.guard.check(next, Some(url))
}

/// What stands for the answer of a host that was not asked, because it had asked for patience: until when.
fn pause(
    client: &Client,
    failure: &Failure,
    url: &Url,
    hops: &[model::Hop],
    wire: u64,
    now: DateTime<Utc>,
) -> Option<Box<Answer>> {
    if failure.kind != FailureKind::Paused {
        return None;
    }
    let host = hosts::name(url);
    let until = client.hosts.paused(&host, now)?;
    Some(Box::new(Answer {
        url: url.to_string(),
        hops: hops.to_vec(),
        retry_after: (until - now).to_std().ok(),
        host,
        wire_bytes: wire,
        ..Answer::default()
    }))
}

pub(super) fn without_fragment(mut url: Url) -> Url {
    url.set_fragment(None);
    url
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Where the answer leads; `None` when it is no redirect.
fn redirect(answered: &Answered, url: &Url) -> Option<Result<Url, String>> {
    if !is_redirect(answered.status) {
        return None;
    }
    let location = answered.headers.get(header::LOCATION);
    let next = location.and_then(|location| {
        url.join(std::str::from_utf8(location.as_bytes()).ok()?.trim())
            .ok()
    });
    Some(
        next.map(without_fragment)
            .ok_or_else(|| "it redirects, but not to any address".to_owned()),
    )
}

fn answer(answered: &Answered, url: &Url, hops: &[model::Hop], wire: u64, now: DateTime<Utc>) -> Answer {
    let raw = |name: HeaderName| {
        let value = answered.headers.get(name)?.as_bytes();
        (!value.is_empty()).then(|| value.to_vec())
    };
    Answer {
        status: answered.status.as_u16(),
        url: url.to_string(),
        hops: hops.to_vec(),
        etag: raw(header::ETAG),
        last_modified: raw(header::LAST_MODIFIED),
        fresh_for: fresh_for(&answered.headers, now),
        retry_after: retry_after(&answered.headers, now),
        date: sent_at(&answered.headers),
        host: hosts::name(url),
        wire_bytes: wire,
        links: links(&answered.headers),
    }
}

/// As many as anybody would read.
fn links(headers: &HeaderMap) -> Vec<String> {
    const MOST: usize = 16;
    let values = headers.get_all(header::LINK).iter().take(MOST);
    values
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .collect()
}

/// What an answer that leads nowhere else means.
fn conclude(answered: Answered, answer: Answer, is_conditional: bool) -> Result<Reply, Error> {
    let challenged = is_challenge(&answered.headers);
    match answered.status {
        StatusCode::NOT_MODIFIED if is_conditional && !challenged => Ok(Reply::NotModified(answer)),
        StatusCode::OK | StatusCode::IM_USED if !challenged => {
            let content_type = answered.headers.get(header::CONTENT_TYPE);
            Ok(Reply::Document {
                answer,
                body: answered.body,
                content_type: content_type.map(|kind| String::from_utf8_lossy(kind.as_bytes()).into_owned()),
            })
        }
        status => Err(Error {
            answer: Some(Box::new(answer)),
            failure: if challenged { challenge() } else { refusal(status) },
        }),
    }
}

/// A page that wants to know whether we are a person.
fn is_challenge(headers: &HeaderMap) -> bool {
    headers
        .get("cf-mitigated")
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"challenge"))
}

fn challenge() -> Failure {
    let message = "the site answered with a check for robots instead of the feed; ask its operator to let feed readers in";
    error::failure(FailureKind::Forbidden, message)
}

/// RFC 9110 §10.2.3: with a redirect, the time to wait before the redirected request.
fn later(status: StatusCode) -> Failure {
    let message = format!("the server answered {status} and asks to follow its redirect later");
    error::failure(FailureKind::Busy, message)
}

fn refusal(status: StatusCode) -> Failure {
    let code = status.as_u16();
    let (kind, message) = match code {
        304 => (
            FailureKind::Transient,
            "the server answered 304 (not modified) to a question without validators".into(),
        ),
        401 => (
            FailureKind::Forbidden,
            "the server answered 401: it wants credentials; give them with headers = { … }".into(),
        ),
        403 => (
            FailureKind::Forbidden,
            "the server answered 403: it does not let us read this; ask its operator".into(),
        ),
        404 => (
            FailureKind::NotFound,
            "the server answered 404: there is nothing at this address; check it".into(),
        ),
        410 => (
            FailureKind::Gone,
            "the server answered 410: this is gone for good; remove the source or change its address".into(),
        ),
        429 => (
            FailureKind::Busy,
            "the server answered 429: it is asked too often; every = \"…\" may help".into(),
        ),
        503 => (
            FailureKind::Transient,
            "the server answered 503: it is busy or under repair".into(),
        ),
        400..=499 => (
            FailureKind::NotFound,
            format!("the server answered {status}; check the address"),
        ),
        500.. => (
            FailureKind::Transient,
            format!("the server answered {status}: something is wrong there"),
        ),
        _ => (
            FailureKind::Transient,
            format!("the server answered {status}, which is no document"),
        ),
    };
    error::failure(kind, message)
}
