//! A story grows when its hour is over, though no poll brings anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::alerts::Mill;
use crate::desk::Desk;
use crate::newsroom::Newsroom;
use crate::running::eventually;

const REPORTS: [(&str, &str, &str); 3] = [
    (
        "Khoms port strike ends after nine days",
        "12:00",
        "Dockers in Khoms went back to work on Sunday after nine days of strike, the port authority said. Crane drivers \
         had asked for the wages of three months. Nineteen ships wait outside the harbour of Khoms.",
    ),
    (
        "Cranes move again in Khoms as the strike ends",
        "12:20",
        "The cranes of Khoms unload again: the strike of the dockers is over, nine days after crane drivers stopped work \
         for their wages. The port authority counts nineteen ships before the harbour.",
    ),
    (
        "First ships leave Khoms after the port strike",
        "12:40",
        "Two ships left the harbour of Khoms, where the strike of the dockers ended on Sunday. Seventeen more wait for \
         the crane drivers, says the port authority, which paid them the wages of three months.",
    ),
];

fn feed(reports: &[(&str, &str, &str)]) -> String {
    let items: String = reports
        .iter()
        .map(|(title, time, text)| {
            format!(
                "<item><title>{title}</title><link>https://ports.example/{}</link><category>Ports</category>\
                 <pubDate>Sun, 15 Nov 2026 {time}:00 GMT</pubDate><description>{text}</description></item>",
                &time[3..]
            )
        })
        .collect();
    format!(
        "<rss version=\"2.0\"><channel><title>Ports</title><link>https://ports.example/</link>\
         <description>d</description>{items}</channel></rss>"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_grows_an_hour_after_it_last_did() {
    let newsroom = Newsroom::start().await.unwrap();
    let desk = Desk::new(&[]);
    desk.program.configure(&format!(
        "[site]\ntitle = \"Wire\"\nurl = \"https://feeds.example/\"\n\
         [fetch]\nevery = \"1d\"\nhost_gap = \"0s\"\nallow_private_hosts = true\n\
         [[tag]]\nname = \"Ports\"\ncollapse = \"stories\"\n\
         [[source]]\nname = \"Ports\"\nfeed = \"{}\"\n",
        newsroom.url("/ports.xml"),
    ));
    let clock = Arc::new(AtomicI64::new(desk.now().timestamp()));
    newsroom.set("/ports.xml", feed(&REPORTS[..2]));
    let mill = Mill::start(&desk, &clock).await;
    mill.round().await;
    let told = || {
        let entry = &desk.program.json_feed("tag/ports/")["items"][0];
        entry["_related"]["story"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(told(), 1, "the two are one story");
    newsroom.set("/ports.xml", feed(&REPORTS));
    mill.round().await;
    assert_eq!(told(), 1, "it grew just now");
    assert_eq!(desk.program.titles("").len(), 3, "other feeds have it at once");
    let due = mill.handle.standing().grows_at.unwrap();
    assert_eq!(due.timestamp(), clock.load(Ordering::SeqCst) + 3_600);
    clock.store(due.timestamp(), Ordering::SeqCst);
    eventually(|| (told() == 2).then_some(()), || format!("{} others", told()));
    // The files are there before the board knows.
    let grows_at = || mill.handle.standing().grows_at;
    eventually(
        || grows_at().is_none().then_some(()),
        || format!("{:?}", grows_at()),
    );
    mill.stop().await;
}
