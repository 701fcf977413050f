//! What the stage needs of the configured sources, and their items as `dedupe` sees them.

use std::collections::HashMap;

use url::Url;

use crate::config::Config;
use crate::dedupe::{self, Article, Publishers, Signed};
use crate::model::{CleanHtml, ItemKey, PollState, Source, SourceId, Strictness, fold};
use crate::normalize;
use crate::store::Ungrouped;

/// What the stage needs of the configured sources.
pub(super) struct Sources<'a> {
    by_id: HashMap<&'a SourceId, &'a Source>,
    general: Strictness,
    publishers: Publishers,
}

impl<'a> Sources<'a> {
    /// `states` is what sources said of themselves.
    pub(super) fn of(config: &'a Config, states: &HashMap<SourceId, PollState>) -> Self {
        let mut publishers = Publishers::default();
        for source in &config.sources {
            let state = states.get(&source.id);
            let site = state.and_then(|state| Url::parse(state.link.as_deref()?).ok());
            let home = site.as_ref().unwrap_or(&source.address);
            let Some(host) = home.host_str() else { continue };
            let title = state.and_then(|state| state.title.as_deref());
            for name in [Some(source.name.as_str()), title, Some(bare(host))] {
                publishers.add(name.unwrap_or_default(), host);
            }
        }
        Self {
            by_id: config.sources.iter().map(|source| (&source.id, source)).collect(),
            general: config.dedupe.strictness,
            publishers,
        }
    }

    /// How alike a source's articles must be to others.
    pub(super) fn strictness(&self, source: &SourceId) -> Strictness {
        match self.general {
            Strictness::Off => Strictness::Off,
            general => self
                .by_id
                .get(source)
                .and_then(|source| source.dedupe)
                .unwrap_or(general),
        }
    }

    /// What is compared of an item.
    pub(super) fn read<'i>(&self, item: &'i Ungrouped) -> Piece<'i> {
        let host = self.host(item);
        let signed = self.publishers.read(&item.title, item.origin.as_ref(), &host);
        let html = item.html.as_ref();
        let is_own = signed.publisher.is_none();
        let is_bare = || html.is_none_or(|html| only_names(html, &signed));
        let (signed, text) = match is_own || !is_bare() {
            // A name that a headline ends with says nothing about an article that is here itself.
            true if item.origin.is_none() && !is_own => (unsigned(&item.title), html.map(normalize::text)),
            true => (signed, html.map(normalize::text)),
            false => (signed, None),
        };
        Piece {
            item,
            host,
            signed,
            text: text.unwrap_or_default(),
            strictness: measure(self.strictness(&item.source)),
        }
    }

    /// The host that shows an item: of its address, else of its source's.
    fn host(&self, item: &Ungrouped) -> String {
        let url = item.link.as_deref().and_then(|link| Url::parse(link).ok());
        let source = || {
            self.by_id
                .get(&item.source)
                .and_then(|source| source.address.host_str())
        };
        let host = url.as_ref().and_then(Url::host_str).or_else(source);
        bare(host.unwrap_or_default()).to_owned()
    }
}

/// An item on its way to `dedupe`.
pub(super) struct Piece<'i> {
    item: &'i Ungrouped,
    host: String,
    signed: Signed<'i>,
    text: String,
    strictness: Option<dedupe::Strictness>,
}

impl Piece<'_> {
    pub(super) fn article(&self) -> (ItemKey, Article<'_>) {
        let article = Article {
            host: &self.host,
            url: self.item.link.as_deref(),
            publisher: self.signed.publisher.as_deref(),
            title: self.signed.headline,
            text: &self.text,
            published: self.item.published,
            strictness: self.strictness,
        };
        (self.item.key, article)
    }
}

fn unsigned(title: &str) -> Signed<'_> {
    Signed {
        headline: title,
        name: "",
        publisher: None,
    }
}

fn bare(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

/// Whether nothing is under a headline but itself, its publisher's name, and links: aggregators link the headline again, and
/// those of others on the same event, each with a name beside it.
fn only_names(html: &CleanHtml, signed: &Signed<'_>) -> bool {
    const LONGEST: usize = 80;
    let rest = fold(&normalize::text(&unlinked(html)));
    let without = |text: &str, part: &str| {
        let part = fold(part);
        let rest = text.strip_prefix(&part).unwrap_or(text);
        rest.trim_start_matches(|c: char| !c.is_alphanumeric()).to_owned()
    };
    let rest = without(&without(&rest, signed.headline), signed.name);
    rest.len() < LONGEST
}

/// What does not lead anywhere.
fn unlinked(html: &CleanHtml) -> CleanHtml {
    let mut kept = String::new();
    let mut rest = html.as_str();
    while let Some((before, link)) = rest.split_once("<a ") {
        kept.push_str(before);
        rest = link.split_once("</a>").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    CleanHtml::already_clean(kept)
}

/// How alike articles must be; `None` where none are compared.
pub(super) fn measure(strictness: Strictness) -> Option<dedupe::Strictness> {
    match strictness {
        Strictness::Off => None,
        Strictness::Strict => Some(dedupe::Strictness::Strict),
        Strictness::Normal => Some(dedupe::Strictness::Normal),
        Strictness::Loose => Some(dedupe::Strictness::Loose),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_bare(html: &str) -> bool {
        let signed = Signed {
            headline: "Pier opens after nine years",
            name: "Harbour Post",
            publisher: Some("harbourpost.example".to_owned()),
        };
        only_names(&CleanHtml::already_clean(html.to_owned()), &signed)
    }

    #[test]
    fn headlines_and_names_are_no_text() {
        for (html, expected) in [
            (
                "<a href=\"https://a.example/x\">Pier opens after nine years</a> Harbour Post",
                true,
            ),
            ("Pier opens after nine years Harbour Post", true),
            ("<p>Pier opens after nine years</p>", true),
            ("<img src=\"https://a.example/x.png\" alt=\"\">", true),
            (
                "<ol><li><a href=\"https://a.example/x\">Pier opens after nine years</a> Harbour Post</li>\
                 <li><a href=\"https://a.example/y\">The pier that nobody wanted is open to all</a> Valley Echo</li></ol>",
                true,
            ),
            ("<a href=\"https://a.example/x\">unclosed", true),
            (
                "<p>The pier was closed when a barge hit it. Nine years later the mayor cut a ribbon in the rain.</p>",
                false,
            ),
            (
                "<p><a href=\"https://a.example/x\">The pier</a> was closed when a barge hit it, and it took nine years of \
                 quarrels to open it again.</p>",
                false,
            ),
        ] {
            assert_eq!(is_bare(html), expected, "{html}");
        }
    }
}
