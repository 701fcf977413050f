//! The title: what several places agree on, without the site's name.

use dom_query::Document;
use url::Url;

use super::Found;
use super::json_ld::{Article, Graph};
use super::markup::Markup;
use super::meta::Meta;
use super::text::{fold, plain};

/// What stands between a title and a site's name.
const SEPARATORS: [&str; 12] = [
    " | ", " - ", " – ", " — ", " » ", " « ", " · ", " • ", " :: ", " / ", "｜", " ‹ ",
];

/// The text of `<title>`.
pub(super) fn element(document: &Document) -> Option<String> {
    let title = document.select_single("head title");
    let title = if title.exists() {
        title
    } else {
        document.select_single("title")
    };
    Some(plain(&title.text())).filter(|title| !title.is_empty())
}

pub(super) fn title(
    document: &Document,
    markup: &Markup,
    meta: &Meta,
    node: Option<&Article>,
    site: &Site,
) -> Option<Found<String>> {
    let headline = node
        .and_then(|node| node.text("headline").or_else(|| node.text("name")))
        .map(|title| site.without(&title));
    let social = meta
        .first(&["og:title", "twitter:title"])
        .map(|(title, _)| site.without(&title));
    let element = element(document);
    let headings = markup.headings();
    let found = |value: Option<String>, rule| {
        value
            .filter(|value| !value.is_empty() && !site.is_called(value))
            .map(|value| Found { value, rule })
    };
    let same =
        |one: &str, other: &Option<String>| other.as_ref().is_some_and(|other| fold(one) == fold(other));
    let shown = headings
        .iter()
        .map(|heading| site.without(heading))
        .collect::<Vec<_>>();
    // What two of heading, data and preview agree on is the title.
    let agreed = shown
        .iter()
        .find(|heading| same(heading, &headline) || same(heading, &social));
    let without_kicker = agreed
        .and(social.as_ref())
        .filter(|social| agreed.is_some_and(|title| is_kicked(title, social)));
    let starts = |heading: &&String| {
        let heading = fold(heading);
        heading.chars().count() > 15
            && social
                .as_ref()
                .is_some_and(|social| fold(social).starts_with(&heading))
    };
    let is_in_element = |heading: &&String| {
        let folded = fold(heading);
        folded.chars().count() > 2
            && element
                .as_ref()
                .is_some_and(|element| fold(element).contains(&folded))
    };
    found(
        without_kicker.cloned(),
        "og:title, the heading without its kicker",
    )
    .or_else(|| found(agreed.cloned(), "heading, as in data or preview"))
    .or_else(|| {
        found(
            headline.clone().filter(|headline| same(headline, &social)),
            "JSON-LD headline, as in og:title",
        )
    })
    .or_else(|| {
        found(
            shown.iter().find(starts).cloned(),
            "heading, the beginning of og:title",
        )
    })
    .or_else(|| found(headline, "JSON-LD headline"))
    .or_else(|| {
        found(
            shown.iter().find(is_in_element).cloned(),
            "heading, as in the title element",
        )
    })
    .or_else(|| found(social, "og:title"))
    .or_else(|| found(markup.named_heading(), "heading named so"))
    .or_else(|| {
        found(
            meta.first(&[
                "dc.title",
                "dcterms.title",
                "citation_title",
                "parsely-title",
                "sailthru.title",
            ])
            .map(|(title, _)| title),
            "Dublin Core, citation or parsely title",
        )
    })
    .or_else(|| found(shown.first().cloned(), "first heading"))
    .or_else(|| found(element.map(|title| site.without(&title)), "title element"))
}

/// `title` is "Kicker: " and `short`.
fn is_kicked(title: &str, short: &str) -> bool {
    let kicker = title.strip_suffix(short).map(str::trim_end);
    kicker.is_some_and(|kicker| kicker.ends_with(':') && short.split_whitespace().count() > 3)
}

/// The names a site goes by.
pub(super) struct Site {
    names: Vec<String>,
    /// The host without dots and `www`.
    host: String,
}

impl Site {
    pub(super) fn of(meta: &Meta, graph: &Graph, url: &Url) -> Self {
        let named = meta.first(&[
            "og:site_name",
            "application-name",
            "twitter:site",
            "apple-mobile-web-app-title",
        ]);
        let names = [named.map(|(name, _)| name), graph.site()];
        let host = url.host_str().unwrap_or_default();
        let host = host.strip_prefix("www.").unwrap_or(host);
        Self {
            names: names
                .into_iter()
                .flatten()
                .map(|name| fold(&name))
                .filter(|name| !name.is_empty())
                .collect(),
            host: host.replace(['.', '-'], ""),
        }
    }

    pub(super) fn is_called(&self, text: &str) -> bool {
        let folded = fold(text);
        let joined = folded.replace(' ', "");
        self.names.contains(&folded) || (joined.chars().count() > 3 && self.host.starts_with(&joined))
    }

    /// A title without the site's name at its end or beginning.
    fn without(&self, title: &str) -> String {
        let mut title = title.trim();
        // A site's section may stand before its name.
        while let Some((before, after)) = last_split(title) {
            if !self.is_called(after) || before.trim().is_empty() {
                break;
            }
            title = before.trim();
        }
        if let Some((before, after)) = SEPARATORS
            .iter()
            .filter_map(|separator| title.split_once(separator))
            .min_by_key(|(before, _)| before.len())
            && self.is_called(before)
            && !after.trim().is_empty()
        {
            title = after.trim();
        }
        title.to_owned()
    }
}

fn last_split(title: &str) -> Option<(&str, &str)> {
    SEPARATORS
        .iter()
        .filter_map(|separator| title.rsplit_once(separator))
        .max_by_key(|(before, _)| before.len())
}
