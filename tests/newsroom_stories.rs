//! Which stories the sample newsroom's page shows, all of whose articles are about one country.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod newsroom;
mod program;

use std::collections::BTreeSet;

use newsroom::Newsroom;
use program::Program;

const AFRICOM: &str = "AFRICOM Commander Meets Khalifa Haftar in Benghazi on Joint Military Cooperation";
const AFRICOM_ARABIC: &str = "حفتر يبحث مع قائد أفريكوم في بنغازي التعاون العسكري المشترك";
const ELDERS: &str = "Haftar Receives Elders From the South on Border Roads and Fuel";
const BUDGET: &str = "House of Representatives Postpones Budget Vote for a Third Time";
const FUTSAL: &str = "Women’s futsal league doubles to twelve teams";
const DERBY: &str = "Points Shared in Benghazi as League Title Race Tightens";
const RECOUNT: &str = "Court orders recount in two municipal councils";
const MAYORS: &str = "Mayors From Three Regions Discuss Local Election Calendar With UN Mission";
const CONSULTATION: &str = "UN mission hosts mayors’ consultation on the local election calendar";
const OUTPUT_RECOVERS: &str = "NOC Says Output at Desert Field Recovers After Pipeline Repair";
const REPAIR_COST: &str = "Nine days, 300 metres: what the pipeline repair cost";

/// The titles that the page shows, a story a set.
fn stories(page: &str) -> Vec<BTreeSet<String>> {
    // An article stands before the further ones of its story.
    let mut stories: Vec<BTreeSet<String>> = Vec::new();
    let mut is_further = false;
    for article in page.split("<h3>").skip(1) {
        let (heading, rest) = article.split_once("</h3>").unwrap();
        let title = heading.trim_end_matches("</a>").rsplit('>').next().unwrap();
        match stories.last_mut().filter(|_| is_further) {
            Some(story) => story.extend([title.replace("&amp;", "&")]),
            None => stories.push(BTreeSet::from([title.replace("&amp;", "&")])),
        }
        let opens = rest.contains("<details class=\"story\">");
        is_further = opens || (is_further && !rest.contains("</details>"));
    }
    stories
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_refresh_of_the_sample_newsroom_finds_its_stories_and_no_others() {
    let newsroom = Newsroom::start().await.unwrap();
    let program =
        Program::with(|output, database| newsroom.config(output, database) + &newsroom.page_sources());
    program.refresh(&[], 3);
    let stories = stories(&program.read("index.html"));
    let story = |title: &str| {
        let place = stories.iter().position(|story| story.contains(title));
        place.unwrap_or_else(|| panic!("{title} is not in {stories:#?}"))
    };
    for (one, other) in [
        (AFRICOM, AFRICOM_ARABIC),
        (MAYORS, CONSULTATION),
        (OUTPUT_RECOVERS, REPAIR_COST),
    ] {
        assert_eq!(story(one), story(other), "{one} / {other}");
    }
    for alone in [ELDERS, BUDGET, FUTSAL, DERBY, RECOUNT] {
        assert_eq!(stories[story(alone)].len(), 1, "{:?}", stories[story(alone)]);
    }
}
