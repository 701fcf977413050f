//! RFC 5005 §4: what feeds show no more, on pages that lead from one to the next.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::model::{Feed, FeedKey, FileFormat, ItemId};

use super::address::{folder, page_folder, page_name};
use super::shown::Head;
use super::{Error, Load, Publisher, atom, legal};

/// The newest page of each feed that has pages, by the second that names it.
pub type Newest = HashMap<FeedKey, i64>;

/// A page among those of its feed, each named by a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its own.
    pub until: i64,
    /// The older page next to it.
    pub before: Option<i64>,
    /// The newer page next to it.
    pub after: Option<i64>,
}

impl Publisher {
    /// The documents of this feed lead to this page from now on; `None`: it has no pages, and their files are deleted.
    /// Call it before `feed`.
    pub fn archive(&mut self, feed: &Feed, newest: Option<i64>) -> Result<(), Error> {
        match newest {
            Some(until) => {
                self.newest.insert(feed.key.clone(), until);
                Ok(())
            }
            None => {
                self.newest.remove(&feed.key);
                self.output.delete_pages(&page_folder(&folder(feed)?))
            }
        }
    }

    /// Writes a page of a feed, and the way to those next to it.
    pub fn page<E: From<Error>>(
        &mut self,
        feed: &Feed,
        page: Page,
        ids: &[ItemId],
        load: &mut Load<'_, E>,
    ) -> Result<(), E> {
        let items = self.rendered(ids, false, load)?;
        let mut feed = feed.clone();
        legal::feed(&mut feed);
        let updated: Option<DateTime<Utc>> = items.iter().map(|(_, item)| item.updated).max();
        let head = Head {
            page: Some(page),
            before: page.before,
            ..Head::new(&self.site, &feed, updated)?
        };
        let mut document = std::mem::take(&mut self.document);
        document.clear();
        let entries = items.iter().map(|(_, item)| item.get(FileFormat::Atom));
        atom::document(&head, entries, &mut document)?;
        let folder = page_folder(&head.folder);
        self.output.make_folder(&folder)?;
        self.write(&folder, &page_name(page.until), &document)?;
        self.document = document;
        Ok(())
    }

    /// Deletes a page.
    pub fn remove_page(&mut self, feed: &Feed, until: i64) -> Result<(), Error> {
        self.output
            .delete(&page_folder(&folder(feed)?), &page_name(until))
    }
}
