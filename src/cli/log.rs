//! The log: to stderr, as text or as JSON, one event a line.

use std::path::Path;

use clap::ValueEnum;
use feedmill::config::{self, LogFormat};
use tracing_subscriber::EnvFilter;

use super::terminal;

/// As `--log-format` and `FEEDMILL_LOG` name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
}

/// What is logged unless `RUST_LOG` says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Talk {
    /// What a person or cron should hear of. What failed is printed at the end.
    Warnings,
    /// What the daemon does, a line a poll. Requests are counted, and logged with `RUST_LOG=feedmill=info`.
    Polls,
}

/// Starts it. `asked` comes before what the configuration says, if there is one.
pub fn start(asked: Option<Format>, config: Option<&Path>, talk: Talk) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        EnvFilter::new(match talk {
            Talk::Warnings => "warn,feedmill::poll=error",
            Talk::Polls => "warn,feedmill=info,feedmill::access=warn",
        })
    });
    let format = match asked {
        Some(Format::Text) => LogFormat::Text,
        Some(Format::Json) => LogFormat::Json,
        None => config.map_or(LogFormat::Text, config::log_format),
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.with_ansi(terminal::stderr_has_colour()).init(),
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).init(),
    }
}
