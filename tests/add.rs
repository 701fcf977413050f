//! `feedmill add` and `feedmill check --online`: the best way to poll a site is found, shown, and written into a file that
//! keeps every byte it had.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod newsroom;
mod program;

use std::process::Output;

use chrono::{TimeDelta, Utc};
use newsroom::Newsroom;
use newsroom::control::REVIEW;
use program::Program;
use serde_json::{Value, json};

const SECTION: &str = "//review/category/libya/";

/// A file with all that an editor could get wrong, and one source.
fn odd_file(newsroom: &Newsroom) -> String {
    format!(
        "# Ours.\n[site]\ntitle='Wire'   # odd quotes\nurl = \"https://feeds.example/\"\n\n[fetch]\nhost_gap = \"0s\"\n\
         allow_private_hosts = true\n\n[[ source ]]\n  name=\"First\" # indented\nfeed = \"{}\"\ntags = [\n  \"one\", # first\n]\n\
         # every = \"15m\"\n\n\n# Sections, few.\n[[category]]\nname = \"Libya\"\naliases = [\"Libye\"]\n# the end",
        newsroom.url(REVIEW)
    )
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What `add --json` says, with its exit code.
fn added(program: &Program, arguments: &[&str], code: i32) -> Value {
    let all: Vec<&str> = ["add", "--json"].iter().chain(arguments).copied().collect();
    let output = program.run(&all);
    assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stdout(&output)))
}

/// A page that lists articles under its own address, with this in its head and after its articles.
fn page(head: &str, foot: &str) -> String {
    let articles: String = (1..=8)
        .map(|number| {
            format!(
                "<article class=\"teaser\"><h2><a href=\"/own/2026/story-{number}\">Story number {number} of a small town paper</a></h2>\
                 <time datetime=\"2026-11-{:02}T08:00:00Z\">day</time><p>What happened in story {number}, in a sentence.</p></article>",
                20 - number
            )
        })
        .collect();
    format!(
        "<!doctype html><html lang=\"en\"><head><title>Town paper - Home</title>{head}</head>\
         <body><main>{articles}</main>{foot}</body></html>"
    )
}

/// A feed with these items, each with an address below the newsroom.
fn feed(newsroom: &Newsroom, title: &str, paths: &[String]) -> String {
    let items: String = paths
        .iter()
        .map(|path| {
            format!(
                "<item><title>{path}</title><link>{}</link></item>",
                newsroom.url(path)
            )
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>{title}</title>{items}</channel></rss>")
}

fn story(number: usize) -> String {
    format!("/own/2026/story-{number}")
}

async fn start() -> (Newsroom, Program) {
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::new(&odd_file(&newsroom));
    (newsroom, program)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_is_added_and_every_other_byte_stays() {
    let (newsroom, program) = start().await;
    let before = program.configuration();
    let url = newsroom.url("/un-mission/atom");
    let output = program.run(&["add", &url, "--category", "libye", "--tag", "UN", "--yes"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let block = format!(
        "\n[[source]]\nname = \"UN Mission Press Office\"\nfeed = \"{url}\"\ncategory = \"Libya\"\ntags = [\"UN\"]\n"
    );
    let after = program.configuration();
    let at = after.find(&block).unwrap_or_else(|| panic!("{after}"));
    assert!(before[..at].ends_with("# every = \"15m\"\n"), "{after}");
    assert_eq!(after.replacen(&block, "", 1), before);
    assert_eq!(
        newsroom.requests().len(),
        1,
        "a feed that is named needs no search: {:?}",
        newsroom.requests()
    );

    let summary = program.refresh(&["--source", "UN Mission Press Office"], 0);
    assert!(summary["items"]["new"].as_u64().unwrap() > 0, "{summary}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_feed_of_a_section_is_preferred_to_the_sites() {
    let (newsroom, program) = start().await;
    let found = added(&program, &[&newsroom.url(SECTION), "--dry-run"], 0);
    assert_eq!(
        found["source"]["feed"],
        newsroom.url("//review/category/libya/feed/"),
        "{found:#}"
    );
    let others: Vec<&str> = found["others"]
        .as_array()
        .unwrap()
        .iter()
        .map(|other| other["url"].as_str().unwrap())
        .collect();
    assert!(others.contains(&&*newsroom.url("//review/feed/")), "{others:?}");
    let home = added(&program, &[&newsroom.url("//review/"), "--dry-run"], 0);
    assert_eq!(home["source"]["feed"], newsroom.url("//review/feed/"), "{home:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn among_declared_feeds_the_one_that_shows_what_the_page_shows_wins() {
    let (newsroom, program) = start().await;
    let foreign: Vec<String> = (1..=9).map(|number| format!("/other/{number}")).collect();
    let mixed: Vec<String> = foreign[..6].iter().cloned().chain([story(1), story(2)]).collect();
    let own: Vec<String> = (1..=8).map(story).collect();
    let comments: Vec<String> = own.iter().map(|path| format!("{path}#comment-7")).collect();
    newsroom.set("/f/latest", feed(&newsroom, "Latest words", &comments));
    newsroom.set("/f/mixed", feed(&newsroom, "All", &mixed));
    newsroom.set("/f/own", feed(&newsroom, "Town", &own));
    let declared: String = ["/f/latest", "/f/gone", "/f/mixed", "/f/own"]
        .map(|path| format!("<link rel=\"alternate\" type=\"application/rss+xml\" href=\"{path}\">"))
        .concat();
    newsroom.set("/town/", page(&declared, ""));
    let found = added(&program, &[&newsroom.url("/town/"), "--yes"], 0);
    assert_eq!(found["source"]["feed"], newsroom.url("/f/own"), "{found:#}");
    assert_eq!(found["source"]["name"], "Town");
    let why = found["choice"]["why"].as_str().unwrap();
    assert!(why.contains("8 of its newest 8 are on the page"), "{why}");
    let problem = |path: &str| {
        let steps = found["steps"].as_array().unwrap();
        let step = steps
            .iter()
            .find(|step| step["url"] == newsroom.url(path))
            .unwrap();
        step["problem"].as_str().unwrap_or_default().to_owned()
    };
    assert!(problem("/f/latest").contains("comments"), "{found:#}");
    assert!(problem("/f/gone").contains("404"), "{found:#}");
    assert_eq!(
        found["others"].as_array().unwrap().len(),
        1,
        "only what works: {found:#}"
    );
    assert!(newsroom.requests().len() <= 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_names_nothing_becomes_a_source_itself() {
    let (newsroom, program) = start().await;
    newsroom.set("/town/", page("", ""));
    let url = newsroom.url("/town/");
    let output = program.run(&["add", &url, "--yes"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for part in [
        "Story number 1 of a small town paper",
        "2026-11-19",
        "/own/2026/story-8",
    ] {
        assert!(stdout(&output).contains(part), "{part}: {}", stdout(&output));
    }
    let block = format!("\n[[source]]\nname = \"Town paper\"\npage = \"{url}\"\n");
    assert!(
        program.configuration().contains(&block),
        "{}",
        program.configuration()
    );
    assert!(
        !program.configuration().contains("select"),
        "detection heals itself"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_feed_the_wordpress_api_is_taken() {
    let (newsroom, program) = start().await;
    newsroom.edit(SECTION, |html| {
        html.replace("application/rss+xml", "text/plain")
            .replace("/feed/", "/no/")
    });
    let found = added(&program, &[&newsroom.url(SECTION), "--yes"], 0);
    assert_eq!(found["choice"]["place"], "wordpress", "{found:#}");
    let feed = found["source"]["feed"].as_str().unwrap();
    assert!(feed.contains("/wp-json/wp/v2/posts?categories="), "{feed}");
    let name = found["source"]["name"].as_str().unwrap().to_owned();
    let summary = program.refresh(&["--source", &name], 0);
    assert!(summary["items"]["new"].as_u64().unwrap() > 0, "{summary}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sitemap_in_robots_txt_is_taken_unless_the_page_is_a_part_of_the_site() {
    let (newsroom, program) = start().await;
    let sitemap = |paths: &mut dyn Iterator<Item = String>| {
        let now = Utc::now();
        let entries: String = paths
            .enumerate()
            .map(|(age, path)| {
                let date = (now - TimeDelta::minutes(age as i64 + 1)).to_rfc3339();
                format!(
                    "<url><loc>{}</loc><lastmod>{date}</lastmod></url>",
                    newsroom.url(&path)
                )
            })
            .collect();
        format!("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{entries}</urlset>")
    };
    newsroom.set(
        "/robots.txt",
        "User-agent: *\nDisallow: /no/\nSitemap: /map.xml\n",
    );
    newsroom.set("/town/", page("", ""));
    newsroom.set("/map.xml", sitemap(&mut (1..=8).map(story)));
    let found = added(&program, &[&newsroom.url("/town/"), "--dry-run"], 0);
    assert_eq!(found["source"]["sitemap"], newsroom.url("/map.xml"), "{found:#}");

    newsroom.set(
        "/map.xml",
        sitemap(&mut (1..=40).map(|number| format!("/elsewhere/{number}"))),
    );
    let found = added(&program, &[&newsroom.url("/town/"), "--dry-run"], 0);
    assert_eq!(found["source"]["page"], newsroom.url("/town/"), "{found:#}");
    let of_site = |step: &Value| {
        step["problem"]
            .as_str()
            .is_some_and(|problem| problem.contains("whole site"))
    };
    assert!(
        found["steps"].as_array().unwrap().iter().any(of_site),
        "{found:#}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_polled_already_is_not_added_again() {
    let (newsroom, program) = start().await;
    let before = program.everything();
    let same = newsroom.url(REVIEW).trim_end_matches('/').to_owned() + "#top";
    let found = added(&program, &[&same, "--yes"], 0);
    assert_eq!(
        (&found["known_as"], &found["written"]),
        (&json!("First"), &json!(false))
    );
    assert!(newsroom.requests().is_empty(), "that needs no request");

    // The page leads to the feed that is configured.
    let head = format!("<link rel=\"alternate\" type=\"application/rss+xml\" href=\"{REVIEW}\">");
    newsroom.set("/town/", page(&head, ""));
    let output = program.run(&["add", &newsroom.url("/town/"), "--yes"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        stdout(&output).contains("source \"First\" has this address already; nothing was written"),
        "{}",
        stdout(&output)
    );
    assert_eq!(program.everything(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_written_without_a_yes() {
    let (newsroom, program) = start().await;
    let before = program.everything();
    let url = newsroom.url("/un-mission/atom");
    let looked = program.run(&["add", &url, "--dry-run"]);
    assert_eq!(looked.status.code(), Some(0));
    assert!(stdout(&looked).contains("nothing was written (--dry-run)"));
    let asked = program.run(&["add", &url]);
    assert_eq!(asked.status.code(), Some(2));
    assert!(
        stderr(&asked).contains("nothing was written: there is no terminal to ask on; add --yes"),
        "{}",
        stderr(&asked)
    );
    let found = added(&program, &[&url], 2);
    assert_eq!(found["written"], false);
    assert!(!found["choice"]["items"].as_array().unwrap().is_empty());
    assert_eq!(program.everything(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_arguments_are_told_before_anyone_is_asked() {
    let (newsroom, program) = start().await;
    let before = program.everything();
    let url = newsroom.url("/un-mission/atom");
    for (arguments, words) in [
        (
            &["--category", "Lybia"][..],
            "no [[category]] is called `Lybia`; did you mean `Libya`?",
        ),
        (&["--name", "FIRST"], "a source is called \"FIRST\" already"),
        (&["--name", " "], "--name is empty"),
    ] {
        let all: Vec<&str> = ["add", "--yes", &url].iter().chain(arguments).copied().collect();
        let output = program.run(&all);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    assert_eq!(
        program.run(&["add", "ftp://a.example/", "--yes"]).status.code(),
        Some(2)
    );
    assert!(newsroom.requests().is_empty());
    assert_eq!(program.everything(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_wrong_is_left_as_it_is() {
    let (newsroom, program) = start().await;
    let url = newsroom.url("/un-mission/atom");
    let [wrong, inline] = [
        "[site]\ntitle = \"x\"\nurl = \"https://x.example/\"\n[[source]]\nname = 3\n",
        "",
    ];
    let inline = format!(
        "{inline}source = [{{ name = \"a\", feed = \"https://a.example/\" }}]\n[site]\ntitle = \"x\"\n\
         url = \"https://x.example/\"\n[fetch]\nallow_private_hosts = true\n"
    );
    for (text, words) in [(wrong, "feeds.toml:5:8"), (&inline, "add this by hand:")] {
        program.configure(text);
        let output = program.run(&["add", &url, "--yes"]);
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
        assert_eq!(program.configuration(), text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_gives_nothing_is_not_added() {
    let (newsroom, program) = start().await;
    let before = program.everything();
    newsroom.set("/empty.xml", feed(&newsroom, "Empty", &[]));
    newsroom.set(
        "/about/",
        "<!doctype html><html><body><p>About us.</p></body></html>",
    );
    for (path, words) in [
        ("/empty.xml", "it holds no items at present"),
        ("/about/", "no way to items was found"),
        ("/missing", "404"),
    ] {
        let output = program.run(&["add", &newsroom.url(path), "--yes"]);
        let said = stdout(&output) + &stderr(&output);
        assert_eq!(output.status.code(), Some(3), "{path}: {said}");
        assert!(said.contains(words), "{path}: {said}");
        let found = added(&program, &[&newsroom.url(path), "--yes"], 3);
        assert!(found["error"].is_string() && found["choice"].is_null(), "{found}");
    }
    assert_eq!(program.everything(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_file_is_begun_and_private_addresses_stay_refused_in_it() {
    let (newsroom, program) = start().await;
    std::fs::remove_file(program.folder().join("feeds.toml")).unwrap();
    let output = program.run(&["add", &newsroom.url(REVIEW), "--yes"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stderr(&output).contains("allow_private_hosts"),
        "{}",
        stderr(&output)
    );
    assert!(!program.folder().join("feeds.toml").exists());

    // What it begins with is a file that add itself goes on with.
    program.configure(
        "[site]\ntitle = \"x\"\nurl = \"https://x.example/\"\n[fetch]\nallow_private_hosts = true",
    );
    let found = added(&program, &[&newsroom.url(REVIEW), "--yes"], 0);
    assert_eq!(found["written"], true);
    assert_eq!(program.run(&["check"]).status.code(), Some(0));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn permissions_and_links_of_the_file_stay() {
    use std::os::unix::fs::PermissionsExt;
    let (newsroom, program) = start().await;
    let (link, real) = (
        program.folder().join("feeds.toml"),
        program.folder().join("real.toml"),
    );
    std::fs::rename(&link, &real).unwrap();
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("real.toml", &link).unwrap();
    let found = added(&program, &[&newsroom.url("/un-mission/atom"), "--yes"], 0);
    assert_eq!(found["written"], true);
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert!(
        std::fs::read_to_string(&real)
            .unwrap()
            .contains("UN Mission Press Office")
    );
    assert_eq!(
        program.everything().len(),
        2,
        "no unfinished file is left: {:?}",
        program.everything().keys()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_online_says_what_each_source_gives_and_stores_nothing() {
    let (newsroom, program) = start().await;
    let head = "<link rel=\"alternate\" type=\"application/rss+xml\" href=\"/ufuq/rss\">";
    newsroom.set("/town/", page(head, ""));
    let sources = format!(
        "\n[[source]]\nname = \"Town\"\npage = \"{0}\"\n[source.select]\nitem = \".gone\"\n\
         [[source]]\nname = \"Page as feed\"\nfeed = \"{0}\"\n\
         [[source]]\nname = \"Gone\"\nfeed = \"{1}\"\n",
        newsroom.url("/town/"),
        newsroom.url("/missing")
    );
    program.configure(&(program.configuration() + &sources));
    let before = program.everything();
    let output = program.run(&["check", "--online", "--json"]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let [first, town, feed, gone] = said["sources"].as_array().unwrap().as_slice() else {
        panic!("{said:#}")
    };
    assert_eq!(
        (&first["ok"], &first["items"]),
        (&json!(true), &json!(16)),
        "{first}"
    );
    assert_eq!((&town["ok"], &town["items"]), (&json!(true), &json!(8)), "{town}");
    let note = town["notes"][0].as_str().unwrap();
    assert!(
        note.contains("item = \".gone\" finds no article") && note.contains("[source.select]"),
        "{note}"
    );
    assert_eq!(town["better"][0]["url"], newsroom.url("/ufuq/rss"), "{town}");
    let error = feed["error"].as_str().unwrap();
    assert!(error.contains(&newsroom.url("/ufuq/rss")), "{error}");
    assert!(gone["error"].as_str().unwrap().contains("404"), "{gone}");
    let text = stdout(&program.run(&["check", "--online"]));
    for part in [
        "16 items, newest",
        "better  feed = \"",
        "feeds.toml is fine, but 2 sources failed",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let path = |path: &str| {
        newsroom
            .requests()
            .iter()
            .filter(|asked| asked.path == path)
            .count()
    };
    assert_eq!(path(REVIEW), 2, "once per check");
    assert_eq!(program.everything(), before);

    program.reconfigure(&sources, "");
    assert_eq!(program.run(&["check", "--online"]).status.code(), Some(0));
}
