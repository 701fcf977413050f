//! `feedmill refresh` beside a running daemon: never two writers.

use std::os::unix::fs::PermissionsExt;

use nix::sys::signal::Signal;

use crate::newsroom::Newsroom;
use crate::program::Program;
use crate::running::{Running, eventually};
use crate::server::{Answer, Server, Then, feed};

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_refreshes_for_it_and_it_says_what_came_of_it() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::polling(&newsroom);
    let daemon = Running::start(&program);
    daemon.shows("/rss.xml", |status, text| {
        status == 200 && text.contains("Khalifa Haftar")
    });
    let socket = program.folder().join("feedmill.db.sock");
    assert_eq!(socket.metadata().unwrap().permissions().mode() & 0o777, 0o600);

    newsroom.publish("late-news", "Late news", &["Libya"]);
    newsroom.take_requests();
    let summary = program.refresh(
        &["--force", "--source", "Libya Review", "--source", "Maghreb Wire"],
        0,
    );
    assert_eq!(summary["sources"]["polled"], 2, "{summary}");
    assert_eq!(summary["sources"]["not_modified"], 1, "{summary}");
    assert_eq!(summary["items"]["new"], 1, "{summary}");
    assert!(summary["files"]["written"].as_u64().unwrap() > 0, "{summary}");
    assert!(summary["feeds"].as_u64().unwrap() > 0 && summary["items"]["stored"].as_u64().unwrap() > 60);
    assert_eq!(newsroom.take_requests().len(), 2);

    // The same without validators; and all of it, with its failures and its exit code.
    let summary = program.refresh(&["--force", "--unconditional", "--source", "Libya Review"], 0);
    assert_eq!(summary["sources"]["not_modified"], 0, "{summary}");
    let requests = newsroom.take_requests();
    assert!(requests[0].header("if-none-match").is_none(), "{requests:?}");
    let summary = program.refresh(&["--force"], 3);
    assert_eq!(
        summary["sources"]["polled"],
        newsroom.sources().len(),
        "{summary}"
    );
    assert_eq!(summary["failures"].as_array().unwrap().len(), 2, "{summary}");

    // Nothing is due.
    let summary = program.refresh(&[], 0);
    assert_eq!(summary["sources"]["polled"], 0, "{summary}");
    let output = program.run(&["refresh"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        printed.contains("not due") && printed.contains("unchanged"),
        "{printed}"
    );
    let output = program.run(&["refresh", "--source", "Nobody"]);
    assert_eq!(output.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_deleted_is_back_after_a_refresh_although_nothing_is_new() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::polling(&newsroom);
    let daemon = Running::start(&program);
    daemon.shows("/category/libya/rss.xml", |status, text| {
        status == 200 && text.contains("Khalifa Haftar")
    });
    // From here on only what changes is looked at.
    newsroom.publish("late-news", "Late news", &["Economy"]);
    program.refresh(&["--force"], 3);
    daemon.shows("/rss.xml", |status, text| {
        status == 200 && text.contains("Late news")
    });
    let (_, shown) = daemon.get("/category/libya/rss.xml");

    std::fs::remove_dir_all(program.output().join("category/libya")).unwrap();
    std::fs::remove_file(program.output().join("feeds.opml")).unwrap();
    program.refresh(&[], 0);
    assert!(program.output().join("feeds.opml").is_file());
    let (status, again) = daemon.get("/category/libya/rss.xml");
    assert_eq!((status, again == shown), (200, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_for_what_is_being_polled_and_asks_nobody_twice() {
    let server = Server::start("127.0.0.1", |_, _| Answer::raw("", Then::Silence)).await;
    let table = format!(
        "[[source]]\nname = \"Slow\"\nfeed = \"{}\"\ntimeout = \"2s\"\n",
        server.url("/")
    );
    let program = Program::reading(&table);
    let daemon = Running::start(&program);
    eventually(|| (server.count() > 0).then_some(()), || daemon.log());
    let summary = program.refresh(&["--force"], 3);
    assert_eq!(summary["sources"]["failed"], 1, "{summary}");
    assert_eq!((server.count(), server.most_in_flight()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_edits_the_file_and_refreshes_means_the_new_file() {
    let server = Server::start("127.0.0.1", |asked, _| {
        Answer::new(
            200,
            &["ETag: \"1\""],
            feed(&[asked.target().trim_start_matches('/')]),
        )
    })
    .await;
    let table = |name: &str| {
        format!(
            "[[source]]\nname = \"{name}\"\nfeed = \"{}\"\n",
            server.url(&format!("/{name}"))
        )
    };
    let program = Program::reading(&table("one"));
    let daemon = Running::start(&program);
    daemon.shows("/source/one/rss.xml", |status, text| {
        status == 200 && text.contains("<item>")
    });
    program.configure(&(program.configuration() + &table("two")));
    program.refresh(&["--source", "two", "--force"], 0);
    assert!(daemon.get("/source/two/rss.xml").1.contains("<item>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_daemon_answers_the_exit_code_is_4() {
    let server = Server::start("127.0.0.1", |_, _| Answer::raw("", Then::Silence)).await;
    let table = format!("[[source]]\nname = \"Slow\"\nfeed = \"{}\"\n", server.url("/"));
    let program = Program::reading(&table);
    // Another refresh holds the lock, and an old socket lies about.
    let mut other = program.start(&["refresh"]);
    eventually(|| (server.count() > 0).then_some(()), String::new);
    drop(std::os::unix::net::UnixListener::bind(program.folder().join("feedmill.db.sock")).unwrap());
    for arguments in [&["refresh"][..], &["run", "--listen", "127.0.0.1:0"]] {
        let output = program.run(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(4), "{said}");
        assert!(said.contains("another refresh holds"), "{said}");
    }
    other.kill().unwrap();
    other.wait().unwrap();

    // The daemon replaces the old socket; two daemons do not share a database.
    let mut daemon = Running::start(&program);
    let output = program.run(&["run", "--listen", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(4));
    // One that ends while somebody waits for it.
    eventually(|| (server.count() > 1).then_some(()), || daemon.log());
    let asking = program.prepare(&["refresh", "--force"]).spawn().unwrap();
    daemon.signal(Signal::SIGTERM);
    let asked = asking.wait_with_output().unwrap();
    let said = String::from_utf8(asked.stderr).unwrap();
    assert_eq!(asked.status.code(), Some(4), "{said}");
    assert!(
        said.contains("the daemon is stopping and did not finish this; run it again"),
        "{said}"
    );
    assert_eq!(daemon.wait().0.code(), Some(0), "{}", daemon.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_operator_decides_about_copies_is_told_to_the_daemon() {
    const COPY: &str = "https://maghrebwire.example/770122";
    const LEAD: &str = "https://libyareview.example/2026/11/16/coast-guard-brings-migrants-to-zawiya/";
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::polling(&newsroom);
    let daemon = Running::start(&program);
    daemon.shows("/tag/migration/feed.json", |status, text| {
        status == 200 && text.contains(LEAD) && text.contains(COPY)
    });
    let ids = |text: &str| text.matches("\"id\":").count();
    let before = ids(&daemon.get("/tag/migration/feed.json").1);

    let split = program.run(&["split", COPY]);
    assert_eq!(
        split.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&split.stderr)
    );
    assert!(String::from_utf8_lossy(&split.stdout).contains("it stands alone from now on"));
    assert!(!daemon.get("/tag/migration/feed.json").1.contains("Also in"));
    assert_eq!(ids(&daemon.get("/tag/migration/feed.json").1), before + 1);
    let explained = program.run(&["explain", COPY]);
    assert!(String::from_utf8_lossy(&explained.stdout).contains("You decided"));

    let again = program.run(&["split", COPY]);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("nothing to split"));
    let merged = program.run(&["merge", LEAD, COPY]);
    assert_eq!(
        merged.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&merged.stderr)
    );
    assert_eq!(ids(&daemon.get("/tag/migration/feed.json").1), before);
}
