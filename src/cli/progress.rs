//! A progress bar on a terminal, nothing elsewhere.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use feedmill::refresh::{Event, Listener};
use indicatif::{ProgressBar, ProgressStyle};

use super::out::note;
use super::terminal;

/// What to show while a refresh runs, and how to take it away again.
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar on stderr if that is a terminal.
    pub fn new() -> Self {
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::new(0)
        } else {
            ProgressBar::hidden()
        };
        Self { bar }
    }

    /// Hears of a refresh.
    pub fn listener(&self) -> Listener {
        let bar = self.bar.clone();
        if bar.is_hidden() {
            return Arc::new(|_| {});
        }
        let counts = Counts::default();
        Arc::new(move |event| show(&bar, &counts, event))
    }

    /// Prints a line on stderr, above the bar.
    pub fn say(&self, line: &str) {
        self.bar.suspend(|| note!("{line}"));
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

#[derive(Default)]
struct Counts {
    new: AtomicU64,
    bytes: AtomicU64,
    failed: AtomicU64,
}

fn show(bar: &ProgressBar, counts: &Counts, event: Event) {
    match event {
        Event::Started { sources } => start(bar, "polling", sources),
        Event::Publishing { feeds } => {
            bar.set_message("");
            start(bar, "publishing", feeds);
        }
        Event::Published => bar.inc(1),
        Event::Polled {
            failed, new, bytes, ..
        } => {
            let add = |counter: &AtomicU64, more: u64| counter.fetch_add(more, Ordering::Relaxed) + more;
            let new = add(&counts.new, new as u64);
            let bytes = terminal::bytes(add(&counts.bytes, bytes));
            let failed = add(&counts.failed, u64::from(failed));
            bar.set_message(format!("{new} new · {bytes} · {failed} failed"));
            bar.inc(1);
        }
    }
}

fn start(bar: &ProgressBar, what: &'static str, length: usize) {
    let style = ProgressStyle::with_template("{prefix:>10} [{bar:30}] {pos}/{len} {msg}");
    bar.set_style(style.expect("the template is well formed").progress_chars("=> "));
    bar.set_prefix(what);
    bar.set_position(0);
    bar.set_length(length as u64);
}
