//! The command line: a file per command. Printing, progress and exit codes live here and nowhere else.

mod add;
mod check;
mod demo;
mod inspect;
mod progress;
mod refresh;
mod run;
mod status;
mod terminal;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use feedmill::config::{self, Config};

/// How a command ended; the numbers are a contract with scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Done = 0,
    CouldNotRun = 1,
    WrongUsage = 2,
    SomeSourceFailed = 3,
    Locked = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Merges many news feeds into one feed per category and per tag, each article once.
#[derive(Parser)]
#[command(
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    after_help = "\
Exit codes:
  0  done
  1  could not run: configuration, database or output
  2  wrong usage
  3  done, but some source failed
  4  another refresh holds the database

Examples:
  feedmill demo                          see it work, without network
  feedmill add https://example.org/      find its feed, or read its page
  feedmill check                         what feedmill understood of feeds.toml
  feedmill refresh                       one pass, for cron
  feedmill run                           the daemon: polls, publishes and serves
  feedmill inspect feed https://example.org/feed/
  feedmill inspect listing https://example.org/news/"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Poll every source that is due, then publish what changed
    Refresh(refresh::Arguments),
    /// Poll each source when it is due, publish what changed and serve it, until stopped
    Run(run::Arguments),
    /// Find the best way to poll a site and write it into feeds.toml
    Add(add::Arguments),
    /// Check feeds.toml and print what feedmill understood; with --online ask each source once
    Check(check::Arguments),
    /// Show what feedmill sees in a file or page
    #[command(subcommand)]
    Inspect(inspect::Command),
    /// Show each source's health and each feed's size
    Status(status::Arguments),
    /// Refresh from a sample newsroom on this machine; no network
    Demo(demo::Arguments),
}

/// Where the configuration is.
#[derive(Args, Clone)]
struct ConfigArgument {
    /// The configuration file
    #[arg(
        long,
        value_name = "FILE",
        default_value = "feeds.toml",
        env = "FEEDMILL_CONFIG"
    )]
    config: PathBuf,
}

impl ConfigArgument {
    fn load(&self) -> anyhow::Result<Config> {
        self.read(config::load)
    }

    fn read<T>(&self, read: impl FnOnce(&Path) -> Result<T, config::Errors>) -> anyhow::Result<T> {
        read(&self.config).map_err(|error| anyhow::anyhow!("{}", error.render(terminal::stderr_has_colour())))
    }
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    // On usage errors clap exits with 2 by itself, which is what the contract says.
    let cli = Cli::parse();
    // A daemon says what it does; other commands print it.
    let logs = if matches!(cli.command, Command::Run(_)) {
        "info,feedmill::access=warn"
    } else {
        "warn"
    };
    start_logs(logs);
    let ended = match cli.command {
        Command::Refresh(arguments) => refresh::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Add(arguments) => add::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Inspect(command) => inspect::run(&command),
        Command::Status(arguments) => status::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
    };
    let exit = ended.unwrap_or_else(|error| {
        anstream::eprintln!("{}", terminal::error(&error));
        Exit::CouldNotRun
    });
    exit.into()
}

/// Logs go to stderr; `RUST_LOG` says which, otherwise `default`.
fn start_logs(default: &str) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(terminal::stderr_has_colour())
        .init();
}

/// The runtime that commands with network need.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
