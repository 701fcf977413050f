//! What is one article, what is one story, and what must stay apart. All articles are invented.

mod duplicates;
mod headlines;
mod leads;
mod lookalikes;
mod properties;
mod shelves;
mod stories;
mod texts;
mod work;

use chrono::{DateTime, TimeDelta};

use super::{Aliases, Article, EmptyShelf, Finding, Index, ItemKey, Resolution, Settings};

/// An article without an address, so many hours after the first.
fn article<'a>(hour: i64, host: &'a str, title: &'a str, text: &'a str) -> Article<'a> {
    let start = DateTime::from_timestamp(1_795_161_600, 0).unwrap_or_default();
    let published = start + TimeDelta::hours(hour);
    Article {
        host,
        url: None,
        publisher: None,
        title,
        text,
        published,
        strictness: None,
    }
}

fn at<'a>(url: &'a str, article: Article<'a>) -> Article<'a> {
    Article {
        url: Some(url),
        ..article
    }
}

/// Takes each article in by a refresh of its own.
fn one_by_one(articles: &[Article], aliases: Aliases) -> Vec<Resolution> {
    let mut index = Index::new(Settings::default(), aliases);
    let resolve = |(key, article)| add(&mut index, &[(key, article)]).remove(0);
    numbered(articles).into_iter().map(resolve).collect()
}

/// With keys that count up from 0.
fn numbered<'a>(articles: &[Article<'a>]) -> Vec<(ItemKey, Article<'a>)> {
    (0..).map(ItemKey).zip(articles.iter().copied()).collect()
}

/// Takes in a refresh that knows nothing but what this index has seen.
fn add(index: &mut Index, articles: &[(ItemKey, Article)]) -> Vec<Resolution> {
    let Ok(resolutions) = index.add(&mut EmptyShelf, articles);
    resolutions
}

/// The story of each article, by the position of its first.
fn stories_of(resolutions: &[Resolution]) -> Vec<usize> {
    let story = |(at, resolution): (usize, &Resolution)| {
        let key = resolution.story.map_or(at as u64, |story| story.0);
        usize::try_from(key).unwrap()
    };
    resolutions.iter().enumerate().map(story).collect()
}
