use std::fmt::Write;
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, Utc};
use proptest::prelude::*;
use url::Url;

use super::*;

fn now() -> DateTime<Utc> {
    "2026-11-15T12:00:00Z".parse().unwrap()
}

fn article(html: &str) -> Article {
    let url = Url::parse("https://news.example/47710/joint-training").unwrap();
    let limit = Duration::from_secs(60);
    let (article, _) = read(
        html.as_bytes().to_vec(),
        None,
        &url,
        Part::first(&url),
        now(),
        limit,
    )
    .unwrap();
    article
}

fn day(found: Option<&Found<DateTime<Utc>>>) -> Option<String> {
    found.map(|found| found.value.to_rfc3339_opts(SecondsFormat::Secs, true))
}

fn value<T: Clone>(found: Option<&Found<T>>) -> Option<T> {
    found.map(|found| found.value.clone())
}

/// A sentence of some length that no other number gives.
fn sentence(number: usize) -> String {
    format!(
        "In paragraph {number} the harbour master explained, with some patience, why ship number {number} had to wait \
         outside the port of Tripoli until its papers were found, checked and stamped."
    )
}

fn paragraphs(numbers: std::ops::Range<usize>) -> String {
    numbers.fold(String::new(), |mut html, number| {
        let _ = write!(html, "<p>{}</p>", sentence(number));
        html
    })
}

fn lines(numbers: std::ops::Range<usize>) -> String {
    numbers.map(sentence).collect::<Vec<_>>().join("\n")
}

/// A page in the structure of the JNews theme, with no metadata but what is seen.
fn themed(body: &str) -> String {
    format!(
        r#"<html lang="en-US"><head><title>Libya and AFRICOM Discuss Training &#8211; Example Review</title></head><body>
        <div class="jeg_top_date">Sunday, November 15, 2026</div>
        <div class="jeg_nav"><a href="/">Home</a><a href="/libya/">Libya</a></div>
        <div class="jeg_main jeg_sidebar_left"><div class="container">
        <div class="jeg_breadcrumbs jeg_breadcrumb_container"><div id="breadcrumbs"><span><a href="/">Home</a></span>
        <i class="fa"></i><span class="breadcrumb_last_link"><a href="/libya/">Libya</a></span></div></div>
        <div class="row"><div class="jeg_main_content col-md-8"><div class="jeg_inner_content">
        <div class="entry-header"><h1 class="jeg_post_title">Libya and AFRICOM Discuss Training</h1>
        <div class="jeg_post_meta"><div class="jeg_meta_date"><a href="/47710/">August 27, 2024</a></div></div></div>
        <div class="jeg_share_button"><a>Share on Facebook</a><a>Share on Twitter</a></div>
        <div class="entry-content no-share"><div class="content-inner">{body}
        <div class="jeg_post_tags"><span>Tags:</span> <a href="/tag/africom/" rel="tag">AFRICOM</a>
        <a href="/tag/jmc/" rel="tag">Joint Military Cooperation</a> <a href="/tag/kh/" rel="tag">khalifa haftar</a>
        <a href="/tag/libya/" rel="tag">libya</a> <a href="/tag/lna/" rel="tag">LNA</a></div></div></div>
        <div class="jnews_prev_next_container"><a class="post next-post"><span class="caption">Next Post</span>
        <h3 class="post-title">Another story that is not this one at all</h3></a></div>
        </div></div><div class="jeg_sidebar"><div class="widget"><h3>MUST READ</h3><p>{}</p></div></div>
        </div></div></div></body></html>"#,
        sentence(99)
    )
}

#[test]
fn a_themed_page_without_metadata_is_read_exactly() {
    let related = r#"<div class="jnews_inline_related_post_wrapper"><div class="jnews_inline_related_post">
        <a href="/1/">An earlier story about something else</a></div></div>"#;
    let read = article(&themed(&format!(
        "{}{related}{}",
        paragraphs(0..3),
        paragraphs(3..6)
    )));
    assert_eq!(
        value(read.title.as_ref()).as_deref(),
        Some("Libya and AFRICOM Discuss Training")
    );
    assert_eq!(
        day(read.published.as_ref()).as_deref(),
        Some("2024-08-27T00:00:00Z")
    );
    assert_eq!(value(read.section.as_ref()).as_deref(), Some("Libya"));
    assert_eq!(
        value(read.tags.as_ref()).unwrap(),
        [
            "AFRICOM",
            "Joint Military Cooperation",
            "khalifa haftar",
            "libya",
            "LNA"
        ]
    );
    assert_eq!(value(read.language.as_ref()).as_deref(), Some("en-US"));
    assert_eq!(read.text, lines(0..6));
}

#[test]
fn an_arabic_page_is_read_from_what_people_see() {
    let paragraph = "قال مدير الميناء إن السفن التي وصلت صباح اليوم ستنتظر خارج المرفأ حتى تنتهي لجنة التفتيش من مراجعة وثائقها \
                     وأضاف أن العمل سيستمر حتى نهاية الأسبوع بالتعاون مع حرس السواحل.";
    let html = format!(
        r#"<html lang="ar" dir="rtl"><head><title>وصول السفن إلى الميناء | أخبار المثال</title>
        <meta property="og:site_name" content="أخبار المثال"></head><body><main><article>
        <h1>وصول السفن إلى الميناء</h1><div class="post-date">٢٧ آب ٢٠٢٤</div><span class="author">بقلم: أمل علي</span>
        <div class="body"><p>{paragraph}</p><p>{paragraph} ثانيا</p><p>{paragraph} ثالثا</p>
        <p><a href="/2">اقرأ أيضا: خبر آخر</a></p><p>إعلان</p></div>
        <div class="tags">الوسوم: <a href="/t/1">ليبيا</a>، <a href="/t/2">موانئ</a></div></article></main></body></html>"#
    );
    let read = article(&html);
    assert_eq!(
        value(read.title.as_ref()).as_deref(),
        Some("وصول السفن إلى الميناء")
    );
    assert_eq!(
        day(read.published.as_ref()).as_deref(),
        Some("2024-08-27T00:00:00Z")
    );
    assert_eq!(value(read.authors.as_ref()).unwrap(), ["أمل علي"]);
    assert_eq!(value(read.tags.as_ref()).unwrap(), ["ليبيا", "موانئ"]);
    assert_eq!(
        read.text,
        format!("{paragraph}\n{paragraph} ثانيا\n{paragraph} ثالثا")
    );
}

#[test]
fn data_is_trusted_before_what_is_seen() {
    let html = format!(
        r#"<html><head><title>Ships arrive - Example News</title>
        <link rel="canonical" href="https://news.example/ships">
        <meta property="og:image" content="/ships.jpg"><meta name="author" content="Web Desk">
        <meta name="news_keywords" content="ports, trade"><meta property="article:section" content="Economy">
        <script type="application/ld+json">{{"@type": "NewsArticle", "headline": "Ships arrive",
        "datePublished": "2026-11-14T10:00:00+02:00", "dateModified": "2026-11-14T12:00:00+02:00",
        "author": [{{"@type": "Person", "name": "Amal Ali"}}, {{"name": "Omar Fathi"}}], "keywords": "Trade, Libya",}}</script>
        </head><body><article><h1>Ships arrive</h1><time datetime="2020-01-01">1 January 2020</time>{}</article></body></html>"#,
        paragraphs(0..5)
    );
    let read = article(&html);
    assert_eq!(read.url.value.as_str(), "https://news.example/ships");
    assert_eq!(
        day(read.published.as_ref()).as_deref(),
        Some("2026-11-14T08:00:00Z")
    );
    assert_eq!(
        day(read.updated.as_ref()).as_deref(),
        Some("2026-11-14T10:00:00Z")
    );
    assert_eq!(value(read.authors.as_ref()).unwrap(), ["Amal Ali", "Omar Fathi"]);
    assert_eq!(value(read.tags.as_ref()).unwrap(), ["Trade", "Libya", "ports"]);
    assert_eq!(value(read.section.as_ref()).as_deref(), Some("Economy"));
    assert_eq!(
        value(read.image.as_ref()).unwrap().as_str(),
        "https://news.example/ships.jpg"
    );
    assert_eq!(read.published.unwrap().rule, "JSON-LD datePublished");
}

#[test]
fn titles_lose_the_name_of_the_site() {
    for (title, expected) in [
        ("Ships arrive - Example News", "Ships arrive"),
        ("Ships arrive | World | Example News", "Ships arrive | World"),
        ("Example News: Ships arrive", "Example News: Ships arrive"),
        ("Example News – Ships arrive", "Ships arrive"),
        ("Ships arrive – and leave again", "Ships arrive – and leave again"),
        ("Ships arrive | news.example", "Ships arrive"),
    ] {
        let html = format!(
            "<title>{title}</title><meta property=og:site_name content='Example News'><body>{}",
            paragraphs(0..4)
        );
        assert_eq!(
            value(article(&html).title.as_ref()).as_deref(),
            Some(expected),
            "{title}"
        );
    }
}

#[test]
fn what_all_extractors_leave_in_is_cleaned() {
    for (junk, is_kept) in [
        (
            "<figure><img src=a.jpg><figcaption>A ship. Photo: Amal</figcaption></figure>",
            false,
        ),
        (
            "<div class=newsletter-signup><p>Get the day's headlines in your inbox every morning.</p></div>",
            false,
        ),
        ("<p>Advertisement</p>", false),
        (
            "<p><a href=/x>READ MORE: what happened to the other ship</a></p>",
            false,
        ),
        ("<p>Published Jun 04, 2026 • Last updated 1 day ago</p>", false),
        (
            "<div class='share-bar'><span>Share this with friends</span></div>",
            false,
        ),
        (
            "<div class='c-RelatedLinks'><p>Another story that readers liked a lot</p></div>",
            false,
        ),
        ("<p>Photograph: Amal Ali/Example</p>", false),
        ("<h2>What the captain said about it</h2>", true),
        ("<ul><li>A list of facts about the ship</li></ul>", true),
        ("<blockquote>It was a long wait for all of us</blockquote>", true),
        (
            "<p>She wrote that in <a href=/y>a letter</a> on June 4, 2026.</p>",
            true,
        ),
    ] {
        let html = format!(
            "<article><h1>Ships arrive</h1>{}{junk}{}</article>",
            paragraphs(0..4),
            paragraphs(4..8)
        );
        let text = article(&html).text;
        assert_eq!(text != lines(0..8), is_kept, "{junk}: {text}");
    }
}

#[test]
fn a_body_in_several_containers_is_read_whole() {
    let parts: String = (0..4).fold(String::new(), |mut html, part| {
        let _ = write!(
            html,
            "<section><div>{}</div></section>",
            paragraphs(part * 3..part * 3 + 3)
        );
        html
    });
    assert_eq!(
        article(&format!("<main><h1>Ships arrive</h1>{parts}</main>")).text,
        lines(0..12)
    );
}

/// Every hostile page ends within the limit, with an article or a word.
#[test]
fn hostile_pages_end_in_time() {
    let url = Url::parse("https://news.example/a").unwrap();
    let body = paragraphs(0..5);
    let nested =
        |tag: &str, count: usize| format!("<h1>Ships arrive</h1>{body}{}", format!("<{tag}>").repeat(count));
    for (name, html) in [
        (
            "50 MB",
            format!(
                "<h1>Ships arrive</h1>{body}{}",
                "<p>word word word</p>".repeat(2_400_000)
            ),
        ),
        ("nested tags", nested("div", 1_000_000)),
        ("nested tables", nested("table><tr><td", 100_000)),
        ("nested junk", nested("div class=share", 100_000)),
        (
            "links",
            format!(
                "<h1>Ships arrive</h1>{body}{}",
                "<a href=/x>link to it</a> ".repeat(100_000)
            ),
        ),
        (
            "dates",
            format!("<h1>Ships arrive</h1>{body}{}", "<div class=date>".repeat(50_000)),
        ),
        (
            "JSON-LD",
            format!(
                "<script type='application/ld+json'>{}</script>{body}",
                "[{\"a\":".repeat(500_000)
            ),
        ),
        (
            "wide JSON-LD",
            format!(
                "<script type='application/ld+json'>[{}1]</script>{body}",
                "{\"@type\":\"Article\"},".repeat(50_000)
            ),
        ),
        (
            "a million keywords",
            format!(
                "<script type='application/ld+json'>{{\"@type\":\"Article\",\"keywords\":\"{}\"}}</script>{body}",
                "a,".repeat(500_000)
            ),
        ),
        (
            "keywords in metadata",
            format!(
                "<meta name=keywords content='{}'>{body}",
                "a b,".repeat(1_000_000)
            ),
        ),
        ("authors", {
            let authors = format!("[{}1]", "\"Amal Ali\",".repeat(30_000));
            let article = format!("{{\"@type\":\"Article\",\"headline\":\"Ships\",\"author\":{authors}}}");
            format!("<script type='application/ld+json'>[{article},{article}]</script>{body}")
        }),
        (
            "labels",
            format!(
                "<h1>Ships arrive</h1>{body}{}",
                "<b>Tags</b><a href=/tag/x>x</a>".repeat(40_000)
            ),
        ),
        (
            "bylines",
            format!(
                "<h1>Ships arrive</h1>{body}{}",
                "<div class=author>".repeat(50_000)
            ),
        ),
    ] {
        let before = Instant::now();
        let limit = Duration::from_secs(20);
        let answer = read(html.into_bytes(), None, &url, Part::first(&url), now(), limit);
        let taken = before.elapsed();
        assert!(taken < limit + Duration::from_secs(5), "{name}: {taken:?}");
        if let Err(error) = answer {
            assert!(!error.to_string().is_empty(), "{name}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_page_is_a_panic(html in "(<(div|p|h1|a href=x|table|td|time datetime=[0-9]{1,9}|/p|/div)( class=[a-z]{1,8})?>|[a-z0-9é ,.:]{0,12}){0,40}") {
        let url = Url::parse("https://news.example/a").unwrap();
        let answer = read(html.into_bytes(), None, &url, Part::first(&url), now(), Duration::from_secs(60));
        prop_assert!(answer != Err(Error::Failed));
    }
}
