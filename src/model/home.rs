//! Whose article it is: where sources are at home (rule 3 of identity).

use std::net::IpAddr;

use super::CanonicalUrl;

/// A site: a registrable domain by the public suffix list. Hosts that have none (addresses, `localhost`, a suffix
/// itself) are sites of their own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteName(String);

impl SiteName {
    /// The site that a host is on. `None` for no host.
    pub fn of_host(host: &str) -> Option<Self> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        if host.is_empty() {
            return None;
        }
        let is_address = host.parse::<IpAddr>().is_ok();
        let domain = psl::domain_str(&host).filter(|_| !is_address);
        Some(Self(domain.map_or_else(|| host.clone(), str::to_owned)))
    }

    /// The site that an article is on.
    pub fn of(url: &CanonicalUrl) -> Option<Self> {
        Self::of_host(url.host())
    }

    /// The site of an address. `None` for one that names no host.
    pub fn of_address(address: &str) -> Option<Self> {
        url::Url::parse(address)
            .ok()
            .and_then(|url| Self::of_host(url.host_str()?))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Read back by the store.
    pub(crate) fn stored(site: String) -> Self {
        Self(site)
    }
}

/// Where a source is at home, and how that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Home {
    /// The site of the address that the operator configured.
    pub configured: Option<SiteName>,
    /// The site that served its last document, after redirects.
    pub served: Option<SiteName>,
    /// The site that it says it belongs to: `<link>`, `rel=alternate`, `home_page_url`.
    pub declared: Option<SiteName>,
    /// When it began to say so, in seconds; 0: with its first document.
    pub declared_since: i64,
    /// The operator trusts it.
    pub is_trusted: bool,
}

/// How good a source's claim to the articles of a site is, the best last. Whoever has one owns them, unless another has a
/// better one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Claim {
    /// It is at home elsewhere.
    #[default]
    None,
    /// It says that this is its home, and nobody else is known to be there.
    Declared,
    /// Its document came from there.
    Served,
    /// The operator configured an address there.
    Configured,
}

impl Claim {
    /// Whether that makes an owner.
    pub fn is_owner(self) -> bool {
        self > Self::None
    }
}

impl Home {
    /// The sites that it may be at home on.
    pub fn sites(&self) -> impl Iterator<Item = &SiteName> {
        [&self.configured, &self.served, &self.declared]
            .into_iter()
            .flatten()
    }

    /// Whether more than its own word says that it is there.
    fn is_at(&self, site: &SiteName) -> bool {
        self.configured.as_ref() == Some(site) || self.served.as_ref() == Some(site)
    }
}

/// The claim of a source at `home` to what is on a site. `neighbours` are all sources that are polled and have to do with
/// the site, that one included, by numbers that ascend in the order in which they were configured.
///
/// What a source says of its home is its own word, so it counts only where no other is configured or served, and of
/// several that say the same, for one: for a source that the operator trusts, else for the one that has said so longer,
/// else for the one that was configured first.
pub fn claim<'a>(
    (number, home): (i64, &Home),
    site: &SiteName,
    neighbours: impl Iterator<Item = (i64, &'a Home)>,
) -> Claim {
    if home.configured.as_ref() == Some(site) {
        return Claim::Configured;
    }
    if home.served.as_ref() == Some(site) {
        return Claim::Served;
    }
    if home.declared.as_ref() != Some(site) {
        return Claim::None;
    }
    let order = |number: i64, home: &Home| (!home.is_trusted, home.declared_since, number);
    let own = order(number, home);
    for (other, neighbour) in neighbours {
        let is_before = neighbour.declared.as_ref() == Some(site) && order(other, neighbour) < own;
        if is_before || neighbour.is_at(site) {
            return Claim::None;
        }
    }
    Claim::Declared
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalize::canonical;
    use url::Url;

    #[test]
    fn a_site_is_a_registrable_domain() {
        for (feed, article, same) in [
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
            let found = SiteName::of_host(feed).is_some_and(|site| Some(site) == SiteName::of(&url));
            assert_eq!(found, same, "{feed} / {article}");
        }
    }

    fn site(name: &str) -> Option<SiteName> {
        SiteName::of_host(name)
    }

    fn home(configured: &str, declared: &str) -> Home {
        Home {
            configured: site(configured),
            declared: site(declared),
            ..Home::default()
        }
    }

    /// The claim of each of these sources to `blog.example`.
    fn claims(sources: &[Home]) -> Vec<Claim> {
        let site = site("blog.example").unwrap();
        let numbered = || (1..).zip(sources);
        numbered().map(|one| claim(one, &site, numbered())).collect()
    }

    #[test]
    fn a_declared_home_counts_where_nobody_else_is_at_home() {
        use Claim::{Configured, Declared, None, Served};
        let blog = || home("feeds.burner.example", "blog.example");
        let evil = || home("evil.example", "blog.example");
        let own = || home("blog.example", "blog.example");
        let redirected = Home {
            served: site("blog.example"),
            ..home("evil.example", "")
        };
        let trusted = |home| Home {
            is_trusted: true,
            ..home
        };
        let later = |home| Home {
            declared_since: 9,
            ..home
        };
        for (sources, expected) in [
            (vec![blog()], vec![Declared]),
            (vec![own()], vec![Configured]),
            // Served from the site beats any word, in either order.
            (vec![evil(), own()], vec![None, Configured]),
            (vec![own(), evil()], vec![Configured, None]),
            // The operator's address beats a redirect, and that a word.
            (vec![redirected.clone(), own()], vec![Served, Configured]),
            (vec![redirected, blog()], vec![Served, None]),
            // Of two that say the same, one counts: the first configured, unless it came to say so later or the operator
            // trusts the other.
            (vec![blog(), evil()], vec![Declared, None]),
            (vec![later(evil()), blog()], vec![None, Declared]),
            (vec![evil(), trusted(later(blog()))], vec![None, Declared]),
            // Trust makes no one at home where another is for certain.
            (vec![trusted(evil()), own()], vec![None, Configured]),
            (vec![home("evil.example", "other.example")], vec![None]),
        ] {
            assert_eq!(claims(&sources), expected, "{sources:?}");
        }
    }
}
