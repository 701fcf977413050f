//! Different articles about one event together, and other events apart.

use super::texts::{DAM, LIBRARY};
use super::*;

/// What other outlets write about the dam that [`DAM`] is about.
const DAM_ELSEWHERE: [(&str, &str); 3] = [
    (
        "Villagers return after Qattara gates are replaced",
        "Families from Sidi Khalifa slept in their own beds again on Monday night, after the water authority declared the \
        Qattara dam safe. 'My daughter kissed the door,' said one father. Chief engineer Salem Bunwara handed out sweets at \
        the spillway, where divers had worked for nine days.",
    ),
    (
        "Farmers below Qattara dam want money for lost barley",
        "The repair of the Qattara spillway left 190 hectares of barley dry, and growers near Sidi Khalifa say that a promise \
        is not a payment. Their union wrote to the water authority and to Salem Bunwara, asking for seed before December.",
    ),
    (
        "Surveyor who built Qattara dam: the drains were forgotten",
        "Huda Ashour was 24 when she set the pegs for the Qattara wall. At a meeting in Sidi Khalifa she praised the welders \
        of Salem Bunwara, who mended the spillway, and scolded the water authority for drains that nobody cleaned.",
    ),
];

fn about_the_dam<'a>() -> Vec<Article<'a>> {
    let first = article(0, "wire.example", "Qattara spillway reopens after repairs", DAM);
    let hosts = ["coast.example", "fields.example", "voices.example"];
    let others = (2..).zip(hosts).zip(DAM_ELSEWHERE);
    std::iter::once(first)
        .chain(others.map(|((hour, host), (title, text))| article(hour, host, title, text)))
        .collect()
}

#[test]
fn articles_about_one_event_are_one_story_of_several_items() {
    let mut articles = about_the_dam();
    articles.push(article(
        4,
        "coast.example",
        "Mizran library opens its doors",
        LIBRARY,
    ));
    let resolutions = one_by_one(&articles, Aliases::default());
    assert_eq!(stories_of(&resolutions), [0, 0, 0, 0, 4]);
    assert!(
        resolutions
            .iter()
            .all(|resolution| resolution.duplicate_of.is_none())
    );
}

#[test]
fn a_copy_is_in_the_story_of_its_original() {
    let mut articles = about_the_dam();
    articles.push(article(9, "mirror.example", "Water runs again", DAM));
    let resolutions = one_by_one(&articles, Aliases::default());
    assert_eq!(resolutions[4].duplicate_of, Some(super::super::ItemKey(0)));
    assert_eq!(stories_of(&resolutions), [0, 0, 0, 0, 0]);
}

#[test]
fn a_meeting_weeks_later_is_a_new_story() {
    let meeting = "Foreign minister Idris Lagha and his Maltese colleague Carmen Zerafa discussed fishing rights and the \
        search for missing boats in Valletta. Lagha and Zerafa agreed to open a hotline for captains.";
    let other = "Idris Lagha travelled to Valletta to see Carmen Zerafa. The foreign minister and his Maltese colleague spoke \
        about fishing rights, missing boats and a hotline for captains.";
    for (hours, expected) in [(20, [0, 0]), (24 * 25, [0, 1]), (24 * 90, [0, 1])] {
        let articles = [
            article(
                0,
                "wire.example",
                "Lagha and Zerafa meet in Valletta on fishing",
                meeting,
            ),
            article(
                hours,
                "coast.example",
                "Fishing: Lagha sees Zerafa in Valletta",
                other,
            ),
        ];
        let resolutions = one_by_one(&articles, Aliases::default());
        assert_eq!(stories_of(&resolutions), expected, "after {hours} hours");
    }
}

#[test]
fn the_next_of_a_series_is_no_story_with_the_last() {
    let rates = |dollar, euro, gold| {
        format!(
            "The dollar was traded at {dollar} dinars in the parallel market this morning and the euro at {euro}. A gram of \
            gold cost {gold} dinars in the old city, dealers said."
        )
    };
    let (one, other) = (rates("7.58", "8.21", "702"), rates("7.61", "8.24", "705"));
    let articles = [
        article(0, "paper.example", "Dinar exchange rates", &one),
        article(24, "paper.example", "Dinar exchange rates", &other),
    ];
    assert_eq!(stories_of(&one_by_one(&articles, Aliases::default())), [0, 1]);
}

#[test]
fn aliases_join_what_two_languages_write() {
    let arabic = "استقبل خليفة حفتر في الرجمة قائد أفريكوم مايكل لانغلي، وبحث الجانبان التعاون العسكري وتدريب الوحدات في سرت.";
    let english = "Khalifa Haftar received AFRICOM commander Michael Langley at Rajma. They spoke about military cooperation \
        and the training of units in Sirte.";
    let articles = [
        article(
            0,
            "arabic.example",
            "حفتر يستقبل لانغلي قائد أفريكوم في الرجمة",
            arabic,
        ),
        article(
            3,
            "english.example",
            "Haftar receives AFRICOM's Langley in Rajma",
            english,
        ),
    ];
    let aliases = Aliases::new([
        vec!["AFRICOM", "U.S. Africa Command", "أفريكوم"],
        vec!["Khalifa Haftar", "Haftar", "Hifter", "حفتر"],
        vec!["Langley", "لانغلي"],
        vec!["Rajma", "الرجمة"],
    ]);
    assert_eq!(stories_of(&one_by_one(&articles, aliases)), [0, 0]);
    assert_eq!(stories_of(&one_by_one(&articles, Aliases::default())), [0, 1]);
}
