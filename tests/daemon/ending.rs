//! The end, and what the service manager hears.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::program::Program;
use crate::running::{PATIENCE, Running, eventually};
use crate::server::{Answer, Server, Then, feed};

fn table(name: &str, url: &str) -> String {
    format!("[[source]]\nname = \"{name}\"\nfeed = \"{url}\"\n")
}

/// No file of the output is cut short.
fn assert_whole(program: &Program) {
    let files = program.files();
    assert!(!files.is_empty());
    for (name, (bytes, _)) in &files {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_end();
        let end = match name.rsplit('.').next().unwrap() {
            "json" => "}",
            "css" => "}",
            _ => ">",
        };
        assert!(!name.contains("unfinished"), "{name}");
        assert!(
            text.ends_with(end),
            "{name} ends with {:?}",
            &text[text.len().saturating_sub(20)..]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_in_the_middle_of_polls_leaves_a_whole_output_within_ten_seconds() {
    let slow = Server::start("127.0.0.1", |_, _| {
        Answer::raw("HTTP/1.1 200 OK\r\n", Then::Silence)
    })
    .await;
    let quick = Server::start("127.0.0.1", |asked, _| {
        Answer::new(
            200,
            &["ETag: \"1\""],
            feed(&[asked.target().trim_start_matches('/')]),
        )
    })
    .await;
    let mut sources = table("Slow", &slow.url("/slow"));
    for number in 0..200 {
        sources += &table(&format!("Q{number}"), &quick.url(&format!("/q{number}")));
    }
    let program = Program::reading(&sources);
    let mut daemon = Running::start(&program);
    eventually(
        || (quick.count() > 20 && slow.count() > 0).then_some(()),
        || format!("{} and {}\n{}", quick.count(), slow.count(), daemon.log()),
    );
    daemon.signal(Signal::SIGTERM);
    let (status, elapsed) = daemon.wait();
    assert_eq!(status.code(), Some(0), "{}", daemon.log());
    assert!(elapsed < Duration::from_secs(10), "{elapsed:?}");
    assert!(daemon.log().contains("abandoned polls"), "{}", daemon.log());
    assert_whole(&program);
    assert!(!program.folder().join("feedmill.db.sock").exists());
    let asked = quick.count();
    assert!(asked < 200, "it went on polling");
    // What was polled is stored and published; the next start asks only the others.
    let published = program.titles("").len();
    assert_eq!(published, asked, "{}", daemon.log());
    let summary = program.refresh(&["--source", "Q0", "--source", "Q199"], 0);
    assert_eq!(summary["sources"]["polled"], quick.count() - asked, "{summary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_daemon_ends_at_once_and_a_second_signal_does_not_wait() {
    let quick = Server::start("127.0.0.1", |_, _| {
        Answer::new(200, &["ETag: \"1\""], feed(&["one"]))
    })
    .await;
    let program = Program::reading(&table("One", &quick.url("/")));
    let mut daemon = Running::start(&program);
    daemon.shows("/rss.xml", |_, text| text.contains("<item>"));
    daemon.signal(Signal::SIGINT);
    let (status, elapsed) = daemon.wait();
    assert_eq!(status.code(), Some(0), "{}", daemon.log());
    assert!(elapsed < Duration::from_secs(3), "{elapsed:?}");

    let slow = Server::start("127.0.0.1", |_, _| Answer::raw("", Then::Silence)).await;
    let program = Program::reading(&table("Slow", &slow.url("/")));
    let mut daemon = Running::start(&program);
    eventually(|| (slow.count() > 0).then_some(()), || daemon.log());
    daemon.signal(Signal::SIGTERM);
    daemon.says("no new polls");
    daemon.signal(Signal::SIGTERM);
    let (status, elapsed) = daemon.wait();
    assert_eq!(status.code(), Some(1));
    assert!(elapsed < Duration::from_secs(3), "{elapsed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_manager_hears_ready_reloading_alive_and_stopping() {
    let quick = Server::start("127.0.0.1", |_, _| {
        Answer::new(200, &["ETag: \"1\""], feed(&["one"]))
    })
    .await;
    let program = Program::reading(&table("One", &quick.url("/")));
    let path = program.folder().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let hear = |prefix: &str| {
        let mut buffer = [0; 4_096];
        loop {
            let length = manager.recv(&mut buffer).expect(prefix);
            let said = String::from_utf8(buffer[..length].to_vec()).unwrap();
            if said.starts_with(prefix) {
                return said;
            }
            let is_expected = ["STATUS=", "WATCHDOG=1", "READY=1"]
                .iter()
                .any(|known| said.starts_with(known));
            assert!(is_expected, "{said:?} before {prefix:?}");
        }
    };
    let variables = [
        ("NOTIFY_SOCKET", path.to_str().unwrap()),
        ("WATCHDOG_USEC", "1000000"),
    ];
    let mut daemon = Running::with(&program, &variables);
    assert_eq!(hear("READY=1"), "READY=1");
    hear("WATCHDOG=1");
    hear("STATUS=1 sources, published 20");
    daemon.signal(Signal::SIGHUP);
    assert!(hear("RELOADING=1").contains("\nMONOTONIC_USEC="));
    hear("READY=1");
    hear("WATCHDOG=1");
    daemon.signal(Signal::SIGTERM);
    hear("STOPPING=1");
    assert_eq!(daemon.wait().0.code(), Some(0));
}
