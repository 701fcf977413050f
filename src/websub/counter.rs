//! What the server hands on to us: requests to the hub, and what other hubs ask and push.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, StatusCode};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::Full;

use super::hub::Hub;
use super::inbox::{Inbox, Place};
use crate::serve::{Inlet, Reply};

/// The longest request to the hub: topic, callback and secret with each byte written as three.
const REQUEST: u64 = 16 << 10;

/// Both directions of WebSub at the server's counter, as far as the operator wants them.
#[derive(Clone)]
pub struct Counter {
    /// Answers at `/websub/hub`.
    pub hub: Option<Hub>,
    /// Answers below `/websub/in/`.
    pub inbox: Option<Arc<Inbox>>,
}

/// Who asks the hub.
#[derive(Clone, Copy)]
struct Client(IpAddr);

/// What is set aside for the body of a request, once.
type SetAside = Arc<Mutex<Option<Place>>>;

enum To<'c> {
    Hub(&'c Hub),
    /// With the secret part of the path.
    Inbox(&'c Inbox, String),
}

impl Counter {
    fn to(&self, path: &str) -> Option<To<'_>> {
        let rest = path.strip_prefix('/')?.strip_prefix(super::FOLDER)?;
        match rest.strip_prefix("in/") {
            Some(token) => Some(To::Inbox(self.inbox.as_deref()?, token.to_owned())),
            None if rest == "hub" => Some(To::Hub(self.hub.as_ref()?)),
            None => None,
        }
    }
}

impl Inlet for Counter {
    fn takes(&self, request: &mut Parts, client: IpAddr) -> Option<Result<u64, Reply>> {
        Some(match self.to(request.uri.path())? {
            To::Hub(_) => {
                request.extensions.insert(Client(client));
                Ok(REQUEST)
            }
            To::Inbox(inbox, token) => match inbox.admit(&token, request) {
                Ok((most, place)) => {
                    let place: SetAside = Arc::new(Mutex::new(place));
                    request.extensions.insert(place);
                    Ok(most)
                }
                Err(reply) => Err(*reply),
            },
        })
    }

    fn answer(&self, mut request: Parts, body: Bytes) -> BoxFuture<'_, Reply> {
        Box::pin(async move {
            let place = request.extensions.remove::<SetAside>();
            let place = place.and_then(|place| place.lock().unwrap_or_else(PoisonError::into_inner).take());
            match self.to(request.uri.path()) {
                Some(To::Hub(hub)) if request.method == Method::POST => at_hub(hub, &request, &body).await,
                Some(To::Hub(_)) => not_allowed(
                    "this is a WebSub hub; subscribe with a POST (https://www.w3.org/TR/websub/)\n",
                    "POST",
                ),
                Some(To::Inbox(inbox, token)) => inbox.answer(&token, &request, body, place).await,
                None => text(StatusCode::NOT_FOUND, "there is nothing here\n"),
            }
        })
    }
}

async fn at_hub(hub: &Hub, request: &Parts, body: &[u8]) -> Reply {
    let media_type = request.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let is_form = media_type.is_some_and(|media_type| {
        let essence = media_type.split(|byte| *byte == b';').next().unwrap_or_default();
        essence
            .trim_ascii()
            .eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
    });
    if !is_form {
        let words = "send a form: application/x-www-form-urlencoded\n";
        return text(StatusCode::UNSUPPORTED_MEDIA_TYPE, words);
    }
    match hub.request(body, client(request)).await {
        Ok(()) => text(StatusCode::ACCEPTED, "your callback will be asked\n"),
        Err((status, words)) => text(status, words),
    }
}

/// Whose request it is. A client on this machine is a server in front of us, which says last for whom it asks.
fn client(request: &Parts) -> Option<IpAddr> {
    let Client(client) = request.extensions.get().copied()?;
    if !client.to_canonical().is_loopback() {
        return Some(client);
    }
    let forwarded = request.headers.get_all("x-forwarded-for").iter().next_back()?;
    forwarded.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

/// Another method is wanted.
pub(super) fn not_allowed(words: &'static str, methods: &'static str) -> Reply {
    let mut reply = text(StatusCode::METHOD_NOT_ALLOWED, words);
    reply
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(methods));
    reply
}

/// An answer that no browser takes for a page.
pub(super) fn text(status: StatusCode, words: impl Into<Bytes>) -> Reply {
    let words = words.into();
    let length = words.len();
    let mut reply = Response::new(Full::new(words));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    headers.insert(CONTENT_LENGTH, length.into());
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}
