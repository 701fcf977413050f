//! What a command costs.

use std::ffi::OsString;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use nix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::corpus::Corpus;

/// Of a whole process with all its threads.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cost {
    pub wall: Duration,
    /// User and system.
    pub cpu: Duration,
    /// Bytes of memory at its peak.
    pub peak: u64,
    pub code: Option<i32>,
    pub stdout: String,
}

/// Runs a command and measures it. The system counts the memory of whoever started a process as that process's own, so
/// it is started by a small one: this program again, as [`report`].
pub fn run(command: Vec<OsString>) -> anyhow::Result<Cost> {
    let output = Command::new(std::env::current_exe()?)
        .arg("measure")
        .arg("--")
        .args(command)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "the measuring process failed");
    serde_json::from_slice(&output.stdout).context("the measuring process said something else")
}

/// Runs a command and prints its [`Cost`].
pub fn report(command: &[OsString]) -> anyhow::Result<()> {
    let (program, arguments) = command.split_first().context("no command")?;
    let started = Instant::now();
    let output = Command::new(program)
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()?;
    let wall = started.elapsed();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cost = Cost {
        wall,
        cpu: duration(usage.user_time()) + duration(usage.system_time()),
        peak: u64::try_from(usage.max_rss())? * 1_024,
        code: ExitStatus::code(&output.status),
        stdout: String::from_utf8(output.stdout)?,
    };
    println!("{}", serde_json::to_string(&cost)?);
    Ok(())
}

fn duration(time: TimeVal) -> Duration {
    Duration::new(time.tv_sec() as u64, time.tv_usec() as u32 * 1_000)
}

/// What a bare parse of all documents costs on one thread, and how many items it finds.
pub fn bare_parse(corpus: &Corpus) -> anyhow::Result<(Duration, usize)> {
    let (mut cpu, mut items) = (Duration::ZERO, 0);
    for index in 0..corpus.sources.len() {
        let document = corpus.document(index);
        let started = thread_time()?;
        items += feed_rs::parser::parse(document.as_bytes())?.entries.len();
        cpu += thread_time()? - started;
    }
    Ok((cpu, items))
}

fn thread_time() -> anyhow::Result<Duration> {
    Ok(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?.into())
}
