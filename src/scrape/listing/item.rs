//! A page seen as a list, and the item that one of its blocks makes.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use url::Url;

use super::css::{STEPS, Selector, TooSlow};
use super::declared::{self, Declared};
use super::group::{Links, Member};
use super::outline::Outline;
use super::pattern::Places;
use super::score::Facts;
use super::select::{Scope, Select};
use super::{Item, Rules, dates, fields, title};
use crate::normalize::line;
use crate::scrape::page::Page;

/// The rule of what the operator's selectors gave.
const BY_SELECTOR: &str = "selector";
/// The rule of what JSON-LD gave.
const BY_DATA: &str = "the page's JSON-LD";

/// A page laid out for looking.
pub(super) struct View<'p> {
    pub(super) page: &'p Page,
    pub(super) outline: Outline<'p>,
    pub(super) links: Links,
    declared: HashMap<Url, Declared>,
    dates: Vec<usize>,
    now: DateTime<Utc>,
    /// Steps that selectors may still take.
    left: Cell<u64>,
}

impl<'p> View<'p> {
    pub(super) fn new(page: &'p Page, now: DateTime<Utc>) -> Self {
        let outline = Outline::new(&page.document);
        let links = Links::of(&outline, &page.url, &page.base);
        Self {
            declared: declared::articles(&declared::data(page), &page.base),
            dates: dates::dates(outline.all_text())
                .into_iter()
                .map(|date| date.start)
                .collect(),
            left: Cell::new(STEPS),
            page,
            outline,
            links,
            now,
        }
    }

    pub(super) fn facts(&self) -> Facts<'_> {
        let ids = self.links.addresses.iter().enumerate();
        let declared: HashSet<usize> = ids
            .filter(|(_, address)| self.declared.contains_key(&address.url))
            .map(|(id, _)| id)
            .collect();
        Facts {
            outline: &self.outline,
            links: &self.links,
            dates: &self.dates,
            declared,
        }
    }

    fn scope(&self) -> Scope<'_> {
        Scope {
            outline: &self.outline,
            page: &self.page.url,
            base: &self.page.base,
            left: &self.left,
        }
    }

    /// The next page of the list.
    pub(super) fn next(&self, selector: Option<&Selector>) -> Result<Option<Url>, TooSlow> {
        self.scope().next(selector)
    }

    /// The blocks that the operator's selectors name.
    pub(super) fn members(&mut self, select: &Select, item: &Selector) -> Result<Vec<Member>, TooSlow> {
        let mut links = std::mem::take(&mut self.links);
        let members = self.scope().members(select, item, &mut links);
        self.links = links;
        members
    }

    /// The item of a block, and which elements gave its parts.
    pub(super) fn item(&self, member: &Member) -> (Item, Places) {
        let (outline, links) = (&self.outline, &self.links);
        let url = links.address(member.link).url.clone();
        let known = self.declared.get(&url);
        let title = title::of(outline, links, member);
        let at = title.as_ref().and_then(|title| title.element);
        let rule = title.as_ref().map(|title| title.rule.words());
        let text = title.map(|title| line(&title.text));
        let date = fields::published(outline, member, at, self.now);
        let summary = fields::summary(outline, links, member, text.as_deref().unwrap_or_default());
        let image = fields::image(outline, member, &self.page.base);
        let places = Places {
            core: member.core,
            block: member.block.clone(),
            link: member.link.element,
            title: at,
            date: date.as_ref().map(|found| found.element),
            summary: summary.as_ref().map(|found| found.element),
            image: image.as_ref().map(|found| found.element),
        };
        let mut item = Item {
            title: text,
            published: date.as_ref().map(|found| found.value.at),
            is_relative: date.as_ref().is_some_and(|found| found.value.is_relative),
            rules: Rules {
                title: rule,
                published: date.map(|found| found.rule),
                summary: summary.as_ref().map(|found| found.rule),
                image: image.as_ref().map(|found| found.rule),
            },
            summary: summary.map(|found| line(&found.value)),
            image: image.map(|found| found.value),
            authors: fields::authors(outline, member),
            categories: Vec::new(),
            tags: Vec::new(),
            url,
        };
        if let Some(known) = known {
            fill(&mut item, known);
        }
        (item, places)
    }

    /// Puts in place what the operator's selectors say of a block.
    pub(super) fn override_parts(
        &self,
        item: &mut Item,
        select: &Select,
        member: &Member,
    ) -> Result<(), TooSlow> {
        let (scope, block) = (self.scope(), &member.block);
        let text = |selector: &Option<Selector>| match selector {
            Some(selector) => scope.texts(selector, block).map(|texts| texts.into_iter().next()),
            None => Ok(None),
        };
        let texts = |selector: &Option<Selector>| match selector {
            Some(selector) => scope.texts(selector, block),
            None => Ok(Vec::new()),
        };
        if let Some(title) = text(&select.title)? {
            // A title that the page cuts short is already known in full.
            let beginning = title.trim_end_matches(['…', '.']);
            let known = item
                .title
                .take()
                .filter(|known| beginning.len() < title.len() && known.starts_with(beginning));
            (item.title, item.rules.title) = (Some(known.unwrap_or(title)), Some(BY_SELECTOR));
        }
        if let Some(date) = scope.date(select, block, self.now)? {
            (item.published, item.rules.published) = (Some(date.at), Some(BY_SELECTOR));
            item.is_relative = date.is_relative;
        }
        if let Some(summary) = text(&select.summary)? {
            (item.summary, item.rules.summary) = (Some(summary), Some(BY_SELECTOR));
        }
        if let Some(selector) = &select.image
            && let Some(image) = scope.image(selector, block)?
        {
            (item.image, item.rules.image) = (Some(image), Some(BY_SELECTOR));
        }
        if select.author.is_some() {
            item.authors = texts(&select.author)?;
        }
        item.categories = texts(&select.category)?;
        item.tags = texts(&select.tags)?;
        Ok(())
    }

    /// The keys whose selector matches in no block.
    pub(super) fn unmatched(
        &self,
        select: &Select,
        members: &[Member],
    ) -> Result<Vec<&'static str>, TooSlow> {
        let keys = [
            ("title", &select.title),
            ("link", &select.link),
            ("date", &select.date),
            ("summary", &select.summary),
            ("image", &select.image),
            ("author", &select.author),
            ("category", &select.category),
            ("tags", &select.tags),
        ];
        let scope = self.scope();
        let mut unmatched = Vec::new();
        for (key, selector) in keys {
            let Some(selector) = selector else { continue };
            let mut matched = false;
            for member in members {
                matched = scope.first(selector, &member.block)?.is_some();
                if matched {
                    break;
                }
            }
            if !matched {
                unmatched.push(key);
            }
        }
        Ok(unmatched)
    }
}

/// Completes an item with what the page's data says; a date in data is exact, the others are only filled in.
fn fill(item: &mut Item, known: &Declared) {
    if known.published.is_some() {
        (item.published, item.rules.published) = (known.published, Some(BY_DATA));
        item.is_relative = false;
    }
    if item.title.is_none() && known.title.is_some() {
        (item.title, item.rules.title) = (known.title.clone(), Some(BY_DATA));
    }
    if item.summary.is_none() && known.summary.is_some() {
        (item.summary, item.rules.summary) = (known.summary.clone(), Some(BY_DATA));
    }
    if item.image.is_none() && known.image.is_some() {
        (item.image, item.rules.image) = (known.image.clone(), Some(BY_DATA));
    }
}
