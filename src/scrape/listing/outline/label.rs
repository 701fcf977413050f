//! What elements are called, so that those of one kind have one name however they are numbered, coloured or sorted.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use dom_query::LocalName;
use xxhash_rust::xxh3::Xxh3Default;

use super::super::region;
use super::{Index, Outline};

impl Outline<'_> {
    /// Names each element by its tag and classes, and by the path of such names that leads to it.
    pub(super) fn name_paths(&mut self) {
        let kept = self.kept_classes();
        for (index, kept) in kept.iter().enumerate() {
            let element = &self.elements[index];
            let mut label = Xxh3Default::new();
            element.tag.hash(&mut label);
            kept.hash(&mut label);
            self.place_among_siblings(index).hash(&mut label);
            let label = label.finish();
            let mut path = Xxh3Default::new();
            element
                .parent
                .map_or(0, |parent| self.paths[parent])
                .hash(&mut path);
            label.hash(&mut path);
            self.paths.push(path.finish());
        }
        self.kinds = kept;
    }

    /// In which column a cell is, or which of the two or three links of its parent a link is: these are roles
    /// when nothing else names them. Zero elsewhere.
    fn place_among_siblings(&self, index: Index) -> usize {
        let element = &self.elements[index];
        let Some(parent) = element.parent else { return 0 };
        let few = |tag: &str| {
            let alike = self.children(parent).take(6).filter(|child| self.is(*child, tag));
            let (before, all) = alike.fold((0, 0), |(before, all), child| {
                (before + usize::from(child < index), all + 1)
            });
            (before, all)
        };
        match &*element.tag {
            "td" if self.elements[parent].children > 1 => element.position.min(8) + 1,
            "a" if matches!(&*self.elements[parent].tag, "li" | "td" | "p" | "h2" | "h3") => {
                let (before, all) = few("a");
                if (2..=3).contains(&all) { before + 1 } else { 0 }
            }
            _ => 0,
        }
    }

    /// The classes of each element that say what kind of thing it is, hashed.
    fn kept_classes(&self) -> Vec<u64> {
        let mut kept = vec![0; self.elements.len()];
        let mut by_tag: HashMap<LocalName, Vec<Index>> = HashMap::new();
        for parent in 0..self.elements.len() {
            for child in self.children(parent) {
                by_tag
                    .entry(self.elements[child].tag.clone())
                    .or_default()
                    .push(child);
            }
            for (_, siblings) in by_tag.drain() {
                self.keep_common(&siblings, &mut kept);
            }
        }
        kept
    }

    /// Of siblings in a row, a class that only a few have is one's own: its number, category or state.
    fn keep_common(&self, siblings: &[Index], kept: &mut [u64]) {
        let classes = |index: Index| {
            let all = self.elements[index].class.split_ascii_whitespace();
            all.take(region::MOST_NAMES).filter_map(kind_of_class)
        };
        let mut count: HashMap<String, usize> = HashMap::new();
        if siblings.len() >= 4 {
            siblings
                .iter()
                .flat_map(|sibling| classes(*sibling))
                .for_each(|class| *count.entry(class).or_default() += 1);
        }
        let shares_a_class = count.values().any(|count| count * 5 >= siblings.len() * 4);
        // A long row of parts none of which is called like another: their classes are names.
        let all_differ = siblings.len() >= 8 && count.values().all(|count| *count == 1);
        for sibling in siblings {
            let list_like = matches!(
                &*self.elements[*sibling].tag,
                "li" | "tr" | "article" | "a" | "p" | "dt" | "dd"
            );
            let drop_rare = siblings.len() >= 4 && (shares_a_class || list_like || all_differ);
            let mut names: Vec<String> = classes(*sibling)
                .filter(|class| {
                    !drop_rare
                        || count
                            .get(class)
                            .is_some_and(|count| count * 10 >= siblings.len() * 7)
                })
                .collect();
            names.sort_unstable();
            names.dedup();
            let mut hash = Xxh3Default::new();
            names.hash(&mut hash);
            kept[*sibling] = hash.finish();
        }
    }
}

/// A class as the name of a kind: numbers in it count nothing (`col-md-4` stays apart from `col-lg-4`), what
/// WordPress writes for each post and what names a state is none.
pub(in super::super) fn kind_of_class(class: &str) -> Option<String> {
    const OF_ONE: [&str; 8] = [
        "post-",
        "category-",
        "tag-",
        "status-",
        "format-",
        "author-",
        "type-",
        "has-",
    ];
    const STATES: [&str; 14] = [
        "odd", "even", "first", "last", "active", "current", "sticky", "clearfix", "selected", "open",
        "loaded", "alt", "hover", "clear",
    ];
    let lower = class.to_lowercase();
    let of_one = OF_ONE.iter().any(|prefix| {
        lower.strip_prefix(prefix).is_some_and(|rest| {
            *prefix != "post-" || rest.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        })
    });
    let last = lower.rsplit(['-', '_']).next().unwrap_or(&lower);
    if of_one
        || lower.len() > 80
        || STATES.contains(&lower.as_str())
        || ["odd", "even", "first", "last"].contains(&last)
    {
        return None;
    }
    let mut kind = String::with_capacity(lower.len());
    for c in lower.chars() {
        if !c.is_numeric() {
            kind.push(c);
        } else if !kind.ends_with('#') {
            kind.push('#');
        }
    }
    Some(kind)
}
