//! Answers that are no file: short texts that never repeat anything of the request.

use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use http_body_util::Full;

/// An answer with its whole body.
pub type Reply = Response<Full<Bytes>>;

/// For `X-Content-Type-Options`: types are right, browsers need not guess.
pub const NO_SNIFF: HeaderValue = HeaderValue::from_static("nosniff");
/// For `Referrer-Policy`: publishers need not know which feed a person reads.
pub const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
/// For `Content-Security-Policy` of pages: their own style sheet and the articles' pictures, nothing else.
pub const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src https: http:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

const ALLOWED: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");

/// An error in the words of its status.
pub fn error(status: StatusCode) -> Reply {
    let words = match status {
        StatusCode::UNAUTHORIZED => "this is for who knows the token\n",
        StatusCode::GONE => "this feed was removed\n",
        StatusCode::NOT_FOUND => "there is nothing here\n",
        StatusCode::NOT_ACCEPTABLE => "there is no such encoding\n",
        StatusCode::RANGE_NOT_SATISFIABLE => "this range is not there\n",
        StatusCode::TOO_MANY_REQUESTS => "too many requests; wait a little\n",
        StatusCode::SERVICE_UNAVAILABLE => "not now; try again soon\n",
        StatusCode::METHOD_NOT_ALLOWED => "only GET and HEAD\n",
        StatusCode::PAYLOAD_TOO_LARGE => "a request with a body is not taken\n",
        StatusCode::URI_TOO_LONG => "this address is too long\n",
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "these headers are too long\n",
        _ => "this request is not right\n",
    };
    let mut reply = text(status, words);
    // RFC 9110 §15.5: caches may keep 404, 405, 410, 414 on their own account; what comes back should be seen soon.
    let age = match status {
        StatusCode::NOT_FOUND => "public, max-age=60",
        StatusCode::GONE => "public, max-age=3600",
        _ => "no-store",
    };
    reply
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(age));
    reply
}

/// An error after which the connection ends: what follows the head is not read.
pub fn closing(status: StatusCode) -> Reply {
    let mut reply = error(status);
    reply
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    reply
}

/// A method that is not for feeds.
pub fn not_allowed(has_body: bool) -> Reply {
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let mut reply = if has_body { closing(status) } else { error(status) };
    reply.headers_mut().insert(header::ALLOW, ALLOWED);
    reply
}

/// What may be asked; scripts of other sites may send conditions (CORS preflight).
pub fn options(request: &HeaderMap) -> Reply {
    let mut reply = Response::new(Full::default());
    *reply.status_mut() = StatusCode::NO_CONTENT;
    let headers = reply.headers_mut();
    headers.insert(header::ALLOW, ALLOWED);
    if request.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD"),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "If-None-Match, If-Modified-Since, A-IM, Range",
            ),
            (header::ACCESS_CONTROL_MAX_AGE, "86400"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    reply
}

/// Not now, but after so many seconds.
pub fn retry(status: StatusCode, seconds: u64) -> Reply {
    let mut reply = error(status);
    reply.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    reply
}

/// The one right address. It is one of ours, never a part of the request.
pub fn moved(to: &str, cache: &HeaderValue) -> Reply {
    let mut reply = elsewhere(StatusCode::MOVED_PERMANENTLY, to);
    reply.headers_mut().insert(header::CACHE_CONTROL, cache.clone());
    reply
}

/// Another address for this client alone.
pub fn see(to: &str) -> Reply {
    let mut reply = elsewhere(StatusCode::SEE_OTHER, to);
    let headers = reply.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-store"),
    );
    headers.insert(header::VARY, HeaderValue::from_static("Sec-Fetch-Dest"));
    reply
}

fn elsewhere(status: StatusCode, to: &str) -> Reply {
    match HeaderValue::from_str(to) {
        Ok(to) => {
            let mut reply = text(status, "it is elsewhere\n");
            reply.headers_mut().insert(header::LOCATION, to);
            reply
        }
        Err(_) => error(StatusCode::NOT_FOUND),
    }
}

/// Why nothing can be served.
pub const NO_OUTPUT: &str = "there is no output yet";

/// For those who watch over the server: all is well, or in a line what is not.
pub fn health(state: Result<(), String>) -> Reply {
    let (status, words) = match state {
        Ok(()) => (StatusCode::OK, "ok".to_owned()),
        Err(words) => (StatusCode::SERVICE_UNAVAILABLE, words),
    };
    let mut reply = own(words + "\n", "text/plain; charset=utf-8");
    *reply.status_mut() = status;
    reply
}

/// Something for the operator, made for this one request: nobody keeps it.
pub fn own(body: String, media_type: &'static str) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::new()));
    let headers = reply.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_LENGTH, body.len().into()),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, NO_SNIFF),
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (header::REFERRER_POLICY, NO_REFERRER),
    ] {
        headers.insert(name, value);
    }
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    *reply.body_mut() = Full::new(Bytes::from(body));
    reply
}

/// With this `Content-Range`.
pub fn with_range(mut reply: Reply, range: &str) -> Reply {
    if let Ok(range) = HeaderValue::from_str(range) {
        reply.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    reply
}

fn text(status: StatusCode, words: &'static str) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from_static(words.as_bytes())));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    for (name, value) in [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        ),
        (header::CONTENT_LENGTH, words.len().into()),
        (header::X_CONTENT_TYPE_OPTIONS, NO_SNIFF),
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (header::REFERRER_POLICY, NO_REFERRER),
    ] {
        headers.insert(name, value);
    }
    reply
}
