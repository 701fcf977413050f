use super::*;

#[test]
fn a_text_is_signed_with_nothing_but_a_name() {
    for (html, expected) in [
        ("<p>Long.</p><p><strong>Lê Phương</strong></p>", Some("Lê Phương")),
        (
            "<div><p>Long.</p><p><strong>Lê Phương</strong></p>\n</div>",
            Some("Lê Phương"),
        ),
        ("<p><b>Amal bin Ali</b></p><p>Long.</p>", None),
        ("<p><b>Amal Ali</b></p><p>Long.</p>", Some("Amal Ali")),
        ("<p>Long.</p><p><strong>What happened next?</strong></p>", None),
        ("<p>Long.</p><p><strong>Read More</strong> here</p>", None),
        ("<p>Long.</p>", None),
        ("", None),
    ] {
        let html = CleanHtml::already_clean(html.to_owned());
        let found = signature(&html).map(|found| found.value);
        assert_eq!(found, expected.map(|name| vec![name.to_owned()]), "{html:?}");
    }
}

#[test]
fn names_are_taken_out_of_bylines() {
    for (written, expected) in [
        ("By Amal Ali", vec!["Amal Ali"]),
        ("Von Max Muster und Anna Berg", vec!["Max Muster", "Anna Berg"]),
        ("Amal Ali, Omar Fathi", vec!["Amal Ali", "Omar Fathi"]),
        ("Amal Ali, Tripoli", vec!["Amal Ali"]),
        ("Amal Ali, Jr.", vec!["Amal Ali, Jr."]),
        ("Ali, Amal", vec!["Ali, Amal"]),
        ("By Amal Ali Published 2:16 PM EST Nov 20, 2019", vec!["Amal Ali"]),
        ("Amal Ali, Senior Correspondent", vec!["Amal Ali"]),
        (
            "Amal Ali, Lea van der Berg, Chief Editor, Tripoli",
            vec!["Amal Ali", "Lea van der Berg"],
        ),
        (
            "Amal Ali, professor of the history of the sea at a university in Tripoli",
            vec!["Amal Ali"],
        ),
        ("أمل علي، عمر فتحي", vec!["أمل علي", "عمر فتحي"]),
        ("AFP, dpa, Reuters", vec!["AFP", "dpa", "Reuters"]),
        ("Da Silva", vec!["Da Silva"]),
        ("بقلم: أمل علي", vec!["أمل علي"]),
        ("牛镛、岳弘彬", vec!["牛镛", "岳弘彬"]),
        ("https://www.facebook.com/news", vec![]),
        ("105092", vec![]),
        ("a.ali@news.example", vec![]),
    ] {
        assert_eq!(clean(vec![written.to_owned()]), expected, "{written}");
    }
}

#[test]
fn what_is_an_office_or_a_place_is_no_name() {
    for (text, expected) in [
        ("Omar Fathi", true),
        ("Lea van der Berg", true),
        ("by Omar Fathi", true),
        ("عمر فتحي", true),
        ("Staffan Berg", true),
        ("Staff Writer", false),
        ("Foreign Correspondent", false),
        ("leitende Redakteurin", false),
        ("Tripoli", false),
        ("a town in the west of the country", false),
        ("", false),
    ] {
        assert_eq!(may_be_name(text), expected, "{text}");
    }
}

fn authors_of(html: &str) -> Vec<String> {
    let document = dom_query::Document::from(html);
    let (meta, graph) = (Meta::of(&document), Graph::of(&document));
    let url = url::Url::parse("https://www.thewire.example/a").unwrap();
    let site = Site::of(&meta, &graph, &url);
    let node = graph.article(&[], &[]);
    authors(&Markup::of(&document), &meta, &graph, node.as_ref(), &site)
        .map(|found| found.value)
        .unwrap_or_default()
}

#[test]
fn a_person_is_preferred_to_the_site_and_data_to_what_is_seen() {
    let data = |author: &str| {
        format!(
            r#"<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "Ships", "author": {author}}}</script>"#
        )
    };
    let seen = r#"<a rel="author" href="/a">Omar Fathi</a>"#;
    for (html, expected) in [
        (data(r#""Amal Ali""#) + seen, vec!["Amal Ali"]),
        (data(r#""The Wire""#) + seen, vec!["Omar Fathi"]),
        (
            data(r#"{"@type": "Organization", "name": "A Paper"}"#) + seen,
            vec!["Omar Fathi"],
        ),
        (
            data(r#"{"@type": "Organization", "name": "A Paper"}"#),
            vec!["A Paper"],
        ),
        (
            r#"<meta name="author" content="Amal Ali and Omar Fathi">"#.to_owned(),
            vec!["Amal Ali", "Omar Fathi"],
        ),
        (
            r#"<meta name="author" content="https://a.example/amal">"#.to_owned() + seen,
            vec!["Omar Fathi"],
        ),
        (
            "<h1>Ships</h1><div class=byline>By Amal Ali</div>".to_owned(),
            vec!["Amal Ali"],
        ),
        (
            "<h1>Ships</h1><div class=author>rmb90 is all about ships!</div>".to_owned(),
            vec![],
        ),
        (format!("<h1>Ships</h1><aside>{seen}</aside>"), vec![]),
        (String::new(), vec![]),
    ] {
        assert_eq!(authors_of(&html), expected, "{html}");
    }
}

#[test]
fn authors_that_one_description_leaves_out_are_taken_from_another() {
    let two = |first: &str, second: &str| {
        format!(
            r#"<script type="application/ld+json">[{{"@type": "Article", "headline": "Ships", "author": {first}, "keywords": "a", "datePublished": "2024-08-27"}},
            {{"@type": "NewsArticle", "headline": "Ships", "author": {second}}}]</script>"#
        )
    };
    for (first, second, expected) in [
        (
            r#""Amal Ali""#,
            r#"["Amal Ali", "Omar Fathi"]"#,
            vec!["Amal Ali", "Omar Fathi"],
        ),
        (r#""Amal Ali""#, r#"["Omar Fathi", "Lea Berg"]"#, vec!["Amal Ali"]),
        (
            r#"["Amal Ali", "Omar Fathi"]"#,
            r#""Amal Ali""#,
            vec!["Amal Ali", "Omar Fathi"],
        ),
    ] {
        assert_eq!(authors_of(&two(first, second)), expected, "{first} {second}");
    }
}
