//! Copies: whose text is shown, and what becomes of a copy that is edited until it is none.

use serde_json::Value;

use crate::desk::{OTHER_REPORT, REPORT, paragraphs};
use crate::town::{AGGREGATOR, EVIL, OTHER, Town, VICTIM, html, story};

const COPY: &str = "http://127.0.0.3/copy";
const OWN: &str = "http://127.0.0.2/own";

/// A text about something else.
const GOLD: [&str; 3] = [
    "Gold bars and coins are sold by the dealers of Evil at prices that nobody else in the bazaar can offer this winter.",
    "Customers who bought forty ounces in September now own twice as much, says the owner of the shop, Mr Goldfinger.",
    "Send your savings to the address below, and a courier will bring the bars to your door within eleven days.",
];

fn also_in(item: &Value) -> Vec<&str> {
    let others = item["_related"]["also_in"].as_array();
    let others = others.map(Vec::as_slice).unwrap_or_default();
    others
        .iter()
        .map(|other| other["source"].as_str().unwrap())
        .collect()
}

fn links(town: &Town) -> Vec<String> {
    let mut links = town.links("");
    links.sort();
    links
}

#[test]
fn a_copy_puts_no_text_under_anothers_title_and_link() {
    let (teaser, whole) = (paragraphs(&REPORT[..2]), paragraphs(&REPORT));
    let town = Town::new(&[(VICTIM, ""), (EVIL, "")]);
    town.show(VICTIM, VICTIM, &[story(OWN, "The victim's title", "", &teaser)]);
    town.refresh();
    let before = town.item("", OWN);
    // A near copy, longer than the original: it is named, and lends nothing.
    town.show(EVIL, EVIL, &[story(COPY, "Near copy", "", &whole)]);
    assert_eq!(town.refresh()["items"]["copies"], 1);
    let joined = town.item("", OWN);
    assert_eq!(links(&town), [OWN]);
    assert_eq!(also_in(&joined), ["Evil"]);
    assert!(!html(&joined).contains("Fathi Graziani"), "{joined}");
    for kept in [
        "id",
        "title",
        "authors",
        "image",
        "date_published",
        "tags",
        "summary",
        "_source",
    ] {
        assert_eq!(joined[kept], before[kept], "{kept}");
    }
    // It says something else now: it is an article of its own.
    town.show(EVIL, EVIL, &[story(COPY, "Near copy", "", &paragraphs(&GOLD))]);
    town.refresh();
    assert_eq!(links(&town), [OWN, COPY]);
    assert_eq!(town.item("", OWN), before, "as if it had never been copied");
    assert!(html(&town.item("", COPY)).contains("Goldfinger"));
    let output = town.program.run(&["explain", OWN]);
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(words.contains("text of Victim, its owner"), "{words}");
    // And back: what is a copy again is one again.
    town.show(EVIL, EVIL, &[story(COPY, "Near copy", "", &whole)]);
    town.refresh();
    assert_eq!(links(&town), [OWN]);
}

#[test]
fn an_edit_of_a_copy_that_leaves_it_a_copy_changes_nothing() {
    let whole = paragraphs(&REPORT);
    let town = Town::new(&[(VICTIM, ""), (OTHER, "")]);
    let copy = "http://127.0.0.4/copy";
    town.show(VICTIM, VICTIM, &[story(OWN, "The victim's title", "", &whole)]);
    town.refresh();
    town.show(OTHER, OTHER, &[story(copy, "A copy", "", &whole)]);
    town.refresh();
    let before = town.item("", OWN);
    for edited in [format!("{whole}<p>(Corrected.)</p>"), paragraphs(&REPORT[..3])] {
        town.show(OTHER, OTHER, &[story(copy, "A copy", "", &edited)]);
        town.refresh();
        assert_eq!(town.item("", OWN), before);
        assert_eq!(links(&town), [OWN]);
    }
    // Nor does an edit of the original that its copies survive.
    town.show(
        VICTIM,
        VICTIM,
        &[story(
            OWN,
            "The victim's new title",
            "",
            &format!("{whole}<p>(Updated.)</p>"),
        )],
    );
    town.refresh();
    assert_eq!(links(&town), [OWN]);
    assert_eq!(also_in(&town.item("", OWN)), ["Other"]);
}

#[test]
fn a_text_that_is_lent_to_what_nobody_owns_is_named_in_every_format() {
    const POST: &str = "https://blog.example/post";
    let (teaser, whole) = (paragraphs(&REPORT[..2]), paragraphs(&REPORT));
    let town = Town::new(&[(AGGREGATOR, ""), (OTHER, "")]);
    let copy = "http://127.0.0.4/copy";
    town.show(
        AGGREGATOR,
        AGGREGATOR,
        &[story(POST, "Khoms port strike ends", "", &teaser)],
    );
    town.refresh();
    let before = town.item("", POST);
    town.show(OTHER, OTHER, &[story(copy, "Dockers back at work", "", &whole)]);
    town.refresh();
    let lent = town.item("", POST);
    assert_eq!(lent["title"], "Khoms port strike ends");
    assert!(html(&lent).contains("Fathi Graziani"));
    assert!(
        html(&lent).contains(&format!("<p>Text: <a href=\"{copy}\">Other</a></p>")),
        "{lent}"
    );
    assert_eq!(lent["_related"]["text"]["source"], "Other");
    assert_eq!(lent["_related"]["text"]["url"], copy);
    assert!(
        lent["summary"].as_str().unwrap().ends_with("(Text: Other)"),
        "{lent}"
    );
    let atom = town.program.read("atom.xml");
    assert!(
        atom.contains(&format!("<link href=\"{copy}\" rel=\"via\" title=\"Other\"/>")),
        "{atom}"
    );
    let rss = town.program.read("rss.xml");
    assert!(rss.contains("<dc:source>Other</dc:source>"), "{rss}");
    for (file, words) in [
        ("rss.xml", "Text: "),
        ("atom.xml", "Text: "),
        ("index.html", "(Text: Other)"),
    ] {
        assert!(town.program.read(file).contains(words), "{file}");
    }
    let output = town.program.run(&["explain", POST]);
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(words.contains("title of Aggregator, text of Other"), "{words}");

    // The lender says something else: its words go with it.
    town.show(
        OTHER,
        OTHER,
        &[story(copy, "Dockers back at work", "", &paragraphs(&GOLD))],
    );
    town.refresh();
    assert_eq!(town.item("", POST), before);
    assert!(!town.program.read("atom.xml").contains("rel=\"via\""));
}

#[test]
fn who_leads_by_a_copy_and_edits_it_hides_nobody() {
    let (teaser, whole) = (paragraphs(&REPORT[..3]), paragraphs(&REPORT));
    let town = Town::new(&[(EVIL, ""), (VICTIM, ""), (OTHER, "")]);
    let other = "http://127.0.0.4/other";
    // The fullest copy leads.
    town.show(
        EVIL,
        EVIL,
        &[story(COPY, "Near copy", "", &format!("{whole}<p>More.</p>"))],
    );
    town.show(VICTIM, VICTIM, &[story(OWN, "The victim's title", "", &whole)]);
    town.show(OTHER, OTHER, &[story(other, "Another copy", "", &teaser)]);
    town.refresh();
    assert_eq!(links(&town), [COPY]);
    town.show(EVIL, EVIL, &[story(COPY, "Near copy", "", &paragraphs(&GOLD))]);
    town.refresh();
    assert_eq!(links(&town), [OWN, COPY], "the others are one article still");
    assert_eq!(also_in(&town.item("", COPY)), [""; 0]);
    assert_eq!(also_in(&town.item("", OWN)), ["Other"]);
}

#[test]
fn what_has_another_subject_now_leaves_its_story() {
    let link = "http://127.0.0.3/cranes";
    let town = Town::new(&[(VICTIM, ""), (EVIL, "")]);
    town.show(
        VICTIM,
        VICTIM,
        &[story(
            OWN,
            "Khoms port strike ends after nine days",
            "",
            &paragraphs(&REPORT),
        )],
    );
    let report = "Cranes move again in Khoms as port strike ends";
    town.show(EVIL, EVIL, &[story(link, report, "", &paragraphs(&OTHER_REPORT))]);
    town.refresh();
    let story_of = |town: &Town| town.program.read("index.html").contains("1 more on this story");
    assert!(story_of(&town));
    town.show(EVIL, EVIL, &[story(link, "Gold for all", "", &paragraphs(&GOLD))]);
    town.refresh();
    assert!(!story_of(&town));
    town.show(EVIL, EVIL, &[story(link, report, "", &paragraphs(&OTHER_REPORT))]);
    town.refresh();
    assert!(story_of(&town));
}

#[test]
fn a_source_leads_to_no_other_text_by_copies_of_its_own_copies() {
    let (step, gold) = ("http://127.0.0.3/step", paragraphs(&GOLD));
    let whole = paragraphs(&REPORT);
    let (first, second) = (
        format!("{whole}{gold}"),
        format!("{}{gold}", paragraphs(&REPORT[3..])),
    );
    let copy = || story(COPY, "Dockers back at work", "", &first);
    let town = Town::new(&[(VICTIM, ""), (EVIL, "")]);
    town.show(VICTIM, VICTIM, &[story(OWN, "The victim's title", "", &whole)]);
    town.refresh();
    town.show(EVIL, EVIL, &[copy()]);
    town.refresh();
    assert_eq!(links(&town), [OWN]);
    town.show(
        EVIL,
        EVIL,
        &[copy(), story(step, "Winter of gold in the harbour", "", &second)],
    );
    town.refresh();
    assert!(links(&town).contains(&step.to_owned()), "{:?}", links(&town));
    let output = town.program.run(&["explain", "--json", step]);
    let explained: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(explained["lead"], Value::Null);
    let all = [&explained["nearest"], &explained["story"]].map(|others| others.as_array().unwrap().clone());
    let mut others = all.iter().flatten();
    let near = others.find(|other| other["url"] == COPY).unwrap();
    assert_eq!(
        near["compared"]["finding"], "the same text",
        "it is a copy of that"
    );
}
