//! A source that fails costs only itself; an output or a disk that fails costs no file that is there.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod newsroom;
mod program;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use newsroom::Newsroom;
use newsroom::control::{ARTICLES, REVIEW, WIRE};
use program::{Files, Program, touched};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A newsroom and a folder that was refreshed from it once.
async fn refreshed() -> (Newsroom, Program) {
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::polling(&newsroom);
    program.refresh(&[], 3);
    (newsroom, program)
}

fn source(program: &Program, name: &str) -> Value {
    let output = program.run(&["status", "--json"]);
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut sources = status["sources"].as_array().unwrap().iter();
    sources.find(|source| source["name"] == name).unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_fails_keeps_its_items_published_and_recovers() {
    let (newsroom, program) = refreshed().await;
    let before = program.files();
    for (status, words) in [(500, "500"), (404, "404"), (403, "403")] {
        newsroom.fail(REVIEW, status);
        let summary = program.refresh(&["--force"], 3);
        let failures = summary["failures"].as_array().unwrap();
        let failure = failures
            .iter()
            .find(|failure| failure["source"] == "Libya Review")
            .unwrap();
        assert!(failure["message"].as_str().unwrap().contains(words), "{failure}");
        assert_eq!(touched(&before, &program.files()), BTreeSet::new(), "{status}");
        let source = source(&program, "Libya Review");
        assert_eq!(source["health"], "failing");
        assert_eq!(source["last_status"], status);
        assert_eq!(source["last_error"], failure["message"]);
        assert!(source["failing_since"].is_string());
    }
    let waiting = program.run(&["status"]);
    let shown = String::from_utf8(waiting.stdout).unwrap();
    assert!(shown.contains("failing") && shown.contains("403"), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_recovers_is_healthy_again_and_shows_what_it_has() {
    let (newsroom, program) = refreshed().await;
    newsroom.publish("while-it-was-down", "While it was down", &["Libya"]);
    newsroom.fail(REVIEW, 502);
    program.refresh(&["--force"], 3);
    let failing = source(&program, "Libya Review");
    assert_eq!(
        (&failing["health"], &failing["failures"]),
        (&"failing".into(), &1.into())
    );
    newsroom.recover(REVIEW);
    newsroom.take_requests();
    program.refresh(&["--force"], 3);
    let requests = newsroom.take_requests();
    let asked = requests.iter().find(|request| request.path == REVIEW).unwrap();
    assert!(
        asked.header("if-none-match").is_some(),
        "the failure did not cost the validators"
    );
    let well = source(&program, "Libya Review");
    assert_eq!((&well["health"], &well["failures"]), (&"ok".into(), &0.into()));
    assert_eq!(
        (&well["last_error"], &well["failing_since"]),
        (&Value::Null, &Value::Null)
    );
    program.item("category/libya/", "While it was down");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_that_turns_empty_or_into_something_else_takes_nothing_away() {
    let (newsroom, program) = refreshed().await;
    let before = program.files();
    let page = "<!doctype html><html><head><title>Maintenance</title></head><body>Back soon</body></html>";
    for (body, fails) in [
        (
            "<rss version=\"2.0\"><channel><title>Maghreb Wire: Libya</title><link>https://maghrebwire.example/libya</link><language>en-gb</language></channel></rss>",
            false,
        ),
        (page, true),
        ("", true),
        ("\u{1}\u{2}\u{3} nothing at all", true),
        (
            "{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": 7}",
            true,
        ),
    ] {
        newsroom.set(WIRE, body);
        let summary = program.refresh(&["--force"], 3);
        let failed = summary["failures"]
            .as_array()
            .unwrap()
            .iter()
            .any(|failure| failure["source"] == "Maghreb Wire");
        assert_eq!(failed, fails, "{body:?}: {summary}");
        assert_eq!(touched(&before, &program.files()), BTreeSet::new(), "{body:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_that_breaks_off_gives_what_it_has() {
    let (newsroom, program) = refreshed().await;
    let title = newsroom.publish("whole", "Whole", &["Libya"]);
    newsroom.edit(REVIEW, |feed| {
        let end = feed.find("<title>AFRICOM Commander").unwrap() + 20;
        feed[..end].to_owned()
    });
    program.refresh(&["--force"], 3);
    assert_eq!(program.item("category/libya/", "Whole")["url"], title);
    assert_eq!(source(&program, "Libya Review")["health"], "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_output_that_cannot_be_made_is_an_error_and_loses_nothing() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::with(|output, database| newsroom.config(&output.join("below"), database));
    // A folder below a regular file cannot be made by anybody.
    std::fs::write(program.output(), "a file").unwrap();
    let failed = program.run(&["refresh"]);
    let errors = String::from_utf8(failed.stderr).unwrap();
    assert_eq!(failed.status.code(), Some(1), "{errors}");
    assert!(
        errors.contains("output") && errors.lines().count() <= 3,
        "{errors}"
    );
    assert_eq!(std::fs::read_to_string(program.output()).unwrap(), "a file");

    // What was polled is stored: putting the folder right is enough.
    std::fs::remove_file(program.output()).unwrap();
    newsroom.take_requests();
    let summary = program.refresh(&[], 0);
    assert_eq!(newsroom.take_requests(), []);
    assert_eq!(summary["items"]["stored"], ARTICLES);
    program.item(
        "below/tag/africom/",
        "Joint Medical Exercise Ends Near Sirte With Night Evacuation",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_cannot_be_written_leaves_the_other_files_whole() {
    let (newsroom, program) = refreshed().await;
    let economy = program.output().join("category/economy");
    let aside = program.folder().join("aside");
    std::fs::rename(&economy, &aside).unwrap();
    std::fs::write(&economy, "in the way").unwrap();
    let before = program.files();
    newsroom.publish("rate-holds", "Rate holds", &["Economy"]);
    let failed = program.run(&["refresh", "--force", "--json"]);
    let errors = String::from_utf8(failed.stderr).unwrap();
    assert_eq!(failed.status.code(), Some(1), "{errors}");
    assert!(errors.contains("category/economy"), "{errors}");
    assert_eq!(failed.stdout, b"", "no summary of what did not happen");
    assert_whole(&before, &program.files());

    std::fs::remove_file(&economy).unwrap();
    std::fs::rename(&aside, &economy).unwrap();
    program.refresh(&[], 0);
    for folder in ["", "category/economy/", "category/libya/", "source/libya-review/"] {
        program.item(folder, "Rate holds");
    }
}

/// No file went, and none is shorter than a document can be.
fn assert_whole(before: &Files, after: &Files) {
    for (name, (old, _)) in before {
        let (new, _) = after.get(name).unwrap_or_else(|| panic!("{name} is gone"));
        assert!(
            old == new || is_whole(name, new),
            "{name}: {}",
            String::from_utf8_lossy(new)
        );
    }
}

fn is_whole(name: &str, bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).unwrap().trim_end();
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("json") => serde_json::from_str::<Value>(text).is_ok(),
        Some("xml") => text.ends_with("</rss>") || text.ends_with("</feed>"),
        Some("html") => text.ends_with("</html>"),
        Some("opml") => text.ends_with("</opml>"),
        _ => false,
    }
}

/// A refresh that may write no file beyond so many blocks of 512 bytes, which is how a full disk looks.
#[cfg(unix)]
fn limited(program: &Program, blocks: u32, arguments: &str) -> (Option<i32>, String) {
    let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" refresh {arguments}");
    let output = std::process::Command::new("sh")
        .args(["-c", &limited, env!("CARGO_BIN_EXE_feedmill")])
        .current_dir(program.folder())
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_without_room_for_the_database_is_an_error_and_touches_nothing() {
    let (newsroom, program) = refreshed().await;
    let before = program.files();
    newsroom.publish("rate-holds", "Rate holds", &["Economy"]);
    for blocks in [1, 16, 64] {
        let (code, errors) = limited(&program, blocks, "--force");
        assert_eq!(code, Some(1), "{blocks}: {errors}");
        assert!(
            errors.contains("feedmill.db") && errors.contains("disk"),
            "{blocks}: {errors}"
        );
        assert_eq!(touched(&before, &program.files()), BTreeSet::new(), "{blocks}");
    }
    program.refresh(&["--force"], 3);
    for folder in ["", "category/economy/", "source/libya-review/"] {
        program.item(folder, "Rate holds");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_without_room_for_a_feed_is_an_error_and_leaves_the_old_files_whole() {
    let (_newsroom, program) = refreshed().await;
    let before = program.files();
    // Enough for what SQLite needs when nothing changes, and too little for the feed of everything.
    let blocks = 64;
    assert!(before["rss.xml"].0.len() > blocks * 512);
    std::fs::remove_file(program.output().join("feed.json")).unwrap();
    let missing = program.files();
    let (code, errors) = limited(&program, blocks as u32, "");
    assert_eq!(code, Some(1), "{errors}");
    assert!(
        errors.starts_with("error: cannot write") && errors.contains("output/feed.json"),
        "{errors}"
    );
    assert_eq!(
        touched(&missing, &program.files()),
        BTreeSet::new(),
        "no half of it stays behind"
    );

    program.refresh(&[], 0);
    assert_eq!(
        touched(&before, &program.files()),
        BTreeSet::from(["feed.json".to_owned()])
    );
    assert_eq!(program.files()["feed.json"].0, before["feed.json"].0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_damaged_is_refused_with_advice_and_the_output_stays() {
    let (_newsroom, program) = refreshed().await;
    let before = program.files();
    std::fs::write(program.database(), "this was a database once").unwrap();
    for arguments in [&["refresh", "--force"][..], &["status"]] {
        let output = program.run(arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(errors.contains("feedmill.db"), "{errors}");
    }
    assert_eq!(touched(&before, &program.files()), BTreeSet::new());
    assert_eq!(
        std::fs::read_to_string(program.database()).unwrap(),
        "this was a database once"
    );
}

/// A source that answers nothing keeps the refresh waiting for as long as a test needs.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_leaves_a_valid_output_and_the_next_refresh_completes_it() {
    let newsroom = Newsroom::start().await.unwrap();
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let program = Program::with(|output, database| {
        let toml = newsroom.config(output, database);
        format!("{toml}\n[[source]]\nname = \"Silent\"\nfeed = \"http://{address}/feed\"\n")
    });
    for signal in ["-INT", "-TERM"] {
        let mut child = program.start(&["refresh", "--force"]);
        let (_held, _) = silent.accept().await.unwrap();
        let sent = std::process::Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        let ended = tokio::task::spawn_blocking(move || child.wait())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(ended.code(), Some(1), "{signal}: it did not finish, and says so");
        for (name, (bytes, _)) in program.files() {
            assert!(is_whole(&name, &bytes) || name.ends_with(".css"), "{name}");
        }
    }

    // One host's sources are polled one after the other, so the others were done: that is stored.
    drop(silent);
    newsroom.take_requests();
    let summary = program.refresh(&[], 3);
    assert_eq!(summary["sources"]["polled"], 1, "{summary}");
    assert_eq!(summary["items"]["stored"], ARTICLES);
    assert_eq!(newsroom.take_requests(), []);
    assert_eq!(program.titles("tag/africom/").len(), 4);
}

fn says(output: &std::process::Output, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for words in words {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_output_folder_with_somebody_elses_files_is_not_written_to() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::polling(&newsroom);
    std::fs::create_dir(program.output()).unwrap();
    std::fs::write(program.output().join("index.html"), "mine").unwrap();
    let before = program.files();
    for command in ["refresh", "run", "demo"] {
        let output = program.run(&[command]);
        says(&output, &["holds files that feedmill did not write", "--adopt"]);
        assert_eq!(touched(&before, &program.files()), BTreeSet::new(), "{command}");
    }
    assert_eq!(newsroom.requests().len(), 0, "nobody was asked in vain");
    program.refresh(&["--adopt"], 3);
    assert_ne!(program.files()["index.html"].0, b"mine");
    program.refresh(&[], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_databases_do_not_write_over_each_other() {
    let (newsroom, one) = refreshed().await;
    let other = Program::with(|_, database| newsroom.config(&one.output(), database));
    let before = one.files();
    says(
        &other.run(&["refresh"]),
        &[
            "holds the feeds of another database",
            one.database().to_str().unwrap(),
        ],
    );
    says(&other.run(&["run"]), &["another database"]);
    assert_eq!(touched(&before, &one.files()), BTreeSet::new());
    one.refresh(&["--force"], 3);
}

/// An output from before there were marks is known by what the database published into it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_output_is_ones_own_without_a_word() {
    let (newsroom, program) = refreshed().await;
    let mark = program.output().join(".feedmill");
    std::fs::remove_file(&mark).unwrap();
    program.refresh(&["--force"], 3);
    assert!(mark.exists());
    // Another database knows nothing of it.
    std::fs::remove_file(&mark).unwrap();
    let other = Program::with(|_, database| newsroom.config(&program.output(), database));
    says(&other.run(&["refresh"]), &["did not write"]);
    // Nor does a database that moved lose its output.
    program.refresh(&["--force"], 3);
    let moved = Program::with(|_, database| newsroom.config(&program.output(), database));
    std::fs::rename(program.database(), moved.database()).unwrap();
    moved.refresh(&["--force"], 3);
}

#[test]
fn the_demo_runs_in_a_fresh_clone() {
    let program = Program::new("");
    std::fs::create_dir(program.output()).unwrap();
    std::fs::write(program.output().join("README.md"), "what feedmill publishes").unwrap();
    for _ in 0..2 {
        assert_eq!(program.run(&["demo"]).status.code(), Some(0));
    }
    assert!(program.output().join("index.html").exists());
}

/// A listener on an address of its own that answers each request with a feed.
async fn host(number: u8) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind((std::net::Ipv4Addr::new(127, 3, 0, number), 0))
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let feed = format!(
                    "<rss version=\"2.0\"><channel><title>t</title><item><guid>{address}</guid><title>From {address}</title>\
                     <link>http://{address}/a</link></item></channel></rss>"
                );
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {}\r\n\r\n{feed}",
                    feed.len()
                );
                let mut asked = [0; 4096];
                while let Ok(1..) = stream.read(&mut asked).await {
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_that_is_short_of_files_blames_no_source() {
    const HOSTS: u8 = 200;
    let mut tables = String::new();
    for number in 1..=HOSTS {
        let address = host(number).await;
        let _ = writeln!(
            tables,
            "[[source]]\nname = \"S{number}\"\nfeed = \"http://{address}/feed\""
        );
    }
    let program = Program::reading(&tables);
    let refresh = program.prepare(&["refresh", "--json"]);
    let output = std::process::Command::new("sh")
        .args(["-c", "ulimit -n 64; exec \"$0\" \"$@\""])
        .arg(refresh.get_program())
        .args(refresh.get_args())
        .current_dir(program.folder())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["failures"].as_array().unwrap().len(), 0, "{summary}");
    assert_eq!(summary["items"]["new"], u64::from(HOSTS), "{summary}");
}
