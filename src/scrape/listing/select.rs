//! What an operator says of a page with CSS selectors, `[source.select]`: any part of it, the rest is detected.

use std::cell::Cell;
use std::ops::Range;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use url::Url;

use super::address::Address;
use super::css::{Selector, SelectorError, TooSlow};
use super::group::{self, Link, Links, Member};
use super::outline::{Index, Outline};
use super::title::{self, Rule};
use super::{dates, fields, words};
use crate::model::Selectors;
use crate::scrape::date::{self, Shown};

/// The selectors of a source, ready to match.
#[derive(Clone, Debug, Default)]
pub struct Select {
    /// See [`Selectors`] for these.
    pub item: Option<Selector>,
    /// The title.
    pub title: Option<Selector>,
    /// The link.
    pub link: Option<Selector>,
    /// The date.
    pub date: Option<Selector>,
    /// How the date is written.
    pub date_format: Option<String>,
    /// The excerpt.
    pub summary: Option<Selector>,
    /// The picture.
    pub image: Option<Selector>,
    /// Authors.
    pub author: Option<Selector>,
    /// Categories.
    pub category: Option<Selector>,
    /// Tags.
    pub tags: Option<Selector>,
    /// The next page.
    pub next: Option<Selector>,
}

impl Selectors {
    /// Reads all selectors.
    ///
    /// # Errors
    /// The key and the column of each that is none.
    pub fn compile(&self) -> Result<Select, Vec<(&'static str, SelectorError)>> {
        let mut errors = Vec::new();
        let mut read = |key, written: &Option<String>| {
            let parsed = Selector::parse(written.as_deref()?);
            parsed.map_err(|error| errors.push((key, error))).ok()
        };
        let select = Select {
            item: read("item", &self.item),
            title: read("title", &self.title),
            link: read("link", &self.link),
            date: read("date", &self.date),
            date_format: self.date_format.clone(),
            summary: read("summary", &self.summary),
            image: read("image", &self.image),
            author: read("author", &self.author),
            category: read("category", &self.category),
            tags: read("tags", &self.tags),
            next: read("next", &self.next),
        };
        if errors.is_empty() {
            Ok(select)
        } else {
            Err(errors)
        }
    }
}

/// The page that selectors are applied to.
pub(super) struct Scope<'a> {
    pub(super) outline: &'a Outline<'a>,
    pub(super) page: &'a Url,
    pub(super) base: &'a Url,
    /// Steps that its searches may still take.
    pub(super) left: &'a Cell<u64>,
}

impl Scope<'_> {
    /// The first element inside a block that matches.
    pub(super) fn first(&self, selector: &Selector, block: &Range<Index>) -> Result<Option<Index>, TooSlow> {
        Ok(selector
            .all(self.outline, block.clone(), self.left)?
            .first()
            .copied())
    }

    /// The texts of all elements inside a block that match.
    pub(super) fn texts(&self, selector: &Selector, block: &Range<Index>) -> Result<Vec<String>, TooSlow> {
        const MOST: usize = 64;
        let found = selector.all(self.outline, block.clone(), self.left)?;
        let lines = found
            .into_iter()
            .take(MOST)
            .map(|element| crate::normalize::line(self.outline.text(element)));
        Ok(lines.filter(|line| !line.is_empty()).collect())
    }

    /// The link that an element is, or holds, or is in.
    fn link(&self, element: Index) -> Option<Index> {
        let inside = self
            .outline
            .links_in(&self.outline.range(element))
            .first()
            .copied();
        inside.or_else(|| {
            self.outline
                .around(element)
                .take(4)
                .find(|outer| self.outline.is(*outer, "a"))
        })
    }

    /// Where a link leads, when that can be an article. The operator chose it: anything on the web will do.
    fn address(&self, link: Index) -> Option<Url> {
        let written = self.outline.attribute(link, "href")?;
        let mut url = self.base.join(written.trim()).ok()?;
        url.set_fragment(None);
        matches!(url.scheme(), "http" | "https").then_some(url)
    }

    /// The next page, on the same site and not this one.
    pub(super) fn next(&self, selector: Option<&Selector>) -> Result<Option<Url>, TooSlow> {
        let all = 0..self.outline.len();
        let link = match selector {
            Some(selector) => self.first(selector, &all)?.and_then(|element| self.link(element)),
            None => {
                let names_next = |link: &Index, name: &str| {
                    let names = self.outline.attribute(*link, name);
                    names.is_some_and(|names| {
                        let mut names = names.split_ascii_whitespace();
                        names.any(|name| name.eq_ignore_ascii_case("next"))
                    })
                };
                let links = || self.outline.links().iter().copied();
                let by_class = || links().find(|link| names_next(link, "class") && self.is_numbered(*link));
                links().find(|link| names_next(link, "rel")).or_else(by_class)
            }
        };
        let url = link.and_then(|link| self.address(link));
        Ok(url.filter(|url| url.host_str() == self.page.host_str() && url != self.page))
    }

    /// Whether a link leads to a page with a number, as those of pagers do.
    fn is_numbered(&self, link: Index) -> bool {
        let Some(url) = self.address(link) else {
            return false;
        };
        let is_number =
            |part: &str| !part.is_empty() && part.len() < 5 && part.bytes().all(|byte| byte.is_ascii_digit());
        let last = url
            .path_segments()
            .into_iter()
            .flatten()
            .rfind(|part| !part.is_empty());
        last.is_some_and(is_number) || url.query_pairs().any(|(_, value)| is_number(&value))
    }

    /// One member for each block that `item` names and that has a link. New addresses are added to `links`.
    pub(super) fn members(
        &self,
        select: &Select,
        item: &Selector,
        links: &mut Links,
    ) -> Result<Vec<Member>, TooSlow> {
        let mut members: Vec<Member> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut end = 0;
        for core in item.all(self.outline, 0..self.outline.len(), self.left)? {
            // A block inside a block is a part of it.
            if core < end {
                continue;
            }
            let block = self.outline.range(core);
            let chosen = match &select.link {
                Some(selector) => self
                    .first(selector, &block)?
                    .and_then(|element| self.link(element)),
                None => self.best_link(&block).or_else(|| self.link(core)),
            };
            let Some((link, url)) = chosen.and_then(|link| Some((link, self.address(link)?))) else {
                continue;
            };
            if seen.insert(url.clone()) {
                end = block.end;
                let address = links.add(Address::chosen(url, self.page));
                members.push(Member {
                    link: Link {
                        element: link,
                        address,
                    },
                    core,
                    block,
                });
            }
        }
        group::give_siblings(self.outline, &mut members);
        Ok(members)
    }

    /// The link of a block that leads to its article: the one in a heading, else the one with the longest text.
    fn best_link(&self, block: &Range<Index>) -> Option<Index> {
        const MOST: usize = 200;
        let links = self.outline.links_in(block).iter().copied().take(MOST);
        let rated = links.filter_map(|link| {
            let address = Address::new(self.address(link)?, self.page)?;
            let title = title::in_link(self.outline, link);
            let heading = title.as_ref().is_some_and(|title| title.rule == Rule::Heading);
            let utility = address.kind == super::address::Kind::Utility;
            let length = title.map_or(0, |title| words::count(&title.text));
            Some((!utility, heading, length, std::cmp::Reverse(link)))
        });
        rated.max().map(|(.., link)| link.0)
    }

    /// The date that a selector names.
    pub(super) fn date(
        &self,
        select: &Select,
        block: &Range<Index>,
        now: DateTime<Utc>,
    ) -> Result<Option<Shown>, TooSlow> {
        let Some(selector) = &select.date else {
            return Ok(None);
        };
        let Some(element) = self.first(selector, block)? else {
            return Ok(None);
        };
        let text = self.outline.text(element);
        if let Some(format) = &select.date_format {
            return Ok(formatted(text, format).map(Shown::exact));
        }
        let attributes = ["datetime", "content", "data-date", "title"];
        let machine = attributes
            .iter()
            .filter_map(|name| self.outline.attribute(element, name));
        Ok(machine
            .into_iter()
            .find_map(|written| date::machine(&written))
            .map(Shown::exact)
            .or_else(|| dates::human(text, now)))
    }

    /// The picture that a selector names.
    pub(super) fn image(&self, selector: &Selector, block: &Range<Index>) -> Result<Option<Url>, TooSlow> {
        let Some(element) = self.first(selector, block)? else {
            return Ok(None);
        };
        let images = self.outline.images_in(&self.outline.range(element));
        let shown = images
            .iter()
            .find_map(|image| fields::picture(self.outline, *image, self.base));
        Ok(shown.or_else(|| fields::background(self.outline, element, self.base)))
    }
}

/// A date in the operator's own format; without a time it is midnight, without a zone UTC.
fn formatted(text: &str, format: &str) -> Option<DateTime<Utc>> {
    let zoned = DateTime::parse_from_str(text, format)
        .ok()
        .map(|date| date.to_utc());
    let local = || {
        NaiveDateTime::parse_from_str(text, format)
            .ok()
            .map(|date| date.and_utc())
    };
    let day = || {
        NaiveDate::parse_from_str(text, format)
            .ok()?
            .and_hms_opt(0, 0, 0)
            .map(|date| date.and_utc())
    };
    zoned.or_else(local).or_else(day)
}
