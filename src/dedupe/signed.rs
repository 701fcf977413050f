//! Headlines that aggregators show: whose article it is that they name, and what the headline is without that name.

use std::collections::HashMap;

use crate::model::{Origin, SiteName, fold};

/// A title without the name of its publisher, and who that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed<'a> {
    /// The title, without the name behind it.
    pub headline: &'a str,
    /// The name behind the title; may be empty.
    pub name: &'a str,
    /// The site whose article it is, if that is another than the one it is shown on.
    pub publisher: Option<String>,
}

/// The names under which sites are known.
#[derive(Clone, Debug, Default)]
pub struct Publishers {
    /// By folded name; `None` for a name that several sites have.
    sites: HashMap<String, Option<String>>,
}

impl Publishers {
    /// A site on this host has this name.
    pub fn add(&mut self, name: &str, host: &str) {
        let (name, site) = (fold(name), site(host));
        if name.is_empty() || site.is_empty() {
            return;
        }
        let known = self.sites.entry(name).or_insert_with(|| Some(site.clone()));
        if known.as_ref().is_some_and(|known| *known != site) {
            *known = None;
        }
    }

    /// Reads a title that is shown on a host. `origin` is what its document says of where the item is from; without it,
    /// only names that are known count.
    pub fn read<'a>(&self, title: &'a str, origin: Option<&Origin>, host: &str) -> Signed<'a> {
        let said = origin.and_then(|origin| self.said(origin));
        let mut signed = Signed {
            headline: title,
            name: "",
            publisher: said.clone(),
        };
        for (headline, name) in endings(title) {
            let folded = fold(name);
            let named = match (&said, origin) {
                (Some(said), Some(origin)) => {
                    let is_named = origin.title.as_ref().is_some_and(|title| fold(title) == folded);
                    (is_named || site(&folded) == *said).then(|| said.clone())
                }
                _ => self.sites.get(&folded).cloned().flatten(),
            };
            if named.is_some() {
                signed = Signed {
                    headline,
                    name,
                    publisher: named,
                };
                break;
            }
        }
        signed.publisher = signed.publisher.filter(|publisher| *publisher != site(host));
        signed
    }

    /// The site that an item is said to be from: at its address, else by its name; a name that nobody is known under is
    /// at least another one than all others.
    fn said(&self, origin: &Origin) -> Option<String> {
        let host = origin.url.as_ref().and_then(url::Url::host_str);
        let name = || origin.title.as_ref().map(|title| fold(title));
        host.map(site).or_else(|| {
            let name = name().filter(|name| !name.is_empty())?;
            match self.sites.get(&name) {
                Some(site) => site.clone(),
                None => Some(name),
            }
        })
    }
}

/// What names all hosts of one publisher: the registrable domain.
pub(super) fn site(host: &str) -> String {
    SiteName::of_host(host).map_or_else(String::new, |site| site.as_str().to_owned())
}

/// The ways to cut a title into a headline and a name behind it, the shortest name first: `Headline - Name`,
/// `Headline | Name`, `Headline (Name)`.
fn endings(title: &str) -> impl Iterator<Item = (&str, &str)> {
    const MOST: usize = 3;
    let in_brackets = title
        .strip_suffix(')')
        .and_then(|open| open.rsplit_once(" ("))
        .into_iter();
    let behind_a_line = title
        .rmatch_indices([' ', '\u{a0}'])
        .filter_map(|(at, _)| {
            let before = title[..at].trim_end();
            let headline = before.strip_suffix(['-', '–', '—', '|', '·', '•', '»', '/'])?;
            // "Al-Ahram" holds none.
            let is_apart = headline.ends_with(char::is_whitespace);
            is_apart.then(|| (headline, title[at..].trim()))
        })
        .take(MOST);
    in_brackets
        .chain(behind_a_line)
        .map(|(headline, name)| (headline.trim(), name.trim()))
        .filter(|(headline, name)| !headline.is_empty() && !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use url::Url;

    fn publishers() -> Publishers {
        let mut publishers = Publishers::default();
        for (name, host) in [
            ("Harbour Post", "www.harbourpost.example"),
            ("Sahara – The Weekly", "sahara.example"),
            ("Daily News", "one.example"),
            ("Daily News", "two.example"),
            ("وكالة الساحل", "sahel.example"),
            ("harbourpost.example", "www.harbourpost.example"),
        ] {
            publishers.add(name, host);
        }
        publishers
    }

    fn origin(title: Option<&str>, url: Option<&str>) -> Origin {
        Origin {
            title: title.map(str::to_owned),
            url: url.map(|url| Url::parse(url).unwrap()),
        }
    }

    #[test]
    fn a_title_is_read_with_and_without_an_origin() {
        let post = Some("harbourpost.example");
        let said = origin(
            Some("The Harbour Post"),
            Some("https://news.harbourpost.example/"),
        );
        let named = origin(Some("Harbour Post"), None);
        let unknown = origin(Some("Valley Echo"), None);
        for (title, origin, headline, publisher) in [
            ("Pier opens - Harbour Post", None, "Pier opens", post),
            ("Pier opens | HARBOUR POST", None, "Pier opens", post),
            ("Pier opens (Harbour Post)", None, "Pier opens", post),
            ("Pier opens – harbourpost.example", None, "Pier opens", post),
            ("Salt - Sahara – The Weekly", None, "Salt", Some("sahara.example")),
            (
                "رسو السفينة - وكالة الساحل",
                None,
                "رسو السفينة",
                Some("sahel.example"),
            ),
            // Two sites have the name, nobody has it, it is a part of a word, nothing is before it.
            ("Pier opens - Daily News", None, "Pier opens - Daily News", None),
            ("Pier opens - at last", None, "Pier opens - at last", None),
            (
                "Letter to the Harbour Post",
                None,
                "Letter to the Harbour Post",
                None,
            ),
            ("Ex-Harbour Post", None, "Ex-Harbour Post", None),
            (" - Harbour Post", None, " - Harbour Post", None),
            ("Pier opens - The Harbour Post", Some(&said), "Pier opens", post),
            (
                "Pier opens - harbourpost.example",
                Some(&said),
                "Pier opens",
                post,
            ),
            ("Pier opens", Some(&said), "Pier opens", post),
            // What is said counts, not what a headline happens to end with.
            (
                "Pier opens - Sahara – The Weekly",
                Some(&said),
                "Pier opens - Sahara – The Weekly",
                post,
            ),
            ("Pier opens - Harbour Post", Some(&named), "Pier opens", post),
            (
                "Pier opens - Valley Echo",
                Some(&unknown),
                "Pier opens",
                Some("valley echo"),
            ),
        ] {
            let publishers = publishers();
            let signed = publishers.read(title, origin, "news.reader.example");
            assert_eq!(
                (signed.headline, signed.publisher.as_deref()),
                (headline, publisher),
                "{title}"
            );
        }
    }

    #[test]
    fn a_site_that_signs_its_own_titles_names_nobody_else() {
        let publishers = publishers();
        let signed = publishers.read("Pier opens | Harbour Post", None, "blogs.harbourpost.example");
        assert_eq!((signed.headline, signed.publisher), ("Pier opens", None));
        let own = origin(None, Some("https://harbourpost.example/feed"));
        let signed = publishers.read("Pier opens", Some(&own), "www.harbourpost.example");
        assert_eq!((signed.headline, signed.publisher), ("Pier opens", None));
    }

    #[test]
    fn a_title_of_lines_alone_is_cut_a_few_times() {
        let title = "a - ".repeat(20_000);
        let known = publishers();
        assert_eq!(known.read(&title, None, "x.example").publisher, None);
        assert!(endings(&title).count() <= 4);
    }
}
