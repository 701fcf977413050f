//! That an article costs no more the more articles there are, whatever they have in common.

#[path = "../../../benches/stories/shapes.rs"]
mod shapes;

use super::super::{MOST_CANDIDATES, MOST_MEMBERS, MOST_UNDER_A_KEY, Work};
use super::*;
use shapes::{SHAPES, Shape, Shaped, shaped};

/// Articles taken in a refresh.
const REFRESH: u64 = 50;
/// Keys of an article, and stories that are weighed for it.
const MOST_KEYS: usize = 23;
const MOST_STORIES: usize = 4;

/// What each refresh took, and how many were copies.
fn work(shape: &Shape, refreshes: u64) -> (Vec<Work>, usize) {
    let mut index = Index::new(Settings::default(), Aliases::default());
    let (mut done, mut copies) = (Vec::new(), 0);
    for refresh in 0..refreshes {
        let numbers = refresh * REFRESH..(refresh + 1) * REFRESH;
        let written: Vec<Shaped> = numbers.clone().map(|n| shaped(shape, n)).collect();
        let articles: Vec<(ItemKey, Article)> = numbers
            .zip(&written)
            .map(|(n, shaped)| {
                let article = article(0, &shaped.host, &shaped.title, &shaped.text);
                let published = article.published + TimeDelta::seconds(shaped.second);
                (ItemKey(n), at(&shaped.url, Article { published, ..article }))
            })
            .collect();
        let before = index.work();
        let found = add(&mut index, &articles);
        copies += found.iter().filter(|found| found.duplicate_of.is_some()).count();
        let after = index.work();
        done.push(Work {
            listed: after.listed - before.listed,
            compared: after.compared - before.compared,
        });
    }
    (done, copies)
}

#[test]
fn what_an_article_costs_does_not_grow_with_what_resembles_it() {
    for shape in &SHAPES {
        let (done, _) = work(shape, 8);
        let most_listed = (MOST_KEYS * MOST_UNDER_A_KEY) as u64 * REFRESH;
        let most_compared = (MOST_CANDIDATES + MOST_STORIES * MOST_MEMBERS + 1) as u64 * REFRESH;
        for refresh in &done {
            assert!(refresh.listed <= most_listed, "{}: {done:#?}", shape.0);
            assert!(refresh.compared <= most_compared, "{}: {done:#?}", shape.0);
        }
        // Once lists are full, nothing becomes more.
        let (third, last) = (done[2], done[7]);
        assert!(
            last.listed * 10 <= third.listed * 12 + 10 * REFRESH,
            "{}: {done:#?}",
            shape.0
        );
        assert!(
            last.compared * 10 <= third.compared * 12 + 10 * REFRESH,
            "{}: {done:#?}",
            shape.0
        );
    }
}

#[test]
fn equal_texts_take_one_comparison_each() {
    for shape in &SHAPES[..2] {
        let (done, copies) = work(shape, 4);
        assert_eq!(copies as u64, 4 * REFRESH - 1, "{}", shape.0);
        let compared: u64 = done.iter().map(|work| work.compared).sum();
        assert_eq!(compared, 4 * REFRESH - 1, "{}", shape.0);
        assert_eq!(done[3].listed, 0, "{}: no candidates are looked for", shape.0);
    }
}

#[test]
fn a_copy_that_was_filed_as_such_is_found_by_what_it_becomes() {
    use super::texts::{DAM, LIBRARY};
    let mut index = Index::new(Settings::default(), Aliases::default());
    let first = article(0, "wire.example", "Spillway reopens", DAM);
    let copy = article(1, "coast.example", "Repairs done", DAM);
    let found = add(&mut index, &[(ItemKey(0), first), (ItemKey(1), copy)]);
    assert_eq!(found[1].duplicate_of, Some(ItemKey(0)));
    // It is written anew, and another outlet takes that over with a lead of its own.
    let anew = Article {
        title: "Mizran library opens",
        text: LIBRARY,
        ..copy
    };
    add(&mut index, &[(ItemKey(1), anew)]);
    let led = format!("The long wait of readers in the old town is over at last.\n{LIBRARY}");
    let later = article(3, "town.example", "Books are back", &led);
    assert_eq!(
        add(&mut index, &[(ItemKey(2), later)])[0].duplicate_of,
        Some(ItemKey(1))
    );
}
