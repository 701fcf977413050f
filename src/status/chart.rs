//! Items a day as a small picture.

use maud::{Markup, html};

/// Of a bar with its gap, and of the whole, in pixels.
const STEP: usize = 4;
const HEIGHT: u64 = 28;

/// Bars for each day: new items, and on top of them what was there already. The words say the same.
pub(super) fn chart(items: &[u64], merged: &[u64]) -> Markup {
    let sum = |counts: &[u64]| counts.iter().sum::<u64>();
    let most = items
        .iter()
        .zip(merged)
        .map(|(new, known)| new + known)
        .max()
        .unwrap_or(0);
    let words = format!(
        "{} new and {} known items in {} days, at most {most} on a day",
        sum(items),
        sum(merged),
        items.len()
    );
    let width = items.len() * STEP;
    let bars = |height: &dyn Fn(usize) -> (u64, u64)| {
        let mut path = String::new();
        for place in 0..items.len() {
            let (from, height) = height(place);
            if height > 0 {
                let (x, y) = (place * STEP, HEIGHT - from);
                path.push_str(&format!("M{x} {y}v-{height}h3v{height}z"));
            }
        }
        path
    };
    // What is there at all is seen, if only as a line.
    let scaled = |count: u64| match count {
        0 => 0,
        _ => (count.saturating_mul(HEIGHT) / most.max(1)).max(1),
    };
    let new = bars(&|place| (0, scaled(items[place])));
    let known = bars(&|place| {
        let below = scaled(items[place]);
        (below, scaled(merged[place]).min(HEIGHT - below))
    });
    html! {
        svg.chart role="img" aria-label=(words) width=(width) height=(HEIGHT) viewBox={ "0 0 " (width) " " (HEIGHT) } {
            title { (words) }
            path.base d={ "M0 " (HEIGHT) "h" (width - 1) } {}
            @if !new.is_empty() { path.new d=(new) {} }
            @if !known.is_empty() { path.known d=(known) {} }
        }
    }
}
