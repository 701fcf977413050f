//! Figures beside what they should be.

use std::time::Duration;

use crate::mill::Pass;

/// Cold, at most so many times the bare parse.
const COLD: u32 = 7;
/// With a million items stored, at most so many times what it takes with few.
const GROWTH: f64 = 1.3;

/// What a kind of refresh may cost.
#[derive(Clone, Copy, Default)]
pub struct Target {
    pub cpu: Option<Duration>,
    pub wall: Option<Duration>,
    /// Bytes.
    pub peak: Option<u64>,
}

pub const WARM: Target = Target {
    cpu: Some(Duration::from_millis(150)),
    wall: None,
    peak: None,
};
pub const CHANGED: Target = Target {
    cpu: Some(Duration::from_millis(600)),
    wall: None,
    peak: None,
};
pub const FAR: Target = Target {
    cpu: None,
    wall: Some(Duration::from_millis(2_500)),
    peak: None,
};

pub fn cold(parse: Duration) -> Target {
    Target {
        cpu: Some(parse * COLD),
        wall: None,
        peak: Some(150_000_000),
    }
}

pub fn head() {
    println!(
        "\n{:<26} {:>8} {:>15} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9} {:>8} {:>9} {:>9}",
        "",
        "CPU s",
        "from-to",
        "target",
        "x parse",
        "wall s",
        "target",
        "peak MB",
        "target",
        "items/s",
        "files",
        "MB",
        "requests"
    );
}

/// The middle of several passes, by CPU time.
pub fn row(name: &str, passes: &mut [Pass], target: Target, parse: Duration, shown: u64) {
    passes.sort_by_key(|pass| pass.cost.cpu);
    let spread =
        [&passes[0], &passes[passes.len() - 1]].map(|pass| format!("{:.2}", pass.cost.cpu.as_secs_f64()));
    let Pass {
        cost,
        summary,
        counted,
    } = middle(passes);
    let seconds =
        |target: Option<Duration>| target.map_or(String::new(), |t| format!("{:.2}", t.as_secs_f64()));
    println!(
        "{name:<26} {:>8.3} {:>15} {:>8} {:>8.2} {:>8.2} {:>8} {:>8.0} {:>8} {:>9.0} {:>8} {:>9.1} {:>9}",
        cost.cpu.as_secs_f64(),
        spread.join("-"),
        seconds(target.cpu),
        cost.cpu.as_secs_f64() / parse.as_secs_f64(),
        cost.wall.as_secs_f64(),
        seconds(target.wall),
        cost.peak as f64 / 1e6,
        target
            .peak
            .map_or(String::new(), |peak| (peak / 1_000_000).to_string()),
        shown as f64 / cost.wall.as_secs_f64(),
        summary.files.written,
        summary.files.bytes as f64 / 1e6,
        counted.requests,
    );
    let over = target.cpu.is_some_and(|most| cost.cpu > most)
        || target.wall.is_some_and(|most| cost.wall > most)
        || target.peak.is_some_and(|most| cost.peak > most);
    if over {
        println!("{:<26} over its target", "");
    }
}

/// How much more the same refresh costs with more stored.
pub fn growth(name: &str, few: &mut [Pass], many: &mut [Pass]) {
    let growth = middle(many).cost.cpu.as_secs_f64() / middle(few).cost.cpu.as_secs_f64();
    let verdict = if growth > GROWTH { ", over its target" } else { "" };
    println!("{name}: {growth:.2} times the CPU time (at most {GROWTH}){verdict}");
}

fn middle(passes: &mut [Pass]) -> &Pass {
    passes.sort_by_key(|pass| pass.cost.cpu);
    &passes[passes.len() / 2]
}
