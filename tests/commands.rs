//! The commands as scripts and people meet them: exit codes, what goes to which stream, what is printed.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod newsroom;
mod program;

use std::collections::BTreeSet;
use std::process::Output;

use newsroom::Newsroom;
use newsroom::control::{ARTICLES, COPIES, REVIEW};
use program::{Program, touched};
use serde_json::Value;

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A folder that polls one healthy source.
fn healthy(newsroom: &Newsroom) -> Program {
    Program::with(|output, database| {
        let toml = newsroom.config(output, database);
        let end = toml.find("\n[[source]]").unwrap();
        let address = newsroom.address();
        format!(
            "{}\n[[source]]\nname = \"Libya Review\"\nfeed = \"http://{address}{REVIEW}\"\n",
            &toml[..end]
        )
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exit_codes_say_how_it_ended() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = healthy(&newsroom);
    let code = |arguments: &[&str]| program.run(arguments).status.code().unwrap();
    assert_eq!(code(&["status"]), 1, "there is no database yet");
    assert_eq!(code(&["check"]), 0);
    assert_eq!(code(&["refresh"]), 0);
    assert_eq!(code(&["status"]), 0);
    newsroom.fail(REVIEW, 500);
    assert_eq!(code(&["refresh", "--force"]), 3);
    assert_eq!(code(&["refresh"]), 0, "nothing was due, nothing failed");

    assert_eq!(code(&["refresh", "--config", "missing.toml"]), 1);
    assert_eq!(code(&["check", "--config", "missing.toml"]), 1);
    for wrong in [
        &[][..],
        &["refersh"],
        &["refresh", "--forse"],
        &["refresh", "surplus"],
        &["inspect"],
        &["inspect", "feed"],
    ] {
        assert_eq!(code(wrong), 2, "{wrong:?}");
    }
    let unknown = program.run(&["refresh", "--source", "Lybia Review"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(
        stderr(&unknown).contains("did you mean \"Libya Review\"?"),
        "{}",
        stderr(&unknown)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_refresh_at_the_same_time_ends_with_4_and_does_nothing() {
    let newsroom = Newsroom::start().await.unwrap();
    // A first refresh is held up by a source that does not answer.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let program = healthy(&newsroom);
    let toml = program.configuration();
    program.configure(&format!(
        "{toml}\n[[source]]\nname = \"Silent\"\nfeed = \"http://{address}/feed\"\n"
    ));
    let mut first = program.start(&["refresh"]);
    let (connection, _) = silent.accept().await.unwrap();

    let second = program.run(&["refresh", "--force", "--json"]);
    assert_eq!(second.status.code(), Some(4));
    assert_eq!(stdout(&second), "");
    assert!(
        stderr(&second).contains("another refresh holds"),
        "{}",
        stderr(&second)
    );
    let status = program.run(&["status", "--json"]);
    assert_eq!(
        status.status.code(),
        Some(0),
        "looking is always allowed: {}",
        stderr(&status)
    );

    drop((connection, silent));
    let ended = tokio::task::spawn_blocking(move || first.wait())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(ended.code(), Some(3));
    assert_eq!(program.run(&["refresh"]).status.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_json_stdout_holds_json_and_nothing_else() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::polling(&newsroom);
    std::fs::write(program.folder().join("good.xml"), newsroom.body(REVIEW)).unwrap();
    std::fs::write(program.folder().join("bad.xml"), "<html>").unwrap();
    let refresh = program.run(&["refresh", "--json"]);
    let summary: Value = serde_json::from_slice(&refresh.stdout).unwrap();
    assert_eq!(summary["items"]["new"], ARTICLES);
    assert_eq!(stderr(&refresh), "", "failures of sources stand in the summary");
    let status: Value = serde_json::from_slice(&program.run(&["status", "--json"]).stdout).unwrap();
    assert_eq!(status["sources"].as_array().unwrap().len(), 10);
    let feeds = status["feeds"].as_array().unwrap();
    let everything = feeds.iter().find(|feed| feed["folder"] == "").unwrap();
    assert_eq!(everything["items"], ARTICLES - COPIES);

    let inspected = program.run(&["inspect", "feed", "--json", "good.xml", "bad.xml", "missing.xml"]);
    assert_eq!(inspected.status.code(), Some(3));
    let lines: Vec<Value> = stdout(&inspected)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3, "one line per input");
    assert_eq!(lines[0]["items"].as_array().unwrap().len(), 16);
    assert_eq!(lines[0]["title"], "Libya Review");
    for (line, path) in lines.iter().zip(["good.xml", "bad.xml", "missing.xml"]) {
        assert_eq!(line["path"], path);
        assert_eq!(line["error"].is_string(), path != "good.xml", "{line}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inspect_says_of_a_sitemap_what_it_is_and_lists_it() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::polling(&newsroom);
    let news = "<urlset><url><loc>https://a.example/1</loc><lastmod>2024-08-28</lastmod><news><publication><name>The Paper</name>\
                <language>en</language></publication><title>Oil</title><keywords>Libya, oil</keywords></news></url></urlset>";
    let index = "<sitemapindex><sitemap><loc>https://a.example/posts.xml</loc><lastmod>2024-08-28</lastmod></sitemap></sitemapindex>";
    let posts = r#"[{"link":"https://a.example/1","title":{"rendered":"Oil"}}]"#;
    let documents = [
        ("news.xml", news, "sitemap", "Sitemap, 1 page,"),
        ("index.xml", index, "sitemap", "Index of sitemaps, 1 sitemap,"),
        ("posts.json", posts, "wordpress", "WordPress, 1 item,"),
    ];
    for (path, text, format, words) in documents {
        std::fs::write(program.folder().join(path), text).unwrap();
        let printed = stdout(&program.run(&["inspect", "feed", path]));
        assert!(printed.contains(words), "{printed}");
        let output = program.run(&["inspect", "feed", "--json", path]);
        let line: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(line["format"], format, "{line}");
    }
    let shown = |path: &str| -> Value {
        let output = program.run(&["inspect", "feed", "--json", path]);
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let news = shown("news.xml");
    assert_eq!(news["title"], "The Paper");
    let item = &news["items"][0];
    assert_eq!((&item["title"], &item["language"]), (&"Oil".into(), &"en".into()));
    assert_eq!(item["categories"], serde_json::json!(["Libya", "oil"]));
    assert_eq!(item["updated"], "2024-08-28T00:00:00Z");
    assert_eq!(
        shown("index.xml")["items"][0]["url"],
        "https://a.example/posts.xml"
    );
    let printed = stdout(&program.run(&["inspect", "feed", "index.xml"]));
    assert!(
        printed.contains("2024-08-28T00:00:00Z  https://a.example/posts.xml"),
        "{printed}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_terminal_there_is_no_colour_and_no_progress_bar() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::polling(&newsroom);
    std::fs::write(program.folder().join("good.xml"), newsroom.body(REVIEW)).unwrap();
    std::fs::write(program.folder().join("wrong.toml"), "[site]\ntitel = \"x\"\n").unwrap();
    for arguments in [
        &["refresh"][..],
        &["refresh", "--force", "--json"],
        &["status"],
        &["check"],
        &["check", "--config", "wrong.toml"],
        &["inspect", "feed", "good.xml"],
        &["refresh", "--source", "nobody"],
        &["--help"],
        &["refersh"],
        &["demo", "--help"],
    ] {
        let output = program.run(arguments);
        let printed = stdout(&output) + &stderr(&output);
        assert!(
            !printed.is_empty() && !printed.contains(['\u{1b}', '\r']),
            "{arguments:?}: {printed:?}"
        );
    }
}

#[test]
fn check_tells_all_mistakes_at_once_with_line_and_column() {
    let program = Program::new(
        "[site]\ntitle = \"Wire\"\nurl = \"https://feeds.example/\"\noutput = \"output\"\ndatabase = \"feedmill.db\"\n\
         [fetch]\ntimeout = \"soon\"\n[[source]]\nname = \"A\"\nfeed = \"https://a.example/feed\"\ncategory = \"Lybia\"\n\
         evry = \"1h\"\n[[category]]\nname = \"Libya\"\n",
    );
    let output = program.run(&["check"]);
    let errors = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert_eq!(stdout(&output), "");
    for (place, text) in [
        ("feeds.toml:7:11", "soon"),
        ("feeds.toml:11:12", "Libya"),
        ("feeds.toml:12:1", "every"),
    ] {
        assert!(
            errors.contains(place) && errors.contains(text),
            "{place} {text}: {errors}"
        );
    }
    assert!(!program.database().exists() && !program.output().exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_shows_what_was_understood_and_asks_nobody() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::polling(&newsroom);
    let shown = stdout(&program.run(&["check"]));
    for part in [
        "Sample Newsroom",
        "https://feeds.example/",
        "أفق ليبيا",
        "AFRICOM = U.S. Africa Command",
        "10 sources",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(newsroom.requests(), []);
    assert!(!program.database().exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_and_the_summary_read_well() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::polling(&newsroom);
    let summary = stdout(&program.run(&["refresh"]));
    for part in [
        "10 sources polled",
        "73 new items (1 of them copies of others)",
        "2 failed",
        "\"Weekend Magazine\"",
        "not a feed",
    ] {
        assert!(summary.contains(part), "{part}: {summary}");
    }
    let status = stdout(&program.run(&["status"]));
    let row = |name: &str| {
        status
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap()
            .to_owned()
    };
    assert!(
        row("Libya Review").contains("ok") && row("Libya Review").contains("16"),
        "{status}"
    );
    assert!(
        row("Embassy Bulletin").contains("failing") && row("Embassy Bulletin").contains("never"),
        "{status}"
    );
    assert!(status.contains("500") && status.contains("AFRICOM"), "{status}");
}

#[test]
fn the_head_of_a_status_of_short_names_is_whole() {
    let program = Program::reading("[[source]]\nname = \"BBC\"\nfeed = \"http://127.0.0.1:1/feed\"\n");
    program.run(&["refresh"]);
    let status = stdout(&program.run(&["status"]));
    assert!(status.contains("source  "), "{status}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inspect_reads_files_and_addresses() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::polling(&newsroom);
    let notebook = newsroom.body("/notebook/feed.xml");
    std::fs::write(program.folder().join("notebook.xml"), notebook).unwrap();
    let address = format!("http://{}/notebook/feed.xml", newsroom.address());
    let items = |arguments: &[&str]| {
        let output = program.run(&[&["inspect", "feed", "--json"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["items"].clone()
    };
    let from_file = items(&[
        "--url",
        "https://benghazinotebook.example/feed.xml",
        "notebook.xml",
    ]);
    assert_eq!(from_file.as_array().unwrap().len(), 11);
    assert_eq!(from_file, items(&[&address]), "the document names its own base");
    let tram = &from_file[0];
    assert_eq!(
        tram["url"],
        "https://benghazinotebook.example/2026/11/tram-along-the-corniche"
    );
    assert!(
        tram["content"]
            .as_str()
            .or(tram["summary"].as_str())
            .unwrap()
            .contains("corniche"),
        "{tram}"
    );
    assert!(!from_file.to_string().contains("javascript:") && !from_file.to_string().contains("<script"));
}

/// The example lines in a command's help.
fn examples(help: &str) -> Vec<Vec<String>> {
    let lines = help
        .split_once("Examples:")
        .map_or("", |(_, examples)| examples)
        .lines();
    let commands = lines.filter_map(|line| line.find("feedmill ").map(|at| &line[at + "feedmill ".len()..]));
    let words = |command: &str| {
        // What follows several spaces says what the line is for.
        let command = command.split("   ").next().unwrap();
        let quoted = command.split('\'').enumerate();
        let words = quoted.flat_map(|(index, part)| match index % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        });
        words.collect()
    };
    commands.map(words).collect()
}

#[test]
fn the_examples_of_every_help_are_commands_that_exist() {
    let program = Program::new("");
    let mut seen = 0;
    for command in [
        &[][..],
        &["refresh"],
        &["check"],
        &["inspect"],
        &["inspect", "feed"],
        &["status"],
        &["explain"],
        &["split"],
        &["merge"],
        &["run"],
        &["demo"],
    ] {
        let help = program.run(&[command, &["--help"]].concat());
        assert_eq!(help.status.code(), Some(0), "{command:?}");
        for example in examples(&stdout(&help)) {
            seen += 1;
            // Arguments before --help are understood or refused; nothing runs.
            let words: Vec<&str> = example.iter().map(String::as_str).chain(["--help"]).collect();
            let output = program.run(&words);
            assert_eq!(output.status.code(), Some(0), "{words:?}: {}", stderr(&output));
        }
    }
    assert!(seen >= 8, "only {seen} examples were found");
}

#[test]
fn the_demo_shows_itself_and_spares_what_is_not_its_own() {
    let program = Program::new("");
    let demo = program.run(&["demo"]);
    let shown = stdout(&demo);
    assert_eq!(demo.status.code(), Some(0), "{}", stderr(&demo));
    for part in [
        "93 new items",
        "10 not modified",
        "0 files written",
        "output/index.html",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(
        !program.database().exists(),
        "the operator's database is not the demo's"
    );
    let first = program.files();
    assert_eq!(program.titles("tag/africom/").len(), 5);
    assert_eq!(
        program.run(&["demo"]).status.code(),
        Some(0),
        "it may be run again"
    );
    assert_eq!(
        first.keys().collect::<Vec<_>>(),
        program.files().keys().collect::<Vec<_>>()
    );

    std::fs::write(
        program.output().join("sources.opml"),
        "<opml><head><title>Real News</title></head></opml>",
    )
    .unwrap();
    let before = program.files();
    let refused = program.run(&["demo"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("another folder"),
        "{}",
        stderr(&refused)
    );
    assert_eq!(touched(&before, &program.files()), BTreeSet::new());
}

/// Whoever reads may stop reading, and a disk may be full: nothing of it is a crash.
#[test]
fn a_closed_pipe_ends_quietly_and_a_full_device_is_an_error() {
    let program = Program::reading("[[source]]\nname = \"One\"\nfeed = \"http://127.0.0.1:9/\"\n");
    let items: String = (0..4_000)
        .map(|number| {
            format!("<item><guid>{number}</guid><title>Ship {number} comes into the port</title></item>")
        })
        .collect();
    let feed = program.folder().join("feed.xml");
    std::fs::write(
        &feed,
        format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>"),
    )
    .unwrap();
    let feed = feed.to_str().unwrap();
    let commands: [&[&str]; 5] = [
        &["inspect", "feed", "--json", feed, feed],
        &["inspect", "feed", feed],
        &["inspect", "listing", "--json", feed],
        &["check"],
        &["check", "--json"],
    ];
    for arguments in commands {
        let usual = program.run(arguments).status.code().unwrap();
        let mut command = program.prepare(arguments);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command.stdout(writer).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(usual),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert!(
            !stderr(&output).contains("panicked"),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    for arguments in commands {
        let output = program.prepare(arguments).stdout(full()).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(1),
            "{arguments:?}: {}",
            stderr(&output)
        );
        if arguments.get(1) != Some(&"listing") {
            assert!(
                stderr(&output).contains("cannot print: No space left"),
                "{arguments:?}: {}",
                stderr(&output)
            );
        }
        assert!(
            !stderr(&output).contains("panicked"),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
    // With nobody to tell, the exit code still says it.
    let output = program
        .prepare(&["check", "--config", "missing.toml"])
        .stderr(full())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
}
