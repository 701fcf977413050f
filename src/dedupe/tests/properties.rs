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

/// The items and the stories among articles that come in this order.
fn groups_in(all: &[Article], order: &[usize]) -> [BTreeSet<BTreeSet<usize>>; 2] {
    let articles: Vec<Article> = order.iter().map(|at| all[*at]).collect();
    let mut index = Index::new(Settings::default(), Aliases::default());
    let found = add(&mut index, &numbered(&articles));
    let item = |at: usize| found[at].duplicate_of.map_or(at as u64, |original| original.0);
    let story = |at: usize| found[at].story.map_or(at as u64, |story| story.0);
    [groups(order, item), groups(order, story)]
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
        let sorted: Vec<usize> = (0..9).collect();
        prop_assert_eq!(groups_in(&all, &order), groups_in(&all, &sorted));
    }

    /// Texts that overlap in parts: what is compared first decides most.
    #[test]
    fn order_within_a_refresh_does_not_matter_where_all_resemble_all(
        (articles, order) in prop::collection::vec(prop::collection::vec(0usize..8, 2..5), 3..9).prop_flat_map(|articles| {
            let order = (0..articles.len()).collect::<Vec<usize>>();
            (Just(articles), Just(order).prop_shuffle())
        }),
    ) {
        let sentences: Vec<&str> = DAM.lines().flat_map(|line| line.split(". ")).collect();
        let write = |parts: &[usize]| parts.iter().map(|part| sentences[*part]).collect::<Vec<_>>().join(". ");
        let texts: Vec<String> = articles.iter().map(|parts| write(parts)).collect();
        let hosts = ["a.example", "b.example", "c.example"];
        let all: Vec<Article> = texts
            .iter()
            .enumerate()
            .map(|(at, text)| article(0, hosts[at % 3], sentences[at % sentences.len()], text))
            .collect();
        let sorted: Vec<usize> = (0..all.len()).collect();
        prop_assert_eq!(groups_in(&all, &order), groups_in(&all, &sorted));
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
        // The second time, all are known and come again.
        let twice = [0; 2].map(|_| add(&mut index, &numbered(&articles)));
        for resolution in twice.iter().flatten() {
            prop_assert!(resolution.duplicate_of.is_none_or(|original| original.0 < known));
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
