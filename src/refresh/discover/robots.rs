//! The sitemaps that a robots.txt names.

use url::Url;

/// Lines that are looked at.
const MOST_LINES: usize = 10_000;
/// Sitemaps that are taken.
const MOST: usize = 50;

/// The addresses of its `Sitemap:` lines, which belong to no group of rules; those of news first.
pub(super) fn sitemaps(robots: &[u8], found_at: &Url) -> Vec<Url> {
    let text = String::from_utf8_lossy(robots);
    let mut sitemaps: Vec<Url> = Vec::new();
    for line in text.split(['\n', '\r']).take(MOST_LINES) {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let key = key.trim_start_matches('\u{feff}').trim();
        let value = value.split(" #").next().unwrap_or_default().trim();
        let address = found_at.join(value).ok();
        let address = address.filter(|url| matches!(url.scheme(), "http" | "https") && !value.is_empty());
        if let Some(address) = address.filter(|_| key.eq_ignore_ascii_case("sitemap"))
            && !sitemaps.contains(&address)
        {
            sitemaps.push(address);
        }
        if sitemaps.len() == MOST {
            break;
        }
    }
    sitemaps.sort_by_key(|url| !url.path().to_lowercase().contains("news"));
    sitemaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sitemaps_are_found_wherever_they_stand() {
        let robots = "\u{feff}Sitemap: https://a.example/sitemap.xml # all\r\nUser-agent: *\r\nDisallow: /x\r\nsitemap : /news-sitemap.xml\n\
                      Sitemap:\nSitemap: ftp://a.example/s.xml\nSitemap: https://a.example/sitemap.xml\nNotasitemap: /z.xml\n";
        let found_at = Url::parse("https://a.example/robots.txt").unwrap();
        let found: Vec<String> = sitemaps(robots.as_bytes(), &found_at)
            .into_iter()
            .map(String::from)
            .collect();
        assert_eq!(
            found,
            [
                "https://a.example/news-sitemap.xml",
                "https://a.example/sitemap.xml"
            ]
        );
        assert!(sitemaps(b"<html>\xff: no</html>", &found_at).is_empty());
    }
}
