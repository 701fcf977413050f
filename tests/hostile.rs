//! Sources that mean harm: whatever they say, nothing leaves the output folder, nothing runs in a browser or steers a
//! terminal, and every file is well-formed.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod newsroom;
mod program;

use std::collections::BTreeSet;

use newsroom::Newsroom;
use newsroom::control::ARTICLES;
use program::{FILES, Program};
use quick_xml::events::Event;
use serde_json::{Value, json};

/// Names that want to be paths, markup, devices or escapes. The NUL can be said in JSON.
fn names() -> Vec<String> {
    let names = [
        "../../etc/passwd",
        "..\\..\\windows\\win.ini",
        "/etc/cron.d/x",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "tag\u{0}/../../nul",
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "con",
        "NUL",
        "aux.",
        "index",
        "feeds",
        ".",
        "..",
        "...",
        "~root",
        "$(touch pwned)",
        "]]>",
        "\u{202e}gnp.exe",
        "\u{1b}]52;c;aGFja2Vk\u{7}",
        "\u{9b}2Jcleared",
        "line\r\nbreak",
        "Libya\u{200b}n",
        "Lіbya in Cyrillic",
        "${HOME} %n %s {{7*7}}",
    ];
    let mut names: Vec<String> = names.map(str::to_owned).into();
    names.push("x".repeat(10_000));
    names.push("ليبيا ".repeat(2_000));
    names
}

const TITLES: [&str; 6] = [
    "Cleared \u{1b}[2J\u{1b}]0;owned\u{7} screen",
    "C1 \u{9b}31m and \u{90}q",
    "Broken ]]> out",
    "</title><script>alert(1)</script>",
    "\u{202e}desrever",
    "&lt;img src=x onerror=alert(1)&gt; &amp;lt;b&amp;gt;",
];

const LINKS: [&str; 6] = [
    "javascript:alert(1)",
    " java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "https://hostile.example/\"><script>alert(1)</script>",
    "file:///etc/passwd",
];

const CONTENT: &str = r#"<p onclick="alert(1)" style="position:fixed" id="items" class="x">Text ]]&gt; stays.</p>
<script>alert(1)</script><style>*{display:none}</style><iframe src="https://hostile.example/"></iframe>
<svg onload=alert(1)><a xlink:href="javascript:alert(1)">x</a></svg><math><mtext></table><img src=x onerror=alert(1)></math>
<a href="jav&#x09;ascript:alert(1)">a</a> <a href="&#106;avascript:alert(1)">b</a> <a href="data:text/html,x">c</a>
<img src="javascript:alert(1)" onerror="alert(1)"><img srcset="javascript:alert(1) 1x, https://hostile.example/a.png 2x">
<form action="https://hostile.example/"><input name="password"><button formaction="javascript:alert(1)">go</button></form>
<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript><template><b>t</b></template><!-- --!><script>x</script> -->
<base href="https://hostile.example/"><meta http-equiv="refresh" content="0;url=https://hostile.example/"><object data="x"></object>"#;

/// A JSON Feed, which can say every character.
fn json_feed() -> String {
    let items = names().into_iter().enumerate().map(|(index, name)| {
        json!({
            "id": format!("json-{index}"),
            "url": format!("https://hostile.example/json/{index}"),
            "title": TITLES[index % TITLES.len()],
            "content_html": CONTENT,
            "authors": [{"name": name}],
            "tags": [name, "hostile"],
            "date_published": "2026-11-20T00:00:00Z",
            "image": LINKS[index % LINKS.len()],
            "attachments": [{"url": LINKS[index % LINKS.len()], "mime_type": "\"><script>"}],
        })
    });
    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": "\u{1b}[31m<script>alert(1)</script>\u{202e}",
        "home_page_url": "javascript:alert(1)",
        "language": "\"><script>",
        "items": items.collect::<Vec<_>>(),
    });
    feed.to_string()
}

/// The same in RSS, with raw control characters in the document.
fn rss() -> String {
    let escaped = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;")
    };
    let mut feed = String::from(
        "<rss version=\"2.0\"><channel><title>\u{1b}[2J\u{0}Hostile</title><link>javascript:alert(1)</link>",
    );
    for (index, name) in names().iter().enumerate() {
        feed += &format!(
            "<item><title>{}</title><link>{}</link><guid isPermaLink=\"false\">rss-{index}</guid><category>{}</category>\
             <author>{}</author><pubDate>Fri, 20 Nov 2026 00:00:0{} GMT</pubDate><description>{}</description>\
             <enclosure url=\"{}\" type=\"&quot;&gt;\" length=\"-1\"/></item>",
            escaped(TITLES[index % TITLES.len()]),
            escaped(LINKS[index % LINKS.len()]),
            escaped(name),
            escaped(name),
            index % 10,
            escaped(CONTENT),
            escaped(LINKS[index % LINKS.len()]),
        );
    }
    feed + "</channel></rss>"
}

async fn hostile() -> (Newsroom, Program) {
    let newsroom = Newsroom::start().await.unwrap();
    newsroom.set("/hostile.json", json_feed());
    newsroom.set("/hostile.xml", rss());
    let address = newsroom.address();
    let program = Program::with(|output, database| {
        let toml = newsroom.config(output, database);
        format!(
            "{toml}\n[[source]]\nname = \"Hostile JSON\"\nfeed = \"http://{address}/hostile.json\"\n\
             [[source]]\nname = \"Hostile RSS\"\nfeed = \"http://{address}/hostile.xml\"\n"
        )
    });
    (newsroom, program)
}

/// Reads a document as a strict reader does.
fn assert_well_formed(name: &str, document: &str) {
    let is_illegal = |c: char| (c < ' ' && !"\t\n\r".contains(c)) || matches!(c, '\u{FFFE}' | '\u{FFFF}');
    assert!(!document.contains(is_illegal), "{name}");
    let mut reader = quick_xml::Reader::from_str(document);
    reader.config_mut().enable_all_checks(true);
    let mut depth = 0;
    loop {
        match reader
            .read_event()
            .unwrap_or_else(|error| panic!("{name}: {error}"))
        {
            Event::Start(start) => {
                start.attributes().for_each(|attribute| drop(attribute.unwrap()));
                depth += 1;
            }
            Event::Empty(start) => start.attributes().for_each(|attribute| drop(attribute.unwrap())),
            Event::End(_) => depth -= 1,
            Event::GeneralRef(reference) => {
                let known =
                    reference.is_char_ref() || ["amp", "lt", "gt", "quot", "apos"].contains(&&*reference);
                assert!(known, "{name}: {reference:?}");
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "{name}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_name_leaves_the_output_and_every_slug_is_plain() {
    let (_newsroom, program) = hostile().await;
    let summary = program.refresh(&[], 3);
    assert_eq!(
        summary["failures"].as_array().unwrap().len(),
        2,
        "hostile is not unreadable: {summary}"
    );
    let entries = std::fs::read_dir(program.folder()).unwrap();
    let beside: BTreeSet<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let ours = [
        "feedmill.db",
        "feedmill.db-shm",
        "feedmill.db-wal",
        "feedmill.db.lock",
        "feeds.toml",
        "output",
    ];
    assert!(
        beside.iter().all(|name| ours.contains(&name.as_str())),
        "{beside:?}"
    );

    let files = program.files();
    for name in files.keys() {
        let Some((folder, file)) = name.rsplit_once('/') else {
            continue;
        };
        let (kind, slug) = folder.split_once('/').unwrap();
        assert!(
            ["category", "tag", "source", "feedmill"].contains(&kind) && FILES.contains(&file),
            "{name}"
        );
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        assert!(
            slug.len() <= 80 && !slug.starts_with('-') && slug.bytes().all(is_plain),
            "{name}"
        );
        assert!(!["con", "nul", "aux", "index", "feeds"].contains(&slug), "{name}");
    }
    for folder in ["tag/etc-passwd/", "tag/touch-pwned/"] {
        assert!(
            !program.titles(folder).is_empty(),
            "{folder} is a feed like any other"
        );
    }
    assert!(
        !files.keys().any(|name| name.contains("xxxxxxxx")),
        "overlong names are no tags"
    );
    assert_eq!(
        program.titles("category/libya/").len(),
        50,
        "Libya with a hole in it is Libya or another tag"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_published_file_is_well_formed_and_nothing_in_it_runs() {
    let (_newsroom, program) = hostile().await;
    program.refresh(&[], 3);
    let mut seen = 0;
    for (name, (bytes, _)) in program.files() {
        let document = String::from_utf8(bytes).unwrap();
        assert!(!document.contains(['\0', '\u{1b}', '\u{7}', '\u{9b}']), "{name}");
        if name.ends_with(".xml") || name.ends_with(".opml") {
            assert_well_formed(&name, &document);
            seen += 1;
        } else if name.ends_with(".html") {
            assert_harmless(&name, &document);
            assert!(
                !document.contains("<link rel=\"stylesheet\" href=\"http"),
                "{name}"
            );
        } else if name.ends_with(".json") {
            let feed: Value = serde_json::from_str(&document).unwrap();
            for item in feed["items"].as_array().unwrap() {
                assert_harmless_item(&name, item);
            }
        }
    }
    assert!(seen > 200, "{seen}");
    let item = &program.json_feed("tag/hostile/")["items"][0];
    assert!(
        item["content_html"]
            .as_str()
            .unwrap()
            .contains("Text ]]&gt; stays."),
        "{item}"
    );
}

fn assert_harmless_item(name: &str, item: &Value) {
    if let Some(html) = item["content_html"].as_str() {
        assert_harmless(name, html);
        for word in [" style=", " class=", " id=", "<meta", "<input", "<button"] {
            assert!(!html.contains(word), "{name}: {word} in {html}");
        }
    }
    let attached = item["attachments"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|attachment| &attachment["url"]);
    for address in [&item["url"], &item["image"]].into_iter().chain(attached) {
        let Some(address) = address.as_str() else { continue };
        assert!(
            address.starts_with("https://") || address.starts_with("http://"),
            "{name}: {address}"
        );
        assert!(!address.contains(['"', '<', '>']), "{name}: {address}");
    }
}

/// No element that runs or loads, no handler and no address that is a program. Text holds no `<`.
fn assert_harmless(name: &str, html: &str) {
    for tag in html.split('<').skip(1).map(|tag| tag.split('>').next().unwrap()) {
        let tag = tag.to_lowercase();
        let element = tag.trim_start_matches('/').split([' ', '\n']).next().unwrap();
        assert!(
            ![
                "script", "iframe", "object", "embed", "style", "noscript", "svg", "math", "template",
                "base", "form"
            ]
            .contains(&element),
            "{name}: <{tag}>"
        );
        for word in [
            "javascript:",
            "vbscript:",
            "=\"data:text",
            " onerror",
            " onclick",
            " onload",
            "formaction",
        ] {
            // In a value the name of a handler is text.
            let outside: String = tag.split('"').step_by(2).collect();
            let looked_at = if word.starts_with(' ') { &outside } else { &tag };
            assert!(!looked_at.contains(word), "{name}: {word} in <{tag}>");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_is_printed_steers_a_terminal_or_fakes_a_line() {
    let (newsroom, mut program) = hostile().await;
    std::fs::write(program.folder().join("hostile.json"), json_feed()).unwrap();
    std::fs::write(program.folder().join("hostile.xml"), rss()).unwrap();
    let address = format!("http://{}/hostile.json", newsroom.address());
    program.variable("RUST_LOG", "trace");
    for arguments in [
        &["refresh"][..],
        &["refresh", "--force", "--json"],
        &["status"],
        &["status", "--json"],
        &["inspect", "feed", "hostile.json", "hostile.xml"],
        &["inspect", "feed", "--json", "hostile.json", "hostile.xml"],
        &["inspect", "feed", &address],
        &["inspect", "feed", "no\u{1b}[2Jsuch\u{202e}file"],
        &["refresh", "--source", "no\u{1b}[2Jsuch\u{202e}source"],
        &["refresh", "--config", "no\u{1b}[2Jsuch\u{202e}file"],
    ] {
        let output = program.run(arguments);
        let is_json = arguments.contains(&"--json");
        for (stream, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            let printed = String::from_utf8(bytes.clone()).unwrap();
            let harmful: &[char] = if is_json && stream == "stdout" {
                &['\u{1b}', '\u{7}', '\r', '\0']
            } else {
                &['\u{1b}', '\u{7}', '\u{9b}', '\u{90}', '\u{202e}', '\r', '\0']
            };
            assert!(
                !printed.contains(harmful),
                "{arguments:?} on {stream}: {printed:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_neighbours_of_a_hostile_source_lose_nothing() {
    let (_newsroom, program) = hostile().await;
    let summary = program.refresh(&[], 3);
    let stored = summary["items"]["stored"].as_u64().unwrap();
    assert!(stored > ARTICLES as u64, "{summary}");
    assert_eq!(program.titles("source/libya-review/").len(), 16);
    assert_eq!(program.titles("tag/africom/").len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bombs_cost_one_poll_and_little_time() {
    let (newsroom, program) = hostile().await;
    program.refresh(&[], 3);
    let before = program.files();
    let mut entities = String::from("<!DOCTYPE rss [<!ENTITY a \"aaaaaaaaaa\">");
    for (next, last) in ('b'..='j').zip('a'..='i') {
        entities += &format!("<!ENTITY {next} \"{}\">", format!("&{last};").repeat(10));
    }
    let bombs = [
        ("deep", "<a>".repeat(1_000_000)),
        ("attributes", format!("<rss {}><channel/></rss>", (0..400_000).map(|n| format!("a{n}=\"\" ")).collect::<String>())),
        ("laughs", format!("{entities}]><rss version=\"2.0\"><channel><title>&j;</title></channel></rss>")),
        ("outside", "<!DOCTYPE rss [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><rss version=\"2.0\"><channel><title>&x;</title></channel></rss>".to_owned()),
        ("huge", "x".repeat(9 << 20)),
        ("brackets", "[".repeat(1_000_000)),
    ];
    for (name, bomb) in bombs {
        newsroom.set("/hostile.xml", bomb);
        let started = std::time::Instant::now();
        let summary = program.refresh(&["--force", "--source", "Hostile RSS"], expected(name));
        assert!(
            started.elapsed().as_secs() < 20,
            "{name} took {:?}",
            started.elapsed()
        );
        assert_eq!(summary["items"]["new"], 0, "{name}");
        let status = String::from_utf8(program.run(&["status", "--json"]).stdout).unwrap();
        assert!(
            !status.contains("root:") && !status.contains("aaaaaaaaaaaaaaaaaaaa"),
            "{name}"
        );
        assert!(!program.titles("source/hostile-rss/").is_empty(), "{name}");
    }
    assert_eq!(before.len(), program.files().len());
}

/// Documents that hold a feed without items are read; the others are refused.
fn expected(bomb: &str) -> i32 {
    if matches!(bomb, "attributes" | "laughs" | "outside") {
        0
    } else {
        3
    }
}
