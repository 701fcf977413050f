//! The disk does not do what it should.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::program::Program;
use crate::running::{Running, eventually, listen};
use crate::server::{Answer, Server, feed};

#[tokio::test(flavor = "multi_thread")]
async fn an_output_that_cannot_be_written_is_told_served_as_it_was_and_tried_again() {
    let server = Server::start("127.0.0.1", |asked, number| {
        let late = format!("late{number}");
        let items = [asked.target(), late];
        Answer::new(200, &[], feed(&[items[0].trim_start_matches('/'), &items[1]]))
    })
    .await;
    let table = format!("[[source]]\nname = \"One\"\nfeed = \"{}\"\n", server.url("/one"));
    let program = Program::reading(&table);
    let daemon = Running::start(&program);
    daemon.shows("/rss.xml", |_, text| text.contains("late0"));

    // A folder where a file should be stops everybody, even those whom no mode stops.
    let (there, aside) = (program.output().join("rss.xml"), program.folder().join("aside"));
    fs::rename(&there, &aside).unwrap();
    fs::create_dir_all(there.join("in the way")).unwrap();
    let output = program.run(&["refresh", "--force"]);
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    daemon.says("cannot publish");
    assert_eq!(daemon.get("/atom.xml").0, 200);

    fs::remove_dir_all(&there).unwrap();
    daemon.shows("/rss.xml", |status, text| status == 200 && text.contains("late1"));
    assert_eq!(server.count(), 2, "what was polled was not lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_busy_keeps_what_was_polled() {
    let server = Server::start("127.0.0.1", |_, number| {
        Answer::new(200, &[], feed(&[&format!("late{number}")]))
    })
    .await;
    let table = format!("[[source]]\nname = \"One\"\nfeed = \"{}\"\n", server.url("/one"));
    let program = Program::reading(&table);
    let daemon = Running::start(&program);
    daemon.shows("/rss.xml", |_, text| text.contains("late0"));

    let busy = rusqlite::Connection::open(program.database()).unwrap();
    busy.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut asking = program.prepare(&["refresh", "--force"]).spawn().unwrap();
    let said = listen(asking.stderr.take().unwrap());
    // Who asked is told at once what is waited for, and then why.
    let says = |words: &str| {
        eventually(
            || said.lock().unwrap().contains(words).then_some(()),
            || format!("no {words:?} in {:?}; {}", said.lock().unwrap(), daemon.log()),
        );
    };
    says("waiting: the daemon waits for its database");
    assert!(!daemon.log().contains("cannot store what was polled"));
    daemon.says("cannot store what was polled");
    says("the daemon cannot store at the moment");
    says("it tries again by itself");
    assert_eq!(daemon.get("/rss.xml").0, 200, "it goes on serving");
    busy.execute_batch("ROLLBACK").unwrap();
    assert_eq!(asking.wait_with_output().unwrap().status.code(), Some(0));
    daemon.shows("/rss.xml", |_, text| text.contains("late1"));
    assert_eq!(server.count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_taken_ends_it_with_words() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let program = Program::reading(&format!(
        "[[source]]\nname = \"One\"\nfeed = \"http://127.0.0.1:9/\"\n[serve]\nlisten = \"{address}\"\n"
    ));
    let output = program.run(&["run"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("cannot serve on {address}")), "{said}");
    assert_eq!(
        fs::metadata(program.folder()).unwrap().permissions().mode() & 0o700,
        0o700
    );
}
