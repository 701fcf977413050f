//! `feedmill refresh`

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;
use chrono::Utc;
use clap::Args;
use feedmill::config::Config;
use feedmill::daemon::{self, Unasked};
use feedmill::model::SourceId;
use feedmill::refresh::{self, Error, Options, Summary};
use serde_json::json;
use tokio::sync::watch;

use super::out::{data, note, say};
use super::progress::Progress;
use super::terminal::{self, BAD, BOLD, DIM, GOOD, WARN};
use super::{ConfigArgument, Exit};

/// Arguments of `feedmill refresh`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  feedmill refresh                          poll what is due, publish what changed
  feedmill refresh --source 'Libya Review' --force
  */10 * * * * cd /srv/news && feedmill refresh   a cron line; sources are polled no faster than `every`

Where the daemon holds the database, the daemon is asked to do this.")]
pub struct Arguments {
    #[command(flatten)]
    pub(super) config: ConfigArgument,
    /// Only this source; may be given several times
    #[arg(long = "source", value_name = "NAME")]
    sources: Vec<String>,
    /// Poll also what is not due, still conditionally
    #[arg(long)]
    force: bool,
    /// Send no validators: every source answers in full
    #[arg(long)]
    unconditional: bool,
    /// Write into the output folder even if it holds files that are not this database's
    #[arg(long)]
    adopt: bool,
    /// Print one JSON object on stdout
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let config = arguments.config.load()?;
    let only = match wanted(&config, &arguments.sources) {
        Ok(only) => only,
        Err(message) => {
            note!("{BAD}error{BAD:#}: {}", terminal::safe(&message));
            return Ok(Exit::WrongUsage);
        }
    };
    let options = Options {
        only,
        force: arguments.force,
        unconditional: arguments.unconditional,
        adopt: arguments.adopt,
    };
    let started = Instant::now();
    let runtime = super::runtime()?;
    let summary = match runtime.block_on(pass(&config, &options)) {
        Ok(summary) => summary,
        Err(locked @ Error::Locked(_)) => match runtime.block_on(ask(&config, &options)) {
            Ok(summary) => summary,
            Err(Unasked::Nobody) => {
                note!("{BAD}error{BAD:#}: {}", terminal::safe(&locked.to_string()));
                return Ok(Exit::Locked);
            }
            Err(stopping @ Unasked::Stopping) => {
                note!("{BAD}error{BAD:#}: {stopping}");
                return Ok(Exit::Locked);
            }
            Err(Unasked::Refused(words)) => bail!(words),
        },
        Err(error) => bail!(error),
    };
    if arguments.json {
        data!("{}", json(&summary, started.elapsed()));
    } else {
        print(&summary, &config, started.elapsed());
    }
    Ok(if summary.failed.is_empty() && summary.unreached == 0 {
        Exit::Done
    } else {
        Exit::SomeSourceFailed
    })
}

/// The ids of the sources asked for by name.
fn wanted(config: &Config, names: &[String]) -> Result<Vec<SourceId>, String> {
    let find = |name: &String| {
        let id = SourceId::of(name);
        if config.sources.iter().any(|source| source.id == id) {
            return Ok(id);
        }
        let likeness = |other: &str| strsim::jaro_winkler(&SourceId::of(other).to_string(), id.as_str());
        let nearest = config
            .sources
            .iter()
            .max_by(|a, b| likeness(&a.name).total_cmp(&likeness(&b.name)));
        let hint = nearest
            .map(|source| format!("; did you mean \"{}\"?", source.name))
            .unwrap_or_default();
        Err(format!("no source is called \"{name}\"{hint}"))
    };
    names.iter().map(find).collect()
}

/// One refresh with a progress bar, stopped by Ctrl-C or SIGTERM.
pub async fn pass(config: &Config, options: &Options) -> Result<Summary, Error> {
    let progress = Progress::new();
    let (stop, stopped) = watch::channel(false);
    let signals = tokio::spawn(async move {
        interrupted().await;
        // Nobody listens any more when the refresh has just ended.
        let _ = stop.send(true);
        interrupted().await;
        std::process::exit(Exit::CouldNotRun as i32);
    });
    let refreshed = refresh::refresh(config, options, Arc::new(Utc::now), progress.listener(), stopped).await;
    signals.abort();
    progress.clear();
    refreshed
}

/// The same by the daemon that holds the database. Ctrl-C ends the waiting, not what the daemon does.
async fn ask(config: &Config, options: &Options) -> Result<Summary, Unasked> {
    let progress = Progress::new();
    let waiting = |words: &str| progress.say(&format!("{WARN}waiting{WARN:#}: {}", terminal::safe(words)));
    let asked = daemon::ask(&config.site.database, options, &progress.listener(), &waiting).await;
    progress.clear();
    asked
}

/// Waits for Ctrl-C, or where there is such a thing, SIGTERM.
pub async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a handler Ctrl-C ends the process, which is safe too.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn json(summary: &Summary, elapsed: Duration) -> serde_json::Value {
    json!({
        "sources": {
            "polled": summary.polled,
            "not_modified": summary.not_modified,
            "failed": summary.failed.len(),
            "skipped": summary.skipped,
            "unreached": summary.unreached,
        },
        "items": {
            "new": summary.new_items,
            "changed": summary.changed_items,
            "duplicates": summary.duplicates,
            "copies": summary.copies,
            "stored": summary.stored_items,
        },
        "feeds": summary.feeds,
        "files": summary.files,
        "articles": summary.articles,
        "bytes": summary.bytes,
        "seconds": elapsed.as_secs_f64(),
        "failures": summary.failed,
        "warnings": summary.warnings,
        "clock": summary.clock,
    })
}

/// The closing summary.
pub fn print(summary: &Summary, config: &Config, elapsed: Duration) {
    let polled = terminal::count(summary.polled as u64, "source");
    let skipped = if summary.skipped > 0 {
        format!(", {} not due", summary.skipped)
    } else {
        String::new()
    };
    say!(
        "{BOLD}{polled}{BOLD:#} polled in {}: {} not modified, {} failed{skipped} {DIM}({} received){DIM:#}",
        terminal::elapsed(elapsed),
        terminal::thousands(summary.not_modified as u64),
        terminal::thousands(summary.failed.len() as u64),
        terminal::bytes(summary.bytes),
    );
    let copies = match summary.copies {
        0 => String::new(),
        copies => format!(
            " ({} of them copies of others)",
            terminal::thousands(copies as u64)
        ),
    };
    say!(
        "{GOOD}{BOLD}{}{BOLD:#}{GOOD:#}{copies}, {} changed, {} again from elsewhere; {} stored",
        terminal::count(summary.new_items as u64, "new item"),
        terminal::thousands(summary.changed_items as u64),
        terminal::thousands(summary.duplicates as u64),
        terminal::thousands(summary.stored_items),
    );
    if summary.articles > 0 {
        let pages = terminal::count(summary.articles as u64, "page");
        say!("{pages} of articles fetched");
    }
    say!(
        "{}: {} written {DIM}({}){DIM:#}, {} unchanged in {}",
        terminal::count(summary.feeds as u64, "feed"),
        terminal::count(summary.files.written, "file"),
        terminal::bytes(summary.files.bytes),
        terminal::thousands(summary.files.unchanged),
        terminal::safe(&config.site.output.display().to_string()),
    );
    if summary.unreached > 0 {
        say!(
            "{BAD}offline{BAD:#}  this machine seems to be offline: {} could not be reached; none of them is blamed for it",
            terminal::count(summary.unreached as u64, "source"),
        );
    }
    if let Some(clock) = &summary.clock {
        say!("{BAD}clock{BAD:#}  {}", terminal::safe(&clock.message));
    }
    let troubles = [
        (WARN, "note", &summary.warnings),
        (BAD, "failed", &summary.failed),
    ];
    for (style, word, list) in troubles {
        for trouble in list {
            let mut lines = trouble.message.lines();
            let source = terminal::safe(&trouble.source);
            let message = terminal::safe(lines.next().unwrap_or_default());
            say!("{style}{word}{style:#}  source \"{source}\": {message}");
            for line in lines {
                say!("      {}", terminal::safe(line));
            }
        }
    }
}
