//! `feeds.toml` changes under a running daemon.

use std::time::Duration;

use nix::sys::signal::Signal;

use crate::newsroom::Newsroom;
use crate::program::Program;
use crate::running::{Running, eventually};
use crate::server::{Answer, Server, feed};

async fn source() -> Server {
    Server::start("127.0.0.1", |asked, _| {
        Answer::new(
            200,
            &["ETag: \"1\""],
            feed(&[asked.target().trim_start_matches('/')]),
        )
    })
    .await
}

fn table(name: &str, server: &Server, path: &str) -> String {
    format!("[[source]]\nname = \"{name}\"\nfeed = \"{}\"\n", server.url(path))
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_come_and_go_with_the_file() {
    let server = source().await;
    let (one, two) = (table("One", &server, "/one"), table("Two", &server, "/two"));
    let program = Program::reading(&(one.clone() + &two));
    let daemon = Running::start(&program);
    daemon.shows("/source/two/rss.xml", |status, text| {
        status == 200 && text.contains("<item>")
    });
    daemon.shows("/source/one/rss.xml", |status, text| {
        status == 200 && text.contains("<item>")
    });

    let three = table("Three", &server, "/three");
    program.reconfigure(&two, &three);
    daemon.shows("/source/three/rss.xml", |status, text| {
        status == 200 && text.contains("<item>")
    });
    daemon.shows("/source/two/rss.xml", |status, _| status == 410);
    assert!(!program.output().join("source/two").exists());
    let (_, all) = daemon.get("/rss.xml");
    assert!(
        all.contains("three") && all.contains("one") && !all.contains(">two<"),
        "{all}"
    );
    let targets = server.targets();
    assert_eq!(
        targets.iter().filter(|target| *target == "/one").count(),
        1,
        "{targets:?}"
    );

    // And back: it was polled a minute ago, and is not asked again for being written again.
    program.reconfigure(&three, &two);
    daemon.shows("/source/two/rss.xml", |status, text| {
        status == 200 && text.contains("<item>")
    });
    daemon.shows("/source/three/rss.xml", |status, _| status == 410);
    assert_eq!(
        server.targets().iter().filter(|target| *target == "/two").count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_rules_sort_what_is_stored() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::polling(&newsroom);
    let daemon = Running::start(&program);
    daemon.shows("/rss.xml", |status, text| {
        status == 200 && text.contains("Khalifa Haftar")
    });
    assert_eq!(daemon.get("/tag/meeting/rss.xml").0, 404);
    let asked = newsroom.requests().len();
    let toml =
        program.configuration() + "\n[[tag]]\nname = \"Meeting\"\naliases = [\"meets\"]\nmatch = true\n";
    program.configure(&toml);
    daemon.signal(Signal::SIGHUP);
    daemon.shows("/tag/meeting/rss.xml", |status, text| {
        status == 200 && text.contains("AFRICOM Commander Meets Khalifa Haftar")
    });
    assert_eq!(newsroom.requests().len(), asked, "nobody was asked for it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_errors_changes_nothing_and_is_told() {
    let server = source().await;
    let program = Program::reading(&table("One", &server, "/one"));
    let daemon = Running::start(&program);
    daemon.shows("/source/one/rss.xml", |status, text| {
        status == 200 && text.contains("<item>")
    });
    let good = program.configuration();

    program.configure(&good.replace("[[source]]", "[[sauce]]"));
    daemon.says("did you mean `source`");
    assert_eq!(daemon.get("/source/one/rss.xml").0, 200);
    std::fs::remove_file(program.folder().join("feeds.toml")).unwrap();
    daemon.says("cannot read");
    assert_eq!(daemon.get("/source/one/rss.xml").0, 200);

    program.configure(&(good + &table("Two", &server, "/two")));
    daemon.shows("/source/two/rss.xml", |status, text| {
        status == 200 && text.contains("<item>")
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_a_restart_is_said_and_the_rest_is_in_force() {
    let server = source().await;
    let program = Program::reading(&table("One", &server, "/one"));
    let daemon = Running::start(&program);
    daemon.shows("/source/one/rss.xml", |status, text| {
        status == 200 && text.contains("<item>")
    });
    let elsewhere = program.folder().join("elsewhere");
    program.reconfigure(
        &program.output().display().to_string(),
        &elsewhere.display().to_string(),
    );
    daemon.says("restart feedmill for `output` in [site]");
    program.configure(&(program.configuration() + &table("Two", &server, "/two")));
    daemon.signal(Signal::SIGHUP);
    daemon.shows("/source/two/rss.xml", |status, text| {
        status == 200 && text.contains("<item>")
    });
    assert!(!elsewhere.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_address_of_the_site_and_another_hub_are_told_at_once() {
    let (server, hub) = (source().await, source().await);
    let program = Program::reading(&table("One", &server, "/one"));
    let daemon = Running::start(&program);
    daemon.shows("/source/one/rss.xml", |status, text| {
        status == 200 && text.contains("<item>")
    });
    let link = |words: &str| {
        eventually(
            || daemon.head("/rss.xml").contains(words).then_some(()),
            || format!("{}\n{}", daemon.head("/rss.xml"), daemon.log()),
        );
    };
    link("<https://feeds.example/rss.xml>; rel=\"self\"");
    program.reconfigure("https://feeds.example/", "https://news.example/");
    link("<https://news.example/rss.xml>; rel=\"self\"");
    assert!(daemon.get("/rss.xml").1.contains("https://news.example/rss.xml"));

    let told = hub.url("/hub");
    program.configure(&(program.configuration() + &format!("[publish]\nhub = \"{told}\"\n")));
    link(&format!("<{told}>; rel=\"hub\""));
    // All files name it: the hub is told of all, ten seconds later.
    eventually(
        || (hub.count() > 0).then_some(()),
        || format!("the hub is not told\n{}", daemon.log()),
    );

    // What somebody else relies on needs a restart.
    program.reconfigure(&format!("hub = \"{told}\""), "hub = \"self\"");
    daemon.says("restart feedmill for `hub` in [publish]");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_does_not_hide_how_the_sources_are() {
    let server = source().await;
    let program = Program::reading(&table("One", &server, "/one"));
    let daemon = Running::start(&program);
    daemon.shows("/source/one/rss.xml", |status, text| {
        status == 200 && text.contains("<item>")
    });
    let good = program.configuration();
    let unknown = good.replace("[fetch]", "[fetch]\nevry = \"1h\"");
    let cut = good.clone() + "[[source]\nname = \"Two";
    for (broken, words) in [(unknown, "evry"), (cut, "unclosed")] {
        program.configure(&broken);
        daemon.signal(Signal::SIGHUP);
        eventually(
            || {
                let output = program.run(&["status"]);
                let (shown, said) = (
                    String::from_utf8(output.stdout).unwrap(),
                    String::from_utf8(output.stderr).unwrap(),
                );
                assert_eq!(output.status.code(), Some(0), "{said}");
                assert!(said.contains(words) && said.contains("is broken"), "{said}");
                assert!(shown.contains("One") && shown.contains("ok"), "{shown}");
                shown
                    .contains("feeds.toml has errors, and is not in force")
                    .then_some(())
            },
            || daemon.log(),
        );
        let output = program.run(&["status", "--json"]);
        let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(status["sources"][0]["health"], "ok");
        let error = status["daemon"]["reload_error"].as_str().unwrap();
        assert!(error.contains("feeds.toml:"), "{error}");
        program.configure(&good);
        daemon.signal(Signal::SIGHUP);
        eventually(
            || {
                let output = program.run(&["status", "--json"]);
                let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
                status["daemon"]["reload_error"].is_null().then_some(())
            },
            || daemon.log(),
        );
    }
    // Without a daemon, too; but where nothing says which database, there is nothing to show.
    drop(daemon);
    program.configure(&good.replace("[fetch]", "[fetch]\nevry = \"1h\""));
    let output = program.run(&["status", "--json"]);
    assert_eq!(output.status.code(), Some(0));
    let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(status["sources"][0]["name"] == "One" && status["daemon"].is_null());
    program.configure(&good.replace("[site]", "[sight]"));
    assert_eq!(program.run(&["status"]).status.code(), Some(1));
}

/// An editor, a mount or a mistake can put anything in the file's place, also something that never answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_becomes_a_pipe_stops_nothing() {
    let server = source().await;
    let program = Program::reading(&table("One", &server, "/one"));
    let mut daemon = Running::start(&program);
    daemon.shows("/source/one/rss.xml", |status, text| {
        status == 200 && text.contains("<item>")
    });
    let path = program.folder().join("feeds.toml");
    let good = program.configuration();
    std::fs::remove_file(&path).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    daemon.says("it is a pipe, a folder or a device, not a file");
    assert_eq!(daemon.get("/source/one/rss.xml").0, 200);

    // Any command says so, and waits for nobody.
    let output = program.run(&["check"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not a file"));

    std::fs::remove_file(&path).unwrap();
    program.configure(&(good + &table("Two", &server, "/two")));
    daemon.shows("/source/two/rss.xml", |status, text| {
        status == 200 && text.contains("<item>")
    });
    std::fs::remove_file(&path).unwrap();
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    daemon.says("cannot read");
    daemon.signal(Signal::SIGTERM);
    let (ended, took) = daemon.wait();
    assert!(
        ended.success() && took < Duration::from_secs(10),
        "{ended} after {took:?}"
    );
}
