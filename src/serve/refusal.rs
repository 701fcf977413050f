//! Requests that no address makes right.

use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Version, header};

use super::plain::{self, Reply};

/// Longest path and query that are read; ours are below 200.
const LONGEST_ADDRESS: usize = 8 << 10;
/// Longest headers, names and values together.
const LONGEST_HEADERS: usize = 32 << 10;

/// The answer to such a request; `None` for one that can be looked up.
pub fn refusal(request: &Parts) -> Option<Reply> {
    let headers = &request.headers;
    let target = request
        .uri
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    let length: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    let has_body = headers.contains_key(header::TRANSFER_ENCODING)
        || headers
            .get(header::CONTENT_LENGTH)
            .is_some_and(|length| length != "0");
    let status = if target > LONGEST_ADDRESS {
        StatusCode::URI_TOO_LONG
    } else if length > LONGEST_HEADERS {
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    } else if request.version == Version::HTTP_11 && !headers.contains_key(header::HOST) {
        // RFC 9112 §3.2
        StatusCode::BAD_REQUEST
    } else if request.method == Method::OPTIONS {
        return Some(plain::options(headers));
    } else if request.method != Method::GET && request.method != Method::HEAD {
        return Some(plain::not_allowed(has_body));
    } else if has_body {
        StatusCode::PAYLOAD_TOO_LARGE
    } else {
        return None;
    };
    Some(plain::closing(status))
}
