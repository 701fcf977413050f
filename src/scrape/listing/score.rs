//! How much a group of links looks like the list of a page's articles.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::address::Kind;
use super::group::{Group, Links};
use super::outline::{Index, Outline};
use super::region::Region;
use super::title::{self, Rule, Title};
use super::words;

/// A group, seen from all sides.
pub(super) struct Candidate {
    pub(super) group: Group,
    pub(super) traits: Traits,
    pub(super) score: f64,
    /// What the score is made of, for `inspect`.
    pub(super) parts: Vec<(&'static str, f64)>,
}

/// Shares of a group's members, 0 to 1, unless said otherwise.
#[derive(Clone, Debug, Default)]
pub(super) struct Traits {
    pub(super) heading: f64,
    pub(super) title_class: f64,
    /// The median count of words in a title.
    pub(super) words: usize,
    pub(super) date: f64,
    /// Characters of a block beyond its title, on average.
    pub(super) beyond: f64,
    pub(super) image: f64,
    pub(super) article: f64,
    pub(super) main: f64,
    pub(super) elsewhere: f64,
    pub(super) utility: f64,
    pub(super) article_address: f64,
    pub(super) offsite: f64,
    pub(super) same_text: f64,
    pub(super) untitled: f64,
    pub(super) borrowed: f64,
    pub(super) meta: f64,
    pub(super) declared: f64,
    /// The shape that most addresses have, and their share.
    pub(super) shape: (String, f64),
    /// The heading above the block names other things than the page's list.
    pub(super) sideshow: bool,
}

/// What is known of the whole page before groups are looked at.
pub(super) struct Facts<'a> {
    pub(super) outline: &'a Outline<'a>,
    pub(super) links: &'a Links,
    /// Positions in the text where dates begin, sorted.
    pub(super) dates: &'a [usize],
    /// Which addresses the page's own data (JSON-LD, microdata) calls articles.
    pub(super) declared: HashSet<usize>,
}

impl Facts<'_> {
    pub(super) fn has_date(&self, elements: &Range<Index>) -> bool {
        let text = self.outline.text_range(elements);
        let at = self.dates.partition_point(|date| *date < text.start);
        self.dates.get(at).is_some_and(|date| *date < text.end) || !self.outline.times_in(elements).is_empty()
    }
}

pub(super) fn candidate(facts: &Facts<'_>, group: Group) -> Candidate {
    let titles: Vec<Option<Title>> = group
        .members
        .iter()
        .map(|member| title::of(facts.outline, facts.links, member))
        .collect();
    let traits = traits(facts, &group, &titles);
    let parts = parts(&traits, group.members.len());
    let score = parts.iter().map(|(_, points)| points).sum();
    Candidate {
        group,
        traits,
        score,
        parts,
    }
}

fn traits(facts: &Facts<'_>, group: &Group, titles: &[Option<Title>]) -> Traits {
    let outline = facts.outline;
    let count = group.members.len().max(1) as f64;
    let share =
        |fits: &dyn Fn(usize) -> bool| (0..group.members.len()).filter(|at| fits(*at)).count() as f64 / count;
    let link = |at: usize| group.members[at].link.element;
    let address = |at: usize| facts.links.address(group.members[at].link);
    let block = |at: usize| &group.members[at].block;
    let beyond = |at: usize| {
        let title = titles[at].as_ref().map_or(0, |title| title.text.len());
        outline.text_of(block(at)).len().min(2_000).saturating_sub(title)
    };
    let own = |at: usize, levels: usize, region: Region| {
        outline
            .around(link(at))
            .take(levels)
            .any(|outer| outline.at(outer).own.has(region))
    };
    let rule = |at: usize| titles[at].as_ref().map(|title| title.rule);
    let mut words: Vec<usize> = titles
        .iter()
        .flatten()
        .map(|title| words::count(&title.text))
        .collect();
    words.sort_unstable();
    let texts: HashSet<&str> = titles.iter().flatten().map(|title| title.text.as_str()).collect();
    let titled = titles.iter().flatten().count();
    Traits {
        heading: share(&|at| rule(at) == Some(Rule::Heading)),
        title_class: share(&|at| {
            own(at, 3, Region::TITLE)
                || titles[at]
                    .as_ref()
                    .and_then(|title| title.element)
                    .is_some_and(|element| outline.at(element).own.has(Region::TITLE))
        }),
        words: words.get(words.len() / 2).copied().unwrap_or(0),
        date: share(&|at| facts.has_date(block(at))),
        beyond: (0..group.members.len()).map(beyond).sum::<usize>() as f64 / count,
        image: share(&|at| !outline.images_in(block(at)).is_empty()),
        article: share(&|at| outline.at(link(at)).region.has(Region::ARTICLE)),
        main: share(&|at| outline.at(link(at)).region.has(Region::MAIN)),
        elsewhere: share(&|at| outline.at(link(at)).region.has(Region::ELSEWHERE)),
        utility: share(&|at| address(at).kind == Kind::Utility),
        article_address: share(&|at| address(at).kind == Kind::Article),
        offsite: share(&|at| !address(at).own_site),
        same_text: if titled == 0 {
            0.0
        } else {
            1.0 - texts.len() as f64 / titled as f64
        },
        untitled: share(&|at| titles[at].is_none()),
        borrowed: share(&|at| rule(at) >= Some(Rule::SameAddress)),
        meta: share(&|at| own(at, 3, Region::META) && !own(at, 3, Region::TITLE)),
        declared: share(&|at| facts.declared.contains(&group.members[at].link.address)),
        shape: shape(facts, group),
        sideshow: section_heading(outline, group).is_some_and(words::names_a_sideshow),
    }
}

/// The most frequent shape of the group's addresses, and its share.
fn shape(facts: &Facts<'_>, group: &Group) -> (String, f64) {
    let mut count: HashMap<&str, usize> = HashMap::new();
    for member in &group.members {
        *count.entry(&facts.links.address(member.link).shape).or_default() += 1;
    }
    let most = count
        .into_iter()
        .max_by_key(|(shape, count)| (*count, std::cmp::Reverse(*shape)));
    most.map_or((String::new(), 0.0), |(shape, count)| {
        (shape.to_owned(), count as f64 / group.members.len() as f64)
    })
}

/// The heading right above a group's first block: "Latest news", "Must read".
pub(super) fn section_heading<'o>(outline: &'o Outline<'_>, group: &Group) -> Option<&'o str> {
    const LEVELS: usize = 4;
    let first = group.members.first()?.block.start;
    outline.around(first).skip(1).take(LEVELS).find_map(|outer| {
        let before: Vec<Index> = outline
            .children(outer)
            .take_while(|child| outline.at(*child).end <= first)
            .collect();
        before
            .iter()
            .rev()
            .take(3)
            .find_map(|sibling| heading_in(outline, *sibling))
    })
}

/// A short text that is a heading, or is called one, in an element that holds little else.
fn heading_in<'o>(outline: &'o Outline<'_>, element: Index) -> Option<&'o str> {
    const LONGEST: usize = 80;
    if outline.text(element).len() > LONGEST * 4 {
        return None;
    }
    let is_heading = |part: &Index| {
        let tag = &*outline.at(*part).tag;
        matches!(
            tag,
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "legend" | "caption" | "th"
        ) || outline.at(*part).own.has(Region::TITLE)
    };
    let part = outline.range(element).take(40).find(is_heading)?;
    let text = outline.text(part);
    (!text.is_empty() && text.len() <= LONGEST).then_some(text)
}

/// The points that each trait is worth.
fn parts(traits: &Traits, count: usize) -> Vec<(&'static str, f64)> {
    let words = match traits.words {
        4..=40 => 10.0,
        3 => 4.0,
        2 => -2.0,
        _ => -8.0,
    };
    let parts = [
        ("number", (count.min(30) as f64).sqrt() * 3.0),
        ("heading", 14.0 * traits.heading),
        ("title class", 6.0 * traits.title_class),
        ("words of the title", words),
        ("date", 10.0 * traits.date),
        ("text beyond the title", (traits.beyond / 40.0).min(6.0)),
        ("picture", 3.0 * traits.image),
        ("article element", 6.0 * traits.article),
        ("main column", 5.0 * traits.main),
        ("menu, sidebar or footer", -22.0 * traits.elsewhere),
        ("address of a section", -25.0 * traits.utility),
        ("address of an article", 6.0 * traits.article_address),
        (
            "addresses alike",
            if traits.article_address > 0.5 {
                3.0 * traits.shape.1
            } else {
                0.0
            },
        ),
        ("other site", -8.0 * traits.offsite),
        ("same title", -20.0 * traits.same_text),
        ("no title", -25.0 * traits.untitled),
        ("title not in the link", -4.0 * traits.borrowed),
        ("author or category", -12.0 * traits.meta),
        ("named in the page's data", 15.0 * traits.declared),
        ("heading of the block", if traits.sideshow { -20.0 } else { 0.0 }),
        ("few", if count < 3 { -6.0 } else { 0.0 }),
    ];
    parts.into_iter().filter(|(_, points)| *points != 0.0).collect()
}
