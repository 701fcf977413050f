//! Which groups of links together are the page's articles.

use std::collections::{HashMap, HashSet};

use super::group::{AddressId, Link};
use super::outline::{Index, Outline};
use super::region::Region;
use super::score::{Candidate, Facts};

/// Below this nothing is called a list of articles.
const LEAST_SCORE: f64 = 12.0;

/// The chosen links in document order, one per address, and the candidate that led.
pub(super) struct Choice<'c> {
    pub(super) best: &'c Candidate,
    pub(super) links: Vec<Link>,
}

/// `candidates` sorted by score, best first.
pub(super) fn choose<'c>(facts: &Facts<'_>, candidates: &'c [Candidate]) -> Option<Choice<'c>> {
    let best = candidates
        .iter()
        .find(|candidate| candidate.group.members.len() >= 2)?;
    if best.score < LEAST_SCORE {
        return None;
    }
    let mut used: HashSet<AddressId> = addresses(best).collect();
    let mut articles = Articles::default();
    articles.take(facts.outline, best);
    let mut taken = vec![best];
    for candidate in candidates
        .iter()
        .filter(|candidate| !std::ptr::eq(*candidate, best))
    {
        let known = addresses(candidate).all(|address| used.contains(&address));
        if known || articles.hold(facts.outline, candidate) || !belongs(facts, best, candidate) {
            continue;
        }
        used.extend(addresses(candidate));
        articles.take(facts.outline, candidate);
        taken.push(candidate);
    }
    let mut links = Vec::new();
    let mut seen = HashSet::new();
    for candidate in &taken {
        let of_group = candidate.group.members.iter().map(|member| member.link);
        links.extend(of_group.filter(|link| seen.insert(link.address)));
    }
    links.sort_by_key(|link| link.element);
    Some(Choice { best, links })
}

fn addresses(candidate: &Candidate) -> impl Iterator<Item = AddressId> {
    candidate.group.members.iter().map(|member| member.link.address)
}

/// The `article` elements around chosen links, each with its link's address; `None` for one that holds several and so
/// is a wrapper of the list.
#[derive(Default)]
struct Articles(HashMap<Index, Option<AddressId>>);

impl Articles {
    fn take(&mut self, outline: &Outline<'_>, candidate: &Candidate) {
        for member in &candidate.group.members {
            let address = Some(member.link.address);
            if let Some(article) = article_around(outline, member.link.element) {
                let known = self.0.entry(article).or_insert(address);
                *known = known.filter(|known| Some(*known) == address);
            }
        }
    }

    /// Whether most of a group's links stand in articles that have a link of their own: in their texts.
    fn hold(&self, outline: &Outline<'_>, candidate: &Candidate) -> bool {
        let inside = candidate.group.members.iter().filter(|member| {
            let article = article_around(outline, member.link.element);
            let own = article.and_then(|article| *self.0.get(&article)?);
            own.is_some_and(|own| own != member.link.address)
        });
        inside.count() * 2 > candidate.group.members.len()
    }
}

fn article_around(outline: &Outline<'_>, element: Index) -> Option<Index> {
    outline
        .around(element)
        .find(|outer| outline.is(*outer, "article"))
}

/// Whether a group shows articles of the same kind as the best one: a hero block, another section of a home page.
fn belongs(facts: &Facts<'_>, best: &Candidate, other: &Candidate) -> bool {
    let (ours, theirs) = (&best.traits, &other.traits);
    let excluded = theirs.elsewhere > ours.elsewhere + 0.2
        || theirs.utility > 0.2
        || theirs.untitled > 0.3
        || theirs.meta > ours.meta + 0.3
        || theirs.sideshow;
    if excluded {
        return false;
    }
    let mut points = 0.0;
    points += alike(facts.outline, best, other);
    points += if theirs.heading >= 0.5 && ours.heading >= 0.5 {
        1.0
    } else {
        0.0
    };
    if theirs.shape.0 == ours.shape.0 && theirs.shape.1 >= 0.6 {
        points += if ours.article_address >= 0.6 { 2.0 } else { 1.0 };
    } else if ours.article_address >= 0.6 && theirs.article_address < 0.5 {
        points -= 2.0;
    }
    points += match other.score / best.score {
        0.75.. => 2.0,
        0.55.. => 1.0,
        0.35.. => 0.0,
        _ => -1.0,
    };
    let (dated, undated) = (ours.date >= 0.5, theirs.date < 0.3);
    points += if dated && !undated { 1.0 } else { 0.0 };
    points -= if dated && undated { 1.0 } else { 0.0 };
    points -= if ours.main > 0.5 && theirs.main < 0.5 {
        1.0
    } else {
        0.0
    };
    points -= if theirs.words * 2 < ours.words { 1.0 } else { 0.0 };
    points -= if theirs.offsite > ours.offsite + 0.3 {
        2.0
    } else {
        0.0
    };
    points += if theirs.declared > 0.5 { 2.0 } else { 0.0 };
    points >= 4.0
}

/// How much the titles of two groups are built alike.
fn alike(outline: &Outline<'_>, best: &Candidate, other: &Candidate) -> f64 {
    let (Some(a), Some(b)) = (best.group.members.first(), other.group.members.first()) else {
        return 0.0;
    };
    let near = |element| {
        let nearest = outline.around(element).take(2);
        nearest
            .map(|outer| (&outline.at(outer).tag, outline.kind(outer)))
            .collect::<Vec<_>>()
    };
    let named = outline
        .around(a.link.element)
        .take(2)
        .any(|outer| !outline.at(outer).class.is_empty());
    let heading = |element| {
        outline
            .around(element)
            .take(4)
            .chain(outline.headings_in(&outline.range(element)).first().copied())
            .find(|outer| matches!(&*outline.at(*outer).tag, "h1" | "h2" | "h3" | "h4" | "h5" | "h6"))
            .map(|outer| outline.at(outer).tag.clone())
    };
    let mut points = 0.0;
    if near(a.link.element) == near(b.link.element) {
        points += if named { 3.0 } else { 2.0 };
    }
    if heading(a.link.element).is_some() && heading(a.link.element) == heading(b.link.element) {
        points += 1.0;
    }
    let is_article = |element| outline.at(element).region.has(Region::ARTICLE);
    if is_article(a.link.element) && is_article(b.link.element) {
        points += 1.0;
    }
    points
}
