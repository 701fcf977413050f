//! A sitemap as a list: one address per line.

use url::Url;

use super::{MOST_ENTRIES, is_web, warn};
use crate::model::{ParsedItem, ParsedSitemap};
use crate::parse::Error;

/// `is_cut`: the text stops before its end.
pub(super) fn read(text: &str, is_cut: bool) -> Result<ParsedSitemap, Error> {
    let mut sitemap = ParsedSitemap {
        is_cut,
        ..ParsedSitemap::default()
    };
    let mut unreadable = 0;
    let mut is_full = false;
    for line in whole_lines(text, is_cut) {
        match address(line) {
            Some(_) if sitemap.items.len() == MOST_ENTRIES => {
                is_full = true;
                break;
            }
            Some(url) => sitemap.items.push(ParsedItem {
                url: Some(url),
                ..ParsedItem::default()
            }),
            None => unreadable += 1,
        }
    }
    // Text with an address here and there is a text.
    if sitemap.items.is_empty() || sitemap.items.len() < unreadable {
        return Err(Error(
            "it is no sitemap: neither XML nor a list of addresses".into(),
        ));
    }
    warn(&mut sitemap, unreadable, is_full);
    Ok(sitemap)
}

/// The lines that say something. Where the text was cut, half an address would be another one.
fn whole_lines(text: &str, is_cut: bool) -> impl Iterator<Item = &str> {
    let end = if is_cut {
        text.rfind('\n').unwrap_or(0)
    } else {
        text.len()
    };
    text[..end]
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Absolute, as the protocol wants it: in a list nothing else tells an address from a word.
fn address(line: &str) -> Option<Url> {
    if line.contains(char::is_whitespace) {
        return None;
    }
    Url::parse(line).ok().filter(is_web)
}
