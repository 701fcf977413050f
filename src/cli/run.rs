//! `feedmill run`

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use feedmill::daemon::{Daemon, Error, Handle, Start};
use feedmill::refresh;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::out::{data, note};
use super::terminal::{self, BAD};
use super::{ConfigArgument, Exit};

/// What still runs on other threads at the end is not waited for longer: nothing of it writes.
const LEFTOVERS: Duration = Duration::from_millis(200);

/// Arguments of `feedmill run`.
#[derive(Args)]
#[command(after_help = "\
Signals:
  SIGHUP           read feeds.toml again; it is also read when it changes
  SIGTERM, Ctrl-C  stop within ten seconds, with all that was polled stored and published; twice: at once

RUST_LOG says what is logged, to stderr: info when it is not set, one line for each poll.")]
pub struct Arguments {
    #[command(flatten)]
    pub(super) config: ConfigArgument,
    /// Serve readers on this address, in place of `listen` in [serve]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Write into the output folder even if it holds files that are not this database's
    #[arg(long)]
    adopt: bool,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut start = arguments.config.read(|path| Start::load(path.to_owned()))?;
    start.listen = arguments.listen;
    start.adopt = arguments.adopt;
    let runtime = super::runtime()?;
    let ran = runtime.block_on(live(start));
    runtime.shutdown_timeout(LEFTOVERS);
    ran
}

async fn live(start: Start) -> anyhow::Result<Exit> {
    // Before anything is there to lose: from here on a signal ends the daemon in an orderly way.
    let signals = Signals::new()?;
    let daemon = match Daemon::open(start).await {
        Ok(daemon) => daemon,
        Err(Error::Refresh(locked @ refresh::Error::Locked(_))) => {
            note!("{BAD}error{BAD:#}: {}", terminal::safe(&locked.to_string()));
            return Ok(Exit::Locked);
        }
        Err(error) => return Err(error.into()),
    };
    data!("serving on http://{}/", daemon.address());
    let hearing = tokio::spawn(signals.hear(daemon.handle()));
    let ran = daemon.run().await;
    hearing.abort();
    ran?;
    Ok(Exit::Done)
}

/// What the operator and the system say.
struct Signals {
    hangup: Signal,
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn hear(mut self, handle: Handle) {
        loop {
            tokio::select! {
                Some(()) = self.hangup.recv() => handle.reload().await,
                Some(()) = self.interrupt.recv() => break,
                Some(()) = self.terminate.recv() => break,
            }
        }
        handle.stop().await;
        tokio::select! {
            Some(()) = self.interrupt.recv() => {}
            Some(()) = self.terminate.recv() => {}
        }
        std::process::exit(Exit::CouldNotRun as i32);
    }
}
