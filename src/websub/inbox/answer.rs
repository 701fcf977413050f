//! What hubs ask at our callbacks (WebSub §5.3) and what they push (§8).

use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use tracing::{debug, info, warn};

use super::{Inbox, LEASES, Place, Pushed};
use crate::model::{Phase, SourceId, Subscription};
use crate::serve::Reply;
use crate::websub::counter::{not_allowed, text};
use crate::websub::form::Form;
use crate::websub::signature;

const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature");

/// A lease for which the hub says no length.
const UNSAID: TimeDelta = TimeDelta::days(1);
/// The longest challenge that is repeated.
const LONGEST_CHALLENGE: usize = 4 << 10;
/// Of a callback that is not known, or whose source is not wanted any more, no body is read.
const NOTHING: u64 = 0;
/// As long as nobody said what is wanted.
const USUAL: u64 = 8 << 20;

impl Inbox {
    /// How large a document the callback takes, and a place for it, if one is to come; or why none is read.
    pub(in crate::websub) fn admit(
        &self,
        path: &str,
        request: &Parts,
    ) -> Result<(u64, Option<Place>), Box<Reply>> {
        if request.method != Method::POST {
            return Ok((NOTHING, None));
        }
        let Some((source, most)) = self.limit(path) else {
            return Ok((NOTHING, None));
        };
        let length = request.headers.get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        // Without a length it may be as long as one may be.
        let length: u64 = length.unwrap_or(most);
        if length > most {
            // It is refused unread, and what it tells of comes by a poll, if at all.
            self.gaps.note_ours(&source, (self.clock)());
            return Ok((most, None));
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        match self.places.take(&source, length) {
            Some(place) => Ok((most, Some(place))),
            None => Err(Box::new(self.put_off(&source, "more is pushed than can be read"))),
        }
    }

    fn limit(&self, path: &str) -> Option<(SourceId, u64)> {
        let now = (self.clock)();
        let state = self.state();
        let known = state.subscriptions.get(path).filter(|known| takes(known, now))?;
        let most = match state.is_told {
            false => USUAL,
            true => state.wanted.get(&known.source)?.max_body,
        };
        Some((known.source.clone(), most))
    }

    /// The hub is to come again.
    fn put_off(&self, source: &SourceId, why: &str) -> Reply {
        debug!(%source, "{why}");
        self.gaps.note_ours(source, (self.clock)());
        let mut reply = text(StatusCode::SERVICE_UNAVAILABLE, "not now\n");
        reply
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static("60"));
        reply
    }

    /// Answers at the callback with this path.
    pub(in crate::websub) async fn answer(
        &self,
        path: &str,
        request: &Parts,
        body: Bytes,
        place: Option<Place>,
    ) -> Reply {
        match request.method {
            Method::GET => self.confirm(path, request.uri.query().unwrap_or_default()),
            Method::POST => self.take(path, request, body, place).await,
            _ => not_allowed("only GET and POST\n", "GET, POST"),
        }
    }

    /// The hub asks whether we want what somebody asked for in our name.
    fn confirm(&self, path: &str, query: &str) -> Reply {
        let nothing = || text(StatusCode::NOT_FOUND, "nobody asked for that\n");
        let form = Form::read(query.as_bytes());
        let now = (self.clock)();
        let mut state = self.state();
        let Some(subscription) = state.subscriptions.get(path).cloned() else {
            return nothing();
        };
        if form.get("hub.topic") != Some(&subscription.topic) {
            return nothing();
        }
        let challenge = form
            .get("hub.challenge")
            .filter(|challenge| !challenge.is_empty() && challenge.len() <= LONGEST_CHALLENGE);
        match (form.get("hub.mode"), &subscription.phase, challenge) {
            (Some("subscribe"), Phase::Asked { .. } | Phase::Active { .. }, Some(challenge)) => {
                let lease = lease(form.get("hub.lease_seconds"));
                self.activate(&mut state, path, lease, now);
                // What was published since the last poll, or the last lease, the hub need not tell.
                self.gaps.note(&subscription.source);
                info!(source = %subscription.source, hub = %subscription.hub, "the hub pushes from now on");
                drop(state);
                self.woken.notify_one();
                text(StatusCode::OK, challenge.to_owned())
            }
            (Some("unsubscribe"), Phase::Leaving { .. }, Some(challenge)) => {
                text(StatusCode::OK, challenge.to_owned())
            }
            (Some("denied"), Phase::Asked { .. } | Phase::Active { .. }, _) => {
                drop(state);
                self.deny(
                    path,
                    &subscription,
                    form.get("hub.reason").unwrap_or_default(),
                    now,
                );
                text(StatusCode::OK, "understood\n")
            }
            _ => nothing(),
        }
    }

    fn deny(&self, path: &str, subscription: &Subscription, reason: &str, now: DateTime<Utc>) {
        const SILENCE: TimeDelta = TimeDelta::days(7);
        let reason: String = reason.chars().filter(|c| !c.is_control()).take(200).collect();
        info!(source = %subscription.source, hub = %subscription.hub, ?reason, "the hub denies push");
        let denied = Subscription {
            phase: Phase::Over {
                until: now + SILENCE,
                why: format!("the hub denied it: {reason}"),
            },
            ..subscription.clone()
        };
        let mut state = self.state();
        self.set(&mut state, path, denied);
        drop(state);
        self.gaps.note(&subscription.source);
        self.woken.notify_one();
    }

    /// The hub pushes. Which subscription it is for says the path alone. What is kept is answered, and read later.
    async fn take(&self, path: &str, request: &Parts, body: Bytes, place: Option<Place>) -> Reply {
        let now = (self.clock)();
        let known = self.state().subscriptions.get(path).cloned();
        let Some(subscription) = known.filter(|known| takes(known, now)) else {
            return text(StatusCode::GONE, "nothing is wanted here\n");
        };
        let headers = &request.headers;
        let coding = headers.get(CONTENT_ENCODING);
        if coding.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
            return text(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send it as it is\n");
        }
        let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
        if let Some(secret) = &subscription.secret
            && !signature.is_some_and(|header| signature::is_right(header, secret, &body, self.settings.sha1))
        {
            // §8: it may be acknowledged, and must not be used. Who forged it learns nothing; if the hub did not, there was
            // something to tell.
            warn!(source = %subscription.source, "a pushed document without the right signature was left out");
            self.gaps.note(&subscription.source);
            return text(StatusCode::ACCEPTED, "");
        }
        // Its source may have been taken out while it came.
        let Some(mut place) = place else {
            return self.put_off(&subscription.source, "no place was set aside");
        };
        place.lighten(body.len());
        let content_type = headers.get(CONTENT_TYPE);
        let source = subscription.source.clone();
        let pushed = Pushed {
            source: subscription.source,
            topic: subscription.topic,
            body,
            content_type: content_type.map(|kind| String::from_utf8_lossy(kind.as_bytes()).into_owned()),
            place,
        };
        match (self.shelve)(pushed).await {
            true => text(StatusCode::ACCEPTED, ""),
            false => self.put_off(&source, "what was pushed cannot be kept now"),
        }
    }
}

/// Whether what is pushed there is taken. A hub that was asked may have been answered before an end that took the word of
/// it: it alone knows the path.
fn takes(subscription: &Subscription, now: DateTime<Utc>) -> bool {
    match &subscription.phase {
        Phase::Active { until, .. } | Phase::Leaving { until, .. } => *until > now,
        Phase::Asked { attempts, .. } => *attempts > 0,
        Phase::Over { .. } => false,
    }
}

fn lease(seconds: Option<&str>) -> TimeDelta {
    let [shortest, longest] = LEASES;
    match seconds.and_then(|seconds| seconds.parse::<u64>().ok()) {
        Some(seconds) => i64::try_from(seconds)
            .ok()
            .and_then(TimeDelta::try_seconds)
            .map_or(longest, |lease| lease.clamp(shortest, longest)),
        None => UNSAID,
    }
}
