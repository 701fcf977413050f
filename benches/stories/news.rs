//! Invented news: single articles, stories that several outlets tell, and copies.

use chrono::{DateTime, TimeDelta, Utc};
use feedmill::dedupe::Article;

use crate::words::{Chance, Words};

/// An article as it comes out of a feed.
pub struct Piece {
    host: String,
    url: String,
    title: String,
    text: String,
    published: DateTime<Utc>,
}

impl Piece {
    pub fn article(&self) -> Article<'_> {
        Article {
            host: &self.host,
            url: Some(&self.url),
            publisher: None,
            title: &self.title,
            text: &self.text,
            published: self.published,
            strictness: None,
        }
    }
}

/// Articles one after the other, the same on every machine, all within some days of each other: each can join any.
pub struct News {
    chance: Chance,
    words: Words,
    written: u64,
    /// What may be copied.
    recent: Vec<(String, String)>,
    /// What is being told: names and words that only this story has.
    stories: Vec<Vec<String>>,
}

const HOSTS: usize = 2_000;
const RUNNING: usize = 400;
const RECENT: usize = 2_000;
/// What one article in so many is.
const COPY: f64 = 0.12;
const TOLD_BY_OTHERS: f64 = 0.40;

impl News {
    pub fn new() -> Self {
        let mut chance = Chance::new(5);
        let words = Words::invent(&mut chance);
        let stories = (0..RUNNING).map(|_| story(&mut chance, &words)).collect();
        Self {
            chance,
            words,
            written: 0,
            recent: Vec::new(),
            stories,
        }
    }

    pub fn next(&mut self) -> Piece {
        let number = self.written;
        self.written += 1;
        let host = format!("paper{}.example", self.chance.between(1, HOSTS));
        let (title, text) = if !self.recent.is_empty() && self.chance.one_in(COPY) {
            self.copy()
        } else {
            self.write()
        };
        let place = self.chance.between(0, RECENT - 1);
        match self.recent.get_mut(place) {
            Some(old) => *old = (title.clone(), text.clone()),
            None => self.recent.push((title.clone(), text.clone())),
        }
        Piece {
            url: format!("https://{host}/news/{number}"),
            host,
            title,
            text,
            // A second apart, a million take twelve days: inside every window.
            published: DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(number as i64),
        }
    }

    fn copy(&mut self) -> (String, String) {
        let at = self.chance.between(0, self.recent.len() - 1);
        let (title, text) = self.recent[at].clone();
        if self.chance.one_in(0.5) {
            return (title, text);
        }
        let title = self.words.sentence(&mut self.chance, 8);
        let lead = self.words.paragraph(&mut self.chance, 20);
        (title, format!("{lead}\n{text}"))
    }

    fn write(&mut self) -> (String, String) {
        let length = self.chance.skewed(5.7, 0.5).clamp(30.0, 1_500.0) as usize;
        let title_length = self.chance.between(6, 12);
        let mut title = self.words.sentence(&mut self.chance, title_length);
        let mut text = self.words.paragraph(&mut self.chance, length / 2);
        if self.chance.one_in(TOLD_BY_OTHERS) {
            let at = self.chance.between(0, RUNNING - 1);
            if self.chance.one_in(0.05) {
                self.stories[at] = story(&mut self.chance, &self.words);
            }
            let names = self.stories[at].join(" ");
            title = format!("{title} {names}");
            text = format!("{text} It was {names} again.");
        } else {
            let names = story(&mut self.chance, &self.words).join(" ");
            text = format!("{text} It was {names} again.");
        }
        let rest = self.words.paragraph(&mut self.chance, length / 2);
        (title, format!("{text}\n{rest}"))
    }
}

/// Names and a number, as only one event has them together.
fn story(chance: &mut Chance, words: &Words) -> Vec<String> {
    let mut names: Vec<String> = (0..5)
        .map(|_| words.sentence(chance, 1) + words.word(chance))
        .collect();
    names.push(chance.between(100, 99_999).to_string());
    names
}
