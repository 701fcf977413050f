//! Keys of an operator reach the source that they are for, and no file, no terminal, no log and no other source.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod newsroom;
mod program;

use newsroom::Newsroom;
use newsroom::control::REVIEW;
use program::Program;

const TOKEN: &str = "c4n4ry-t0ken";
const PASSWORD: &str = "c4n4ry-passw0rd";
const KEY: &str = "c4n4ry-key";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_reach_their_source_and_nobody_else() {
    let newsroom = Newsroom::start().await.unwrap();
    for path in ["/keyed.xml", "/headed.xml"] {
        newsroom.set(&format!("{path}?token={KEY}&edition=en"), newsroom.body(REVIEW));
        newsroom.set(path, newsroom.body("/stadium/rss"));
    }
    newsroom.set(&format!("/broken.xml?api_key={KEY}"), "<html>");
    let address = newsroom.address();
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let mut program = Program::with(|output, database| {
        let toml = newsroom.config(output, database);
        let source = |name: &str, feed: &str, more: &str| {
            format!("\n[[source]]\nname = \"{name}\"\nfeed = \"{feed}\"\n{more}\n")
        };
        let headers =
            "headers = { Authorization = \"Bearer ${FEED_TOKEN}\", Cookie = \"session=${FEED_TOKEN}\" }";
        toml + &source(
            "Keyed",
            &format!("http://{address}/keyed.xml?token={KEY}&edition=en"),
            "",
        ) + &source("Headed", &format!("http://{address}/headed.xml"), headers)
            + &source(
                "User",
                &format!("http://reader:{PASSWORD}@{address}/stadium/rss?u=1"),
                "",
            )
            + &source(
                "Broken",
                &format!("http://{address}/broken.xml?api_key={KEY}"),
                headers,
            )
            + &source(
                "Missing",
                &format!("http://reader:{PASSWORD}@{address}/none.xml?token={KEY}"),
                headers,
            )
            + &source(
                "Closed",
                &format!("http://reader:{PASSWORD}@{closed}/none.xml?token={KEY}"),
                headers,
            )
    });
    program.variable("FEED_TOKEN", TOKEN);
    program.variable("RUST_LOG", "trace");
    let mut printed = String::new();
    for arguments in [
        &["check"][..],
        &["refresh"],
        &["refresh", "--force", "--json"],
        &["status"],
        &["status", "--json"],
        &["refresh", "--source", "Nobody"],
    ] {
        let output = program.run(arguments);
        printed += &String::from_utf8(output.stdout).unwrap();
        printed += &String::from_utf8(output.stderr).unwrap();
    }
    for (name, (bytes, _)) in program.files() {
        assert_no_secret(&name, &String::from_utf8(bytes).unwrap());
    }
    assert_no_secret("what was printed", &printed);
    assert!(program.read("sources.opml").contains("/keyed.xml?edition=en\""));

    let requests = newsroom.requests();
    let to = |path: &str| {
        requests
            .iter()
            .find(|request| request.path.starts_with(path))
            .unwrap()
    };
    assert_eq!(
        to("/headed.xml").header("authorization"),
        Some(&*format!("Bearer {TOKEN}"))
    );
    assert!(to("/keyed.xml?token=").path.contains(KEY));
    assert!(
        to("/stadium/rss?u=1")
            .header("authorization")
            .is_some_and(|value| value.starts_with("Basic "))
    );
    for request in &requests {
        let own = ["/headed.xml", "/broken.xml", "/none.xml", "/stadium/rss?u=1"];
        let is_own = own.iter().any(|path| request.path.starts_with(path));
        assert!(is_own || request.header("authorization").is_none(), "{request:?}");
        assert!(is_own || request.header("cookie").is_none(), "{request:?}");
    }
}

fn assert_no_secret(place: &str, text: &str) {
    for secret in [TOKEN, PASSWORD, KEY] {
        let shown = text.lines().find(|line| line.contains(secret));
        assert_eq!(shown, None, "{secret} in {place}");
    }
}
