//! Which hub tells of a source's changes (WebSub §4).

use url::Url;

use super::link::links;
use crate::model::{Answer, Offer, Source};

/// Hubs that are remembered of a source.
const MOST_HUBS: usize = 4;
/// Longer addresses are nobody's hub.
const LONGEST: usize = 2_048;

/// What a document, and the answer that brought it, offer: what the headers say comes before what the document says.
/// `None` for a source whose address or headers bear a secret: a hub could not read it without being told.
pub fn offer(source: &Source, answer: &Answer, document: Option<&Offer>) -> Option<Offer> {
    let userinfo = !source.address.username().is_empty() || source.address.password().is_some();
    if source.has_secret_address || userinfo || !source.headers.is_empty() {
        return None;
    }
    let url = Url::parse(&answer.url).ok()?;
    let headers = of_headers(&url, &answer.links);
    let resolve = |address: &String| web_address(&url, address);
    let of_document = |address: fn(&Offer) -> &[String]| document.map(address).unwrap_or_default();
    let mut hubs = headers.hubs;
    if hubs.is_empty() {
        let named = of_document(|offer| &offer.hubs).iter().filter_map(resolve);
        hubs = named.take(MOST_HUBS).collect();
    }
    let named = document.and_then(|offer| offer.topic.as_ref());
    let topic = headers.topic.or_else(|| named.and_then(resolve));
    (!hubs.is_empty()).then(|| Offer {
        hubs,
        // Without a name of its own the document is what its address says.
        topic: topic.or(Some(url.into())),
    })
}

fn of_headers(url: &Url, values: &[String]) -> Offer {
    let mut offer = Offer::default();
    for link in values.iter().flat_map(|value| links(value)) {
        let mut relations = link.relations.split_ascii_whitespace();
        let is = |relation: &str, name: &str| relation.eq_ignore_ascii_case(name);
        let Some(address) = web_address(url, link.target) else {
            continue;
        };
        if relations.clone().any(|relation| is(relation, "hub")) && offer.hubs.len() < MOST_HUBS {
            offer.hubs.push(address.clone());
        }
        if relations.any(|relation| is(relation, "self")) {
            offer.topic.get_or_insert(address);
        }
    }
    offer
}

/// An address as it was written, if it is a whole one: hubs know topics to the byte.
fn web_address(base: &Url, written: &str) -> Option<String> {
    let written = written.trim();
    let (url, is_whole) = match Url::parse(written) {
        Ok(url) => (url, true),
        Err(_) => (base.join(written).ok()?, false),
    };
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let address = if is_whole { written.to_owned() } else { url.into() };
    (is_web && address.len() <= LONGEST).then_some(address)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{Secret, SourceId, SourceKind};

    fn source(address: &str) -> Source {
        Source {
            id: SourceId::of("a"),
            name: "a".into(),
            kind: SourceKind::Feed,
            address: Url::parse(address).unwrap(),
            full_text: false,
            articles: 0,
            has_secret_address: false,
            has_secret_path: false,
            every: Duration::ZERO,
            timeout: Duration::ZERO,
            max_body: 0,
            headers: Vec::new(),
            categories: Vec::new(),
            tags: Vec::new(),
            trust: false,
            dedupe: None,
            keeps_withdrawn: false,
        }
    }

    fn answer(links: &[&str]) -> Answer {
        Answer {
            url: "https://a.example/feed/".into(),
            links: links.iter().map(|link| (*link).to_owned()).collect(),
            ..Answer::default()
        }
    }

    fn document(hub: &str, topic: Option<&str>) -> Offer {
        Offer {
            hubs: vec![hub.to_owned()],
            topic: topic.map(str::to_owned),
        }
    }

    #[test]
    fn headers_come_before_the_document() {
        let body = document("https://body.example/", Some("https://a.example/body"));
        for (links, hub, topic) in [
            (
                &["</hub>; rel=hub", "<self>; rel=self"][..],
                "https://a.example/hub",
                "https://a.example/feed/self",
            ),
            (
                &["<https://HUB.example>; rel=\"hub\""],
                "https://HUB.example",
                "https://a.example/body",
            ),
            (
                &["<https://a.example/x>; rel=self"],
                "https://body.example/",
                "https://a.example/x",
            ),
            (&[], "https://body.example/", "https://a.example/body"),
            (
                &["<ftp://hub.example/>; rel=hub"],
                "https://body.example/",
                "https://a.example/body",
            ),
        ] {
            let offer = offer(&source("https://a.example/f"), &answer(links), Some(&body)).unwrap();
            assert_eq!(
                (offer.hubs[0].as_str(), offer.topic.as_deref()),
                (hub, Some(topic)),
                "{links:?}"
            );
        }
    }

    #[test]
    fn a_document_without_a_name_of_its_own_is_what_its_address_says() {
        let body = document("https://hub.example/", None);
        let offer = offer(&source("https://a.example/f"), &answer(&[]), Some(&body)).unwrap();
        assert_eq!(offer.topic.as_deref(), Some("https://a.example/feed/"));
    }

    #[test]
    fn what_needs_a_secret_is_told_to_no_hub() {
        let body = document("https://hub.example/", None);
        let bearing = |change: fn(&mut Source)| {
            let mut source = source("https://a.example/f");
            change(&mut source);
            offer(&source, &answer(&[]), Some(&body))
        };
        assert!(bearing(|_| ()).is_some());
        assert_eq!(bearing(|source| source.has_secret_address = true), None);
        let key = |source: &mut Source| source.headers.push(("key".into(), Secret::new("x")));
        assert_eq!(bearing(key), None);
        let user = |source: &mut Source| source.address.set_username("me").unwrap();
        assert_eq!(bearing(user), None);
    }
}
