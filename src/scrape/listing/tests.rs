use std::time::{Duration, Instant};

use chrono::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::model::{Pattern, Selectors};

/// A page of the given bytes at the given address.
pub(super) fn page(html: &str, url: &str) -> Page {
    Page::read(
        html.as_bytes(),
        Some("text/html; charset=utf-8"),
        &Url::parse(url).unwrap(),
    )
    .unwrap()
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2024, 8, 27, 12, 0, 0).unwrap()
}

const URL: &str = "https://news.example/libya/";

/// Titles of five words, each of its own article.
fn title(number: usize) -> String {
    const SUBJECTS: [&str; 6] = [
        "Oil output",
        "The central bank",
        "A new port",
        "Wheat trade",
        "The old library",
        "Rain",
    ];
    format!(
        "{} changes plans for day {number}",
        SUBJECTS[number % SUBJECTS.len()]
    )
}

/// Blocks of a common kind, with the given class names.
fn blocks(numbers: std::ops::Range<usize>, item: &str, headline: &str) -> String {
    numbers
        .map(|number| {
            format!(
                r#"<div class="{item}"><a href="/2024/08/story-about-day-{number}"><img src="/img/{number}.jpg"></a>
                <h3 class="{headline}"><a href="/2024/08/story-about-day-{number}">{}</a></h3>
                <span class="when">August {}, 2024</span><p>Officials said that the decision follows months of talks, and more is to come.</p>
                <span class="by"><a href="/author/amal" rel="author">Amal</a></span> <a class="cat" href="/category/oil">Oil</a></div>"#,
                title(number),
                number % 28 + 1,
            )
        })
        .collect()
}

fn site(main: &str) -> String {
    format!(
        r#"<title>News</title><body><nav><a href="/libya/">Libya</a><a href="/economy/">Economy</a><a href="/sport/">Sport</a></nav>
        <div class="content">{main}<a rel="next" href="/libya/?page=2">Older</a></div>
        <div class="sidebar"><h4>Must read</h4>{}</div><footer><a href="/privacy/">How we use what we know about you</a></footer></body>"#,
        blocks(90..94, "small", "headline"),
    )
}

fn titles(listing: &Listing) -> Vec<String> {
    listing
        .items
        .iter()
        .filter_map(|item| item.title.clone())
        .collect()
}

fn all(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(title).collect()
}

fn selectors(toml: &str) -> Select {
    toml::from_str::<Selectors>(toml).unwrap().compile().unwrap()
}

#[test]
fn the_list_of_a_page_is_found_with_all_its_parts_and_nothing_beside_it() {
    let listing = detect(&page(&site(&blocks(0..8, "teaser", "headline")), URL), now());
    assert_eq!(titles(&listing), all(0..8));
    let first = &listing.items[0];
    assert_eq!(
        first.url.as_str(),
        "https://news.example/2024/08/story-about-day-0"
    );
    assert_eq!(
        first.published,
        Some(Utc.with_ymd_and_hms(2024, 8, 1, 0, 0, 0).unwrap())
    );
    assert!(
        first
            .summary
            .as_deref()
            .is_some_and(|summary| summary.starts_with("Officials said"))
    );
    assert_eq!(
        first.image.as_ref().map(Url::as_str),
        Some("https://news.example/img/0.jpg")
    );
    assert_eq!(first.authors, ["Amal"]);
    assert_eq!(
        listing.next.as_ref().map(Url::as_str),
        Some("https://news.example/libya/?page=2")
    );
    assert!(!listing.why.is_empty());
}

#[test]
fn a_hero_and_a_second_section_belong_to_the_list() {
    let main = blocks(0..1, "hero", "headline")
        + &blocks(1..7, "teaser", "headline")
        + &blocks(7..10, "card", "headline");
    assert_eq!(titles(&detect(&page(&site(&main), URL), now())), all(0..10));
}

#[test]
fn blocks_that_each_have_a_class_of_their_own_are_one_list() {
    let main: String = (0..9)
        .map(|number| {
            blocks(
                number..number + 1,
                &format!(
                    "about-{}",
                    [
                        "oil", "port", "bank", "rain", "wheat", "road", "sea", "dam", "law"
                    ][number]
                ),
                "headline",
            )
        })
        .collect();
    let listing = detect(&page(&site(&main), URL), now());
    assert_eq!(titles(&listing), all(0..9));
    let pattern = listing.pattern.unwrap();
    assert_eq!(
        titles(&select(&page(&site(&main), URL), &pattern.compile().unwrap(), now()).unwrap()),
        all(0..9)
    );
}

#[test]
fn a_page_of_menus_lists_nothing() {
    let links: String = (0..30)
        .map(|number| format!("<li><a href='/section{number}/'>Section</a></li>"))
        .collect();
    for html in [
        site(""),
        format!("<nav><ul>{links}</ul></nav>"),
        "<p>Nothing here.</p>".to_owned(),
        "<a href=/a>".to_owned(),
    ] {
        let listing = detect(&page(&html.replace("small", "sidebar-item"), URL), now());
        assert!(listing.items.len() <= 4, "{:?}", titles(&listing));
        assert!(
            listing
                .items
                .iter()
                .all(|item| !item.url.path().starts_with("/section")),
            "{html}"
        );
    }
}

#[test]
fn selectors_override_each_part_and_the_rest_is_detected() {
    let html = site(&blocks(0..4, "teaser", "headline")).replace("August 2, 2024", "on 02|08|24");
    let page = page(&html, URL);
    let by_all = selectors(
        r#"item = ".sidebar .small"
        title = "h3"
        link = "h3"
        summary = "p"
        author = ".by"
        category = ".cat"
        tags = "a.cat"
        image = "a"
        next = "nav a""#,
    );
    let listing = select(&page, &by_all, now()).unwrap();
    assert_eq!(titles(&listing), all(90..94));
    let first = &listing.items[0];
    assert_eq!(
        (first.categories.as_slice(), first.tags.as_slice()),
        (&["Oil".to_owned()][..], &["Oil".to_owned()][..])
    );
    assert_eq!(first.authors, ["Amal"]);
    assert!(first.published.is_some() && first.image.is_some() && listing.unmatched.is_empty());
    assert_eq!(first.rules.title, Some("selector"));
    // The menu's first link is the page itself, which is no next page.
    assert_eq!(listing.next, None);

    let by_date = selectors("date = '.when'\ndate_format = 'on %d|%m|%y'");
    let listing = select(&page, &by_date, now()).unwrap();
    assert_eq!(titles(&listing), all(0..4));
    assert_eq!(
        listing.items[1].published,
        Some(Utc.with_ymd_and_hms(2024, 8, 2, 0, 0, 0).unwrap())
    );

    let listing = select(
        &page,
        &selectors("item = '.teaser'\nsummary = '.gone'\ntags = '.none'"),
        now(),
    )
    .unwrap();
    assert_eq!(
        (titles(&listing), listing.unmatched),
        (all(0..4), vec!["summary", "tags"])
    );
    let listing = select(&page, &selectors("item = '.gone'"), now()).unwrap();
    assert_eq!((listing.items.len(), listing.unmatched), (0, vec!["item"]));
}

#[test]
fn an_unknown_key_or_a_bad_selector_is_told() {
    assert!(toml::from_str::<Selectors>("titel = 'h3'").is_err());
    let errors = toml::from_str::<Selectors>("item = 'div >'\ntitle = 'h3'\nlink = 'a[['")
        .unwrap()
        .compile()
        .unwrap_err();
    assert_eq!(
        errors.iter().map(|(key, _)| *key).collect::<Vec<_>>(),
        ["item", "link"]
    );
}

#[test]
fn the_pattern_of_today_finds_the_articles_of_tomorrow() {
    let today = detect(&page(&site(&blocks(0..8, "teaser", "headline")), URL), now());
    let pattern = today.pattern.unwrap();
    let stored: Pattern = serde_json::from_str(&serde_json::to_string(&pattern).unwrap()).unwrap();
    assert_eq!(stored, pattern);
    let tomorrow = page(&site(&blocks(20..29, "teaser", "headline")), URL);
    let listing = select(&tomorrow, &stored.compile().unwrap(), now()).unwrap();
    assert_eq!(titles(&listing), all(20..29));
    assert_eq!(
        listing.items[0].published.map(|date| date.to_string()),
        Some("2024-08-21 00:00:00 UTC".to_owned())
    );
    // What is shown to the operator is what is applied.
    let table: toml::Table = pattern.as_toml().parse().unwrap();
    let pasted: Selectors = table["source"]["select"].clone().try_into().unwrap();
    assert_eq!(pasted, pattern.select);
}

#[test]
fn a_redesign_is_noticed_and_healed() {
    let old = page(&site(&blocks(0..8, "teaser", "headline")), URL);
    let new = page(&site(&blocks(5..13, "story-card", "story-title")), URL);
    let pattern = detect(&old, now()).pattern.unwrap();
    let select = selectors("item = '.teaser'\ntitle = '.headline'");
    let known = [
        Known {
            pattern: Some(&pattern),
            select: None,
        },
        Known {
            pattern: None,
            select: Some(&select),
        },
        Known {
            pattern: Some(&pattern),
            select: Some(&select),
        },
    ];
    for known in known {
        let Reading::AsKnown(listing) = read(&old, known, now()).unwrap() else {
            panic!("nothing changed")
        };
        assert_eq!(titles(&listing), all(0..8));
        let Reading::Moved { listing, broken } = read(&new, known, now()).unwrap() else {
            panic!("all changed")
        };
        assert_eq!(titles(&listing), all(5..13));
        assert!(broken.contains(".teaser"), "{broken}");
        // What is offered works.
        let healed = listing.pattern.unwrap();
        let Reading::AsKnown(listing) = read(
            &new,
            Known {
                pattern: Some(&healed),
                select: None,
            },
            now(),
        )
        .unwrap() else {
            panic!("the offer does not work: {}", healed.as_toml())
        };
        assert_eq!(titles(&listing), all(5..13));
    }
}

#[test]
fn a_wall_or_an_error_is_neither_nothing_nor_news() {
    let pattern = detect(&page(&site(&blocks(0..8, "teaser", "headline")), URL), now())
        .pattern
        .unwrap();
    let links = "<a href='/privacy-notice-for-all-readers'>Privacy notice for all readers</a><a href='/list-of-our-many-partners'>List of our many partners</a>";
    for (html, expected) in [
        (
            "<title>Just a moment...</title><p>Enable JavaScript and cookies to continue".to_owned(),
            Obstacle::BotCheck,
        ),
        (
            "<title>news.example</title><div class='h-captcha'></div>".to_owned(),
            Obstacle::BotCheck,
        ),
        (
            format!("<title>Before you continue</title>{links}"),
            Obstacle::Consent,
        ),
        (
            format!("<title>News</title><h1>We value your privacy</h1>{links}"),
            Obstacle::Consent,
        ),
        (
            "<title>News</title><h1>Error establishing a database connection</h1>".to_owned(),
            Obstacle::ErrorText,
        ),
        (
            "<title>404 - Page not found</title><a href=/>Home</a>".to_owned(),
            Obstacle::ErrorText,
        ),
        (
            "<title>Sign in</title><form><input name=u><input type=password></form>".to_owned(),
            Obstacle::Login,
        ),
        (
            "<title>News</title><div id=root></div><noscript>x</noscript>You need to enable JavaScript."
                .to_owned(),
            Obstacle::NeedsScript,
        ),
    ] {
        for known in [
            Known::default(),
            Known {
                pattern: Some(&pattern),
                select: None,
            },
        ] {
            let reading = read(&page(&html, URL), known, now()).unwrap();
            assert!(
                matches!(reading, Reading::Obstructed(found) if found == expected),
                "{html}: {reading:?}"
            );
        }
    }
    let quiet = page(
        "<title>News</title><p>There are no articles in this section yet.</p>",
        URL,
    );
    assert!(matches!(
        read(&quiet, Known::default(), now()).unwrap(),
        Reading::Nothing
    ));
}

#[test]
fn the_data_of_a_page_names_its_articles_and_completes_them() {
    let main = blocks(0..5, "x1", "x2").replace("August", "Tag");
    let entries: Vec<_> = (0..5)
        .map(|number| {
            serde_json::json!({ "@type": "ListItem", "item": {
                "@type": ["NewsArticle"], "url": format!("/2024/08/story-about-day-{number}#x"), "datePublished": "2024-08-09T10:00:00+02:00",
            }})
        })
        .collect();
    let data = serde_json::json!({ "@graph": [{ "@type": "ItemList", "itemListElement": entries }] });
    let html = format!(
        "<script type='application/ld+json'>{data}</script><script type='application/ld+json'>{{broken</script>{}",
        site(&main)
    );
    let listing = detect(&page(&html, URL), now());
    assert_eq!(titles(&listing), all(0..5));
    assert!(
        listing
            .items
            .iter()
            .all(|item| item.published == Some(Utc.with_ymd_and_hms(2024, 8, 9, 8, 0, 0).unwrap()))
    );
    assert!(
        listing
            .why
            .iter()
            .any(|(what, points)| *what == "named in the page's data" && *points > 0.0)
    );
}

/// Debug builds on a busy machine are slow; a quadratic step would take hours.
fn within_bounds(html: &str) -> Listing {
    let started = Instant::now();
    let listing = detect(&page(html, URL), now());
    assert!(
        started.elapsed() < Duration::from_secs(60),
        "took {:?}",
        started.elapsed()
    );
    listing
}

#[test]
fn huge_pages_end_soon_with_bounded_lists() {
    let links: String = (0..100_000)
        .map(|number| {
            format!("<li><a href='/2024/story-number-{number}-x'>Story of day {number} told</a></li>")
        })
        .collect();
    assert!(within_bounds(&format!("<ul>{links}</ul>")).items.len() <= MOST_ITEMS);
    let classes: String = (0..30_000)
        .map(|number| format!("<div class='k{number}a'><a href='/s{number}'>A b c d</a></div>"))
        .collect();
    within_bounds(&classes);
    within_bounds(&format!(
        "{}<a href=/a-b-c>A story that is deep</a>",
        "<div>".repeat(100_000)
    ));
    within_bounds(&format!(
        "{}{}",
        "<div class='menu x'><a href=/a-b-c>x</a>".repeat(400),
        "<p>text".repeat(20_000)
    ));
    let bomb = format!(
        "<script type='application/ld+json'>{}{}</script>",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    within_bounds(&bomb);
    let wide = format!(
        "<script type='application/ld+json'>[{}]</script><p>x",
        vec!["{\"@type\":\"Article\",\"url\":\"/a\"}"; 60_000].join(",")
    );
    within_bounds(&wide);
}

#[test]
fn a_calendar_without_end_is_no_list() {
    let days: String = (1..=31)
        .map(|day| format!("<td><a href='/events/9999/12/{day:02}'>{day}</a></td>"))
        .collect();
    let months: String = (2024..9999)
        .map(|year| format!("<a href='/events/?month={year}-01'>January {year}</a>"))
        .collect();
    let html =
        site(&(blocks(0..6, "teaser", "headline") + &format!("<table><tr>{days}</tr></table>{months}")));
    assert_eq!(titles(&within_bounds(&html)), all(0..6));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_the_page_is_each_address_is_listed_once_and_on_the_web(
        parts in prop::collection::vec(
            prop_oneof![
                Just("<div class='card'>".to_owned()), Just("</div>".to_owned()), Just("<h2>".to_owned()), Just("</h2>".to_owned()),
                Just("<table><tr><td>".to_owned()), Just("<time datetime=x>".to_owned()), Just("<img src=//[ >".to_owned()),
                "<a href='(/[a-z]{1,3}-[a-z]-[0-9]|http://é\\[|data:x|\\?p=[0-9]|//x.example/[a-z])'>", "[A-Za-zé٣年 &;]{0,30}", Just("</a>".to_owned()),
            ],
            0..60,
        ),
    ) {
        let html = format!("<p>x{}", parts.concat());
        let listing = detect(&page(&html, URL), now());
        let mut urls: Vec<_> = listing.items.iter().map(|item| item.url.as_str()).collect();
        prop_assert!(urls.iter().all(|url| url.starts_with("http")));
        urls.sort_unstable();
        urls.dedup();
        prop_assert_eq!(urls.len(), listing.items.len());
        if let Some(pattern) = listing.pattern {
            prop_assert!(pattern.compile().is_some());
        }
    }
}

#[test]
fn moments_counted_back_from_now_are_marked() {
    let main = blocks(0..8, "post", "headline");
    let shown = |html: &str| {
        let listing = detect(&page(&site(html), URL), now());
        listing
            .items
            .iter()
            .map(|item| (item.published.is_some(), item.is_relative))
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(&main), vec![(true, false); 8]);
    let relative = main
        .replace("August ", "")
        .replace(", 2024</span>", " hours ago</span>");
    assert_eq!(shown(&relative), vec![(true, true); 8]);
    // What a machine is told beside it is exact.
    let exact = relative.replace(
        "<span class=\"when\">",
        "<time datetime=\"2024-08-09T08:00:00Z\"></time><span>",
    );
    assert_eq!(shown(&exact), vec![(true, false); 8]);
}
