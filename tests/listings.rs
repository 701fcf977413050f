//! Listing detection on pages in the structure of systems that publish news (`tests/listings/`), written for this test.
//! Half of them, by the hash of their names, served to develop; the other half judges.

use std::collections::HashMap;
use std::path::Path;

use chrono::{TimeZone, Utc};
use feedmill::scrape::listing::{self, Known, Listing, Reading};
use feedmill::scrape::page::Page;
use serde::Deserialize;
use url::Url;

#[derive(Deserialize)]
struct Case {
    file: String,
    url: Url,
    items: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    url: Url,
    title: String,
    /// `None` where the page shows no day, or not which.
    day: Option<String>,
}

#[derive(Default)]
struct Score {
    pages: usize,
    f1: f64,
    matched: usize,
    titles: usize,
    dated: usize,
    days: usize,
}

fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(folder().join("expected.json")).expect("expected.json");
    serde_json::from_str(&text).expect("expected.json is JSON")
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/listings")
}

fn page(case: &Case) -> Page {
    let bytes = std::fs::read(folder().join(&case.file)).expect("the page is there");
    Page::read(&bytes, None, &case.url).expect("it is a page")
}

fn now() -> chrono::DateTime<Utc> {
    Utc.with_ymd_and_hms(2024, 8, 28, 12, 0, 0).unwrap()
}

/// FNV-1a: the same on every machine.
fn judges(name: &str) -> bool {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    hash >> 8 & 1 == 1
}

fn add(score: &mut Score, case: &Case, listing: &Listing) {
    let expected: HashMap<&Url, &Expected> = case.items.iter().map(|item| (&item.url, item)).collect();
    let found: Vec<_> = listing
        .items
        .iter()
        .filter_map(|item| Some((item, *expected.get(&item.url)?)))
        .collect();
    let f1 = 2.0 * found.len() as f64 / (listing.items.len() + case.items.len()) as f64;
    score.pages += 1;
    score.f1 += f1;
    score.matched += found.len();
    score.titles += found
        .iter()
        .filter(|(item, expected)| item.title.as_deref() == Some(expected.title.as_str()))
        .count();
    for (item, expected) in found {
        let Some(day) = &expected.day else { continue };
        score.dated += 1;
        score.days += usize::from(
            item.published
                .is_some_and(|date| date.format("%Y-%m-%d").to_string() == *day),
        );
    }
    if f1 < 1.0 {
        println!("{}: F1 {f1:.3}", case.file);
    }
}

#[test]
fn both_halves_of_the_set_are_read_well() {
    let mut halves = [Score::default(), Score::default()];
    for case in cases() {
        let listing = listing::detect(&page(&case), now());
        add(&mut halves[usize::from(judges(&case.file))], &case, &listing);
    }
    for (name, half) in ["developed on", "judged by"].iter().zip(&halves) {
        let (f1, titles, days) = (
            half.f1 / half.pages as f64,
            half.titles as f64 / half.matched as f64,
            half.days as f64 / half.dated as f64,
        );
        println!(
            "{name}: {} pages, F1 {f1:.3}, titles {titles:.3}, days {days:.3}",
            half.pages
        );
        assert!(half.pages >= 10, "{name}: {} pages", half.pages);
        assert!(f1 >= 0.97, "{name}: F1 {f1:.3}");
        assert!(titles >= 0.97, "{name}: titles {titles:.3}");
        assert!(days >= 0.95, "{name}: days {days:.3}");
    }
}

#[test]
fn the_articles_of_a_jnews_site_are_found_and_its_sidebars_are_not() {
    for case in cases().iter().filter(|case| case.file.starts_with("jnews")) {
        let listing = listing::detect(&page(case), now());
        let found: Vec<_> = listing
            .items
            .iter()
            .map(|item| (&item.url, item.title.as_deref()))
            .collect();
        let expected: Vec<_> = case
            .items
            .iter()
            .map(|item| (&item.url, Some(item.title.as_str())))
            .collect();
        assert_eq!(found, expected, "{}", case.file);
    }
}

#[test]
fn what_is_remembered_of_a_page_finds_its_articles_again() {
    let (mut patterns, mut same) = (0, 0);
    let cases = cases();
    for case in &cases {
        let page = page(case);
        let listing = listing::detect(&page, now());
        let Some(pattern) = &listing.pattern else { continue };
        patterns += 1;
        let known = Known {
            pattern: Some(pattern),
            select: None,
        };
        let Reading::AsKnown(again) = listing::read(&page, known, now()).unwrap() else {
            panic!("{}: {}", case.file, pattern.as_toml())
        };
        let urls = |listing: &Listing| {
            listing
                .items
                .iter()
                .map(|item| item.url.clone())
                .collect::<Vec<_>>()
        };
        if urls(&again) == urls(&listing) {
            same += 1;
        } else {
            println!(
                "{}: {} of {}\n{}",
                case.file,
                again.items.len(),
                listing.items.len(),
                pattern.as_toml()
            );
        }
    }
    println!(
        "{patterns} patterns on {} pages, {same} find the very same articles",
        cases.len()
    );
    assert!(
        patterns * 10 >= cases.len() * 8 && same * 10 >= patterns * 8,
        "{patterns} patterns, {same} the same"
    );
}
