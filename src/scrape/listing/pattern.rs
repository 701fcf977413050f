//! What an article's place in the page looks like, as selectors: kept by the store, so that the next poll knows where
//! to look, and shown to the operator, ready to paste.

use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use super::css::{STEPS, Selector};
use super::outline::{Index, Outline};
use super::select::Select;
use crate::model::{Pattern, Selectors};

/// Sections of a page whose blocks are built differently, at most.
const MOST_KINDS: usize = 6;
/// Blocks that a selector is tried on.
const TRIED: usize = 24;

/// The elements of one block that gave the parts of its item.
#[derive(Clone, Debug)]
pub(super) struct Places {
    pub(super) core: Index,
    pub(super) block: Range<Index>,
    pub(super) link: Index,
    pub(super) title: Option<Index>,
    pub(super) date: Option<Index>,
    pub(super) summary: Option<Index>,
    pub(super) image: Option<Index>,
}

impl Pattern {
    /// The pattern of some blocks; `None` when no selector tells them from the rest of the page.
    pub(super) fn of(outline: &Outline<'_>, places: &[Places]) -> Option<Self> {
        let item = item(outline, places)?;
        let part = |place: &dyn Fn(&Places) -> Option<Index>| part(outline, places, place);
        // A link that is the block needs no selector inside it, and a title that is the link's text neither.
        let title = part(&|places| places.title);
        let link = part(&|places| Some(places.link));
        let select = Selectors {
            item: Some(item),
            link,
            title,
            date: part(&|places| places.date),
            summary: part(&|places| places.summary),
            image: part(&|places| places.image),
            ..Selectors::default()
        };
        Some(Self {
            select,
            count: places.len(),
        })
    }

    /// The pattern ready to match; `None` when it comes from a version with other selectors.
    pub fn compile(&self) -> Option<Select> {
        self.select.compile().ok()
    }

    /// The lines for `feeds.toml`, below the source: `[source.select]` and its keys.
    pub fn as_toml(&self) -> String {
        let keys = [
            ("item", &self.select.item),
            ("title", &self.select.title),
            ("link", &self.select.link),
            ("date", &self.select.date),
            ("date_format", &self.select.date_format),
            ("summary", &self.select.summary),
            ("image", &self.select.image),
            ("author", &self.select.author),
            ("category", &self.select.category),
            ("tags", &self.select.tags),
            ("next", &self.select.next),
        ];
        let lines = keys.into_iter().filter_map(|(key, value)| {
            let value = toml::Value::String(value.clone()?);
            Some(format!("{key} = {value}\n"))
        });
        std::iter::once("[source.select]\n".to_owned())
            .chain(lines)
            .collect()
    }
}

/// The selector of the blocks themselves: one for each kind of block, joined by commas.
fn item(outline: &Outline<'_>, places: &[Places]) -> Option<String> {
    let mut kinds: BTreeMap<(String, u64), Vec<Index>> = BTreeMap::new();
    for place in places {
        let element = outline.at(place.core);
        kinds
            .entry((element.tag.to_string(), outline.kind(place.core)))
            .or_default()
            .push(place.core);
    }
    let all: HashSet<Index> = places.iter().map(|place| place.core).collect();
    let mut kinds: Vec<Vec<Index>> = kinds.into_values().collect();
    kinds.sort_by_key(|cores| std::cmp::Reverse(cores.len()));
    kinds.truncate(MOST_KINDS);
    let mut selectors: Vec<(Index, String)> = kinds
        .iter()
        .filter_map(|cores| Some((*cores.first()?, selector_of_all(outline, cores, &all)?)))
        .collect();
    selectors.sort();
    let mut texts: Vec<String> = selectors.into_iter().map(|(_, text)| text).collect();
    drop_needless(outline, &mut texts);
    let joined = texts.join(", ");
    let found = matches(outline, &joined, 0..outline.len())?;
    let right = found.iter().filter(|index| all.contains(index)).count();
    // Half of the blocks are better than nothing, other blocks among them are not.
    (right * 2 >= all.len() && right * 10 >= found.len() * 8).then_some(joined)
}

/// Leaves out each selector whose blocks the others find as well.
fn drop_needless(outline: &Outline<'_>, texts: &mut Vec<String>) {
    let mut at = 0;
    while texts.len() > 1 && at < texts.len() {
        let mut others = texts.clone();
        others.remove(at);
        let found = |texts: &[String]| matches(outline, &texts.join(", "), 0..outline.len());
        if found(&others) == found(texts) {
            *texts = others;
        } else {
            at += 1;
        }
    }
}

/// The shortest selector that matches blocks of one kind and, of all that have links, nothing else.
fn selector_of_all(outline: &Outline<'_>, cores: &[Index], all: &HashSet<Index>) -> Option<String> {
    let own = simple(outline, cores);
    let parents: Vec<Index> = cores.iter().filter_map(|core| outline.at(*core).parent).collect();
    let mut candidates = vec![own.clone()];
    if parents.len() == cores.len() {
        candidates.push(format!("{} > {own}", simple(outline, &parents)));
    }
    for outer in outline.around(*cores.first()?).skip(1) {
        let range = outline.range(outer);
        if cores.iter().all(|core| range.contains(core)) {
            let id = &outline.at(outer).id;
            if is_plain(id) {
                candidates.push(format!("#{id} {own}"));
            }
            let named = simple(outline, &[outer]);
            candidates.push(format!("{named} {own}"));
            candidates.push(format!("{named} > {own}"));
        }
    }
    let rated = candidates
        .into_iter()
        .take(40)
        .enumerate()
        .filter_map(|(rank, candidate)| {
            let found = matches(outline, &candidate, 0..outline.len())?;
            let right = cores
                .iter()
                .filter(|core| found.binary_search(core).is_ok())
                .count();
            let wrong = found.iter().filter(|index| !all.contains(index)).count();
            (right * 10 >= cores.len() * 9).then_some((wrong, rank, candidate))
        });
    rated.min().map(|(_, _, candidate)| candidate)
}

/// Elements with a link that a selector matches, without those inside another match.
fn matches(outline: &Outline<'_>, selector: &str, scope: Range<Index>) -> Option<Vec<Index>> {
    let selector = Selector::parse(selector).ok()?;
    let found = selector.all(outline, scope, &Cell::new(STEPS)).ok()?;
    let mut end = 0;
    let outermost = found.into_iter().filter(|index| {
        let range = outline.range(*index);
        let counts = range.start >= end && !outline.links_in(&range).is_empty();
        if counts {
            end = range.end;
        }
        counts
    });
    Some(outermost.collect())
}

/// The selector of one part: in each block that has it, its first match is the part.
fn part(
    outline: &Outline<'_>,
    places: &[Places],
    place: &dyn Fn(&Places) -> Option<Index>,
) -> Option<String> {
    let with_part: Vec<(&Places, Index)> = places
        .iter()
        .filter_map(|places| Some((places, place(places)?)))
        .filter(|(places, target)| places.block.contains(target))
        .collect();
    if with_part.is_empty() || with_part.len() * 2 < places.len() {
        return None;
    }
    let targets: Vec<Index> = with_part.iter().map(|(_, target)| *target).collect();
    let parents: Vec<Index> = targets
        .iter()
        .filter_map(|target| outline.at(*target).parent)
        .collect();
    let (own, parent) = (simple(outline, &targets), simple(outline, &parents));
    let mut candidates = vec![
        format!("{parent} > {own}"),
        own.clone(),
        format!("{parent} {own}"),
    ];
    if own.contains('.') {
        candidates.swap(0, 1);
    }
    candidates.into_iter().find(|candidate| {
        let Ok(selector) = Selector::parse(candidate) else {
            return false;
        };
        let steps = Cell::new(STEPS);
        let tried = with_part.len().min(TRIED);
        let right = with_part.iter().take(TRIED).filter(|(places, target)| {
            let found = selector.all(outline, places.block.clone(), &steps);
            found.is_ok_and(|found| found.first() == Some(target))
        });
        right.count() * 10 >= tried * 9
    })
}

/// The tag and the first classes that all of the elements share.
fn simple(outline: &Outline<'_>, elements: &[Index]) -> String {
    const MOST_CLASSES: usize = 2;
    let Some(first) = elements.first() else {
        return "*".to_owned();
    };
    let same_tag = elements
        .iter()
        .all(|element| outline.at(*element).tag == outline.at(*first).tag);
    let mut text = if same_tag {
        outline.at(*first).tag.to_string()
    } else {
        String::new()
    };
    let has = |element: &Index, class: &str| {
        outline
            .at(*element)
            .class
            .split_ascii_whitespace()
            .any(|own| own == class)
    };
    let shared = outline.at(*first).class.split_ascii_whitespace().filter(|class| {
        is_plain(class)
            && super::outline::kind_of_class(class).is_some()
            && elements.iter().all(|element| has(element, class))
    });
    for class in shared.take(MOST_CLASSES) {
        text.push('.');
        text.push_str(class);
    }
    if text.is_empty() { "*".to_owned() } else { text }
}

/// Whether a name needs no escapes in a selector, and is not made by a machine for one page.
fn is_plain(name: &str) -> bool {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    name.len() <= 60
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && digits < 4
}
