//! What this process holds.

use std::fmt;

/// Old items are dropped from here on (`keep` in the configuration, and a day for what is shown): what is stored, and
/// with it what is held, should not grow any more.
const SETTLED: usize = 6;

/// Megabytes by which days may differ because of when they are looked at: what an allocator keeps is not exact.
const NOISE: f64 = 12.0;

/// Polls, connections and answers that may be under way at one moment: 64 polls, and for each a task on either side.
const UNDER_WAY: usize = 64 * 3;

/// The end of a day.
#[derive(Debug)]
pub struct Day {
    /// Megabytes in memory.
    memory: f64,
    tasks: usize,
    files: usize,
    stored: u64,
    /// Megabytes.
    database: f64,
}

impl Day {
    pub fn now(stored: u64, database: f64) -> Self {
        Self {
            memory: memory(),
            tasks: tasks(),
            files: files(),
            stored,
            database,
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            memory,
            tasks,
            files,
            stored,
            database,
        } = self;
        write!(
            f,
            "{stored:>6} stored in {database:.1} MB, {memory:.1} MB of memory, {tasks} tasks, {files} files"
        )
    }
}

fn memory() -> f64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: f64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4.0 / 1_024.0
}

pub fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

/// Open ones, sockets too.
pub fn files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Once as many items go as come, nothing grows. Of fewer days than that the second half is judged.
pub fn flat(ends: &[Day]) {
    for day in ends {
        assert!(day.tasks <= UNDER_WAY, "tasks are left: {day:?}");
        assert!(day.files <= UNDER_WAY, "files are left: {day:?}");
    }
    let settled = SETTLED.min(ends.len() / 2);
    let highest = |days: &[Day]| days.iter().map(|day| day.memory).fold(0.0, f64::max);
    let later = &ends[settled..];
    let (before, after) = later.split_at(later.len() / 2);
    assert!(
        before.is_empty() || highest(after) <= highest(before) + NOISE,
        "memory grows: {ends:#?}"
    );
}
