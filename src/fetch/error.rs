//! What went wrong, in words for the operator. No address is in them: its query may be a secret.

use std::error::Error as StdError;
use std::time::Duration;

use url::Url;

use super::resolver::Unresolved;
use crate::model::{Failure, FailureKind};

/// Characters of a message: servers and certificates have a say in some, and may say much.
const LONGEST: usize = 300;

pub(super) fn setup(message: impl Into<String>) -> Failure {
    failure(FailureKind::Transient, message)
}

pub(super) fn unreadable(message: impl Into<String>) -> Failure {
    failure(FailureKind::Unreadable, message)
}

pub(super) fn failure(kind: FailureKind, message: impl Into<String>) -> Failure {
    let mut message: String = message.into();
    if let Some((end, _)) = message.char_indices().nth(LONGEST) {
        message.truncate(end);
        message.push('…');
    }
    let is_odd = |c: char| c.is_control();
    if message.contains(is_odd) {
        message = message.replace(is_odd, " ");
    }
    Failure { kind, message }
}

pub(super) fn timeout(limit: Duration) -> Failure {
    let limit = humantime::format_duration(limit);
    failure(
        FailureKind::Transient,
        format!("no complete answer within {limit}; raise timeout if the site is that slow"),
    )
}

/// The innermost reason of an error, which is the one that says something.
pub(super) fn chain(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |cause| (*cause).source())
}

/// Why there is no answer, or no end of one.
pub(super) fn of_request(error: reqwest::Error, url: &Url) -> Failure {
    let error = &error.without_url();
    let host = url.host_str().unwrap_or_default();
    if let Some(unresolved) = causes(error).find_map(|cause| cause.downcast_ref::<Unresolved>()) {
        let kind = if unresolved.is_refused {
            FailureKind::Refused
        } else {
            FailureKind::Unreachable
        };
        return failure(kind, unresolved.message.clone());
    }
    let reason = chain(error);
    let mut kind = FailureKind::Transient;
    let message = if let Some(tls) = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        certificate(tls, host)
    } else if error.is_connect() && error.is_timeout() {
        kind = FailureKind::Unreachable;
        format!("{host} does not answer; it may be down, or a firewall is between")
    } else if error.is_connect() {
        if causes(error).any(is_closed_way) {
            kind = FailureKind::Unreachable;
        }
        format!("no connection to {host} ({reason})")
    } else if reason.contains("too large") {
        format!("{host} sent more headers than are read ({reason})")
    } else if error.is_body() || error.is_decode() {
        format!("the answer is broken or was cut short ({reason})")
    } else {
        format!("{host} gave no valid HTTP answer ({reason})")
    };
    failure(kind, message)
}

/// Whether nobody was reached; who breaks off while encryption is agreed upon is there.
fn is_closed_way(error: &(dyn StdError + 'static)) -> bool {
    use std::io::ErrorKind as Kind;
    let error = error.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| {
        matches!(
            error.kind(),
            Kind::ConnectionRefused
                | Kind::HostUnreachable
                | Kind::NetworkUnreachable
                | Kind::NetworkDown
                | Kind::AddrNotAvailable
                | Kind::TimedOut
        )
    })
}

fn certificate(error: &rustls::Error, host: &str) -> String {
    match error {
        rustls::Error::InvalidCertificate(reason) => {
            format!("the certificate of {host} is not valid ({reason}); the site has to mend it")
        }
        other => format!("no secure connection to {host} ({other})"),
    }
}
