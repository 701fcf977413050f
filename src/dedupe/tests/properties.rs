//! What holds for any articles in any order.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::texts::{DAM, DAM_ARABIC, LIBRARY, half};
use super::*;

/// Articles of one refresh: three texts, a copy and a part of some, and a form with other numbers.
fn refresh<'a>() -> Vec<Article<'a>> {
    let rates = ["7.58 dinars, gold at 702", "7.61 dinars, gold at 705"];
    let mut articles = vec![
        article(0, "wire.example", "Qattara spillway reopens", DAM),
        article(1, "coast.example", "Three villages go home", DAM),
        article(1, "fields.example", "Nine days at the gates", half(DAM)),
        article(0, "arabic.example", "إعادة فتح مفيض السد", DAM_ARABIC),
        article(2, "mirror.example", "العائلات تعود", DAM_ARABIC),
        article(0, "coast.example", "Mizran library opens", LIBRARY),
        article(2, "town.example", "Books are back", LIBRARY),
    ];
    articles.extend(rates.map(|rates| article(0, "bank.example", "Rates", rates)));
    articles
}

/// The groups that `label` makes of articles which came in this order.
fn groups(order: &[usize], label: impl Fn(usize) -> u64) -> BTreeSet<BTreeSet<usize>> {
    let group = |of: u64| {
        let same = (0..order.len()).filter(|at| label(*at) == of);
        same.map(|at| order[at]).collect::<BTreeSet<usize>>()
    };
    (0..order.len()).map(|at| group(label(at))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn order_within_a_refresh_does_not_matter(order in Just((0..9).collect::<Vec<usize>>()).prop_shuffle()) {
        let all = refresh();
        let groups_in = |order: &[usize]| {
            let articles: Vec<Article> = order.iter().map(|at| all[*at]).collect();
            let found = Index::new(Settings::default(), Aliases::default()).add(&articles);
            let item = |at: usize| found[at].duplicate_of.map_or(at as u64, |original| original.0);
            let story = |at: usize| found[at].story.map_or(at as u64, |story| story.0);
            (groups(order, item), groups(order, story))
        };
        let sorted: Vec<usize> = (0..9).collect();
        prop_assert_eq!(groups_in(&order), groups_in(&sorted));
    }

    #[test]
    fn any_text_is_resolved_within_its_bounds(
        articles in prop::collection::vec(("\\PC{0,20}", "(?s).{0,200}", "(?s).{0,600}", any::<i32>()), 1..12),
    ) {
        let articles: Vec<Article> = articles
            .iter()
            .map(|(host, title, text, hour)| at(title, article(i64::from(*hour) % 1_000_000, host, title, text)))
            .collect();
        let mut index = Index::new(Settings::default(), Aliases::new([vec!["a", "", "東京"]]));
        let known = articles.len() as u64;
        for resolution in index.add(&articles).iter().chain(&index.add(&articles)) {
            prop_assert!(resolution.duplicate_of.is_none_or(|original| original.0 < 2 * known));
            prop_assert!(resolution.story_similarity.is_finite());
            prop_assert!(resolution.compared.len() <= super::super::MOST_CANDIDATES);
        }
    }

    #[test]
    fn words_written_in_any_script_again_are_the_same_article(
        words in prop::collection::vec("[a-zäéβжبتجح東京]{4,9}", 40..120),
    ) {
        let text = words.join(" ");
        let articles = [article(0, "one.example", "One", &text), article(1, "two.example", "Two", &text)];
        let resolutions = one_by_one(&articles, Aliases::default());
        prop_assert!(resolutions[1].duplicate_of.is_some(), "{:?}", resolutions[1].compared);
    }
}
