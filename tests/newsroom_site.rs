//! Syrtis Review and the press office, the two sites of pages in the sample newsroom: what is read from them.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod newsroom;

use std::time::Duration;

use chrono::{DateTime, TimeZone, Utc};
use feedmill::model::Selectors;
use feedmill::scrape::article::{self, Article, Found, Part};
use feedmill::scrape::listing::{self, Known, Listing, Reading, WayKind};
use feedmill::scrape::page::Page;
use feedmill::{normalize, parse};
use newsroom::Newsroom;
use newsroom::review::{self, Design};
use url::Url;

const HOME: &str = "//review/";
const LIBYA: &str = "//review/category/libya/";
const LIBYA_2: &str = "//review/category/libya/page/2/";
const ECONOMY: &str = "//review/category/economy/";
const RAJMA: &str = "//review/48720/haftar-africom-commander-review-training-plan-in-rajma/";
const RELEASES: &str = "//press/";
const RELEASE: &str = "//press/pr40-2024.html";

/// Listings with the numbers of their articles in page order, in the first design.
const LISTINGS: &[(&str, &[u64])] = &[
    (
        HOME,
        &[
            48731, 48726, 48720, 48714, // the hero
            48709, 48703, 48698, 48681, 48676, // Libya
            48692, 48687, // Economy and Politics
            48668, 48661, 48655, // Sport, Stage, Opinion
        ],
    ),
    (LIBYA, &[48726, 48720, 48709, 48703, 48698, 48681, 48676]),
    (LIBYA_2, &[48102, 47988, 47951]),
    (ECONOMY, &[48731, 48692, 47844]),
];

/// The day after the newest article.
fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2024, 8, 29, 8, 0, 0).unwrap()
}

fn page(newsroom: &Newsroom, path: &str) -> Page {
    let url = newsroom.url(path).parse().unwrap();
    Page::read(newsroom.body(path).as_bytes(), Some("text/html"), &url).unwrap()
}

fn listed(newsroom: &Newsroom, path: &str) -> Listing {
    listing::detect(&page(newsroom, path), now())
}

/// An article as its page alone shows it.
fn read(newsroom: &Newsroom, path: &str) -> Article {
    let url: Url = newsroom.url(path).parse().unwrap();
    let bytes = newsroom.body(path).into_bytes();
    let limit = Duration::from_secs(60);
    article::read(bytes, Some("text/html"), &url, Part::first(&url), now(), limit)
        .unwrap()
        .0
}

/// The numbers of the articles in their addresses.
fn numbers(listing: &Listing) -> Vec<u64> {
    let number = |url: &Url| url.path_segments()?.next()?.parse().ok();
    let items = listing.items.iter();
    items
        .map(|item| number(&item.url).unwrap_or_else(|| panic!("{} is no article", item.url)))
        .collect()
}

fn day(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d").to_string()
}

#[tokio::test]
async fn the_articles_of_a_listing_are_found_in_page_order_and_none_of_those_beside_them() {
    let newsroom = Newsroom::start().await.unwrap();
    let articles = newsroom.articles();
    for (path, expected) in LISTINGS {
        let listing = listed(&newsroom, path);
        assert_eq!(numbers(&listing), *expected, "{path}: {:?}", listing.why);
        for item in &listing.items {
            let article = articles
                .iter()
                .find(|article| item.url.path() == article.path())
                .unwrap();
            assert_eq!(item.title.as_ref(), Some(&article.title), "{path}");
            assert_eq!(
                item.published.map(day),
                Some(day(article.published)),
                "{path}: {}",
                article.title
            );
            assert!(
                item.image.as_ref().unwrap().path().contains(&article.slug),
                "{path}: {:?}",
                item.image
            );
        }
    }
}

#[tokio::test]
async fn after_the_redesign_nothing_is_where_it_was_and_everything_is_found() {
    let newsroom = Newsroom::start().await.unwrap();
    let before: Vec<Listing> = LISTINGS.iter().map(|(path, _)| listed(&newsroom, path)).collect();
    newsroom.redesign(Design::Blocks);
    for ((path, numbers_before), before) in LISTINGS.iter().zip(&before) {
        let known = Known {
            pattern: before.pattern.as_ref(),
            ..Known::default()
        };
        let reading = listing::read(&page(&newsroom, path), known, now()).unwrap();
        let Reading::Moved { listing, .. } = reading else {
            panic!("{path}: {reading:?}");
        };
        // The new listings are simply newest first.
        let mut expected = numbers_before.to_vec();
        expected.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(numbers(&listing), expected, "{path}: {:?}", listing.why);
    }
    newsroom.redesign(Design::JNews);
    for ((path, _), before) in LISTINGS.iter().zip(&before) {
        assert_eq!(listed(&newsroom, path).items, before.items, "{path}");
    }
}

#[tokio::test]
async fn a_section_names_its_feeds_and_its_part_of_the_api() {
    let newsroom = Newsroom::start().await.unwrap();
    let ways = listing::better_ways(&page(&newsroom, LIBYA));
    let ways: Vec<(WayKind, String)> = ways.into_iter().map(|way| (way.kind, way.url.into())).collect();
    let url = |path: &str| newsroom.url(path);
    assert_eq!(
        ways,
        [
            (WayKind::Feed, url("//review/category/libya/feed/")),
            (WayKind::Feed, url("//review/feed/")),
            (
                WayKind::WordPress,
                url("//review/wp-json/wp/v2/posts?categories=2")
            ),
        ]
    );
    assert_eq!(listing::better_ways(&page(&newsroom, RELEASES)), []);
}

#[tokio::test]
async fn a_section_goes_on_where_a_selector_says() {
    let newsroom = Newsroom::start().await.unwrap();
    let written = Selectors {
        next: Some("a.page_nav.next".into()),
        ..Selectors::default()
    };
    let select = written.compile().unwrap();
    let next = |path: &str| {
        listing::select(&page(&newsroom, path), &select, now())
            .unwrap()
            .next
    };
    assert_eq!(next(LIBYA).map(String::from), Some(newsroom.url(LIBYA_2)));
    assert_eq!(next(LIBYA_2), None);
}

#[tokio::test]
async fn a_section_goes_on_where_its_pager_says() {
    let newsroom = Newsroom::start().await.unwrap();
    let next = |path: &str| listed(&newsroom, path).next.map(String::from);
    assert_eq!(next(LIBYA), Some(newsroom.url(LIBYA_2)));
    assert_eq!(next(LIBYA_2), None);
}

#[tokio::test]
async fn the_meeting_in_rajma_comes_out_exactly() {
    let newsroom = Newsroom::start().await.unwrap();
    let article = read(&newsroom, RAJMA);
    assert_eq!(article.url.value.as_str(), newsroom.url(RAJMA));
    assert_eq!(
        article.title.unwrap().value,
        "Haftar and AFRICOM Commander Review Training Plan in Rajma"
    );
    assert_eq!(day(article.published.unwrap().value), "2024-08-27");
    assert_eq!(article.authors.unwrap().value, ["Omar Tellisi"]);
    assert_eq!(article.section.unwrap().value, "Libya");
    assert_eq!(
        article.tags.unwrap().value,
        [
            "AFRICOM",
            "Joint Military Cooperation",
            "khalifa haftar",
            "libya",
            "LNA"
        ]
    );
    let paragraphs = [
        "Field Marshal Khalifa Haftar, who leads the Libyan National Army, received the commander of the United States \
         Africa Command at his headquarters in Rajma on Tuesday, with a training plan on the table and two interpreters \
         beside it.",
        "The plan covers the next twelve months. It lists courses for medics, for mechanics and for the crews of patrol \
         boats, and it leaves one page empty for a place where units from the east and the west could train together.",
        "“A border has two ends and one desert,” the commander told reporters in the courtyard. “Whoever watches it \
         alone watches half of it.”",
        "Haftar’s office said that both sides want to meet again before the end of the year. It named neither a day nor \
         a town.",
        "In Tripoli, the chief of staff was told of the talks by telephone, according to an officer who was in the \
         room. He asked for a copy of the empty page.",
    ];
    assert_eq!(article.text.lines().collect::<Vec<_>>(), paragraphs);
    let html: String = paragraphs.iter().map(|text| format!("<p>{text}</p>")).collect();
    // The extractor leaves bare `div`s around what it took.
    let found = article
        .html
        .unwrap()
        .as_str()
        .replace("<div>", "")
        .replace("</div>", "");
    // The picture at the head of the page comes with its text.
    let page = url::Url::parse(&newsroom.url(RAJMA)).unwrap();
    let picture = page
        .join(
            "/wp-content/uploads/2024/08/haftar-africom-commander-review-training-plan-in-rajma-750x500.jpg",
        )
        .unwrap();
    let html =
        format!("<figure><img src=\"{picture}\" alt=\"\" width=\"750\" height=\"500\"></figure>{html}");
    assert_eq!(found.replace('\n', ""), html);
}

/// Where what is read of articles is not what their editors wrote.
fn wrong(newsroom: &Newsroom, is_asked: impl Fn(&review::Article) -> bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let asked: Vec<_> = newsroom.articles().into_iter().filter(is_asked).collect();
    assert!(!asked.is_empty(), "this asks for nothing");
    for expected in asked {
        let article = read(newsroom, &format!("//review{}", expected.path()));
        let mut compare = |part: &str, found: Vec<String>, expected_part: Vec<String>| {
            if found != expected_part {
                let id = expected.id;
                wrong.push(format!("{id}: {part} is {found:?}, not {expected_part:?}"));
            }
        };
        let one = |found: Option<Found<String>>| found.into_iter().map(|found| found.value).collect();
        let list = |found: Option<Found<Vec<String>>>| found.map(|found| found.value).unwrap_or_default();
        let published = article.published.map(|found| day(found.value));
        compare("title", one(article.title), vec![expected.title.clone()]);
        compare(
            "day",
            published.into_iter().collect(),
            vec![day(expected.published)],
        );
        compare("authors", list(article.authors), vec![expected.author.clone()]);
        compare("section", one(article.section), vec![expected.category.clone()]);
        compare("tags", list(article.tags), expected.tags.clone());
        compare(
            "text",
            article.text.lines().map(str::to_owned).collect(),
            expected.text(),
        );
    }
    wrong
}

fn is_brief(article: &review::Article) -> bool {
    article.body.len() < 3
}

/// Her name begins as March does.
fn is_by_maryam(article: &review::Article) -> bool {
    article.author.starts_with("Mar")
}

#[tokio::test]
async fn articles_are_read_whole_with_metadata_and_without() {
    let newsroom = Newsroom::start().await.unwrap();
    let wrong = wrong(&newsroom, |article| !is_brief(article) && !is_by_maryam(article));
    assert_eq!(wrong, [""; 0]);
}

#[tokio::test]
async fn a_brief_of_two_paragraphs_is_read_alone() {
    let newsroom = Newsroom::start().await.unwrap();
    assert_eq!(wrong(&newsroom, is_brief), [""; 0]);
}

#[tokio::test]
async fn a_name_that_begins_like_a_month_is_no_month() {
    let newsroom = Newsroom::start().await.unwrap();
    assert_eq!(wrong(&newsroom, is_by_maryam), [""; 0]);
}

#[tokio::test]
async fn the_featured_image_is_found_without_metadata() {
    let newsroom = Newsroom::start().await.unwrap();
    let image = read(&newsroom, RAJMA).image.unwrap().value;
    let expected = "/wp-content/uploads/2024/08/haftar-africom-commander-review-training-plan-in-rajma";
    assert!(image.path().starts_with(expected), "{image}");
}

#[tokio::test]
async fn after_the_redesign_articles_are_read_whole_but_for_their_tags() {
    let newsroom = Newsroom::start().await.unwrap();
    newsroom.redesign(Design::Blocks);
    let mut wrong = wrong(&newsroom, |article| !is_brief(article));
    wrong.retain(|wrong| !wrong.contains(": tags is "));
    assert_eq!(wrong, [""; 0]);
}

#[tokio::test]
async fn the_category_of_a_block_theme_is_no_tag() {
    let newsroom = Newsroom::start().await.unwrap();
    newsroom.redesign(Design::Blocks);
    assert_eq!(wrong(&newsroom, |article| !is_brief(article)), [""; 0]);
}

#[tokio::test]
async fn an_article_of_the_feed_has_the_address_of_its_page_and_fewer_words() {
    let newsroom = Newsroom::start().await.unwrap();
    let path = "//review/feed/";
    let url = newsroom.url(path).parse().unwrap();
    let feed = parse::feed(newsroom.body(path).as_bytes(), Some("application/rss+xml"), &url).unwrap();
    assert_eq!(feed.items.len(), 10);
    for (parsed, article) in feed.items.iter().zip(newsroom.articles()) {
        let terms: Vec<&str> = parsed.terms.iter().map(|term| term.name.as_str()).collect();
        assert_eq!(terms[0], article.category);
        assert_eq!(terms[1..], article.tags);

        let item = normalize::item(parsed, &url, None, now());
        let page = read(&newsroom, &format!("//review{}", article.path()));
        assert_eq!(item.url, normalize::canonical(&page.url.value));
        assert_eq!(item.title, article.title);
        assert_eq!(item.published, Some(article.published));
        assert_eq!(item.content, None);
        let last = page.text.lines().next_back().unwrap();
        assert!(
            !item.summary.unwrap().as_str().contains(last),
            "{}",
            article.title
        );
    }
}

#[tokio::test]
async fn the_releases_of_the_press_office_are_found_in_their_table() {
    let newsroom = Newsroom::start().await.unwrap();
    let listing = listed(&newsroom, RELEASES);
    let items = listing.items.iter();
    let found: Vec<_> = items
        .map(|item| {
            (
                item.url.path(),
                item.title.as_deref().unwrap(),
                day(item.published.unwrap()),
            )
        })
        .collect();
    let expected = [
        (
            "/pr41-2024.html",
            "Opening hours of the passport counter in Misrata",
            "2024-08-28",
        ),
        (
            "/pr40-2024.html",
            "Minister receives the report on coastal erosion",
            "2024-08-27",
        ),
        ("/pr39-2024.html", "Tender for twelve school buses", "2024-08-25"),
        (
            "/pr38-2024.html",
            "Road closed between Mizda and Gharyan at night",
            "2024-08-21",
        ),
        (
            "/pr37-2024.html",
            "New director of the National Archive",
            "2024-08-18",
        ),
        (
            "/pr36-2024.html",
            "Results of the summer vaccination campaign",
            "2024-08-14",
        ),
    ];
    assert_eq!(
        found,
        expected.map(|(path, title, day)| (path, title, day.to_owned()))
    );
}

#[tokio::test]
async fn a_release_is_read_without_the_tables_around_it() {
    let newsroom = Newsroom::start().await.unwrap();
    let release = read(&newsroom, RELEASE);
    let paragraphs = [
        "The Minister today received the report of the working group on coastal erosion from its chair, the hydrologist \
         Dr Wafa Zentani, and thanked the group for fourteen months of measurements.",
        "The report finds that the beach between Janzour and Zawiya has lost eleven metres in twenty years. It \
         recommends that sand dredged from harbours be put back west of where it was taken.",
        "A second chapter deals with wells. In four of nine measured places salt has moved inland by more than a \
         kilometre since 2010; the group advises against new boreholes there and names the parcels in an annex.",
        "The Minister said that the measures would be costed by the end of the year and that municipalities would be \
         heard before any beach is closed. He asked the group to continue its work and promised it a second boat.",
        "The group was formed in June 2023. It has eleven members from five universities and two fishing ports, who \
         serve without pay.",
        "The full text is laid out for inspection at the Ministry until the end of October.",
    ];
    assert_eq!(release.text.lines().collect::<Vec<_>>(), paragraphs);
}

#[tokio::test]
async fn the_title_of_a_release_is_its_heading() {
    let newsroom = Newsroom::start().await.unwrap();
    let title = read(&newsroom, RELEASE).title.unwrap().value;
    assert_eq!(title, "Minister receives the report on coastal erosion");
}

#[tokio::test]
async fn the_date_of_a_release_is_the_one_above_its_heading() {
    let newsroom = Newsroom::start().await.unwrap();
    let published = read(&newsroom, RELEASE).published.unwrap().value;
    assert_eq!(day(published), "2024-08-27");
}
