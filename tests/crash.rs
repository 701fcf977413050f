//! `kill -9` at any moment leaves a database that opens and an output of whole files, and the next refresh makes it
//! right with nothing lost or doubled.

#[path = "newsroom/mod.rs"]
mod newsroom;
mod program;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use newsroom::Newsroom;
use program::Program;

const KILLS: usize = 100;

/// In the name of a file that was being written when its writer was killed; the next refresh sweeps it away.
const UNFINISHED: &str = "unfinished";

/// Moments that differ from kill to kill and are the same in every run (xorshift).
fn moments(longest: Duration) -> impl Iterator<Item = Duration> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        longest.mul_f64((state >> 11) as f64 / (1_u64 << 53) as f64)
    })
}

/// An RSS document of a bulletin that has reached this round: each round brings two articles and drops none.
fn bulletin(round: usize) -> String {
    let item = |number: usize| {
        format!(
            "<item><title>Bulletin {number}</title><link>https://bulletin.example/{number}</link>\
             <guid isPermaLink=\"false\">b-{number}</guid><category>Bulletins</category>\
             <pubDate>Sun, 15 Nov 2026 10:{:02}:{:02} GMT</pubDate><description>Number {number}.</description></item>",
            number / 60 % 60,
            number % 60,
        )
    };
    let items: String = (0..=2 * round).map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>Bulletin</title>{items}</channel></rss>")
}

/// Every file in the output is complete: XML ends its root, JSON parses, pages end.
fn assert_whole(program: &Program, kill: usize) {
    for (name, (bytes, _)) in program.files() {
        let text = String::from_utf8(bytes).unwrap_or_else(|_| panic!("{name} after kill {kill}"));
        let is_whole = match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("json") => serde_json::from_str::<serde_json::Value>(&text).is_ok(),
            Some("xml") => ["</rss>", "</feed>"]
                .iter()
                .any(|end| text.trim_end().ends_with(end)),
            Some("opml") => text.trim_end().ends_with("</opml>"),
            Some("html") => text.trim_end().ends_with("</html>"),
            Some("css") => text.trim_end().ends_with('}'),
            _ => name.contains(UNFINISHED),
        };
        assert!(is_whole, "{name} is cut short after kill {kill}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_kills_lose_nothing_and_double_nothing() {
    let newsroom = Newsroom::start().await.unwrap();
    newsroom.set("/bulletin.xml", bulletin(0));
    let address = newsroom.address();
    let program = Program::with(|output, database| {
        let toml = newsroom.config(output, database);
        format!("{toml}\n[[source]]\nname = \"Bulletin\"\nfeed = \"http://{address}/bulletin.xml\"\n")
    });
    let started = Instant::now();
    program.refresh(&["--force"], 3);
    let longest = started.elapsed().mul_f64(1.2);

    for (kill, moment) in moments(longest).take(KILLS).enumerate() {
        newsroom.set("/bulletin.xml", bulletin(kill + 1));
        let mut child = program.start(&["refresh", "--force"]);
        // Not waiting for anything: any moment is a good one to be killed at.
        std::thread::sleep(moment);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_whole(&program, kill);
        let status = program.run(&["status", "--json"]);
        assert!(
            status.status.success(),
            "{}",
            String::from_utf8_lossy(&status.stderr)
        );
    }

    program.refresh(&["--force"], 3);
    assert_whole(&program, KILLS);
    let leftovers: Vec<String> = program
        .files()
        .into_keys()
        .filter(|name| name.contains(UNFINISHED))
        .collect();
    assert_eq!(leftovers, Vec::<String>::new());
    let titles = program.titles("tag/bulletins/");
    let distinct: BTreeSet<&String> = titles.iter().collect();
    assert_eq!(distinct.len(), titles.len(), "an item is doubled");
    let newest = &titles[0];
    assert_eq!(newest, &format!("Bulletin {}", 2 * KILLS));
    let undisturbed = Program::with(|output, database| {
        let toml = newsroom.config(output, database);
        format!("{toml}\n[[source]]\nname = \"Bulletin\"\nfeed = \"http://{address}/bulletin.xml\"\n")
    });
    undisturbed.refresh(&["--force"], 3);
    assert_eq!(titles, undisturbed.titles("tag/bulletins/"), "an item is lost");
}
