//! One page under several addresses: AMP, mobile and print variants.

use xxhash_rust::xxh3::Xxh3;

/// What begins the host of a variant.
const HOSTS: [&str; 5] = ["www.", "m.", "amp.", "mobile.", "print."];
/// A part of the path, or the value of a query, that marks a variant.
const MARKS: [&str; 9] = [
    "amp",
    "amp.html",
    "print",
    "printable",
    "mobile",
    "print.html",
    "amp1",
    "1amp",
    "touch",
];

/// A hash of what all variants of a page have in common; 0 for what is no address, and for the front page of a host, which
/// is no article.
pub(super) fn key(url: &str) -> u64 {
    let Some((_, rest)) = url.split_once("://") else {
        return 0;
    };
    let rest = rest.split('#').next().unwrap_or(rest);
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, path) = place.split_once('/').unwrap_or((place, ""));
    let mut hash = Xxh3::new();
    hash.update(bare_host(host).as_bytes());
    let mut empty = true;
    for part in path
        .split('/')
        .filter(|part| !part.is_empty() && !MARKS.contains(part))
    {
        let part = [".amp.html", ".amp", ".html", ".htm"]
            .iter()
            .find_map(|end| part.strip_suffix(end))
            .unwrap_or(part);
        hash.update(b"/");
        hash.update(part.as_bytes());
        empty = false;
    }
    for pair in query.split('&').filter(|pair| !is_mark(pair)) {
        hash.update(b"&");
        hash.update(pair.as_bytes());
        empty = false;
    }
    // Bit 63 keeps pages apart from the other keys of an index.
    if empty { 0 } else { hash.digest() | 1 << 63 }
}

fn bare_host(host: &str) -> &str {
    HOSTS
        .iter()
        .find_map(|prefix| host.strip_prefix(prefix).filter(|rest| rest.contains('.')))
        .unwrap_or(host)
}

/// `amp=1`, `print=true`, `output=amp`, and nothing at all.
fn is_mark(pair: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    pair.is_empty() || name.starts_with("utm_") || MARKS.contains(&name) || MARKS.contains(&value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_of_a_page_share_a_key_and_other_pages_do_not() {
        let article = key("https://www.news.example/2026/oil-price.html");
        for variant in [
            "https://news.example/2026/oil-price",
            "https://m.news.example/2026/oil-price.html",
            "https://amp.news.example/2026/oil-price",
            "https://www.news.example/2026/oil-price/amp/",
            "https://www.news.example/amp/2026/oil-price.html",
            "https://www.news.example/2026/oil-price.amp.html",
            "http://www.news.example/2026/oil-price.html?amp=1",
            "https://www.news.example/2026/oil-price.html?outputType=amp&utm_source=x",
            "https://www.news.example/2026/oil-price.html?print=1#top",
            "https://www.news.example/print/2026/oil-price.html",
        ] {
            assert_eq!(key(variant), article, "{variant}");
        }
        for other in [
            "https://news.example/2026/oil-prices",
            "https://news.example/2025/oil-price",
            "https://other.example/2026/oil-price",
            "https://news.example/2026/oil-price?page=2",
        ] {
            assert_ne!(key(other), article, "{other}");
        }
        assert_ne!(key("https://news.example/?p=1"), key("https://news.example/?p=2"));
        for nothing in [
            "",
            "mailto:x",
            "https://news.example",
            "https://www.news.example/amp/",
        ] {
            assert_eq!(key(nothing), 0, "{nothing}");
        }
    }
}
