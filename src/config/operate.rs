//! `[serve]` and `[log]`: what the operator sees of it.

use std::net::SocketAddr;
use std::path::Path;

use toml::de::DeTable;

use super::expand::{Environment, expand};
use super::problem::{Problems, nearest};
use super::table::{Placed, Table};
use super::{Log, LogFormat, Serve};
use crate::model::Secret;

/// Characters of a token: fewer can be guessed.
const SHORTEST_TOKEN: usize = 16;

const FORMATS: [(&str, LogFormat); 2] = [("text", LogFormat::Text), ("json", LogFormat::Json)];

pub(super) fn serve(table: &Table<'_>, env: Environment<'_>, problems: &mut Problems) -> Serve {
    table.check_keys(&["listen", "admin", "token"], &[], problems);
    let listen = address(table, "listen", "\"127.0.0.1:8080\"", problems);
    let admin = address(table, "admin", "\"127.0.0.1:9090\"", problems);
    let token = table.text("token", "\"${FEEDMILL_TOKEN}\"", problems);
    Serve {
        listen: listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080))),
        admin,
        token: token.and_then(|text| self::token(text, env, problems)),
    }
}

fn address(table: &Table<'_>, key: &str, example: &str, problems: &mut Problems) -> Option<SocketAddr> {
    let text = table.text(key, example, problems)?;
    let address = text.value.parse().ok();
    if address.is_none() {
        let message = format!("`{key}` in [serve] is no address to serve on");
        let advice = format!("write an IP address and a port, such as {example} or \"[::]:8080\"");
        problems.advise(text.span, message, advice);
    }
    address
}

fn token(text: Placed<String>, env: Environment<'_>, problems: &mut Problems) -> Option<Secret> {
    let before = problems.0.len();
    let token = expand(text, env, problems);
    // Its value is shown nowhere, and a variable that is not set was told of already.
    let is_plain = token.value.bytes().all(|byte| byte.is_ascii_graphic());
    if problems.0.len() == before && (token.value.len() < SHORTEST_TOKEN || !is_plain) {
        problems.advise(
            token.span,
            "`token` in [serve] can be guessed, or cannot be sent",
            format!("take at least {SHORTEST_TOKEN} letters and digits, as `openssl rand -hex 16` gives"),
        );
        return None;
    }
    Some(Secret::new(token.value))
}

pub(super) fn log(table: &Table<'_>, problems: &mut Problems) -> Log {
    table.check_keys(&["format"], &[], problems);
    let Some(text) = table.text("format", "\"text\" or \"json\"", problems) else {
        return Log::default();
    };
    let known = FORMATS.iter().find(|(name, _)| *name == text.value);
    if known.is_none() {
        let advice = nearest(&text.value, FORMATS.map(|(name, _)| name))
            .map_or("formats: text, json".into(), |right| {
                format!("did you mean `{right}`?")
            });
        let message = format!("unknown format `{}`", text.value);
        problems.advise(text.span, message, advice);
    }
    Log {
        format: known.map_or(LogFormat::Text, |(_, format)| *format),
    }
}

/// What a file says of the log, as far as it can be read: what is wrong with it is told later, and in that format.
pub fn log_format(path: &Path) -> LogFormat {
    let text = super::string(path).unwrap_or_default();
    let (root, _) = DeTable::parse_recoverable(&text);
    let log = root.get_ref().get("log").and_then(|log| log.get_ref().as_table());
    let name = log
        .and_then(|log| log.get("format"))
        .and_then(|format| format.get_ref().as_str());
    let known = FORMATS.iter().find(|(known, _)| Some(*known) == name);
    known.map_or(LogFormat::Text, |(_, format)| *format)
}
