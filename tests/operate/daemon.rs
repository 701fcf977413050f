//! The operator's pages of a real `feedmill run`.

use std::net::SocketAddr;

use serde_json::Value;

use crate::client::ask;
use crate::newsroom::Newsroom;
use crate::newsroom::control::REVIEW;
use crate::program::Program;
use crate::running::{Running, eventually, get};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const KEY: &str = "c4n4ry-key";

/// Where a daemon says that its operator's pages are.
fn admin(running: &Running) -> SocketAddr {
    eventually(
        || {
            let log = running.log();
            let (_, rest) = log.split_once("status on http://")?;
            rest.split_once('/')?.0.parse().ok()
        },
        || running.log(),
    )
}

/// Looks at the status until it is as it should be.
fn status(running: &Running, admin: SocketAddr, is_right: impl Fn(&Value) -> bool) -> Value {
    eventually(
        || {
            let (code, text) = get(admin, "/status.json");
            assert_eq!(code, 200, "{text}");
            let status: Value = serde_json::from_str(&text).unwrap();
            is_right(&status).then_some(status)
        },
        || running.log(),
    )
}

fn source<'a>(status: &'a Value, name: &str) -> &'a Value {
    let mut sources = status["sources"].as_array().unwrap().iter();
    sources.find(|source| source["name"] == name).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_daemon_shows_how_it_is() {
    let newsroom = Newsroom::start().await.unwrap();
    newsroom.set(&format!("/keyed.xml?token={KEY}"), newsroom.body(REVIEW));
    let mut program = Program::polling(&newsroom);
    let toml = program.configuration();
    let keyed = format!(
        "[[source]]\nname = \"Keyed\"\nfeed = \"{}\"\n[serve]\nadmin = \"127.0.0.1:0\"\ntoken = \"${{TOKEN}}\"\n",
        newsroom.url(&format!("/keyed.xml?token={KEY}"))
    );
    program.configure(&(toml + &keyed));
    program.variable("TOKEN", TOKEN);
    let running = Running::start(&program);
    let admin = admin(&running);
    let all_polled = |status: &Value| {
        let sources = status["sources"].as_array().unwrap();
        sources.iter().all(|source| source["health"] != "new")
    };
    let shown = status(&running, admin, all_polled);
    assert_eq!(source(&shown, "Libya Review")["health"], "ok");
    assert_eq!(source(&shown, "Embassy Bulletin")["health"], "failing");
    let polls = &shown["running"]["polls"];
    assert!(
        polls["read"].as_u64() > Some(5) && polls["failed"].as_u64() > Some(0),
        "{polls}"
    );
    assert!(shown.get("unready").is_none(), "{shown}");
    assert_eq!(get(admin, "/healthz"), (200, "ok\n".into()));
    eventually(
        || (get(admin, "/readyz").0 == 200).then_some(()),
        || get(admin, "/readyz").1,
    );
    let (_, metrics) = get(admin, "/metrics");
    assert!(
        metrics.contains("feedmill_polls_total{outcome=\"failed\"} "),
        "{metrics}"
    );
    assert!(metrics.contains("feedmill_ready 1\n"), "{metrics}");

    // Its public listener wants the token.
    assert_eq!(running.get("/status").0, 401);
    assert_eq!(running.get("/healthz").0, 401);
    let header = format!("Authorization: Bearer {TOKEN}");
    let page = ask(running.address, "GET", "/status", &[&header]).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Libya Review"));
    assert_eq!(running.get("/rss.xml").0, 200);

    // A feeds.toml that cannot be read is told, and so is what only a restart brings.
    program.reconfigure("[serve]", "[srve]");
    let reload = |status: &Value| status["running"]["reload"].clone();
    let shown = status(&running, admin, |status| reload(status)["error"].is_string());
    assert!(
        reload(&shown)["error"].as_str().unwrap().contains("srve"),
        "{shown}"
    );
    let (_, page) = get(admin, "/status");
    assert!(page.contains("feeds.toml could not be read anew"), "{page}");
    assert!(!page.contains("<title>All well"), "{page}");
    program.reconfigure("[srve]", "[serve]");
    program.reconfigure("admin = \"127.0.0.1:0\"", "admin = \"127.0.0.1:1\"");
    let shown = status(&running, admin, |status| {
        reload(status)["needs_restart"].is_string()
    });
    assert!(reload(&shown)["error"].is_null(), "{shown}");

    // Another token is in force at once, and so is none.
    let toml = program.configuration().replace("127.0.0.1:1\"", "127.0.0.1:0\"");
    program.configure(&toml.replace("${TOKEN}", "another-token-of-mine"));
    eventually(
        || (running.log().matches("the configuration is in force").count() == 2).then_some(()),
        || running.log(),
    );
    assert_eq!(
        ask(running.address, "GET", "/status", &[&header]).await.status,
        401
    );
    let other = "Authorization: Bearer another-token-of-mine";
    assert_eq!(ask(running.address, "GET", "/status", &[other]).await.status, 200);
    program.reconfigure("token = \"another-token-of-mine\"", "");
    running.shows("/status", |code, _| code == 404);

    // A source that comes or goes is seen at once.
    let toml = program
        .configuration()
        .replace("name = \"Keyed\"", "name = \"Renamed\"");
    program.configure(&toml);
    status(&running, admin, |status| {
        status["sources"]
            .as_array()
            .unwrap()
            .iter()
            .any(|source| source["name"] == "Renamed")
    });

    // One line a poll, and no secret in any, nor on any page.
    let log = running.log();
    let polls = log.lines().filter(|line| line.contains("feedmill::poll"));
    let of_review: Vec<_> = polls
        .filter(|line| line.contains("source=Libya Review "))
        .collect();
    assert_eq!(of_review.len(), 1, "{log}");
    assert!(
        of_review[0].contains("status=200") && of_review[0].contains("next="),
        "{log}"
    );
    for secret in [KEY, TOKEN] {
        for text in [
            &log,
            &get(admin, "/status").1,
            &get(admin, "/status.json").1,
            &metrics,
        ] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_was_not_asked_shows_nothing() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::polling(&newsroom);
    let running = Running::start(&program);
    running.shows("/rss.xml", |code, _| code == 200);
    for target in [
        "/status",
        "/status.json",
        "/status.css",
        "/metrics",
        "/healthz",
        "/readyz",
    ] {
        assert_eq!(running.get(target).0, 404, "{target}");
    }
    assert!(!running.log().contains("status on"));
    // The feed of alerts is there for who knows of it.
    running.shows("/feedmill/health/rss.xml", |code, _| code == 200);
}
