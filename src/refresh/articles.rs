//! The pages behind items: each is fetched once in a pass, whoever asks for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;
use url::Url;

use super::desk::Opened;
use super::document::unreadable;
use super::poll::{Fetched, Poller, request};
use crate::dedupe;
use crate::fetch::{Reply, Wants};
use crate::model::{CanonicalUrl, FailureKind, PollState, Source, SourceId};
use crate::normalize;
use crate::scrape::article::{self, Article, Part};

/// A page that takes longer has its text left out.
const TIME: Duration = Duration::from_secs(5);

/// How long a poll goes on asking for articles: a site that wants long pauses is read in several polls.
const LONGEST: Duration = Duration::from_secs(300);
/// Pages of one article that are read.
const MOST_PARTS: u32 = 10;
/// Articles in a row that fail before a poll stops asking for more.
const MOST_FAILURES: usize = 3;
/// Polls in a row that wait for articles that fail.
const MOST_TRIES: u32 = 3;

/// Articles that are kept for others who may ask for them, in bytes of their text.
const KEPT: usize = 64 << 20;

/// Outcomes that are kept before those are looked for that are too old.
const MANY: usize = 1_024;

/// What came of asking for the page behind an item.
#[derive(Clone)]
pub(super) enum Outcome {
    Read(Arc<Article>),
    /// It cannot be read, now or later.
    Never(String),
    /// It may be read with a later poll.
    Later(String),
}

/// An outcome, and what it took this time: nothing if another source had asked before.
pub(super) struct Asked {
    pub outcome: Outcome,
    pub was_fetched: bool,
    pub bytes: u64,
}

/// The pages of one pass.
#[derive(Default)]
pub(crate) struct Articles {
    state: Mutex<State>,
    /// How long an outcome is good; `None`: for the whole pass.
    lifetime: Option<Duration>,
}

#[derive(Default)]
struct State {
    cells: HashMap<Question, (Instant, Arc<OnceCell<Outcome>>)>,
    kept: usize,
}

/// A source that sends headers of its own may be shown another page than others.
type Question = (CanonicalUrl, Option<SourceId>);

impl Articles {
    /// Pages that may be fetched again after so long.
    pub(crate) fn kept_for(lifetime: Duration) -> Self {
        Self {
            lifetime: Some(lifetime),
            ..Self::default()
        }
    }

    /// The outcome for this address; `fetch` gets it if nobody did before.
    pub(super) async fn get(
        &self,
        url: &CanonicalUrl,
        own: Option<&SourceId>,
        fetch: impl Future<Output = (Outcome, u64)>,
    ) -> Asked {
        let question = (url.clone(), own.cloned());
        let cell = self.cell(question);
        let (mut was_fetched, mut bytes) = (false, 0);
        let outcome = cell
            .get_or_init(async || {
                let (outcome, received) = fetch.await;
                (was_fetched, bytes) = (true, received);
                outcome
            })
            .await
            .clone();
        if was_fetched {
            self.keep(&outcome);
        }
        Asked {
            outcome,
            was_fetched,
            bytes,
        }
    }

    fn cell(&self, question: Question) -> Arc<OnceCell<Outcome>> {
        let now = Instant::now();
        let is_old = |since: Instant| self.lifetime.is_some_and(|lifetime| now - since > lifetime);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.cells.len() >= MANY {
            state.cells.retain(|_, (since, _)| !is_old(*since));
        }
        let fresh = || (now, Arc::default());
        let kept = state.cells.entry(question).or_insert_with(fresh);
        if is_old(kept.0) {
            *kept = fresh();
        }
        kept.1.clone()
    }

    /// Notes an article that stays in memory. When there are too many, those at hand are let go, and only the fact that
    /// they were fetched stays.
    fn keep(&self, outcome: &Outcome) {
        let Outcome::Read(article) = outcome else { return };
        let html = article.html.as_ref().map_or(0, |html| html.as_str().len());
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.kept += article.text.len() + html;
        if state.kept <= KEPT {
            return;
        }
        state.kept = 0;
        for (_, cell) in state.cells.values_mut().filter(|(_, cell)| cell.initialized()) {
            if matches!(cell.get(), Some(Outcome::Read(_))) {
                let later = Outcome::Later("it was fetched in this pass already".into());
                *cell = Arc::new(OnceCell::new_with(Some(later)));
            }
        }
    }
}

impl Poller {
    /// Reads the page behind each item that is new or changed, as far as the source's budget goes.
    pub(super) async fn read_articles(
        &self,
        source: &Source,
        state: &PollState,
        opened: &mut Opened,
        fetched: &mut Fetched,
    ) {
        let mut tally = Tally::default();
        let is_patient = state.unread < MOST_TRIES;
        let started = Instant::now();
        for found in &mut opened.found {
            let address = found.item.url.as_ref().filter(|url| !is_file(url));
            let Some((url, canonical)) =
                address.and_then(|url| Some((normalize::public(url)?, normalize::canonical(url)?)))
            else {
                continue;
            };
            let is_over = fetched.articles >= source.articles
                || tally.in_a_row >= MOST_FAILURES
                || started.elapsed() > LONGEST;
            if is_over {
                tally.waiting += 1;
                found.fingerprint = dedupe::unread(found.fingerprint);
                continue;
            }
            let own = (!source.headers.is_empty()).then_some(&source.id);
            let asked = self
                .articles
                .get(&canonical, own, self.article(source, &url))
                .await;
            fetched.articles += usize::from(asked.was_fetched);
            fetched.bytes += asked.bytes;
            match asked.outcome {
                Outcome::Read(article) => {
                    tally.in_a_row = 0;
                    found.article = Some(article);
                }
                Outcome::Never(message) => tally.fail(source.published(&url), message),
                Outcome::Later(message) => {
                    tally.in_a_row += 1;
                    tally.fail(source.published(&url), message);
                    if is_patient {
                        tally.passing += 1;
                        found.fingerprint = dedupe::unread(found.fingerprint);
                    }
                }
            }
        }
        // What is no more than the store holds, or has not even a title, waits until it is.
        opened.found.retain(|found| {
            found.stored != Some(found.fingerprint) && (found.article.is_some() || found.item.title.is_some())
        });
        opened.facts.has_unread |= tally.passing > 0;
        opened.facts.is_cut |= tally.passing + tally.waiting > 0;
        opened.warnings.extend(tally.words());
    }

    /// Fetches the page behind an item, and the further pages of an article that has several.
    async fn article(&self, source: &Source, url: &Url) -> (Outcome, u64) {
        let mut bytes = 0;
        let (found_at, mut article) = match self.part(source, url.clone(), None, &mut bytes).await {
            Ok(read) => read,
            Err(outcome) => return (outcome, bytes),
        };
        let mut next = article.next.take();
        let mut number = 2;
        while let Some(url) = next.take().filter(|_| number <= MOST_PARTS) {
            let part = Part {
                first: found_at.clone(),
                number,
            };
            // What is missing of it is missing; the beginning is better than nothing.
            let Ok((_, further)) = self.part(source, url, Some(part), &mut bytes).await else {
                break;
            };
            if further.text.is_empty() || article.text.contains(&further.text) {
                break;
            }
            next = further.next.clone();
            article.append(further);
            number += 1;
        }
        (Outcome::Read(Arc::new(article)), bytes)
    }

    /// One page of an article, and where it was found.
    async fn part(
        &self,
        source: &Source,
        url: Url,
        part: Option<Part>,
        bytes: &mut u64,
    ) -> Result<(Url, Article), Outcome> {
        let now = (self.clock)();
        let reply = match self
            .fetcher
            .get(&request(source, url.clone(), Wants::Page), now)
            .await
        {
            Ok(reply) => reply,
            Err(error) => {
                *bytes += error.answer.map_or(0, |answer| answer.wire_bytes);
                let message = error.failure.message;
                return Err(match is_passing(error.failure.kind) {
                    true => Outcome::Later(message),
                    false => Outcome::Never(message),
                });
            }
        };
        let Reply::Document {
            answer,
            body,
            content_type,
        } = reply
        else {
            return Err(Outcome::Never(
                "the server answered 304 to a first request".into(),
            ));
        };
        *bytes += answer.wire_bytes;
        let found_at = Url::parse(&answer.url).unwrap_or(url);
        let part = part.unwrap_or_else(|| Part::first(&found_at));
        let read = self.work(move |_| {
            let read = article::read(body.into(), content_type.as_deref(), &found_at, part, now, TIME);
            read.map(|(article, _)| (found_at, article))
                .map_err(|error| unreadable(error.to_string()))
        });
        read.await.map_err(|failure| Outcome::Never(failure.message))
    }
}

/// How the articles of a poll went.
#[derive(Default)]
struct Tally {
    /// Failures one after the other.
    in_a_row: usize,
    /// Failed for a reason that passes.
    passing: usize,
    /// Not asked for yet.
    waiting: usize,
    failed: usize,
    /// The first that failed, and why.
    first: Option<String>,
}

impl Tally {
    fn fail(&mut self, address: String, message: String) {
        self.failed += 1;
        self.first.get_or_insert_with(|| format!("{address}: {message}"));
    }

    fn words(self) -> Vec<String> {
        let failed = self.first.map(|first| {
            format!(
                "{} could not be read, so that only what the source shows is published; {first}",
                articles_of(self.failed)
            )
        });
        let waiting = (self.waiting > 0).then(|| {
            format!(
                "{} still to be read; the next polls go on",
                articles_of(self.waiting)
            )
        });
        failed.into_iter().chain(waiting).collect()
    }
}

fn articles_of(count: usize) -> String {
    if count == 1 {
        "1 article".into()
    } else {
        format!("{count} articles")
    }
}

/// Whether a page that failed may be there with a later poll.
fn is_passing(kind: FailureKind) -> bool {
    match kind {
        FailureKind::Transient
        | FailureKind::Unreachable
        | FailureKind::Busy
        | FailureKind::Paused
        | FailureKind::Short => true,
        FailureKind::Forbidden
        | FailureKind::NotFound
        | FailureKind::Gone
        | FailureKind::Refused
        | FailureKind::Unreadable => false,
    }
}

/// Whether the address is that of a file which is no page, as far as it tells.
fn is_file(url: &Url) -> bool {
    const ENDINGS: [&str; 24] = [
        "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "zip", "rar", "7z", "gz", "jpg", "jpeg",
        "png", "gif", "webp", "svg", "mp3", "mp4", "m4a", "avi", "mov", "webm",
    ];
    let ending = url.path().rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
}
