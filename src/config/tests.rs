use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::model::SourceKind;

/// The example of the manual, less what later versions bring.
const GOOD: &str = r#"
[site]
title    = "Maghreb Wire"
url      = "https://feeds.example.org"
output   = "public"
language = "en"

[fetch]
every       = "1h"
contact     = "https://example.org/about-our-bot"
timeout     = "45s"
max_body    = "4MiB"
concurrency = 8
host_gap    = "1s 500ms"

[publish]
formats = ["rss", "html"]
items   = 20
keep    = "90d"

[[source]]
name     = "Libya Review"
feed     = "https://libyareview.com/feed/?key=${KEY}"
every    = "15m"
category = "ليبيا"
tags     = ["news"]
headers  = { Authorization = "Bearer ${KEY}" }

[[source]]
name = "Second"
feed = "feed://second.example/rss"

[[category]]
name    = "Libya"
aliases = ["Libye", "ليبيا"]

[[tag]]
name    = "AFRICOM"
aliases = ["US Africa Command"]
match   = true
"#;

fn parsed(text: &str) -> Result<Config, Errors> {
    let env = |name: &str| (name == "KEY").then(|| "s3cret".to_owned());
    parse(text, Path::new("/srv/news/feeds.toml"), &env)
}

/// A file with these lines and everything else that it needs.
fn with(lines: &str) -> String {
    let site = "[site]\ntitle = \"T\"\nurl = \"https://f.example/\"\n";
    let source = "[[source]]\nname = \"S\"\nfeed = \"https://s.example/\"\n";
    let site = if lines.contains("[site]") { "" } else { site };
    let source = if lines.contains("[[source]]") { "" } else { source };
    format!("{lines}\n{site}{source}")
}

#[test]
fn a_good_file_is_understood() {
    let config = parsed(GOOD).unwrap();
    assert_eq!(config.site.url.as_str(), "https://feeds.example.org/");
    assert_eq!(config.site.output, Path::new("/srv/news/public"));
    assert_eq!(config.site.database, Path::new("/srv/news/feedmill.db"));
    assert_eq!(config.fetch.host_gap, Duration::from_millis(1_500));
    assert_eq!((config.fetch.concurrency, config.fetch.per_host), (8, 1));
    assert_eq!(config.publish.formats, [FileFormat::Rss, FileFormat::Html]);
    assert_eq!(config.publish.keep, Duration::from_secs(90 * 86_400));
    let first = &config.sources[0];
    assert_eq!(first.address.as_str(), "https://libyareview.com/feed/?key=s3cret");
    assert_eq!(first.published_address(), "https://libyareview.com/");
    assert_eq!(first.every, Duration::from_secs(900));
    assert_eq!(
        (first.timeout, first.max_body),
        (Duration::from_secs(45), 4 << 20)
    );
    assert_eq!(first.categories, ["ليبيا"]);
    assert_eq!(first.headers[0].1.expose(), "Bearer s3cret");
    assert_eq!(config.sources[1].address.as_str(), "http://second.example/rss");
    assert_eq!(config.sources[1].every, config.fetch.every);
    assert!(config.tags[0].matches_text);
}

#[test]
fn a_hub_is_our_own_or_another() {
    let hub = |lines: &str| parsed(&with(lines)).unwrap();
    let none = hub("");
    assert_eq!((none.hub(), none.fetch.push), (None, false));
    let own = hub("[publish]\nhub = \"self\"\n[fetch]\npush = true");
    assert_eq!(own.publish.hub, Some(Hub::Own));
    let address = format!("{}websub/hub", own.site.url);
    assert_eq!(own.hub().unwrap().as_str(), address);
    assert!(own.fetch.push && !own.fetch.push_sha1);
    let other = hub("[publish]\nhub = \"https://hub.example/?x=1\"");
    assert_eq!(other.hub().unwrap().as_str(), "https://hub.example/?x=1");
}

#[test]
fn each_mistake_is_explained_where_it_stands() {
    for (lines, message, advice) in [
        (
            "[fetch]\nevry = \"1h\"",
            "unknown key `evry` in [fetch]",
            "did you mean `every`?",
        ),
        ("[fetch]\nevery = \"often\"", "`often` is no duration", "15m"),
        (
            "[fetch]\nevery = \"1s\"",
            "`every` in [fetch] is out of range",
            "from 1m to",
        ),
        (
            "[fetch]\nevery = 60",
            "`every` in [fetch] is an integer",
            "a duration",
        ),
        ("[fetch]\nmax_body = \"big\"", "`big` is no size", "8MiB"),
        ("[fetch]\nconcurrency = 0", "out of range", "from 1 to 1024"),
        ("[fetch]\nconcurrency = -5", "out of range", "from 1 to 1024"),
        (
            "[fetch]\nallow_private_hosts = \"yes\"",
            "is a string",
            "true or false",
        ),
        (
            "[fetch]\ncontact = \"me\"",
            "`contact` in [fetch] is no address",
            "a mail address",
        ),
        (
            "[publish]\nhub = \"own\"",
            "`hub` in [publish] is no address of a hub",
            "\"self\"",
        ),
        (
            "[publish]\nformats = [\"rs\"]",
            "unknown format `rs`",
            "did you mean `rss`?",
        ),
        (
            "[publish]\nformats = [\"rss\", \"rss\"]",
            "`rss` is there twice",
            "",
        ),
        (
            "[site]\nurl = \"https://f.example/\"",
            "[site] has no `title`",
            "add title",
        ),
        (
            "[site]\ntitle = \"\"\nurl = \"https://f.example/\"",
            "`title` in [site] is empty",
            "",
        ),
        (
            "[site]\ntitle = \"T\"\nurl = \"ftp://f.example\"",
            "no address of a site",
            "http or https",
        ),
        (
            "[site]\ntitle = \"T\"\nurl = \"https://f.example/\"\nlanguage = \"e n\"",
            "no language tag",
            "BCP 47",
        ),
        ("[[source]]\nname = \"S\"", "[[source]] has no `feed`", "add feed"),
        (
            "[[source]]\nname = \"S\"\nfeed = \"file:///etc/passwd\"",
            "`feed` in [[source]] is no address",
            "http or https",
        ),
        (
            "[[source]]\nname = \"S\"\nfeed = \"javascript:alert(1)\"",
            "`feed` in [[source]] is no address",
            "http or https",
        ),
        (
            "[[source]]\nname = \"S\"\nfeed = \"https://s.example/${NONE}\"",
            "variable NONE is not set",
            "NONE=…",
        ),
        (
            "[[source]]\nname = \"S\"\nfeed = \"https://s.example/${NONE\"",
            "`${` without `}`",
            "${NAME}",
        ),
        (
            "[[source]]\nname = \"S\"\nfeed = \"https://s.example/\"\npage = \"x\"",
            "both `feed` and `page`",
            "make two sources",
        ),
        (
            "[[source]]\nname = \"S\"\nfeed = \"https://s.example/\"\ninclude = \"x\"",
            "`include` in [[source]] is planned",
            "",
        ),
        (
            "[[source]]\nname = \"S\"\nsitemap = \"s.xml\"",
            "`sitemap` in [[source]] is no address",
            "http or https",
        ),
        (
            "[[source]]\nname = \"S\"\nfeed = \"https://s.example/\"\n[source.select]\nitem = \"a\"",
            "this source has a `feed`",
            "write page",
        ),
        (
            "[[source]]\nname = \"S\"\npage = \"https://s.example/\"\nmax_age = \"1d\"",
            "this source has a `page`",
            "write sitemap",
        ),
        (
            "[[source]]\nname = \"S\"\npage = \"https://s.example/\"\nselect = \"a\"",
            "`select` in [[source]] is a string",
            "[source.select]",
        ),
        (
            "[[source]]\nname = \"S\"\npage = \"https://s.example/\"\n[source.select]\ntitel = \"h2\"",
            "unknown key `titel` in [source.select]",
            "did you mean `title`?",
        ),
        (
            "[[source]]\nname = \"S\"\npage = \"https://s.example/\"\n[source.select]\ndate_format = \"%Q!\"",
            "no format of a date",
            "strftime",
        ),
        (
            "[[source]]\nname = \"S\"\nfeed = \"https://s.example/\"\nheaders = { Host = \"x\" }",
            "sets the header Host",
            "",
        ),
        (
            "[[source]]\nname = \"S\"\nfeed = \"https://s.example/\"\ncategory = \"Lybia\"\n[[category]]\nname = \"Libya\"",
            "no [[category]] is called `Lybia`",
            "did you mean `Libya`?",
        ),
        (
            "[[source]]\nname = \"S\"\nfeed = \"https://s.example/\"\ncategory = \"Oil\"",
            "no [[category]] is called `Oil`",
            "declare it",
        ),
        (
            "[[source]]\nname = \"S\"\nfeed = \"https://a.example/\"\n[[source]]\nname = \" s \"\nfeed = \"https://b.example/\"",
            "a second source named `s`",
            "`S` has that name already",
        ),
        (
            "[[category]]\nname = \"Libya\"\naliases = [\"LIBYA\"]",
            "`LIBYA` is declared already",
            "`Libya` is the same",
        ),
        (
            "[[category]]\nname = \"Oil\"\n[[tag]]\nname = \"oil\"",
            "as a name of a category",
            "keep one",
        ),
        ("[[tag]]\nname = \"!!\"", "needs a letter or digit", ""),
        (
            "[[feed]]\nname = \"x\"",
            "`feed` in the file is planned",
            "take it out",
        ),
        ("category = 3", "`category` is an integer", "[[category]]"),
        ("[fetch]\nevery = ", "", ""),
    ] {
        let text = with(lines);
        let errors = parsed(&text).expect_err(lines);
        let shown = errors.to_string();
        assert!(
            shown.contains(message) && shown.contains(advice),
            "{lines}\n{shown}"
        );
        assert!(shown.contains("/srv/news/feeds.toml:"), "{shown}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_with_line_and_column() {
    let errors = parsed("[site]\ntitel = \"T\"\n\n[fetch]\nevery = \"soon\"\n").unwrap_err();
    assert_eq!(errors.problems.len(), 5, "{errors}");
    let shown = errors.to_string();
    assert!(
        shown.contains("feeds.toml:2:1") && shown.contains("feeds.toml:5:9"),
        "{shown}"
    );
    assert!(shown.contains("every = \"soon\""), "{shown}");
}

#[test]
fn a_source_is_a_feed_a_page_or_a_sitemap() {
    let text = with(
        "[fetch]\narticles = 7\n[[source]]\nname = \"Feed\"\nfeed = \"https://s.example/feed\"\n\
         [[source]]\nname = \"Full\"\nfeed = \"https://s.example/feed\"\nfull_text = true\narticles = 9\n\
         [[source]]\nname = \"Page\"\npage = \"https://s.example/\"\n\
         [[source]]\nname = \"Selected\"\npage = \"https://s.example/\"\nfull_text = false\n\
         [source.select]\nitem = \"li\"\ndate_format = \"%d.%m.%Y\"\n\
         [[source]]\nname = \"Sitemap\"\nsitemap = \"https://s.example/sitemap.xml\"\nmax_age = \"2d\"\n",
    );
    let config = parsed(&text).unwrap();
    let seen: Vec<_> = config
        .sources
        .iter()
        .map(|source| (source.kind.key(), source.full_text, source.articles))
        .collect();
    let expected = [
        ("feed", false, 7),
        ("feed", true, 9),
        ("page", true, 7),
        ("page", false, 7),
        ("sitemap", true, 7),
    ];
    assert_eq!(seen, expected);
    let SourceKind::Page(Some(selectors)) = &config.sources[3].kind else {
        panic!("{:?}", config.sources[3].kind)
    };
    assert_eq!(selectors.item.as_deref(), Some("li"));
    assert_eq!(selectors.date_format.as_deref(), Some("%d.%m.%Y"));
    let max_age = Duration::from_secs(2 * 86_400);
    assert_eq!(config.sources[4].kind, SourceKind::Sitemap { max_age });
    // What was remembered of one reading says nothing of another.
    let questions: std::collections::HashSet<String> = config.sources.iter().map(Source::question).collect();
    assert_eq!(questions.len(), config.sources.len());
}

#[test]
fn a_selector_that_is_no_css_is_shown_at_the_character_where_it_stops_being_it() {
    let text = with(
        "[[source]]\nname = \"S\"\npage = \"https://s.example/\"\n[source.select]\nitem = \"li > p[[\"\ntitle = \"h2\"\n",
    );
    let errors = parsed(&text).unwrap_err();
    let shown = errors.to_string();
    assert_eq!(errors.problems.len(), 1, "{shown}");
    assert!(
        shown.contains("`item` in [source.select] is no CSS selector"),
        "{shown}"
    );
    // `item = "li > p[[` is 16 characters long; something is missing after it.
    assert!(shown.contains("feeds.toml:5:17"), "{shown}");
}

#[test]
fn values_of_the_environment_are_never_shown() {
    let text = GOOD
        .replace("every    = \"15m\"", "every = \"${KEY}\"")
        .replace("Bearer ${KEY}", "${KEY}\\u0001");
    let errors = parsed(&text).unwrap_err();
    assert!(!errors.to_string().contains("s3cret"), "{errors}");
    assert!(!format!("{:?}", parsed(GOOD).unwrap().sources[0].headers).contains("s3cret"));
}

#[test]
fn a_missing_file_says_what_to_do() {
    let errors = load(Path::new("/nowhere/feeds.toml")).unwrap_err();
    let shown = errors.to_string();
    assert!(
        shown.contains("/nowhere/feeds.toml") && shown.contains("--config"),
        "{shown}"
    );
}

proptest! {
    #[test]
    fn no_text_brings_the_reader_down(text in "(\\PC|[\n\"=\\[\\]{}$.]){0,200}") {
        let _ = parsed(&text).map_err(|errors| errors.to_string());
    }

    #[test]
    fn no_mutation_of_a_good_file_brings_the_reader_down(at in 0..GOOD.len(), new in "\\PC{0,3}") {
        let mut text = GOOD.to_owned();
        let from = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        text.replace_range(from..from, &new);
        let _ = parsed(&text).map_err(|errors| errors.to_string());
    }
}

#[test]
fn the_newsroom_at_the_root_is_read_whole() {
    let config = parse(include_str!("../../feeds.toml"), Path::new("feeds.toml"), &|_| {
        None
    })
    .unwrap();
    let addresses: std::collections::BTreeSet<&str> = config
        .sources
        .iter()
        .map(|source| source.address.as_str())
        .collect();
    assert!(addresses.contains("https://libyareview.com/feed/"));
    assert!(addresses.len() > 10 && addresses.len() == config.sources.len());
    let categories: Vec<&str> = config
        .categories
        .iter()
        .map(|topic| topic.name.as_str())
        .collect();
    assert_eq!(
        categories,
        [
            "Libya",
            "Economy",
            "Sport",
            "Politics",
            "Entertainment",
            "Opinion"
        ]
    );
    for (tag, alias) in [
        ("AFRICOM", "أفريكوم"),
        ("LNA", "Libyan National Army"),
        ("Khalifa Haftar", "حفتر"),
    ] {
        let tag = config.tags.iter().find(|topic| topic.name == tag).unwrap();
        assert!(tag.matches_text && tag.aliases.iter().any(|name| name == alias));
    }
}

#[test]
fn what_the_operator_sees_is_off_until_it_is_asked_for() {
    let config = parsed(&with("")).unwrap();
    assert!(config.serve.admin.is_none() && config.serve.token.is_none() && config.publish.alerts);
    assert_eq!(config.log.format, LogFormat::Text);
    let text = "[publish]\nalerts = false\n[serve]\nadmin = \"[::1]:9090\"\ntoken = \"0123456789abcdef${KEY}\"\n[log]\nformat = \"json\"\n";
    let config = parsed(&with(text)).unwrap();
    assert_eq!(config.serve.admin, Some("[::1]:9090".parse().unwrap()));
    let token = config.serve.token.unwrap();
    assert_eq!(token.expose(), "0123456789abcdefs3cret");
    assert_eq!(config.log.format, LogFormat::Json);
    assert!(!config.publish.alerts);
}

#[test]
fn an_archive_is_asked_for_and_is_atom() {
    assert!(!parsed(&with("")).unwrap().publish.archive);
    assert!(
        parsed(&with("[publish]\narchive = true\n"))
            .unwrap()
            .publish
            .archive
    );
    let problems = parsed(&with("[publish]\nformats = [\"rss\"]\narchive = true\n")).unwrap_err();
    assert!(problems.to_string().contains("needs feeds in Atom"), "{problems}");
}

#[test]
fn a_weak_token_is_refused_and_not_shown() {
    for (line, message) in [
        ("token = \"${KEY}\"", "can be guessed"),
        ("token = \"s3cret s3cret s3cret\"", "cannot be sent"),
        ("token = \"${NONE}\"", "NONE is not set"),
        ("admin = \"9090\"", "no address to serve on"),
        ("admin = \"localhost:9090\"", "no address to serve on"),
    ] {
        let errors = parsed(&with(&format!("[serve]\n{line}\n"))).unwrap_err();
        assert_eq!(errors.problems.len(), 1, "{line}");
        let problem = &errors.problems[0];
        assert!(problem.message.contains(message), "{line}: {}", problem.message);
        assert!(!problem.message.contains("s3cret"), "{line}");
    }
    let errors = parsed(&with("[log]\nformat = \"jsn\"\n")).unwrap_err();
    assert_eq!(errors.problems[0].advice.as_deref(), Some("did you mean `json`?"));
}

#[test]
fn the_format_of_the_log_is_known_also_of_a_file_with_faults() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("feeds.toml");
    assert_eq!(log_format(&path), LogFormat::Text);
    for (text, format) in [
        ("[log]\nformat = \"json\"\n[sit]\nx = 1\n", LogFormat::Json),
        ("[log]\nformat = \"jsn\"\n", LogFormat::Text),
        ("log = 3", LogFormat::Text),
        ("", LogFormat::Text),
    ] {
        std::fs::write(&path, text).unwrap();
        assert_eq!(log_format(&path), format, "{text}");
    }
}

#[test]
fn what_is_logged_of_a_faulty_file_shows_no_line_of_it() {
    let line = "[[source]]\nname = \"S\"\nfeed = \"https://s.example/\"\nheaders = { Authorization = \"c4n4ry\", Host = \"x\" }\n";
    let errors = parsed(&format!(
        "[site]\ntitle = \"T\"\nurl = \"https://f.example/\"\n{line}every = \"1x\"\n"
    ))
    .unwrap_err();
    assert!(errors.render(false).contains("c4n4ry"));
    let lines = errors.lines();
    assert!(!lines.contains("c4n4ry"), "{lines}");
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("/srv/news/feeds.toml:7: "), "{lines:?}");
    assert_eq!(
        lines[1],
        "/srv/news/feeds.toml:8: `1x` is no duration; write \"90s\", \"15m\", \"1h 30m\", \"180d\" or \"2w\""
    );
}

#[test]
fn what_becomes_of_deleted_articles_is_said_for_all_sources_and_for_one() {
    let source = |withdrawn: &str| {
        format!("[[source]]\nname = \"One\"\nfeed = \"https://one.example/\"\n{withdrawn}\n")
    };
    for (fetch, own, keeps) in [
        ("", "", false),
        ("[fetch]\nwithdrawn = \"keep\"\n", "", true),
        ("[fetch]\nwithdrawn = \"keep\"\n", "withdrawn = \"drop\"", false),
        ("[fetch]\nwithdrawn = \"drop\"\n", "withdrawn = \"keep\"", true),
    ] {
        let site = "[site]\ntitle = \"T\"\nurl = \"https://f.example/\"\n";
        let config = parsed(&format!("{site}{fetch}{}", source(own))).unwrap();
        assert_eq!(config.sources[0].keeps_withdrawn, keeps, "{fetch}{own}");
    }
    let errors = parsed(&with("[fetch]\nwithdrawn = \"forget\"\n"))
        .unwrap_err()
        .to_string();
    assert!(
        errors.contains("`forget` is nothing that becomes of items"),
        "{errors}"
    );
    assert!(errors.contains("write \"drop\""), "{errors}");
}
