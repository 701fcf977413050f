//! Headlines that aggregators show without a text, and the articles that they name.

use super::texts::{DAM, LIBRARY};
use super::*;

const SPILLWAY: &str = "Qattara spillway reopens after nine days";

/// What an aggregator shows of another site's article.
fn named<'a>(hour: i64, host: &'a str, publisher: &'a str, title: &'a str) -> Article<'a> {
    Article {
        publisher: Some(publisher),
        ..article(hour, host, title, "")
    }
}

/// Which of these are one, by the position of the first, whichever came first.
fn originals(articles: &[Article]) -> Vec<usize> {
    let original = |(at, found): (usize, &Resolution)| {
        let first = found.duplicate_of.map_or(at as u64, |original| original.0);
        usize::try_from(first).unwrap()
    };
    one_by_one(articles, Aliases::default())
        .iter()
        .enumerate()
        .map(original)
        .collect()
}

#[test]
fn a_headline_is_its_publishers_article_whichever_came_first() {
    let of_site = article(0, "www2.wire.example", SPILLWAY, DAM);
    let without_text = article(0, "wire.example", SPILLWAY, "");
    for (name, shown, article) in [
        (
            "a link page",
            named(3, "news.reader.example", "wire.example", SPILLWAY),
            of_site,
        ),
        (
            "an early bird",
            named(-2, "news.reader.example", "wire.example", SPILLWAY),
            of_site,
        ),
        (
            "a list of titles",
            named(3, "news.reader.example", "wire.example", SPILLWAY),
            without_text,
        ),
        (
            "a short title",
            named(1, "x.example", "wire.example", "Qattara spillway reopens again"),
            Article {
                title: "Qattara spillway reopens again",
                ..of_site
            },
        ),
        (
            "Arabic",
            named(1, "x.example", "wire.example", "إعادة فتح مفيض سد القطارة"),
            Article {
                title: "إعادة فتح مفيض سد القطارة",
                ..of_site
            },
        ),
    ] {
        assert_eq!(originals(&[article, shown]), [0, 0], "{name}");
        assert_eq!(originals(&[shown, article]), [0, 0], "{name}, the other way");
    }
}

#[test]
fn a_headline_is_nobody_elses_article() {
    let article = article(0, "wire.example", SPILLWAY, DAM);
    for (name, shown) in [
        (
            "another publisher",
            named(1, "x.example", "post.example", SPILLWAY),
        ),
        ("a day later", named(23, "x.example", "wire.example", SPILLWAY)),
        ("long before", named(-9, "x.example", "wire.example", SPILLWAY)),
        (
            "a word more",
            named(
                1,
                "x.example",
                "wire.example",
                "Qattara spillway reopens after nine days of rain",
            ),
        ),
        (
            "a word less",
            named(
                1,
                "x.example",
                "wire.example",
                "Qattara spillway reopens after days",
            ),
        ),
        ("no title", named(1, "x.example", "wire.example", "")),
    ] {
        assert_eq!(originals(&[article, shown]), [0, 1], "{name}");
        assert_eq!(originals(&[shown, article]), [0, 1], "{name}, the other way");
    }
    let short = Article {
        title: "Weather",
        ..article
    };
    assert_eq!(
        originals(&[short, named(1, "x.example", "wire.example", "Weather")]),
        [0, 1]
    );
}

#[test]
fn two_publishers_under_one_headline_stay_two() {
    let shown = [
        named(1, "x.example", "wire.example", SPILLWAY),
        named(1, "x.example", "post.example", SPILLWAY),
        named(1, "y.example", "post.example", SPILLWAY),
    ];
    // The second aggregator shows the second publisher's.
    assert_eq!(originals(&shown), [0, 1, 1]);
    let with_articles = [
        shown[0],
        shown[1],
        article(0, "wire.example", SPILLWAY, DAM),
        article(0, "post.example", SPILLWAY, LIBRARY),
    ];
    assert_eq!(originals(&with_articles), [0, 1, 0, 1]);
}

#[test]
fn a_headline_that_comes_again_is_that_of_the_nearest_article_or_of_none() {
    const RATES: &str = "Rates of the dinar on the open market";
    let bulletins = ["7.58 dinars", "7.61 dinars", "7.44 dinars"].map(|rate| {
        format!("Dealers at the clock tower sold the dollar at {rate} and bought gold by the gram.")
    });
    let issue = |day: usize, hour| article(hour, "prices.example", RATES, &bulletins[day]);
    let shown = |hour| named(hour, "x.example", "prices.example", RATES);
    // One a day: what is shown within hours is that day's.
    let daily = [
        issue(0, 0),
        shown(2),
        issue(1, 24),
        shown(25),
        shown(48),
        issue(2, 48),
    ];
    assert_eq!(originals(&daily), [0, 0, 2, 2, 4, 4]);
    // Two in three hours: an hour and a half later it could be either's.
    let close = [issue(0, 0), issue(1, 3), shown(2), shown(3)];
    assert_eq!(originals(&close), [0, 1, 2, 1]);
}

#[test]
fn an_articles_own_text_is_not_judged_by_whom_it_names() {
    let excerpt = "Engineers reopened the Qattara spillway on Monday after nine days of repairs that cost 4.2 million \
                   dinars, the regional water authority said.";
    let portal = Article {
        publisher: Some("wire.example"),
        ..article(1, "portal.example", "Gates of the dam are open", excerpt)
    };
    assert_eq!(
        originals(&[article(0, "wire.example", SPILLWAY, DAM), portal]),
        [0, 0]
    );
}
