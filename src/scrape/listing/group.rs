//! Links that stand at the same place of the page's structure, and the block of the page that belongs to each.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use url::Url;

use super::address::Address;
use super::outline::{Index, Outline};

/// Links beyond this many are not looked at.
const MOST_LINKS: usize = 20_000;
/// Groups beyond this many, the smallest, are not looked at.
const MOST_GROUPS: usize = 600;
/// A following part of a block is at most so many siblings long.
const LONGEST_TAIL: usize = 6;

/// Which of the page's addresses, in the order of first sight.
pub(super) type AddressId = usize;

/// A link that may lead to an article.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) element: Index,
    pub(super) address: AddressId,
}

/// The links of a page, in order, each address resolved once.
#[derive(Default)]
pub(super) struct Links {
    pub(super) all: Vec<Link>,
    pub(super) addresses: Vec<Address>,
    by_url: HashMap<Url, AddressId>,
}

impl Links {
    pub(super) fn of(outline: &Outline<'_>, page: &Url, base: &Url) -> Self {
        let mut links = Self::default();
        let mut by_written: HashMap<String, Option<AddressId>> = HashMap::new();
        for element in outline.links().iter().copied().take(MOST_LINKS) {
            let Some(written) = outline.attribute(element, "href") else {
                continue;
            };
            let written = written.trim();
            if written.is_empty() || written.starts_with('#') {
                continue;
            }
            let address = *by_written.entry(written.to_owned()).or_insert_with(|| {
                let mut url = base.join(written).ok()?;
                url.set_fragment(None);
                let address = Address::new(url, page)?;
                Some(links.add(address))
            });
            if let Some(address) = address {
                links.all.push(Link { element, address });
            }
        }
        links
    }

    /// Makes an address known and gives its id; one that is known keeps its own.
    pub(super) fn add(&mut self, address: Address) -> AddressId {
        let addresses = &mut self.addresses;
        *self.by_url.entry(address.url.clone()).or_insert_with(|| {
            addresses.push(address);
            addresses.len() - 1
        })
    }

    pub(super) fn address(&self, link: Link) -> &Address {
        &self.addresses[link.address]
    }

    /// The links inside some elements.
    pub(super) fn inside(&self, elements: &Range<Index>) -> &[Link] {
        let start = self.all.partition_point(|link| link.element < elements.start);
        let end = self.all.partition_point(|link| link.element < elements.end);
        &self.all[start..end.max(start)]
    }
}

/// A link and the block that belongs to it.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) link: Link,
    /// The outermost element that holds this link and no other of the group.
    pub(super) core: Index,
    /// The core and the siblings after it (or before it) that belong to it.
    pub(super) block: Range<Index>,
}

/// Links at the same path of tags and classes, one per address.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) members: Vec<Member>,
}

/// All groups of a page, the largest first; a group may have a single link.
pub(super) fn groups(outline: &Outline<'_>, links: &Links) -> Vec<Group> {
    let mut by_path: HashMap<u64, Vec<Link>> = HashMap::new();
    for link in &links.all {
        by_path.entry(outline.path(link.element)).or_default().push(*link);
    }
    let mut paths: Vec<Vec<Link>> = by_path.into_values().collect();
    paths.sort_by_key(|links| (std::cmp::Reverse(links.len()), links[0].element));
    paths.truncate(MOST_GROUPS);
    paths
        .into_iter()
        .map(|links| Group {
            members: members(outline, &links),
        })
        .collect()
}

/// The blocks of links, one per address, in document order. `links` is sorted by element.
pub(super) fn members(outline: &Outline<'_>, links: &[Link]) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    let mut seen = HashSet::new();
    let before = nearest_others(links.iter());
    let mut after = nearest_others(links.iter().rev());
    after.reverse();
    for ((link, before), after) in links.iter().zip(before).zip(after) {
        if seen.insert(link.address) {
            let core = core(outline, link.element, before, after);
            members.push(Member {
                link: *link,
                core,
                block: outline.range(core),
            });
        }
    }
    give_siblings(outline, &mut members);
    members
}

/// For each link the last one before it that leads elsewhere.
fn nearest_others<'l>(links: impl Iterator<Item = &'l Link>) -> Vec<Option<Index>> {
    let mut last: Option<Link> = None;
    let mut other = None;
    links
        .map(|link| {
            if let Some(last) = last.filter(|last| last.address != link.address) {
                other = Some(last.element);
            }
            last = Some(*link);
            other
        })
        .collect()
}

/// Climbs while the element around holds no other link of the group.
fn core(outline: &Outline<'_>, link: Index, before: Option<Index>, after: Option<Index>) -> Index {
    let alone = |outer: &Index| {
        before.is_none_or(|before| before < *outer)
            && after.is_none_or(|after| after >= outline.at(*outer).end)
            && !matches!(&*outline.at(*outer).tag, "body" | "html" | "main")
    };
    outline.around(link).take_while(alone).last().unwrap_or(link)
}

/// In `<h3>…</h3><p>…</p><h3>…</h3><p>…</p>` what stands between two headings belongs to the first (or, where the
/// list begins with it, to the second).
pub(super) fn give_siblings(outline: &Outline<'_>, members: &mut [Member]) {
    let cores: Vec<Index> = members.iter().map(|member| member.core).collect();
    let in_a_row = |pair: &[Index]| outline.at(pair[0]).parent == outline.at(pair[1]).parent;
    let gap = |pair: &[Index]| {
        outline
            .at(pair[1])
            .position
            .saturating_sub(outline.at(pair[0]).position + 1)
    };
    let rows: Vec<usize> = cores.windows(2).filter(|pair| in_a_row(pair)).map(gap).collect();
    let with_gap = rows.iter().filter(|gap| **gap > 0).count();
    if rows.is_empty() || with_gap * 5 < rows.len() * 3 {
        return;
    }
    let usual = rows
        .iter()
        .copied()
        .filter(|gap| *gap > 0)
        .min()
        .unwrap_or(1)
        .min(LONGEST_TAIL);
    let comes_before = begins_with_its_tail(outline, &cores, usual);
    for member in members {
        let parent = outline.at(member.core).parent;
        let siblings: Vec<Index> = match (parent, comes_before) {
            (Some(parent), true) => outline
                .children(parent)
                .take_while(|sibling| *sibling < member.core)
                .collect(),
            _ => following(outline, member.core).collect(),
        };
        if comes_before {
            let from = siblings.len().saturating_sub(usual);
            let own = siblings[from..]
                .iter()
                .rev()
                .take_while(|sibling| !holds(outline, **sibling, &cores))
                .last();
            member.block.start = own.copied().unwrap_or(member.block.start);
        } else {
            let own = siblings
                .iter()
                .take(LONGEST_TAIL)
                .take_while(|sibling| !holds(outline, **sibling, &cores));
            let limit = own.take(usual.max(1)).last();
            member.block.end = limit.map_or(member.block.end, |last| outline.at(*last).end);
        }
    }
}

/// The list starts with as many siblings before the first link as there are between two, and ends with a link.
fn begins_with_its_tail(outline: &Outline<'_>, cores: &[Index], usual: usize) -> bool {
    let (Some(first), Some(last)) = (cores.first(), cores.last()) else {
        return false;
    };
    outline.at(*first).position >= usual && following(outline, *last).next().is_none()
}

fn following<'o>(outline: &'o Outline<'_>, element: Index) -> impl Iterator<Item = Index> + 'o {
    let end = outline
        .at(element)
        .parent
        .map_or(element, |parent| outline.at(parent).end);
    let next = move |index: Index| Some(outline.at(index).end).filter(move |next| *next < end);
    std::iter::successors(next(element), move |sibling| next(*sibling))
}

/// Whether one of the sorted `cores` is in the element.
fn holds(outline: &Outline<'_>, element: Index, cores: &[Index]) -> bool {
    let range = outline.range(element);
    let at = cores.partition_point(|core| *core < range.start);
    cores.get(at).is_some_and(|core| range.contains(core))
}
