//! Articles, and documents that list them.

use chrono::{DateTime, TimeDelta, Utc};

use crate::desk::noon;

/// So many hours after the beginning.
pub fn hour(hours: i64) -> DateTime<Utc> {
    noon() + TimeDelta::hours(hours)
}

#[derive(Clone, Debug)]
pub struct Article {
    pub source: &'static str,
    pub number: usize,
    /// Its source lists it from this hour on.
    pub listed: i64,
    /// As its source dates it then, in hours; `None`: it does not.
    pub dated: Option<i64>,
}

impl Article {
    pub fn url(&self) -> String {
        format!("https://{}.example/{}", self.source, self.number)
    }

    /// No two articles have words in common.
    fn text(&self) -> String {
        let word = |n: usize| format!("{}{}x{}", self.source, letters(self.number), letters(n));
        (0..30).map(word).collect::<Vec<_>>().join(" ")
    }

    pub fn rss(&self, dated: Option<i64>) -> String {
        let date = dated.map(|hours| format!("<pubDate>{}</pubDate>", hour(hours).to_rfc2822()));
        format!(
            "<item><title>{}</title><link>{}</link>{}<description>{}</description></item>",
            self.text()
                .split_whitespace()
                .take(5)
                .collect::<Vec<_>>()
                .join(" "),
            self.url(),
            date.unwrap_or_default(),
            self.text()
        )
    }
}

/// A number as letters, so that it is a word.
fn letters(mut number: usize) -> String {
    let mut word = String::new();
    loop {
        word.push(char::from(b'a' + (number % 20) as u8));
        number /= 20;
        if number == 0 {
            return word;
        }
    }
}

pub fn rss(name: &str, items: impl IntoIterator<Item = String>) -> String {
    let items: String = items.into_iter().collect();
    format!(
        "<rss version=\"2.0\"><channel><title>{name}</title><link>https://{name}.example/</link>\
         <description>d</description>{items}</channel></rss>"
    )
}
