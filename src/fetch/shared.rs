//! An address that several sources lead to is fetched once in a pass.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::OnceCell;
use tokio::time::Instant;
use url::Url;

use super::client::{Answered, Client, Hop};
use super::follow::without_fragment;
use crate::model::Failure;

/// Bodies that are kept for sources that may yet be led to the same address.
const KEPT: usize = 32 << 20;

/// Equal questions get equal answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Question {
    url: String,
    etag: Option<Vec<u8>>,
    last_modified: Option<Vec<u8>>,
    /// An answer that is too long for one source may not be for another.
    max_body: u64,
}

type Cell = Arc<OnceCell<Result<Answered, Failure>>>;

/// Answers that are kept before those are looked for that are too old.
const MANY: usize = 256;

#[derive(Default)]
pub(super) struct Shared {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How many sources will ask for an address, as far as is known.
    expected: HashMap<String, usize>,
    answers: HashMap<Question, (Instant, Cell)>,
    /// How long an answer is good for others; `None`: for the whole pass.
    lifetime: Option<Duration>,
    kept: usize,
}

impl Shared {
    pub(super) fn expect(&self, start: Url, known: Option<Url>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let start = without_fragment(start);
        let known = known.filter(|known| *known != start);
        for url in [Some(start), known].into_iter().flatten() {
            *state.expected.entry(url.into()).or_default() += 1;
        }
    }

    /// Nobody is known to ask for anything.
    pub(super) fn expect_nothing(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.expected.clear();
    }

    /// An answer is good for others for so long only.
    pub(super) fn limit(&self, lifetime: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.lifetime = Some(lifetime);
    }

    /// The place where the answer to this is, or will be, kept; `None` if nobody else is known to want it.
    fn cell(&self, hop: &Hop<'_>, is_redirected: bool) -> Option<Cell> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_wanted_again = state
            .expected
            .get(hop.url.as_str())
            .is_some_and(|count| *count > 1);
        let question = Question {
            url: hop.url.to_string(),
            etag: hop.validators.and_then(|validators| validators.etag.clone()),
            last_modified: hop
                .validators
                .and_then(|validators| validators.last_modified.clone()),
            max_body: hop.request.max_body,
        };
        let (now, lifetime) = (Instant::now(), state.lifetime);
        let is_old = |since: Instant| lifetime.is_some_and(|lifetime| now - since > lifetime);
        if state.answers.len() >= MANY {
            state.answers.retain(|_, (since, _)| !is_old(*since));
        }
        let fresh = || (now, Cell::default());
        if is_wanted_again || is_redirected {
            let kept = state.answers.entry(question).or_insert_with(fresh);
            if is_old(kept.0) {
                *kept = fresh();
            }
            Some(kept.1.clone())
        } else {
            // Another's redirect may have led here already.
            let kept = state.answers.get(&question);
            kept.filter(|(since, _)| !is_old(*since))
                .map(|(_, cell)| cell.clone())
        }
    }

    /// Notes a body that stays in memory; once there are too many, the older ones are let go.
    fn keep(&self, bytes: usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.kept += bytes;
        if state.kept > KEPT {
            state.kept = 0;
            state.answers.retain(|_, (_, cell)| !cell.initialized());
        }
    }
}

/// Whether the question bears something that the source of another may not have.
fn is_secret(hop: &Hop<'_>) -> bool {
    let has_userinfo = |url: &Url| !url.username().is_empty() || url.password().is_some();
    hop.is_home
        && (!hop.request.headers.is_empty() || has_userinfo(hop.url) || has_userinfo(&hop.request.configured))
}

/// Asks, or waits for the answer that another source is getting. What bears secrets is asked alone.
pub(super) async fn hop(
    client: &Client,
    hop: &Hop<'_>,
    is_redirected: bool,
    now: DateTime<Utc>,
    left: &mut Duration,
) -> Result<Answered, Failure> {
    let cell = if is_secret(hop) {
        None
    } else {
        client.shared.cell(hop, is_redirected)
    };
    let Some(cell) = cell else {
        return client.hop(hop, now, left).await;
    };
    let mut is_asked = false;
    let ask = async {
        is_asked = true;
        let answered = client.hop(hop, now, left).await;
        client
            .shared
            .keep(answered.as_ref().map_or(0, |answered| answered.body.len()));
        answered
    };
    let mut answered = cell.get_or_init(|| ask).await.clone();
    if let Ok(answered) = &mut answered
        && !is_asked
    {
        // The source that asked has counted them.
        answered.wire = 0;
    }
    answered
}
