//! Whose article it is (rule 3).

use std::net::IpAddr;

use crate::model::CanonicalUrl;

/// Whether a source on `feed_host` owns an item at `url`: the same registrable domain (public suffix list).
/// Hosts that have none (addresses, `localhost`, a suffix itself) own only what is on the very same host.
pub fn owns(feed_host: &str, url: &CanonicalUrl) -> bool {
    let feed = lower_host(feed_host);
    !feed.is_empty() && domain(&feed) == domain(&lower_host(url.host()))
}

fn lower_host(host: &str) -> String {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// The registrable domain of a host, else the host itself.
pub(super) fn domain(host: &str) -> &str {
    if host.parse::<IpAddr>().is_ok() {
        return host;
    }
    psl::domain_str(host).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalize::canonical;
    use url::Url;

    #[test]
    fn a_source_owns_what_is_on_its_registrable_domain() {
        for (feed, article, owned) in [
            ("news.example.com", "https://news.example.com/a", true),
            ("feeds.example.com", "https://www.example.com/a", true),
            ("Example.COM.", "https://example.com/a", true),
            ("example.co.uk", "https://other.co.uk/a", false),
            ("ann.github.io", "https://bob.github.io/a", false),
            ("ann.github.io", "https://www.ann.github.io/a", true),
            ("ann.blogspot.com", "https://bob.blogspot.com/a", false),
            ("a.gov.ly", "https://b.gov.ly/a", false),
            ("127.0.0.1", "http://127.0.0.1:8080/a", true),
            ("127.0.0.1", "http://126.0.0.1/a", false),
            ("127.0.0.2", "http://127.0.0.1/a", false),
            ("::1", "http://[::1]:8080/a", true),
            ("[::1]", "http://[::2]/a", false),
            ("localhost", "http://localhost:8080/a", true),
            ("localhost", "http://other/a", false),
            ("co.uk", "https://news.co.uk/a", false),
            ("xn--mgbb7fyab.example", "https://ليبيا.example/a", true),
            ("", "https://example.com/a", false),
        ] {
            let url = canonical(&Url::parse(article).unwrap()).unwrap();
            assert_eq!(owns(feed, &url), owned, "{feed} / {article}");
        }
    }
}
