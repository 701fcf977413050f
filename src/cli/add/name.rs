//! What to call a source that nobody named.

use feedmill::config::Draft;
use feedmill::normalize;
use feedmill::refresh::{Choice, Discovery, Place};
use url::Url;

/// Columns that suit a list of sources; a longer title is cut at a word.
const LONGEST: usize = 60;

/// What the feed, else the page, else the host is called, told apart from the names that are taken.
pub(super) fn of(draft: &Draft, address: &Url, discovery: &Discovery, choice: &Choice) -> String {
    let own = choice.preview.title.as_deref();
    // An API and a sitemap have no titles.
    let page = discovery.page_title.as_deref();
    let title = match choice.place {
        Place::Page => page.or(own),
        _ => own.or(page),
    };
    let host = host(address);
    let name = title
        .map(plain)
        .filter(|name| name.chars().any(char::is_alphanumeric))
        .unwrap_or_else(|| host.clone());
    let additions: Vec<String> = section(address).into_iter().chain([host]).collect();
    draft.free_name(&name, &additions)
}

fn host(address: &Url) -> String {
    let host = address.host_str().unwrap_or_default();
    host.trim_start_matches("www.").to_owned()
}

/// A title without the parts that only say that it is a feed: `News » Feed` is `News`.
fn plain(title: &str) -> String {
    const SEPARATORS: [&str; 8] = [" » ", " › ", " | ", " - ", " – ", " — ", " · ", ": "];
    const EMPTY: [&str; 12] = [
        "feed",
        "rss",
        "rss feed",
        "atom",
        "atom feed",
        "xml",
        "home",
        "homepage",
        "home page",
        "accueil",
        "startseite",
        "الرئيسية",
    ];
    let mut title = normalize::line(title);
    loop {
        let is_empty = |part: &str| EMPTY.contains(&part.trim().to_lowercase().as_str());
        let shorter = SEPARATORS.iter().find_map(|separator| {
            let (start, last) = title.rsplit_once(separator)?;
            if is_empty(last) {
                return Some(start.to_owned());
            }
            let (first, end) = title.split_once(separator)?;
            is_empty(first).then(|| end.to_owned())
        });
        match shorter {
            Some(shorter) => title = shorter,
            None => return cut(title.trim()),
        }
    }
}

fn cut(title: &str) -> String {
    let Some((end, _)) = title.char_indices().nth(LONGEST) else {
        return title.to_owned();
    };
    let start = &title[..end];
    let at_word = start.rfind(char::is_whitespace).filter(|at| *at > LONGEST / 2);
    start[..at_word.unwrap_or(end)].trim_end().to_owned()
}

/// What the address calls the section: `https://news.example/category/oil-and-gas/` is about oil and gas.
fn section(address: &Url) -> Option<String> {
    const NOT_SECTIONS: [&str; 8] = [
        "feed", "rss", "atom", "index", "category", "tag", "news", "wp-json",
    ];
    let segments: Vec<&str> = address.path_segments()?.collect();
    let is_telling = |name: &String| {
        let plain = name.to_lowercase();
        name.chars().any(char::is_alphabetic)
            && !NOT_SECTIONS.contains(&plain.as_str())
            && name.chars().count() <= 40
    };
    let words = |segment: &&str| {
        let segment = segment.split('.').next().unwrap_or_default();
        let decoded = decoded(segment).replace(['-', '_', '+'], " ");
        normalize::line(&decoded)
    };
    segments.iter().rev().map(words).find(is_telling)
}

/// Percent-decoded, as a form's field is.
fn decoded(segment: &str) -> String {
    let pair = url::form_urlencoded::parse(segment.as_bytes()).next();
    pair.map(|(key, _)| key.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_lose_what_only_says_that_it_is_a_feed() {
        for (title, expected) in [
            ("Libya Review", "Libya Review"),
            ("Libya Review » Feed", "Libya Review"),
            ("RSS - News - Home", "News"),
            ("Feed", "Feed"),
            ("Economy – Libya Review", "Economy – Libya Review"),
        ] {
            assert_eq!(plain(title), expected, "{title}");
        }
        let long = plain(&"كلمة ".repeat(40));
        assert!(
            long.chars().count() <= LONGEST && long.ends_with("كلمة"),
            "{long}"
        );
        assert_eq!(plain(&"x".repeat(99)).len(), LONGEST);
    }

    #[test]
    fn the_section_is_what_the_address_ends_in() {
        for (address, expected) in [
            ("https://a.example/category/oil-and-gas/", Some("oil and gas")),
            ("https://a.example/economy/feed/", Some("economy")),
            ("https://a.example/%D9%84%D9%8A%D8%A8%D9%8A%D8%A7", Some("ليبيا")),
            ("https://a.example/index.php", None),
            ("https://a.example/2024/08/", None),
            ("https://a.example/", None),
        ] {
            let section = section(&Url::parse(address).unwrap());
            assert_eq!(section.as_deref(), expected, "{address}");
        }
    }
}
