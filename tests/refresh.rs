//! What `feedmill refresh` does with a newsroom: what it publishes, and that it touches only what changed.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod newsroom;
mod program;

use std::collections::BTreeSet;

use newsroom::Newsroom;
use newsroom::control::{ARTICLES, ITEMS, READABLE, REVIEW, SHARED};
use program::{FILES, Program, all_files_of, touched};

/// As its owner calls the article that four sources show.
const SHARED_TITLE: &str = "AFRICOM Commander Meets Khalifa Haftar in Benghazi on Joint Military Cooperation";

/// A newsroom and a folder that was refreshed from it once.
async fn refreshed() -> (Newsroom, Program) {
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::polling(&newsroom);
    program.refresh(&[], 3);
    (newsroom, program)
}

fn strings(value: &serde_json::Value) -> BTreeSet<&str> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_refresh_counts_every_article_once() {
    let newsroom = Newsroom::start().await.unwrap();
    let program = Program::polling(&newsroom);
    let summary = program.refresh(&[], 3);
    assert_eq!(summary["sources"]["polled"], 10);
    assert_eq!(summary["sources"]["failed"], 2);
    assert_eq!(summary["sources"]["not_modified"], 0);
    assert_eq!(summary["items"]["new"], ARTICLES);
    assert_eq!(summary["items"]["duplicates"], ITEMS - ARTICLES);
    assert_eq!(summary["items"]["stored"], ARTICLES);
    assert_eq!(summary["files"]["written"], program.files().len());
    let failures = summary["failures"].as_array().unwrap();
    let message = |index: usize| failures[index]["message"].as_str().unwrap();
    assert_eq!(failures[0]["source"], "Embassy Bulletin");
    assert!(message(0).contains("500"), "{failures:?}");
    assert_eq!(failures[1]["source"], "Weekend Magazine");
    assert!(message(1).contains("not a feed"), "{failures:?}");

    assert_eq!(newsroom.requests().len(), 10, "one request to each source");
    for request in newsroom.requests() {
        assert_eq!(request.method, "GET");
        assert_eq!(request.header("if-none-match"), None, "{request:?}");
        assert_eq!(request.header("if-modified-since"), None, "{request:?}");
        let agent = request.header("user-agent").unwrap();
        assert!(
            agent.contains("feedmill") && agent.contains("https://feeds.example/about"),
            "{agent}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_output_has_the_layout_that_scripts_rely_on() {
    let (_newsroom, program) = refreshed().await;
    let files = program.files();
    let mut top = BTreeSet::new();
    let mut folders = BTreeSet::new();
    for name in files.keys() {
        match name.rsplit_once('/') {
            None => top.insert(name.as_str()),
            Some((folder, _)) => folders.insert(format!("{folder}/")),
        };
    }
    let style = ["feed.css", "style.css"];
    let lists = ["feeds.opml", "sources.opml"];
    assert_eq!(top, FILES.into_iter().chain(style).chain(lists).collect());
    for folder in &folders {
        let (kind, slug) = folder.trim_end_matches('/').split_once('/').unwrap();
        let kinds = ["category", "tag", "source", "feedmill"];
        assert!(kinds.contains(&kind), "{folder}");
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        assert!(slug.bytes().all(is_plain) && slug.len() <= 80, "{folder}");
        for file in FILES {
            assert!(files.contains_key(&format!("{folder}{file}")), "{folder}{file}");
        }
    }
    assert_eq!(files.len(), 4 * folders.len() + top.len());
    for folder in [
        "category/libya/",
        "category/opinion/",
        "tag/africom/",
        "source/libya-review/",
        "source/embassy-bulletin/",
    ] {
        assert!(folders.contains(folder), "{folder}");
    }
    let listed = program.read("feeds.opml");
    // What feedmill tells its operator is nothing for readers.
    let (own, for_readers): (Vec<_>, Vec<_>) = folders.iter().partition(|f| f.starts_with("feedmill/"));
    assert_eq!(own, ["feedmill/health/"]);
    assert!(!listed.contains("feedmill/health"));
    for folder in for_readers {
        assert!(
            listed.contains(&format!("xmlUrl=\"https://feeds.example/{folder}rss.xml\"")),
            "{folder}"
        );
    }
    assert_eq!(program.read("sources.opml").matches("xmlUrl=").count(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_article_of_four_sources_is_one_item_with_the_words_of_its_owner() {
    let (_newsroom, program) = refreshed().await;
    let item = program.item("tag/africom/", SHARED_TITLE);
    assert_eq!(item["url"], SHARED);
    assert_eq!(item["date_published"], "2026-11-19T16:20:41Z");
    assert_eq!(item["authors"][0]["name"], "Idris Gharyani");
    assert!(
        item["content_html"]
            .as_str()
            .unwrap()
            .contains("Both sides described the talks as practical.")
    );
    assert_eq!(item["_source"]["name"], "Libya Review");
    // "Press review" and "UNSMIL" are the press office's, which is trusted.
    let tags = strings(&item["tags"]);
    for tag in [
        "Libya",
        "AFRICOM",
        "Joint Military Cooperation",
        "Khalifa Haftar",
        "LNA",
        "Press review",
        "UNSMIL",
    ] {
        assert!(tags.contains(tag), "{tag} is missing in {tags:?}");
    }
    for spelling in [
        "libya",
        "khalifa haftar",
        "Haftar",
        "US Africa Command",
        "Khalifa Hifter",
    ] {
        assert!(!tags.contains(spelling), "{spelling} is in {tags:?}");
    }
    for folder in [
        "",
        "category/libya/",
        "tag/unsmil/",
        "tag/press-review/",
        "source/libya-review/",
        "source/un-mission-press-office/",
        "source/maghreb-wire/",
        "source/benghazi-notebook/",
    ] {
        assert_eq!(program.item(folder, SHARED_TITLE), item, "{folder}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feeds_hold_what_their_names_say_and_nothing_else() {
    let (_newsroom, program) = refreshed().await;
    assert_eq!(
        program.titles("tag/africom/"),
        [
            "حفتر يبحث مع قائد أفريكوم في بنغازي التعاون العسكري المشترك",
            SHARED_TITLE,
            "Joint Medical Exercise Ends Near Sirte With Night Evacuation",
            "American Officers Visit Border Guard School in the Western Mountains",
        ]
    );
    assert_eq!(program.titles("").len(), 50, "of 73 the newest 50");
    let feed = program.json_feed("category/opinion/");
    let opinions = feed["items"].as_array().unwrap();
    assert_eq!(opinions.len(), 3);
    assert!(
        opinions
            .iter()
            .all(|item| strings(&item["tags"]).contains("Opinion"))
    );
    let sport = program.titles("category/sport/");
    assert!(
        sport
            .iter()
            .any(|title| title == "تعادل مثير في قمة الدوري ببنغازي"),
        "{sport:?}"
    );
    assert!(
        !sport.iter().any(|title| title.contains("Central Bank")),
        "{sport:?}"
    );
    assert_eq!(program.titles("source/embassy-bulletin/"), Vec::<String>::new());
    // The same items in the same order in each format.
    for title in program.titles("tag/elections/") {
        for file in ["rss.xml", "atom.xml", "index.html"] {
            assert!(
                program.read(&format!("tag/elections/{file}")).contains(&title),
                "{file}: {title}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_is_published_in_its_own_language_and_with_its_own_site() {
    let (newsroom, program) = refreshed().await;
    let folder = "source/fq-lyby/";
    assert_eq!(program.json_feed(folder)["language"], "ar");
    assert!(
        program
            .read(&format!("{folder}rss.xml"))
            .contains("<language>ar</language>")
    );
    assert!(
        program
            .read(&format!("{folder}atom.xml"))
            .contains(r#"xml:lang="ar""#)
    );
    let page = program.read(&format!("{folder}index.html"));
    assert!(!page.contains("in English"), "{page}");
    assert_eq!(program.titles(folder).len(), 10);
    let listed = program.read("sources.opml");
    assert!(
        listed.contains(r#"htmlUrl="https://libyareview.example/""#),
        "{listed}"
    );

    // What a source says of itself may change without any item changing.
    newsroom.edit(REVIEW, |feed| {
        feed.replace("<language>en-US<", "<language>en-LY<")
    });
    program.refresh(&["--force"], 3);
    assert_eq!(program.json_feed("source/libya-review/")["language"], "en-LY");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_refresh_is_conditional_and_touches_nothing() {
    let (newsroom, program) = refreshed().await;
    let files = program.files();
    newsroom.take_requests();

    let summary = program.refresh(&["--force"], 3);
    assert_eq!(summary["sources"]["not_modified"], READABLE);
    assert_eq!(summary["items"]["new"], 0);
    assert_eq!(summary["files"]["written"], 0);
    let requests = newsroom.take_requests();
    let (kept, rest): (Vec<_>, Vec<_>) = requests.iter().partition(|request| request.status == 304);
    assert_eq!(kept.len(), READABLE);
    for request in kept {
        assert!(request.header("if-none-match").is_some(), "{request:?}");
        let since = request.header("if-modified-since");
        assert_eq!(since, Some("Fri, 20 Nov 2026 08:00:00 GMT"), "{request:?}");
    }
    // What failed left no validators behind: a page that is no feed must not become a 304 that looks healthy.
    assert!(
        rest.iter()
            .all(|request| request.header("if-none-match").is_none()),
        "{rest:?}"
    );
    assert_eq!(touched(&files, &program.files()), BTreeSet::new());

    let summary = program.refresh(&["--force", "--unconditional"], 3);
    assert_eq!(summary["sources"]["not_modified"], 0);
    let requests = newsroom.take_requests();
    assert!(
        requests
            .iter()
            .all(|request| request.header("if-none-match").is_none())
    );
    assert_eq!(touched(&files, &program.files()), BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sources_that_are_not_due_are_left_alone() {
    let (newsroom, program) = refreshed().await;
    newsroom.take_requests();
    let summary = program.refresh(&[], 0);
    assert_eq!(summary["sources"]["polled"], 0);
    assert_eq!(summary["sources"]["skipped"], 10);
    assert_eq!(newsroom.take_requests(), []);

    program.refresh(&["--force", "--source", "libya review"], 0);
    let paths: Vec<String> = newsroom.take_requests().into_iter().map(|r| r.path).collect();
    assert_eq!(paths, [REVIEW]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_article_appears_where_it_belongs_and_nothing_else_is_touched() {
    let (newsroom, program) = refreshed().await;
    let before = program.files();
    newsroom.publish("rate-holds", "Rate holds for a third day", &["Economy", "DINAR"]);
    let summary = program.refresh(&["--force"], 3);
    assert_eq!(summary["items"]["new"], 1);
    assert_eq!(summary["items"]["changed"], 0);
    let homes = [
        "",
        "category/economy/",
        "category/libya/",
        "source/libya-review/",
        "tag/dinar/",
    ];
    assert_eq!(touched(&before, &program.files()), all_files_of(&homes));
    for folder in homes {
        program.item(folder, "Rate holds for a third day");
    }

    let before = program.files();
    newsroom.publish("fish-quota", "Quota for the lagoon", &["Fisheries"]);
    program.refresh(&["--force"], 3);
    let mut expected = all_files_of(&["", "category/libya/", "source/libya-review/", "tag/fisheries/"]);
    expected.insert("feeds.opml".into());
    assert_eq!(touched(&before, &program.files()), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_were_deleted_are_made_again() {
    let (_newsroom, program) = refreshed().await;
    let before = program.files();
    std::fs::remove_dir_all(program.output().join("tag")).unwrap();
    std::fs::remove_file(program.output().join("category/libya/atom.xml")).unwrap();
    program.refresh(&[], 0);
    let bytes = |files: &program::Files| -> Vec<(String, Vec<u8>)> {
        files
            .iter()
            .map(|(name, (bytes, _))| (name.clone(), bytes.clone()))
            .collect()
    };
    assert_eq!(bytes(&before), bytes(&program.files()));

    std::fs::remove_dir_all(program.output()).unwrap();
    program.refresh(&[], 0);
    assert_eq!(bytes(&before), bytes(&program.files()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_folders_refreshed_from_the_same_newsroom_are_alike() {
    // Dates of first sight apart, which are the time of the refresh.
    let (newsroom, one) = refreshed().await;
    let other = Program::polling(&newsroom);
    other.refresh(&[], 3);
    let files = |program: &Program| {
        let mut files = program.files();
        files.retain(|name, _| {
            name.starts_with("category/sport/")
                || name.starts_with("source/stadium")
                || name.ends_with(".opml")
        });
        files
            .into_iter()
            .map(|(name, (bytes, _))| (name, String::from_utf8(bytes).unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(files(&one), files(&other));
}
