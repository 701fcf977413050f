//! What a refresh of many sources costs: `cargo bench --bench refresh`.
//!
//! A thousand invented sources, served by another process from loopback addresses of their own, are refreshed by the
//! real program: everything new, nothing new, one source in twenty changed, and nothing new from far away. CPU time is
//! the figure to trust; a bare parse of the same bytes with `feed-rs` is the yardstick for machines unlike ours.
//! A run that does something wrong fails; one that takes long does not.
//!
//! `-- --archive` compares refreshes with 50,000 and 1,000,000 items stored; it takes some minutes.
#![allow(missing_docs, reason = "a program, not a library")]

mod corpus;
mod document;
mod measure;
mod mill;
mod server;
mod table;
mod words;

use std::ffi::OsString;
use std::time::Duration;

use clap::{Parser, Subcommand};

use corpus::Corpus;
use mill::{Mill, Pass};

/// Measure `feedmill refresh`.
#[derive(Parser)]
struct Arguments {
    /// Compare with a million items stored
    #[arg(long)]
    archive: bool,
    /// How many sources
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    sources: u32,
    /// How often; the middle one counts
    #[arg(long, default_value_t = 3)]
    repeat: usize,
    /// Leave the folders under target/tmp: also what to do to measure twice within a minute
    #[arg(long)]
    keep: bool,
    /// Put these words before the command, such as "perf record -o /tmp/perf.data"
    #[arg(long, default_value = "")]
    under: String,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
    #[command(subcommand)]
    role: Option<Role>,
}

/// What this program is when it starts itself again.
#[derive(Subcommand)]
enum Role {
    #[command(hide = true)]
    Serve { sources: usize },
    #[command(hide = true)]
    Measure {
        #[arg(last = true)]
        command: Vec<OsString>,
    },
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    match &arguments.role {
        Some(Role::Serve { sources }) => server::serve(*sources),
        Some(Role::Measure { command }) => measure::report(command),
        // `cargo test --all-targets` runs benchmarks too, without optimisation: it would measure nothing.
        None if !arguments.bench => Ok(()),
        None if arguments.archive => archive(&arguments),
        None => refresh(&arguments),
    }
}

impl Arguments {
    fn mill(&self) -> anyhow::Result<Mill> {
        let under: Vec<OsString> = self.under.split_whitespace().map(OsString::from).collect();
        Mill::new(self.sources as usize, self.keep, &under)
    }

    fn times<T>(&self, pass: impl FnMut(usize) -> anyhow::Result<T>) -> anyhow::Result<Vec<T>> {
        (0..self.repeat.max(1)).map(pass).collect()
    }
}

fn refresh(arguments: &Arguments) -> anyhow::Result<()> {
    let (parse, shown) = yardstick(arguments)?;
    let (mut cold, mut warm, mut changed, mut far) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let _folders = arguments.times(|_| {
        let mut mill = arguments.mill()?;
        cold.push(mill.cold()?);
        warm.push(mill.warm()?);
        changed.push(mill.changed()?);
        mill.latency(100)?;
        far.push(mill.warm()?);
        Ok(mill.close())
    })?;
    table::head();
    table::row("cold, all published", &mut cold, table::cold(parse), parse, shown);
    table::row("warm, all 304", &mut warm, table::WARM, parse, shown);
    table::row(
        "5 % of sources changed",
        &mut changed,
        table::CHANGED,
        parse,
        shown,
    );
    table::row("warm, 100 ms away", &mut far, table::FAR, parse, shown);
    Ok(())
}

fn archive(arguments: &Arguments) -> anyhow::Result<()> {
    const MANY: u64 = 1_000_000;
    let (parse, shown) = yardstick(arguments)?;
    let mut mill = arguments.mill()?;
    let mut stored = mill.cold()?.summary.items.stored;
    let few = stored;
    let (mut warm_few, mut changed_few) = both(arguments, &mut mill)?;
    while stored < MANY {
        mill.fill()?;
        let pass = mill.full()?;
        stored = pass.summary.items.stored;
        eprintln!(
            "{stored} items stored: {:.2} s CPU, {:.0} MB at the peak",
            pass.cost.cpu.as_secs_f64(),
            pass.cost.peak as f64 / 1e6
        );
    }
    let (mut warm_many, mut changed_many) = both(arguments, &mut mill)?;
    table::head();
    let rows: [(&str, u64, &mut Vec<Pass>); 4] = [
        ("warm", few, &mut warm_few),
        ("warm", stored, &mut warm_many),
        ("5 %", few, &mut changed_few),
        ("5 %", stored, &mut changed_many),
    ];
    for (name, stored, passes) in rows {
        table::row(
            &format!("{name}, {stored} items"),
            passes,
            Default::default(),
            parse,
            shown,
        );
    }
    println!();
    table::growth("warm, with a million items", &mut warm_few, &mut warm_many);
    table::growth(
        "5 % changed, with a million items",
        &mut changed_few,
        &mut changed_many,
    );
    Ok(())
}

fn both(arguments: &Arguments, mill: &mut Mill) -> anyhow::Result<(Vec<Pass>, Vec<Pass>)> {
    let warm = arguments.times(|_| mill.warm())?;
    let changed = arguments.times(|_| mill.changed())?;
    Ok((warm, changed))
}

/// Says what the sources show; returns the CPU time of a bare parse of it, and the number of items.
fn yardstick(arguments: &Arguments) -> anyhow::Result<(Duration, u64)> {
    let mut corpus = Corpus::new(arguments.sources as usize);
    corpus.fill();
    let mut sizes: Vec<usize> = (0..corpus.sources.len())
        .map(|index| corpus.document(index).len())
        .collect();
    sizes.sort_unstable();
    let bytes: usize = sizes.iter().sum();
    let mut hosts = vec![0_usize; corpus.sources.len()];
    for source in &corpus.sources {
        hosts[source.host] += 1;
    }
    println!(
        "{} sources on {} hosts, {} on the largest; {} items, {:.1} MB, the middle document {:.0} kB",
        corpus.sources.len(),
        hosts.iter().filter(|sources| **sources > 0).count(),
        hosts.iter().max().unwrap_or(&0),
        corpus.told.items,
        bytes as f64 / 1e6,
        sizes[sizes.len() / 2] as f64 / 1e3,
    );
    let mut parses = arguments.times(|_| measure::bare_parse(&corpus))?;
    parses.sort();
    let (parse, items) = parses[parses.len() / 2];
    anyhow::ensure!(items as u64 == corpus.told.items, "feed-rs found {items} items");
    println!(
        "bare feed-rs parse of the same bytes on one thread: {:.3} s CPU, {:.0} MB/s",
        parse.as_secs_f64(),
        bytes as f64 / 1e6 / parse.as_secs_f64()
    );
    Ok((parse, items as u64))
}
