use proptest::prelude::*;

use super::*;

#[test]
fn json_is_read_however_broken() {
    for script in [
        r#"{"@type": "NewsArticle", "headline": "Ships arrive"}"#,
        r#"<![CDATA[ {"@type": "NewsArticle", "headline": "Ships arrive",} ]]>"#,
        "// <![CDATA[\n{\"@type\": \"NewsArticle\", /* why */ \"headline\": \"Ships\narrive\"}\n// ]]>",
        r#"{"@type": "NewsArticle", "headline": "Ships arrive", "keywords": ["a", "b",],};"#,
        r#"{"@type": "NewsArticle", "headline": "Ships arrive", "url": "https:\/\/news.example\/a""#,
        r#"{"@type": "Person"}{"@type": "NewsArticle", "headline": "Ships arrive"}"#,
        r#"{"@type": "NewsArticle", "description": "The "big" ones", "headline": "Ships arrive"}"#,
        r#"[{"@graph": [{"@type": ["WebPage"]}, {"@type": ["Article", "NewsArticle"], "headline": ["Ships arrive"]}]}]"#,
    ] {
        let graph = Graph::new(values(script));
        let article = graph.article(&[], &[]).unwrap_or_else(|| panic!("{script}"));
        assert_eq!(
            article.text("headline").as_deref(),
            Some("Ships arrive"),
            "{script}"
        );
    }
}

#[test]
fn the_article_is_the_one_with_the_title_and_references_are_followed() {
    let script = r##"{"@graph": [
        {"@type": "NewsArticle", "headline": "Another story", "author": "Nobody"},
        {"@type": "NewsArticle", "headline": "Ships arrive", "author": [{"@id": "#amal"}, {"name": "Omar Fathi"}],
         "keywords": "ports, Libya", "image": {"@id": "#image"}},
        {"@type": "Person", "@id": "#amal", "name": "Amal Ali"},
        {"@type": "ImageObject", "@id": "#image", "url": "https://news.example/a.jpg"},
        {"@type": "BreadcrumbList", "itemListElement": [
            {"position": 2, "item": {"name": "Economy"}}, {"position": 1, "name": "Home"}]}
    ]}"##;
    let graph = Graph::new(values(script));
    let article = graph.article(&[], &["Ships arrive - News Example"]).unwrap();
    assert_eq!(article.names("author"), ["Amal Ali", "Omar Fathi"]);
    assert_eq!(article.list("keywords"), ["ports", "Libya"]);
    assert_eq!(
        article.address("image").as_deref(),
        Some("https://news.example/a.jpg")
    );
    assert_eq!(graph.breadcrumbs(), ["Home", "Economy"]);
}

#[test]
fn a_bomb_is_passed_over() {
    let deep = "[".repeat(300_000);
    assert!(values(&deep).is_empty());
    for mark in [
        "<!--",
        "<!--{",
        "/*",
        "//",
        "\"",
        "\\",
        "]]>",
        "{\"a\":\"",
        ",",
        "<!-- a -->",
    ] {
        values(&mark.repeat(MOST_BYTES / mark.len()));
    }
    values(&format!(
        "[{}{}",
        " ".repeat(MOST_BYTES / 2),
        "}".repeat(MOST_BYTES / 2)
    ));
    let wide = format!("[{}]", vec![r#"{"a":1}"#; 100_000].join(","));
    assert_eq!(Graph::new(values(&wide)).nodes.len(), MOST_NODES);
}

proptest! {
    #[test]
    fn no_script_is_a_panic(script in "[\\[\\]{}:,\"\\\\/*a-zé\n ]{0,60}") {
        Graph::new(values(&script));
    }
}

#[test]
fn an_article_is_found_wherever_it_stands() {
    let node = r#"{"@type": "https://schema.org/NewsArticle", "headline": "Ships arrive"}"#;
    for (script, expected) in [
        (node.to_owned(), true),
        (format!("[{node}]"), true),
        (format!("[[[{node}]]]"), true),
        (
            format!(r#"{{"@graph": [{{"@type": "WebPage", "mainEntity": {node}}}]}}"#),
            true,
        ),
        (format!("<!-- made by a plugin -->\n{node}"), true),
        (format!("/* by a plugin */ {node}"), true),
        // What a list or a parent names is another page's.
        (
            format!(r#"{{"@type": "ItemList", "itemListElement": [{node}]}}"#),
            false,
        ),
        (format!(r#"{{"@type": "WebPage", "relatedLink": {node}}}"#), false),
        (
            r#"{"@type": "JobPosting", "headline": "Ships arrive"}"#.to_owned(),
            false,
        ),
        ("{}".to_owned(), false),
        ("null".to_owned(), false),
        ("Ships arrive".to_owned(), false),
    ] {
        let graph = Graph::new(values(&script));
        let found = graph
            .article(&[], &[])
            .and_then(|article| article.text("headline"));
        assert_eq!(found.is_some(), expected, "{script}");
    }
}

#[test]
fn authors_are_written_in_many_ways() {
    for (author, expected) in [
        (r#""Amal Ali""#, vec!["Amal Ali"]),
        (r#"["Amal Ali", "Omar Fathi"]"#, vec!["Amal Ali", "Omar Fathi"]),
        (r#"{"@type": "Person", "name": "Amal Ali"}"#, vec!["Amal Ali"]),
        (
            r#"[{"name": "Amal Ali"}, {"name": ""}, {"name": "Omar Fathi"}]"#,
            vec!["Amal Ali", "Omar Fathi"],
        ),
        (r#"{"name": ["Amal Ali"]}"#, vec!["Amal Ali"]),
        (r#"{"givenName": "Amal", "familyName": "Ali"}"#, vec!["Amal Ali"]),
        (
            r#"{"name": "Amal &amp; Omar &quot;Oz&quot;"}"#,
            vec!["Amal & Omar \"Oz\""],
        ),
        (r#"{"name": "Am\u00e9lie"}"#, vec!["Amélie"]),
        (r#"{"@id": "nobody"}"#, vec![]),
        ("42", vec![]),
        ("null", vec![]),
    ] {
        let script = format!(r#"{{"@type": "Article", "headline": "Ships", "author": {author}}}"#);
        let graph = Graph::new(values(&script));
        let article = graph.article(&[], &[]).unwrap();
        assert_eq!(article.names("author"), expected, "{author}");
    }
}

#[test]
fn lists_are_one_text_or_many() {
    for (keywords, expected) in [
        (r#""oil, ports""#, vec!["oil", "ports"]),
        (r#"["oil", "ports"]"#, vec!["oil", "ports"]),
        (r#"["oil, gas"]"#, vec!["oil", "gas"]),
        (r#"[{"@type": "DefinedTerm", "name": "oil"}]"#, vec!["oil"]),
        (r#""""#, vec![]),
        ("[]", vec![]),
        ("{}", vec![]),
    ] {
        let script = format!(r#"{{"@type": "Article", "keywords": {keywords}}}"#);
        let graph = Graph::new(values(&script));
        assert_eq!(
            graph.article(&[], &[]).unwrap().list("keywords"),
            expected,
            "{keywords}"
        );
    }
}

#[test]
fn two_objects_for_one_article_are_known_by_its_title() {
    let script = r#"[{"@type": "Article", "headline": "Ships arrive", "author": "Amal Ali"},
        {"@type": "NewsArticle", "headline": "Ships  Arrive!", "author": ["Amal Ali", "Omar Fathi"]},
        {"@type": "NewsArticle", "headline": "Another story", "author": "Nobody"},
        {"@type": "NewsArticle", "author": "Nobody"}]"#;
    let graph = Graph::new(values(script));
    let article = graph.article(&[], &["Ships arrive"]).unwrap();
    let authors: Vec<_> = graph
        .same(&article)
        .map(|twin| twin.names("author").len())
        .collect();
    assert_eq!(authors, [1, 2]);
}

#[test]
fn the_state_of_a_page_names_its_tags() {
    for (script, expected) in [
        (r#"window.state = {"tags":["oil","ports"]}"#, vec!["oil", "ports"]),
        (r#"x({"tags":[]}, {"topics":[{"title":"oil"}]})"#, vec!["oil"]),
        (r#"x({"tags":[1,2]})"#, vec![]),
        (r#"x({"tags":["oil","#, vec![]),
    ] {
        let document = Document::from(format!("<script>{script}</script>"));
        assert_eq!(state_tags(&document), expected, "{script}");
    }
    let bomb = r#"{"tags":["#.repeat(100_000) + "é";
    assert!(state_tags(&Document::from(format!("<script>{bomb}</script>"))).is_empty());
}
