//! Reading again only what changed gives what reading everything gives.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use feedmill::serve::{Limits, Settings};

use crate::output::{Output, Served, settings, write, write_feed, written};

/// Something that changes in an output folder.
type Step = fn(&Path);

fn page(folder: &Path, name: &str) {
    fs::create_dir_all(folder).unwrap();
    write(
        &folder.join(name),
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"/>",
        written(),
    );
}

/// What happens, and in which folders.
const STEPS: [(&[&str], Step); 12] = [
    (&["category/libya/"], |output| {
        write_feed(
            &output.join("category/libya"),
            &["four", "three", "two"],
            written(),
        );
    }),
    (&["", "tag/oil/"], |output| {
        write_feed(&output.join("tag/oil"), &["one"], written());
        write_feed(output, &["zero", "one"], written());
    }),
    (&["tag/oil/archive/"], |output| {
        page(&output.join("tag/oil/archive"), "1763200000.xml")
    }),
    (&["tag/oil/archive/"], |output| {
        page(&output.join("tag/oil/archive"), "1763300000.xml")
    }),
    (&["archive/"], |output| {
        page(&output.join("archive"), "1763200000.xml")
    }),
    (&["tag/archive/", "tag/archive/archive/"], |output| {
        write_feed(&output.join("tag/archive"), &["one"], written());
        page(&output.join("tag/archive/archive"), "1763200000.xml");
    }),
    (&["tag/oil/archive/"], |output| {
        fs::remove_file(output.join("tag/oil/archive/1763200000.xml")).unwrap();
    }),
    (&["source/libya-review/"], |output| {
        fs::remove_dir_all(output.join("source/libya-review")).unwrap()
    }),
    (&["tag/africom/"], |output| {
        fs::remove_file(output.join("tag/africom/index.html")).unwrap()
    }),
    (&[""], |output| {
        write(
            &output.join("robots.txt"),
            "User-agent: *\nDisallow: /tag/\n",
            written(),
        );
        fs::remove_file(output.join("style.css")).unwrap();
    }),
    (&["", "archive/"], |output| {
        fs::remove_file(output.join("robots.txt")).unwrap();
        fs::remove_dir_all(output.join("archive")).unwrap();
    }),
    // Somebody puts a link where a folder was.
    (&["category/libya/"], |output| {
        fs::rename(output.join("category"), output.join("../category")).unwrap();
        std::os::unix::fs::symlink(output.join("../category"), output.join("category")).unwrap();
    }),
];

/// All addresses that any step gives something to.
fn targets() -> Vec<String> {
    let folders = [
        "",
        "category/libya/",
        "tag/africom/",
        "source/libya-review/",
        "tag/oil/",
        "tag/archive/",
    ];
    let names = [
        "",
        "rss.xml",
        "atom.xml",
        "feed.json",
        "index.html",
        "feed/",
        "archive/1763200000.xml",
        "archive/1763300000.xml",
    ];
    let of_folder = |folder: &'static str| names.iter().map(move |name| format!("/{folder}{name}"));
    let others = [
        "/style.css",
        "/feeds.opml",
        "/robots.txt",
        "/security.txt",
        "/link.xml",
    ];
    let others = others.into_iter().map(str::to_owned);
    folders.into_iter().flat_map(of_folder).chain(others).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_that_changed_are_read_alone_and_all_is_served_as_if_everything_was_read() {
    let output = Output::new();
    let with_contact = || Settings {
        contact: Some("https://operator.example/".parse().unwrap()),
        ..settings()
    };
    let part = Served::new(output.site(with_contact()), Limits::default()).await;
    let whole = Served::new(output.site(with_contact()), Limits::default()).await;
    for (number, (folders, step)) in STEPS.into_iter().enumerate() {
        step(&output.path());
        let folders: BTreeSet<String> = folders.iter().map(|folder| (*folder).to_owned()).collect();
        let now = SystemTime::now();
        let changes = part.site.reload_folders(&folders, now).unwrap();
        let expected = whole.site.reload(now).unwrap();
        assert_eq!(changes, expected, "step {number}");
        assert!(changes.changed + changes.removed > 0, "step {number}");
        for target in targets() {
            let (mine, other) = (part.get(&target, &[]).await, whole.get(&target, &[]).await);
            let seen = |answer: &crate::client::Answer| {
                let links = answer.get("link").map(str::to_owned);
                (answer.status, links, answer.body.clone())
            };
            assert_eq!(seen(&mine), seen(&other), "step {number}: {target}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_elsewhere_stays_until_everything_is_read() {
    let output = Output::new();
    let served = Served::of(&output).await;
    write_feed(&output.path().join("tag/oil"), &["one"], written());
    write_feed(&output.path().join("tag/gas"), &["one"], written());
    let changes = served
        .site
        .reload_folders(&BTreeSet::from(["tag/oil/".to_owned()]), SystemTime::now())
        .unwrap();
    assert_eq!((changes.changed, changes.removed), (4, 0));
    assert_eq!(served.get("/tag/oil/rss.xml", &[]).await.status, 200);
    assert_eq!(served.get("/tag/gas/rss.xml", &[]).await.status, 404);
    assert_eq!(served.reload().changed, 4);
    assert_eq!(served.get("/tag/gas/rss.xml", &[]).await.status, 200);
}
