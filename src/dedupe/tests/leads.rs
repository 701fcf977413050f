//! Copies below a first paragraph of the copier's own, whose end is cut.

use super::texts::{DAM, LIBRARY};
use super::*;

/// A text without its last paragraph.
fn cut(text: &str) -> &str {
    text.rsplit_once('\n').unwrap().0
}

/// Whether a copy with this headline, lead and end is known as one, in either order.
fn is_copy(text: &str, title: &str, lead: &str, rest: &str) -> bool {
    let copied = format!("{lead}\n{rest}");
    let articles = [
        article(0, "wire.example", "From the wire", text),
        article(3, "coast.example", title, &copied),
    ];
    let there = one_by_one(&articles, Aliases::default());
    let back = one_by_one(&[articles[1], articles[0]], Aliases::default());
    let is_copy = |found: &[Resolution]| found[1].duplicate_of.is_some();
    assert_eq!(is_copy(&there), is_copy(&back), "the order matters: {lead}");
    is_copy(&there)
}

#[test]
fn a_copiers_own_first_paragraph_has_facts_of_its_own() {
    for (name, title, lead) in [
        (
            "names",
            "What the coast pays for a dam",
            "On the evening after, Yunus Derbali and Maha Sirtawi of the fishermen's union met the merchant Rifat Zayed in Hilal to speak of what it means for those who live from the sea.",
        ),
        (
            "numbers",
            "What the coast pays for a dam",
            "Of 31 letters to this paper in 2 weeks, 19 asked about the dam and 12 about the road that leads there.",
        ),
        (
            "a denial",
            "What the coast pays for a dam",
            "The road to the coast is not open yet, and nobody here can say when the first lorry will come through.",
        ),
    ] {
        assert!(is_copy(DAM, title, lead, DAM), "{name}, whole");
        assert!(is_copy(DAM, title, lead, cut(DAM)), "{name}, cut");
    }
}

#[test]
fn what_is_news_in_a_first_paragraph_is_another_article() {
    for (name, title, lead, rest) in [
        (
            "a headline about it",
            "Derbali resigns over Qattara",
            "The head of the board, Yunus Derbali, left his office late in the evening without a word to those who had waited for him at the gates of Qattara.",
            cut(DAM).to_owned(),
        ),
        (
            "a denial in the headline",
            "Spillway not open, engineers say",
            "The spillway is not open, engineers said, and whoever wrote that it is should come and look at it.",
            cut(DAM).to_owned(),
        ),
        (
            "other facts below, too",
            "What the coast pays for a dam",
            "On the evening after, Yunus Derbali and Maha Sirtawi of the fishermen's union met the merchant Rifat Zayed in Hilal to speak of what it means for those who live from the sea.",
            cut(DAM).replace("37 divers", "52 divers"),
        ),
        (
            "a denial below",
            "What the coast pays for a dam",
            "The whole coast has waited for the gates, and people from all its villages came to look at them.",
            cut(DAM).replace("had been bent by", "had not been bent by"),
        ),
        (
            "half of it is new",
            "What the coast pays for a dam",
            "On the evening after, Yunus Derbali met the merchant Rifat Zayed at the quay.",
            format!("{}\n{}", LIBRARY, cut(cut(DAM))),
        ),
    ] {
        assert!(!is_copy(DAM, title, lead, &rest), "{name}");
    }
}
