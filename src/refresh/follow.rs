//! The further documents that a document leads to: the next pages of a listing, the parts of a sitemap.

use std::collections::{HashSet, VecDeque};

use url::Url;

use super::desk::Opened;
use super::document::unreadable;
use super::poll::{Fetched, Poller, request, wants};
use crate::fetch::Reply;
use crate::model::{Failure, PollState, Source};

/// Documents of one source that are read in one poll.
const MOST_PAGES: usize = 10;

impl Poller {
    /// Reads the documents that a document leads to, as long as they bring something new.
    pub(super) async fn follow(
        &self,
        source: &Source,
        state: &PollState,
        first: Url,
        opened: &mut Opened,
        fetched: &mut Fetched,
    ) {
        let mut asked = HashSet::from([first]);
        let mut next: VecDeque<Url> = std::mem::take(&mut opened.more).into();
        while let Some(url) = next.pop_front() {
            if asked.len() >= MOST_PAGES {
                let message = format!("only the first {MOST_PAGES} of its documents were read");
                opened.warnings.push(message);
                return;
            }
            if !asked.insert(url.clone()) {
                continue;
            }
            match self.further(source, state, url.clone(), fetched).await {
                Ok(page) => {
                    opened.found.extend(page.found);
                    if let (Some(held), Some(further)) = (&mut opened.held, page.held) {
                        held.guids.extend(further.guids);
                    }
                    opened.facts.items = opened.facts.items.saturating_add(page.facts.items);
                    opened.facts.published.extend(page.facts.published);
                    opened.warnings.extend(page.warnings);
                    next.extend(page.more);
                }
                Err(failure) => {
                    let message = format!(
                        "{} could not be read: {}",
                        source.published(&url),
                        failure.message
                    );
                    opened.warnings.push(message);
                    // What it holds is not lost: the next poll asks for it again.
                    opened.facts.has_unread = true;
                    opened.facts.is_cut = true;
                    opened.held = None;
                }
            }
        }
    }

    async fn further(
        &self,
        source: &Source,
        state: &PollState,
        url: Url,
        fetched: &mut Fetched,
    ) -> Result<Opened, Failure> {
        let reply = self
            .fetcher
            .get(&request(source, url.clone(), wants(source)), (self.clock)())
            .await;
        match reply.map_err(|error| error.failure)? {
            Reply::Document {
                answer,
                body,
                content_type,
            } => {
                fetched.bytes += answer.wire_bytes;
                let found_at = Url::parse(&answer.url).unwrap_or(url);
                let arrived = self.arrived(source, state, body, content_type, found_at);
                self.work(move |desk| desk.open(&arrived)).await
            }
            Reply::NotModified(_) => Err(unreadable("the server answered 304 to a first request".into())),
        }
    }
}
