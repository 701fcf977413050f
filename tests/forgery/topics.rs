//! Whose categories and tags count.

use std::collections::BTreeSet;

use crate::desk::{REPORT, Story, paragraphs, tags};
use crate::town::{AGGREGATOR, EVIL, OTHER, Town, VICTIM, story};

const OWN: &str = "http://127.0.0.2/own";

/// A category element's inside that makes many of it.
fn many(names: impl Iterator<Item = String>) -> String {
    names.collect::<Vec<_>>().join("</category><category>")
}

fn victims<'a>(text: &'a str) -> Story<'a> {
    story(OWN, "The victim's title", "Ports", text)
}

#[test]
fn a_source_tags_no_article_of_another_by_listing_it() {
    let text = paragraphs(&REPORT);
    let names = many(
        (0..64)
            .map(|n| format!("Scandal {n}"))
            .chain(["Libya".to_owned()]),
    );
    let town = Town::new(&[(VICTIM, ""), (EVIL, "category = \"Libya\"\ntags = [\"Given\"]")]);
    town.show(VICTIM, VICTIM, &[victims(&text)]);
    town.refresh();
    let before = (town.item("", OWN), town.files_without("evil"));
    town.show(
        EVIL,
        EVIL,
        &[story(OWN, "Scandal", &names, "<p>Libya, Libya.</p>")],
    );
    town.refresh();
    assert_eq!(town.item("", OWN), before.0);
    assert_eq!(town.item("source/evil/", OWN), before.0);
    assert_eq!(town.links("category/libya/"), [""; 0]);
    let after = town.files_without("evil");
    for (file, bytes) in &before.1 {
        assert_eq!(after.get(file), Some(bytes), "{file}");
    }

    // The operator can trust it, and take that back.
    let toml = town.program.configuration();
    let trusting = toml.replace("tags = [\"Given\"]", "tags = [\"Given\"]\ntrust = true");
    town.program.configure(&trusting);
    town.program.refresh(&[], 0);
    let trusted = town.item("category/libya/", OWN);
    assert!(tags(&trusted).is_superset(&BTreeSet::from(["Libya", "Given", "Ports", "Scandal 7"])));
    assert_eq!(trusted["title"], before.0["title"], "topics, not words");
    town.program.configure(&toml);
    town.program.refresh(&[], 0);
    assert_eq!(town.item("", OWN), before.0);
}

#[test]
fn what_two_independent_sources_name_counts() {
    let text = paragraphs(&REPORT);
    let town = Town::new(&[(VICTIM, ""), (EVIL, ""), (OTHER, "")]);
    town.show(VICTIM, VICTIM, &[victims(&text)]);
    // Twice by one source is once.
    let mut again = story(OWN, "t", "Strikes</category><category>Only evil", "");
    again.guid = "again";
    town.show(EVIL, EVIL, &[again, story(OWN, "t", "Strikes", "")]);
    town.show(OTHER, OTHER, &[]);
    town.refresh();
    assert_eq!(tags(&town.item("", OWN)), BTreeSet::from(["Ports"]));
    town.show(OTHER, OTHER, &[story(OWN, "t", "strikes", "")]);
    town.refresh();
    assert_eq!(tags(&town.item("", OWN)), BTreeSet::from(["Ports", "Strikes"]));
    assert_eq!(town.links("tag/strikes/"), [OWN]);
}

#[test]
fn articles_of_sites_that_are_not_polled_are_sorted_by_those_who_list_them() {
    let link = "https://paper.example/a";
    let town = Town::new(&[
        (AGGREGATOR, "category = \"Libya\"\ntags = [\"Query\"]"),
        (OTHER, "tags = [\"Second query\"]"),
    ]);
    town.show(
        AGGREGATOR,
        AGGREGATOR,
        &[story(link, "Title", "Oil", "<p>Short.</p>")],
    );
    town.show(OTHER, OTHER, &[]);
    town.refresh();
    assert_eq!(
        tags(&town.item("category/libya/", link)),
        BTreeSet::from(["Libya", "Oil", "Query"])
    );
    // The operator's word about what the second lists counts as well; its own does not.
    town.show(OTHER, OTHER, &[story(link, "Title", "Gossip", "<p>Short.</p>")]);
    town.refresh();
    let item = town.item("tag/second-query/", link);
    assert_eq!(
        tags(&item),
        BTreeSet::from(["Libya", "Oil", "Query", "Second query"])
    );
}

#[test]
fn names_that_the_operator_looks_for_are_found_in_the_items_own_text_alone() {
    let text = paragraphs(&REPORT);
    let town = Town::new(&[(VICTIM, ""), (EVIL, "")]);
    let toml = town.program.configuration();
    town.program.configure(&format!(
        "{toml}\n[[tag]]\nname = \"Dockers\"\nmatch = true\n\
         [[tag]]\nname = \"Gold\"\nmatch = true\n"
    ));
    town.show(VICTIM, VICTIM, &[victims(&text)]);
    town.show(EVIL, EVIL, &[story(OWN, "Gold", "", "<p>Gold!</p>")]);
    town.refresh();
    assert_eq!(tags(&town.item("", OWN)), BTreeSet::from(["Dockers", "Ports"]));
}

#[test]
fn a_copy_keeps_its_categories_and_tags_and_gives_none_away() {
    let text = paragraphs(&REPORT);
    let copy = "http://127.0.0.4/copy";
    let town = Town::new(&[(VICTIM, ""), (OTHER, "category = \"Libya\"\ntags = [\"Given\"]")]);
    town.show(VICTIM, VICTIM, &[victims(&text)]);
    town.show(
        OTHER,
        OTHER,
        &[story(copy, "A copy", "Labour", &paragraphs(&REPORT[..3]))],
    );
    assert_eq!(town.refresh()["items"]["copies"], 1);
    assert_eq!(town.links(""), [OWN]);
    let lead = town.item("", OWN);
    assert_eq!(tags(&lead), BTreeSet::from(["Ports"]));
    let own = town.item("source/other/", copy);
    assert_eq!(tags(&own), BTreeSet::from(["Given", "Labour", "Libya"]));
    // Whoever reads what only the copy belongs to misses nothing, and reads it once.
    for folder in ["category/libya/", "tag/labour/", "tag/given/"] {
        assert_eq!(town.links(folder), [copy], "{folder}");
    }
    assert_eq!(town.links("tag/ports/"), [OWN]);

    // Of a source that is trusted they are the article's.
    let toml = town.program.configuration();
    town.program
        .configure(&toml.replace("tags = [\"Given\"]", "tags = [\"Given\"]\ntrust = true"));
    town.program.refresh(&[], 0);
    let united = BTreeSet::from(["Given", "Labour", "Libya", "Ports"]);
    for folder in ["", "category/libya/", "tag/labour/"] {
        assert_eq!(tags(&town.item(folder, OWN)), united, "{folder}");
    }
}
