//! From the configuration to what the stages need.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;
use xxhash_rust::xxh3::Xxh3;

use super::Error;
use crate::classify::Classifier;
use crate::config::Config;
use crate::fetch::{self, Fetcher, Reply};
use crate::model::{CleanHtml, Collapse, Slug, Source, SourceId, SourceKind, Strictness, Topic};
use crate::normalize;
use crate::publish::{Publisher, Site, SiteSource};
use crate::store::{self, Setup, SetupSource, Store};

/// A feed shows at least the last day, so that a reader that comes by daily misses nothing: by when items came, or by their
/// dates for those that were prompt. What came is published somewhat later, by a story that grows once an hour and a cron
/// line that runs every quarter of one; and the newest date may be ahead of the time.
const SHOWN_SPAN: TimeDelta = TimeDelta::minutes(24 * 60 + 100 + store::PROMPT.num_minutes());

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Stored sightings that are classified again per transaction.
const RECLASSIFY_BATCH: usize = 1_000;

pub(crate) fn classifier(config: &Config) -> Classifier {
    Classifier::new(&config.categories, &config.tags)
}

pub(crate) fn setup(config: &Config, classifier: &Classifier) -> Setup {
    let sources = config.sources.iter().map(|source| SetupSource {
        id: source.id.clone(),
        name: source.name.clone(),
        feed: source.address.to_string(),
        rules: rules(classifier, source),
        given: classifier.given(&source.categories, &source.tags),
        trust: source.trust,
    });
    Setup {
        sources: sources.collect(),
        categories: config.categories.clone(),
        tags: config.tags.clone(),
        shown_items: config.publish.items,
        shown_span: SHOWN_SPAN,
        archive: config.publish.archive,
        collapse: collapse(config),
        rendering: Publisher::rendering(&site(config)),
    }
}

/// Where nothing is looked for, what was found before comes apart.
fn collapse(config: &Config) -> Collapse {
    match config.dedupe.strictness {
        Strictness::Off => Collapse::None,
        Strictness::Strict | Strictness::Normal | Strictness::Loose => config.publish.collapse,
    }
}

/// A hash of all that decides the topics of a source's items.
fn rules(classifier: &Classifier, source: &Source) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&classifier.rules().to_le_bytes());
    for (kind, names) in [(b'c', &source.categories), (b't', &source.tags)] {
        for name in names {
            hash.update(&[0, kind]);
            hash.update(name.as_bytes());
        }
    }
    hash.digest()
}

/// The site as far as the configuration tells: what sources say of themselves is not part of it, so that it decides
/// by itself whether everything must be rendered again.
pub(super) fn site(config: &Config) -> Site {
    let sources = config.sources.iter().map(|source| {
        let published = SiteSource {
            name: source.name.clone(),
            feed: (source.kind == SourceKind::Feed).then(|| source.published_address()),
            link: Some(match source.kind {
                SourceKind::Page(_) => source.published_address(),
                _ => source.address.origin().ascii_serialization(),
            }),
            language: None,
        };
        (source.id.clone(), published)
    });
    Site {
        title: config.site.title.clone(),
        url: config.site.url.clone(),
        language: config.site.language.clone(),
        hub: config.hub(),
        formats: config.publish.formats.clone(),
        ttl_minutes: config.fetch.every.as_secs() / 60,
        sources: sources.collect(),
    }
}

pub(crate) fn fetcher(config: &Config) -> Result<Fetcher, Error> {
    let contact = config.fetch.contact.as_deref();
    let settings = fetch::Settings {
        user_agent: fetch::user_agent(contact, 1),
        from: contact.and_then(mail_address),
        concurrency: config.fetch.concurrency,
        per_host: config.fetch.per_host,
        host_gap: config.fetch.host_gap,
        allow_private_hosts: config.fetch.allow_private_hosts,
        connect_timeout: CONNECT_TIMEOUT,
    };
    Fetcher::new(settings).map_err(|failure| Error::Fetcher(failure.message))
}

/// An operator who names an address on the command line may well mean a server of their own.
pub(super) async fn fetch_once(address: &Url, now: DateTime<Utc>) -> Result<Reply, fetch::Error> {
    let settings = fetch::Settings {
        user_agent: fetch::user_agent(None, 1),
        from: None,
        concurrency: 1,
        per_host: 1,
        host_gap: Duration::ZERO,
        allow_private_hosts: true,
        connect_timeout: CONNECT_TIMEOUT,
    };
    let fetcher = Fetcher::new(settings).map_err(|failure| fetch::Error {
        answer: None,
        failure,
    })?;
    let request = fetch::Request {
        configured: address.clone(),
        start: address.clone(),
        validators: None,
        headers: Vec::new(),
        timeout: Duration::from_secs(60),
        max_body: 8 << 20,
        // The operator asked for this one, as in a browser.
        wants: fetch::Wants::Feed,
    };
    fetcher.get(&request, now).await
}

/// `From` wants a mailbox (RFC 9110 §10.1.2); a web address as contact stands in the User-Agent only.
fn mail_address(contact: &str) -> Option<String> {
    let address = contact.strip_prefix("mailto:").unwrap_or(contact);
    (address.contains('@') && !address.contains("://")).then(|| address.to_owned())
}

/// The folder of a new feed: its name transliterated, told apart by a short stable suffix where that is taken.
pub(super) fn slug(name: &str, key: &str, is_taken: &dyn Fn(&Slug) -> bool) -> Slug {
    let Some(plain) = normalize::slug(name) else {
        return normalize::slug_of_hash(key);
    };
    if is_taken(&plain) {
        normalize::slug_with_suffix(&plain, key)
    } else {
        plain
    }
}

/// Applies changed rules to what is stored, so that an alias declared today also sorts yesterday's items.
pub(crate) fn reclassify(
    store: &mut dyn Store,
    config: &Config,
    classifier: &Classifier,
    setup: &Setup,
    stale: &[SourceId],
) -> Result<(), Error> {
    let reader = store.reader()?;
    for source in config.sources.iter().filter(|source| stale.contains(&source.id)) {
        let mut cursor = 0;
        loop {
            let sightings = reader.sightings(&source.id, cursor, RECLASSIFY_BATCH)?;
            let mut batch = store.begin()?;
            for sighting in &sightings {
                let topics = topics(
                    classifier,
                    source,
                    &sighting.terms,
                    &sighting.title,
                    sighting.html.as_ref(),
                );
                batch.reclassify(&source.id, &sighting.guid, &topics)?;
                cursor = sighting.cursor;
            }
            if sightings.is_empty() {
                let rules = setup
                    .sources
                    .iter()
                    .find(|s| s.id == source.id)
                    .map_or(0, |s| s.rules);
                batch.classified(&source.id, rules)?;
            }
            batch.commit()?;
            if sightings.is_empty() {
                break;
            }
        }
    }
    Ok(())
}

/// The topics of an item by these rules.
pub(crate) fn topics(
    classifier: &Classifier,
    source: &Source,
    terms: &[String],
    title: &str,
    html: Option<&CleanHtml>,
) -> Vec<Topic> {
    let text = html.map(normalize::text).unwrap_or_default();
    classifier.topics(terms, &source.categories, &source.tags, title, &text)
}
