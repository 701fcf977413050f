//! `[serve]` and `[log]`: what the operator sees of it.

use std::net::SocketAddr;
use std::path::Path;

use toml::de::DeTable;

use super::expand::{Environment, expand};
use super::problem::{Problems, nearest};
use super::table::Table;
use super::{Log, LogFormat, Serve};
use crate::model::Secret;

/// Characters of a token: fewer can be guessed.
const SHORTEST_TOKEN: usize = 16;

const FORMATS: [(&str, LogFormat); 2] = [("text", LogFormat::Text), ("json", LogFormat::Json)];

pub(super) fn serve(table: &Table<'_>, env: Environment<'_>, problems: &mut Problems) -> Serve {
    table.check_keys(&["admin", "token"], &[], problems);
    let admin = table
        .text("admin", "\"127.0.0.1:9090\"", problems)
        .and_then(|text| {
            let address = text.value.parse::<SocketAddr>().ok();
            if address.is_none() {
                let message = format!("`{}` is no address to listen on", text.value);
                problems.advise(
                    text.span,
                    message,
                    "write an IP address and a port, such as \"127.0.0.1:9090\"",
                );
            }
            address
        });
    let token =
        table
            .text("token", "\"${FEEDMILL_TOKEN}\"", problems)
            .and_then(|text| {
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
            });
    Serve { admin, token }
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
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let (root, _) = DeTable::parse_recoverable(&text);
    let log = root.get_ref().get("log").and_then(|log| log.get_ref().as_table());
    let name = log
        .and_then(|log| log.get("format"))
        .and_then(|format| format.get_ref().as_str());
    let known = FORMATS.iter().find(|(known, _)| Some(*known) == name);
    known.map_or(LogFormat::Text, |(_, format)| *format)
}
