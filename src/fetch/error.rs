//! What went wrong, in words for the operator. No address is in them: its query may be a secret.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use chrono::DateTime;
use rustix::io::Errno;
use rustls::CertificateError;
use rustls::pki_types::UnixTime;
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
        return failure(unresolved.kind, unresolved.message.clone());
    }
    let lacking = causes(error).find_map(|cause| shortage(cause.downcast_ref::<io::Error>()?));
    if let Some(lacking) = lacking {
        return failure(FailureKind::Short, short_of(lacking));
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

/// What this machine has too little of, by an error of the system.
pub(super) fn shortage(error: &io::Error) -> Option<&'static str> {
    match Errno::from_io_error(error)? {
        Errno::MFILE | Errno::NFILE => Some("open files (see `ulimit -n`)"),
        Errno::NOMEM | Errno::NOBUFS => Some("memory"),
        _ => None,
    }
}

/// What this machine has too little of right now, whatever an error says: some libraries hide the reason.
pub(super) fn shortage_now() -> Option<&'static str> {
    shortage(&std::fs::File::open("/dev/null").err()?)
}

pub(super) fn short_of(lacking: &str) -> String {
    format!("this machine is short of {lacking}; nothing was sent, and it is tried again soon")
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
    let rustls::Error::InvalidCertificate(reason) = error else {
        return format!("no secure connection to {host} ({error})");
    };
    let day = |time: &UnixTime| {
        let time = i64::try_from(time.as_secs())
            .ok()
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        time.map(|time| time.format("%Y-%m-%d %H:%M UTC").to_string())
            .unwrap_or_default()
    };
    match reason {
        CertificateError::Expired => {
            format!("the certificate of {host} has expired; the site has to renew it")
        }
        CertificateError::ExpiredContext { not_after, .. } => format!(
            "the certificate of {host} has expired, on {}; the site has to renew it",
            day(not_after)
        ),
        CertificateError::NotValidYet => {
            format!("the certificate of {host} is not valid yet; is the clock of this machine right?")
        }
        CertificateError::NotValidYetContext { not_before, .. } => format!(
            "the certificate of {host} is not valid before {}; is the clock of this machine right?",
            day(not_before)
        ),
        CertificateError::NotValidForName => format!(
            "the certificate is for another name than {host}; the address is wrong, or the site has to mend it"
        ),
        CertificateError::NotValidForNameContext { presented, .. } => format!(
            "the certificate is for {}, not for {host}; the address is wrong, or the site has to mend it",
            names(presented)
        ),
        CertificateError::UnknownIssuer => format!(
            "the certificate of {host} is from an issuer that nobody here trusts: the site signed it itself, or does not send \
             the certificates between"
        ),
        CertificateError::Revoked => {
            format!("the certificate of {host} was revoked; the site has to get another one")
        }
        other => format!("the certificate of {host} is not valid ({other}); the site has to mend it"),
    }
}

/// The first few names that a certificate is for, which come as `DnsName("a.example")`.
fn names(presented: &[String]) -> String {
    const MOST: usize = 3;
    let bare = |name: &String| name.split('"').nth(1).unwrap_or(name).to_owned();
    let mut names: Vec<String> = presented.iter().take(MOST).map(bare).collect();
    if names.is_empty() {
        return "no name".into();
    }
    if presented.len() > MOST {
        names.push("others".into());
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::ServerName;

    use super::*;

    #[test]
    fn what_is_wrong_with_a_certificate_is_said_in_words() {
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        for (reason, words) in [
            (
                CertificateError::ExpiredContext {
                    time: at(1_800_000_000),
                    not_after: at(1_700_000_000),
                },
                "the certificate of news.example has expired, on 2023-11-14 22:13 UTC",
            ),
            (
                CertificateError::NotValidForNameContext {
                    expected: ServerName::try_from("news.example").unwrap(),
                    presented: ["a", "b", "c", "d"]
                        .map(|name| format!("DnsName(\"{name}.example\")"))
                        .to_vec(),
                },
                "the certificate is for a.example, b.example, c.example, others, not for news.example",
            ),
            (
                CertificateError::UnknownIssuer,
                "from an issuer that nobody here trusts",
            ),
            (
                CertificateError::NotValidYetContext {
                    time: at(0),
                    not_before: at(1_700_000_000),
                },
                "not valid before 2023-11-14 22:13 UTC; is the clock",
            ),
        ] {
            let said = certificate(&rustls::Error::InvalidCertificate(reason), "news.example");
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn a_shortage_of_this_machine_is_told_from_others() {
        for (errno, is_short) in [
            (Errno::MFILE, true),
            (Errno::NFILE, true),
            (Errno::NOMEM, true),
            (Errno::NOBUFS, true),
            (Errno::CONNREFUSED, false),
            (Errno::TIMEDOUT, false),
        ] {
            assert_eq!(shortage(&io::Error::from(errno)).is_some(), is_short, "{errno}");
        }
        assert_eq!(shortage_now(), None);
    }
}
