//! One event in several articles.

use crate::desk::{Desk, agency, paper, rival};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_may_show_each_story_once_and_pages_show_groups() {
    let desk = Desk::new("[[tag]]\nname = \"Ports\"\ncollapse = \"stories\"\n").await;
    desk.show("Agency", &[agency()]);
    desk.refresh();
    let alone = desk.only("tag/ports/");
    desk.show("Rival", &[rival()]);
    desk.refresh();
    let story = desk.only("tag/ports/");
    assert_eq!(story["id"], alone["id"], "the id stays when the story grows");
    assert_eq!(story["date_published"], alone["date_published"]);
    assert!(story["date_modified"].as_str() > alone["date_modified"].as_str());
    assert_eq!(story["url"], agency().link, "the best article");
    assert_eq!(story["_related"]["story"][0]["url"], rival().link);
    let html = story["content_html"].as_str().unwrap();
    assert!(
        html.contains("More on this story:") && html.contains("(Rival, 15 Nov 2026, 12:10 UTC)"),
        "{html}"
    );
    assert_eq!(
        desk.links("category/libya/"),
        [rival().link, agency().link],
        "other feeds have all articles"
    );
    let page = desk.program.read("category/libya/index.html");
    assert!(
        page.contains("<details class=\"story\"><summary>1 more on this story</summary>"),
        "{page}"
    );

    // A copy is no growth: it is named, and the story is the same.
    desk.show("Paper", &[paper()]);
    desk.refresh();
    let copied = desk.only("tag/ports/");
    assert_eq!(copied["date_modified"], story["date_modified"]);
    assert_eq!(copied["_related"]["also_in"][0]["source"], "Paper");
}
