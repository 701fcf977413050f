//! How well a way fits the page that it was found on.

use std::collections::HashSet;
use std::fmt;

use url::Url;

use crate::model::CanonicalUrl;
use crate::normalize;
use crate::refresh::PreviewItem;
use crate::scrape::listing::{Way, WayKind};

/// The articles that a page lists.
#[derive(Default)]
pub(super) struct Shown(HashSet<String>);

/// Of the newest items of a way, no more than the page lists articles, how many are on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Fit {
    /// On the page.
    pub on_page: usize,
    /// Items that were looked for.
    pub of: usize,
}

impl Fit {
    /// Nearly all of them are.
    pub(super) fn is_close(self) -> bool {
        self.of >= 3 && self.on_page * 10 >= self.of * 8
    }

    /// Hardly one is, of enough.
    pub(super) fn is_far(self) -> bool {
        self.of >= 5 && self.on_page * 4 < self.of
    }
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of its newest {} are on the page", self.on_page, self.of)
    }
}

impl Shown {
    pub(super) fn new(items: &[PreviewItem]) -> Self {
        Self(
            items
                .iter()
                .filter_map(|item| item.url.as_ref())
                .map(loose)
                .collect(),
        )
    }

    /// `None` when the page lists nothing to compare with.
    pub(super) fn fit(&self, items: &[PreviewItem]) -> Option<Fit> {
        if self.0.is_empty() {
            return None;
        }
        let mut newest: Vec<&PreviewItem> = items.iter().collect();
        newest.sort_by_key(|item| std::cmp::Reverse(item.published));
        newest.truncate(self.0.len());
        let is_shown = |item: &&&PreviewItem| {
            let url = item.url.as_ref();
            url.is_some_and(|url| self.0.contains(&loose(url)))
        };
        Some(Fit {
            on_page: newest.iter().filter(is_shown).count(),
            of: newest.len(),
        })
    }

    /// 1 when the page and the way show the same: a home page fits its site's feed better than one section's, whose
    /// items it shows as well.
    pub(super) fn score(&self, fit: Fit) -> f64 {
        2.0 * fit.on_page as f64 / (fit.of + self.0.len()).max(1) as f64
    }
}

/// The feeds among these ways: those below the page's own address first, then those that it declares.
pub(super) fn feeds_in_order<'w>(ways: &'w [Way], page: &Url) -> Vec<&'w Way> {
    let mut feeds: Vec<&Way> = ways
        .iter()
        .filter(|way| matches!(way.kind, WayKind::Feed | WayKind::LinkedFeed))
        .collect();
    let own = page.path().trim_end_matches('/');
    let is_below = |way: &Way| {
        let path = way.url.path().strip_prefix(own);
        !own.is_empty()
            && way.url.host_str() == page.host_str()
            && path.is_some_and(|rest| rest.starts_with('/'))
    };
    feeds.sort_by_key(|way| (!is_below(way), way.kind));
    feeds
}

/// What two spellings of one address have in common. `None` when it is not http(s).
pub(super) fn key(address: &Url) -> Option<String> {
    normalize::canonical(address).as_ref().map(loose)
}

fn loose(url: &CanonicalUrl) -> String {
    let rest = url
        .as_str()
        .split_once("://")
        .map_or(url.as_str(), |(_, rest)| rest);
    rest.trim_start_matches("www.").trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    /// Items by the number of their article, each a second older than the one before.
    fn items(numbers: impl IntoIterator<Item = usize>) -> Vec<PreviewItem> {
        let item = |(age, number): (usize, usize)| PreviewItem {
            title: String::new(),
            published: DateTime::from_timestamp(1_795_161_600 - age as i64, 0),
            link: None,
            url: Url::parse(&format!("https://www.news.example/{number}/"))
                .ok()
                .as_ref()
                .and_then(normalize::canonical),
        };
        numbers.into_iter().enumerate().map(item).collect()
    }

    #[test]
    fn a_section_fits_its_own_feed_and_a_home_page_the_sites() {
        let score = |page: &[PreviewItem], feed: &[PreviewItem]| {
            let shown = Shown::new(page);
            shown.score(shown.fit(feed).unwrap())
        };
        // Every third article of the site is the section's.
        let (site, section) = (items(0..30), items((0..30).map(|number| number * 3)));
        assert!(score(&section[..10], &section) > score(&section[..10], &site));
        assert!(score(&site, &site) > score(&site, &section));
        let shown = Shown::new(&section[..10]);
        assert!(shown.fit(&section).unwrap().is_close());
        assert!(Shown::new(&items(100..110)).fit(&site).unwrap().is_far());
        assert_eq!(Shown::default().fit(&site), None);
    }

    #[test]
    fn the_feed_of_a_section_is_asked_before_the_sites() {
        let way = |kind, url: &str| Way {
            kind,
            url: Url::parse(url).unwrap(),
            title: None,
        };
        let ways = [
            way(WayKind::Feed, "https://news.example/feed/"),
            way(WayKind::Feed, "https://news.example/libya/feed/"),
            way(WayKind::LinkedFeed, "https://news.example/rss"),
            way(WayKind::Sitemap, "https://news.example/libya/sitemap.xml"),
        ];
        let order = |page: &str| -> Vec<String> {
            let ways = feeds_in_order(&ways, &Url::parse(page).unwrap());
            ways.iter().map(|way| way.url.path().to_owned()).collect()
        };
        assert_eq!(
            order("https://news.example/libya"),
            ["/libya/feed/", "/feed/", "/rss"]
        );
        assert_eq!(order("https://news.example/"), ["/feed/", "/libya/feed/", "/rss"]);
    }

    #[test]
    fn spellings_of_one_address_are_one() {
        let key = |url: &str| key(&Url::parse(url).unwrap());
        assert_eq!(key("http://www.a.example/feed"), key("https://a.example/feed/#x"));
        assert_ne!(
            key("https://a.example/?feed=rss2"),
            key("https://a.example/?feed=atom")
        );
    }
}
