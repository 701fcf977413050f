//! The command line: a file per command. Printing, progress and exit codes live here and nowhere else.

mod add;
mod check;
mod demo;
mod explain;
mod inspect;
mod log;
mod out;
mod progress;
mod refresh;
mod rule;
mod run;
mod status;
mod terminal;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use feedmill::config::{self, Config};

use self::out::note;

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
    /// How the log on stderr is written; `RUST_LOG` says what is logged
    #[arg(long, global = true, value_enum, value_name = "FORMAT", env = "FEEDMILL_LOG")]
    log_format: Option<log::Format>,
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
    /// Show why an item is in each of its feeds, and what it was merged with
    Explain(explain::Arguments),
    /// Take an item out of the articles or the story it was merged with
    Split(rule::Split),
    /// Count two items as one article, or as one story
    Merge(rule::Merge),
    /// Show each source's health and each feed's size
    Status(status::Arguments),
    /// Refresh from a sample newsroom on this machine; no network
    Demo(demo::Arguments),
}

impl Command {
    /// The configuration that it reads.
    fn config(&self) -> Option<&Path> {
        let argument = match self {
            Self::Refresh(arguments) => &arguments.config,
            Self::Run(arguments) => &arguments.config,
            Self::Add(arguments) => &arguments.config,
            Self::Check(arguments) => &arguments.config,
            Self::Status(arguments) => &arguments.config,
            Self::Explain(arguments) => &arguments.config,
            Self::Split(arguments) => &arguments.config,
            Self::Merge(arguments) => &arguments.config,
            Self::Inspect(_) | Self::Demo(_) => return None,
        };
        Some(&argument.config)
    }
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
    let talk = match cli.command {
        Command::Run(_) => log::Talk::Polls,
        _ => log::Talk::Warnings,
    };
    log::start(cli.log_format, cli.command.config(), talk);
    let ended = match cli.command {
        Command::Refresh(arguments) => refresh::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Add(arguments) => add::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Inspect(command) => inspect::run(&command),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Split(arguments) => rule::split(&arguments),
        Command::Merge(arguments) => rule::merge(&arguments),
        Command::Status(arguments) => status::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
    };
    let exit = ended.unwrap_or_else(|error| {
        note!("{}", terminal::error(&error));
        Exit::CouldNotRun
    });
    out::finish(exit).into()
}

/// The runtime that commands with network need.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
