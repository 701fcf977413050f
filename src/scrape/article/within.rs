//! Reading a page on a thread of its own, within a time.
//!
//! What a page costs is bounded by its limits, but extractors recurse and have surprises; a deep stack and a deadline stand
//! around them. A page whose body takes too long still has its title, date and tags.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use url::Url;

use super::{Article, Part, choose};
use crate::scrape::listing::{self, Obstacle};
use crate::scrape::page::{self, Page};

/// Of an article with less text (bytes) it is asked whether it is one.
const THIN: usize = 800;

/// Extractors recurse once per level of tags.
const STACK: usize = 32 * 1024 * 1024;

/// Why a page gave no article, in words for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is no page, or one beyond the limits.
    #[error(transparent)]
    Page(#[from] page::Error),
    /// It is not the page, whatever its status says.
    #[error("the page answers with {0}")]
    Obstructed(Obstacle),
    /// Not even its metadata was read in time.
    #[error("the page could not be read within {} s", .0.as_secs())]
    TooSlow(Duration),
    /// A fault of ours or of an extractor.
    #[error("the page could not be read: its reader failed")]
    Failed,
}

/// An article and what was left out of its page or guessed, in words for the operator.
type Answer = Result<(Article, Vec<String>), Error>;

/// Reads the article in the bytes of a page, within about `limit`. `content_type` is what HTTP said of it, `url` where it
/// was found, `part` which part of an article it is, `now` what "3 hours ago" counts from.
pub fn read(
    bytes: Vec<u8>,
    content_type: Option<&str>,
    url: &Url,
    part: Part,
    now: DateTime<Utc>,
    limit: Duration,
) -> Answer {
    let (sender, receiver) = mpsc::channel();
    let (content_type, url) = (content_type.map(str::to_owned), url.clone());
    thread::Builder::new()
        .name("article".into())
        .stack_size(STACK)
        .spawn(move || run(&bytes, content_type.as_deref(), &url, &part, now, &sender))
        .map_err(|_| Error::Failed)?;
    let until = Instant::now() + limit;
    let mut last = None;
    loop {
        match receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(answer) => last = Some(answer),
            Err(RecvTimeoutError::Disconnected) => return last.unwrap_or(Err(Error::Failed)),
            Err(RecvTimeoutError::Timeout) => {
                let (article, mut notes) = last.ok_or(Error::TooSlow(limit))??;
                notes.push(format!(
                    "the body could not be found within {} s",
                    limit.as_secs()
                ));
                return Ok((article, notes));
            }
        }
    }
}

/// Sends the article without its body, then with it.
fn run(
    bytes: &[u8],
    content_type: Option<&str>,
    url: &Url,
    part: &Part,
    now: DateTime<Utc>,
    sender: &Sender<Answer>,
) {
    // Nobody listens any more when the time is up.
    let send = |answer| sender.send(answer).is_ok();
    let page = match Page::read(bytes, content_type, url) {
        Ok(page) => page,
        Err(error) => {
            send(Err(error.into()));
            return;
        }
    };
    choose::article(&page, part, now, |article| {
        let is_thin = article.text.len() < THIN && !article.body_rule.is_empty();
        let obstacle = is_thin.then(|| listing::obstacle(&page)).flatten();
        send(match obstacle {
            Some(obstacle) => Err(Error::Obstructed(obstacle)),
            None => Ok((article.clone(), page.notes.clone())),
        });
    });
}
