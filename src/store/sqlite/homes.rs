//! Where sources are at home, and what follows when that changes.

use std::collections::BTreeSet;

use rusqlite::params;
use url::Url;

use super::batch::SqliteBatch;
use super::fault::Fault;
use super::rows::polls;
use super::sources::SourceRow;
use crate::model::{CanonicalUrl, Claim, Home, Item, PollState, SiteName, SourceId};

/// A source that says every day that its home is another site is believed; one that does so at every poll costs too much.
const REST: u64 = 86_400;

impl SqliteBatch<'_> {
    /// The claim of a source to an address.
    pub(super) fn claim(&self, source: i64, url: Option<&str>) -> Claim {
        let site = url.map(|url| CanonicalUrl::already_canonical(url.to_owned()));
        self.sources()
            .claim(source, site.and_then(|url| SiteName::of(&url)).as_ref())
    }

    /// Remembers what a poll says of where a source is at home.
    pub(super) fn note_home(&mut self, source: &SourceId, poll: &PollState) -> Result<(), Fault> {
        let (number, row) = self.source(source)?;
        let now = poll.last_poll.map_or(0, |polled| polled.timestamp());
        let home = home(row, poll, now);
        if home == row.home {
            return Ok(());
        }
        let sites: BTreeSet<SiteName> = row.home.sites().chain(home.sites()).cloned().collect();
        let row = SourceRow { home, ..row.clone() };
        self.put_home(number, row)?;
        let concerned = self.sources().concerned(number, &sites);
        self.settle_sources(&concerned)
    }

    pub(super) fn settle_sources(&mut self, sources: &BTreeSet<i64>) -> Result<(), Fault> {
        for source in sources {
            if self.sources().get(*source)?.seen {
                self.settle_source(*source)?;
            }
        }
        Ok(())
    }

    fn put_home(&mut self, number: i64, row: SourceRow) -> Result<(), Fault> {
        self.tx
            .prepare_cached("UPDATE source SET served = ?, declared = ?, declared_since = ? WHERE id = ?")?
            .execute(params![
                row.home.served.as_ref().map(SiteName::as_str),
                row.home.declared.as_ref().map(SiteName::as_str),
                row.home.declared_since,
                number
            ])?;
        let mut sources = match self.sources.take() {
            Some(sources) => sources,
            None => self.sources().clone(),
        };
        sources.put(number, row);
        self.sources = Some(sources);
        Ok(())
    }

    /// After an older version, which did not ask whose article it is in the same way: works out anew what several sources
    /// show, once.
    pub(super) fn settle_anew(&mut self) -> Result<(), Fault> {
        if self.tx.execute("DELETE FROM meta WHERE key = 'resettle'", [])? == 0 {
            return Ok(());
        }
        let polls = polls(&self.tx)?;
        let rows: Vec<(i64, SourceRow)> = self.sources().iter().map(|(n, row)| (n, row.clone())).collect();
        for (number, mut row) in rows {
            if let Some(poll) = polls.get(&row.id) {
                row.home = Home {
                    declared_since: 0,
                    ..home(&row, poll, 0)
                };
                self.put_home(number, row)?;
            }
        }
        let sources: Vec<i64> = self.sources().iter().map(|(number, _)| number).collect();
        for source in sources {
            self.settle_source(source)?;
        }
        self.settle_groups()
    }
}

/// The address that an item's source may have a claim to.
pub(super) fn claimable(item: &Item) -> Option<&str> {
    let origin = item.origin.as_ref().and_then(|origin| origin.url.as_ref());
    let url = item.url.as_ref().map(CanonicalUrl::as_str);
    url.filter(|url| is_at(url, origin.map(Url::as_str)))
}

/// Whether an item is on the site that its source says it is from. What only points to another site, as an aggregator's
/// items do, is nobody's article.
pub(super) fn is_at(url: &str, origin: Option<&str>) -> bool {
    let origin = origin.and_then(SiteName::of_address);
    origin.is_none_or(|site| SiteName::of_address(url) == Some(site))
}

/// Where a source is at home after a poll. What a document does not say is as it was.
fn home(row: &SourceRow, poll: &PollState, now: i64) -> Home {
    let old = &row.home;
    let validated = poll.validators.as_ref().map(|validators| &validators.url);
    let answered = poll.answered.as_ref().or(validated);
    let served = answered.and_then(|url| SiteName::of_address(url));
    let served = served.or_else(|| old.served.clone());
    let declared = poll.link.as_deref().and_then(SiteName::of_address);
    let declared = declared.filter(|site| old.declared.as_ref() != Some(site));
    let is_first = old.declared.is_none();
    let has_rested = is_first || now.abs_diff(old.declared_since) >= REST;
    match declared.filter(|_| has_rested) {
        Some(site) => Home {
            served,
            declared: Some(site),
            // What it says in its first document, it always said.
            declared_since: if is_first && !row.seen { 0 } else { now },
            ..old.clone()
        },
        None => Home {
            served,
            ..old.clone()
        },
    }
}
