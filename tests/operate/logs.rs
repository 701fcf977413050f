//! The log: one line a poll, as text or as JSON, and no secret in any.

use serde_json::Value;

use crate::newsroom::Newsroom;
use crate::newsroom::control::REVIEW;
use crate::program::Program;

const KEY: &str = "c4n4ry-key";
const PASSWORD: &str = "c4n4ry-passw0rd";

/// Sources with secrets in their addresses: one is read, one is not there, one does not answer, one redirects to itself.
async fn program() -> (Newsroom, Program) {
    let newsroom = Newsroom::start().await.unwrap();
    newsroom.set(&format!("/keyed.xml?token={KEY}"), newsroom.body(REVIEW));
    let address = newsroom.address();
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let source = |name: &str, feed: &str| format!("[[source]]\nname = \"{name}\"\nfeed = \"{feed}\"\n");
    let sources = source("Keyed", &format!("http://{address}/keyed.xml?token={KEY}"))
        + &source(
            "Missing",
            &format!("http://me:{PASSWORD}@{address}/none.xml?api_key={KEY}"),
        )
        + &source("Closed", &format!("http://me:{PASSWORD}@{closed}/x?sig={KEY}"));
    let program = Program::reading(&sources);
    (newsroom, program)
}

fn lines(program: &Program, arguments: &[&str]) -> Vec<String> {
    let output = program.run(arguments);
    let printed = String::from_utf8(output.stderr).unwrap();
    for secret in [KEY, PASSWORD] {
        assert!(!printed.contains(secret), "{printed}");
    }
    printed.lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_poll_is_one_line_that_holds_no_secret() {
    let (newsroom, mut program) = program().await;
    program.variable("RUST_LOG", "info");
    let arguments = ["--log-format", "json", "refresh", "--force", "--json"];
    let polls = |lines: &[String]| -> Vec<Value> {
        let events = lines.iter().map(|line| {
            serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"))
        });
        events
            .filter(|event| event["target"] == "feedmill::poll")
            .collect()
    };
    let first = polls(&lines(&program, &arguments));
    let of = |polls: &[Value], name: &str| {
        let mut found = polls.iter().filter(|poll| poll["source"] == name);
        let poll = found
            .next()
            .unwrap_or_else(|| panic!("{name}: {polls:?}"))
            .clone();
        assert!(found.next().is_none(), "{name}");
        poll
    };
    assert_eq!(first.len(), 3);
    let keyed = of(&first, "Keyed");
    assert_eq!(
        (&keyed["status"], &keyed["message"], &keyed["level"]),
        (&200.into(), &"read".into(), &"INFO".into())
    );
    assert!(
        keyed["new"].as_u64() > Some(5) && keyed["bytes"].as_u64() > Some(1_000),
        "{keyed}"
    );
    assert!(keyed["ms"].is_u64() || keyed["ms"].is_i64(), "{keyed}");
    assert!(keyed["next"].as_str().unwrap().ends_with('Z'), "{keyed}");
    let missing = of(&first, "Missing");
    assert_eq!(
        (&missing["status"], &missing["message"], &missing["level"]),
        (&404.into(), &"failed".into(), &"WARN".into())
    );
    let closed = of(&first, "Closed");
    assert!(
        closed["status"].is_null() && closed["error"].as_str().unwrap().contains("no connection"),
        "{closed}"
    );
    let second = polls(&lines(&program, &arguments));
    assert_eq!(of(&second, "Keyed")["message"], "not modified");
    // That it still fails is no news; that it is back, is told.
    let missing = of(&second, "Missing");
    assert_eq!(
        (&missing["level"], &missing["failures"]),
        (&"INFO".into(), &2.into())
    );
    assert!(of(&second, "Keyed")["recovered_after"].is_null());
    newsroom.set(&format!("/none.xml?api_key={KEY}"), newsroom.body(REVIEW));
    let third = polls(&lines(&program, &arguments));
    let missing = of(&third, "Missing");
    assert_eq!(
        (
            &missing["level"],
            &missing["message"],
            &missing["recovered_after"]
        ),
        (&"INFO".into(), &"read".into(), &2.into())
    );
    assert!(missing["failures"].is_null());
    // What cron mails says each failure once.
    let mut quiet = program.prepare(&["refresh", "--force"]);
    let printed = quiet.env_remove("RUST_LOG").output().unwrap();
    let (summary, log) = (
        String::from_utf8_lossy(&printed.stdout),
        String::from_utf8_lossy(&printed.stderr),
    );
    assert!(
        summary.contains("no connection") && !log.contains("no connection"),
        "{log}"
    );
    // The same for people, and at the chattiest.
    program.variable("RUST_LOG", "trace");
    let text = lines(&program, &["refresh", "--force", "--json"]);
    let line = text
        .iter()
        .find(|line| line.contains("feedmill::poll") && line.contains("Keyed"))
        .unwrap();
    assert!(
        line.contains("not modified") && line.contains("status=304") && line.contains("next="),
        "{line}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_comes_before_the_environment_and_that_before_the_file() {
    let (_newsroom, mut program) = program().await;
    program.variable("RUST_LOG", "info");
    let is_json = |program: &Program, arguments: &[&str]| {
        let all = lines(program, arguments);
        let polls: Vec<_> = all
            .iter()
            .filter(|line| line.contains("feedmill::poll"))
            .collect();
        assert_eq!(polls.len(), 3, "{all:?}");
        polls
            .iter()
            .all(|line| serde_json::from_str::<Value>(line).is_ok())
    };
    let refresh = ["refresh", "--force", "--json"];
    assert!(!is_json(&program, &refresh));
    program.configure(&(program.configuration() + "[log]\nformat = \"json\"\n"));
    assert!(is_json(&program, &refresh));
    program.variable("FEEDMILL_LOG", "text");
    assert!(!is_json(&program, &refresh));
    assert!(is_json(
        &program,
        &["--log-format", "json", "refresh", "--force", "--json"]
    ));
    let wrong = program.run(&["--log-format", "xml", "status"]);
    assert_eq!(wrong.status.code(), Some(2));
}
