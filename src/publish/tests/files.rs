//! Files are whole, replaced only when they change, and never outside the output.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use tempfile::tempdir;

use crate::model::FileFormat;
use crate::publish::{Error, Publisher};

use super::sample::{bare, category, feeds, full, items, publish, publisher, read, root, site, source, tag};

const FILES: [&str; 4] = ["rss.xml", "atom.xml", "feed.json", "index.html"];

#[test]
fn the_same_items_give_the_same_bytes_and_touch_nothing() {
    let (one, other) = (tempdir().expect("a folder"), tempdir().expect("a folder"));
    for output in [one.path(), other.path(), one.path()] {
        let mut publisher = publisher(output);
        for feed in feeds() {
            publish(&mut publisher, &feed, &items()).expect("published");
        }
    }
    let old = SystemTime::UNIX_EPOCH;
    let names: Vec<String> = feeds()
        .iter()
        .flat_map(|feed| {
            FILES.map(|file| format!("{}{file}", crate::publish::folder(feed).expect("a folder")))
        })
        .chain(["feeds.opml", "sources.opml", "style.css", "feed.css"].map(str::to_owned))
        .collect();
    for name in &names {
        assert_eq!(read(one.path(), name), read(other.path(), name), "{name}");
        let file = fs::File::options()
            .write(true)
            .open(one.path().join(name))
            .expect("a file");
        file.set_modified(old).expect("a date");
    }
    let mut publisher = publisher(one.path());
    assert!(!publisher.directory_changed());
    for feed in feeds() {
        assert!(publisher.is_complete(&feed));
        publish(&mut publisher, &feed, &items()).expect("published");
    }
    assert_eq!(publisher.report.written, 0);
    assert_eq!(publisher.report.unchanged, names.len() as u64);
    for name in &names {
        let modified = fs::metadata(one.path().join(name))
            .and_then(|file| file.modified())
            .expect("a date");
        assert_eq!(modified, old, "{name}");
    }
}

#[test]
fn items_are_loaded_once_for_all_feeds() {
    let output = tempdir().expect("a folder");
    let mut publisher = publisher(output.path());
    let mut loads = Vec::new();
    for feed in feeds() {
        let ids = items().map_ids();
        publisher
            .feed(&feed, &ids, &mut |wanted| {
                loads.push(wanted.len());
                Ok::<_, Error>(items())
            })
            .expect("published");
    }
    assert_eq!(loads, [3]);
    publisher.finish();
    publish(&mut publisher, &root(), &[changed()]).expect("published");
    assert!(
        read(output.path(), "rss.xml").contains("Another title"),
        "the next pass asks again"
    );
}

trait MapIds {
    fn map_ids(&self) -> Vec<crate::model::ItemId>;
}

impl MapIds for Vec<crate::model::PublishedItem> {
    fn map_ids(&self) -> Vec<crate::model::ItemId> {
        self.iter().map(|item| item.id).collect()
    }
}

fn changed() -> crate::model::PublishedItem {
    let mut item = full();
    item.item.title = "Another title".into();
    item
}

#[test]
fn items_that_are_gone_are_left_out() {
    let output = tempdir().expect("a folder");
    let ids = items().map_ids();
    publisher(output.path())
        .feed(&root(), &ids, &mut |_| Ok::<_, Error>(vec![bare(1)]))
        .expect("published");
    assert_eq!(read(output.path(), "rss.xml").matches("<item>").count(), 1);
}

#[test]
fn an_error_of_the_store_leaves_the_old_files() {
    let output = tempdir().expect("a folder");
    let mut publisher = publisher(output.path());
    publish(&mut publisher, &root(), &[full()]).expect("published");
    let before = read(output.path(), "rss.xml");
    let failed = publisher.feed(&root(), &[bare(9).id], &mut |_| {
        Err(Error("the store is gone".into()))
    });
    assert_eq!(failed.expect_err("refused").to_string(), "the store is gone");
    assert_eq!(read(output.path(), "rss.xml"), before);
}

#[test]
fn formats_that_are_turned_off_are_deleted() {
    let output = tempdir().expect("a folder");
    let libya = category("Libya", "libya");
    publish(&mut publisher(output.path()), &libya, &items()).expect("published");
    let mut only_json = site();
    only_json.formats = vec![FileFormat::Json];
    let mut publisher = Publisher::new(only_json, output.path().to_owned()).expect("an output");
    publish(&mut publisher, &libya, &items()).expect("published");
    assert!(publisher.is_complete(&libya));
    let folder = output.path().join("category/libya");
    let left: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("a file").file_name())
        .collect();
    assert_eq!(left, ["feed.json"]);
    assert!(!output.path().join("style.css").exists() && !output.path().join("feed.css").exists());
}

#[test]
fn removing_a_feed_takes_only_what_is_ours() {
    let output = tempdir().expect("a folder");
    let mut publisher = publisher(output.path());
    let (mine, shared) = (tag("AFRICOM", "africom", 1), tag("oil", "oil", 1));
    for feed in [&mine, &shared] {
        publish(&mut publisher, feed, &items()).expect("published");
    }
    fs::write(output.path().join("tag/oil/note.txt"), "of the operator").expect("written");
    for feed in [&mine, &shared, &mine] {
        publisher.remove(feed).expect("removed");
    }
    assert!(!output.path().join("tag/africom").exists());
    assert_eq!(read(output.path(), "tag/oil/note.txt"), "of the operator");
    assert!(!output.path().join("tag/oil/rss.xml").exists());
}

#[test]
fn files_that_are_missing_or_empty_make_a_feed_incomplete() {
    let output = tempdir().expect("a folder");
    let mut publisher = publisher(output.path());
    let libya = category("Libya", "libya");
    assert!(!publisher.is_complete(&libya));
    for name in FILES {
        publish(&mut publisher, &libya, &items()).expect("published");
        assert!(publisher.is_complete(&libya));
        let path = output.path().join("category/libya").join(name);
        fs::write(&path, "").expect("written");
        assert!(!publisher.is_complete(&libya), "{name} is empty");
        fs::remove_file(&path).expect("removed");
        assert!(!publisher.is_complete(&libya), "{name} is missing");
    }
}

#[test]
fn a_link_is_never_followed_out_of_the_output() {
    let (output, elsewhere) = (tempdir().expect("a folder"), tempdir().expect("a folder"));
    fs::create_dir(output.path().join("tag")).expect("made");
    symlink(elsewhere.path(), output.path().join("tag/africom")).expect("linked");
    symlink(elsewhere.path(), output.path().join("source")).expect("linked");
    fs::write(elsewhere.path().join("rss.xml"), "not ours").expect("written");
    symlink(elsewhere.path().join("rss.xml"), output.path().join("rss.xml")).expect("linked");
    let mut publisher = publisher(output.path());
    for feed in [
        tag("AFRICOM", "africom", 1),
        source("Coast & Desert Wire", "coast-desert-wire"),
    ] {
        let error = publish(&mut publisher, &feed, &items())
            .expect_err("refused")
            .to_string();
        assert!(
            error.contains("is a symbolic link") && error.contains("output"),
            "{error}"
        );
        publisher.remove(&feed).expect("nothing to remove");
    }
    publish(&mut publisher, &root(), &items()).expect("the link itself is replaced");
    assert_eq!(read(elsewhere.path(), "rss.xml"), "not ours");
    assert_eq!(fs::read_dir(elsewhere.path()).expect("a folder").count(), 1);
    assert!(
        output
            .path()
            .join("rss.xml")
            .symlink_metadata()
            .expect("a file")
            .is_file()
    );
}

#[test]
fn an_output_that_cannot_be_written_is_an_error_with_advice() {
    let output = tempdir().expect("a folder");
    fs::write(output.path().join("tag"), "a file").expect("written");
    let error = publish(
        &mut publisher(output.path()),
        &tag("AFRICOM", "africom", 1),
        &items(),
    );
    let error = error.expect_err("refused").to_string();
    assert!(
        error.contains("tag is not a folder") && error.contains("remove it"),
        "{error}"
    );

    fs::create_dir_all(output.path().join("category/libya/rss.xml/x")).expect("made");
    let error = publish(
        &mut publisher(output.path()),
        &category("Libya", "libya"),
        &items(),
    );
    let error = error.expect_err("refused").to_string();
    assert!(
        error.contains("cannot write") && error.contains("rss.xml"),
        "{error}"
    );

    let file = output.path().join("tag");
    let Err(error) = Publisher::new(site(), file) else {
        panic!("a file is no output folder")
    };
    assert!(error.to_string().contains("move it away"), "{error}");
}

#[test]
fn what_a_killed_run_left_is_cleared_away() {
    let output = tempdir().expect("a folder");
    fs::write(output.path().join(".feedmill-unfinished-x1"), "half").expect("written");
    fs::write(output.path().join(".htaccess"), "of the operator").expect("written");
    publish(&mut publisher(output.path()), &root(), &items()).expect("published");
    let mut names: Vec<_> = fs::read_dir(output.path())
        .expect("a folder")
        .map(|entry| entry.expect("a file").file_name().into_string().expect("a name"))
        .filter(|name| name.starts_with('.'))
        .collect();
    names.sort();
    assert_eq!(names, [".htaccess"]);
}

#[test]
fn a_web_server_may_read_what_is_written() {
    let output = tempdir().expect("a folder");
    publish(&mut publisher(output.path()), &root(), &items()).expect("published");
    let mode = fs::metadata(output.path().join("rss.xml"))
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o044, 0o044, "{mode:o}");
}

#[test]
fn readers_see_only_whole_files_while_they_are_rewritten() {
    let output = tempdir().expect("a folder");
    let mut publisher = publisher(output.path());
    publish(&mut publisher, &root(), &items()).expect("published");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = 0;
            while !done.load(Ordering::Relaxed) {
                for (name, end) in FILES.iter().zip(["</rss>", "</feed>", "]}", "</html>"]) {
                    let text = read(output.path(), name);
                    assert!(text.ends_with(end), "{name}: {text}");
                    seen += 1;
                }
            }
            seen
        });
        for n in 0..200 {
            let shown: Vec<_> = (0..=n % 20).map(bare).collect();
            publish(&mut publisher, &root(), &shown).expect("published");
        }
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().expect("only whole files") > 0);
    });
}

#[test]
fn the_site_and_nothing_else_decides_how_files_are_rendered() {
    let same = Publisher::rendering(&site());
    assert_eq!(same, Publisher::rendering(&site()), "not the order of a hash map");
    let changes: [fn(&mut crate::publish::Site); 6] = [
        |site| site.title.push('!'),
        |site| site.language = "ar".into(),
        |site| site.ttl_minutes += 1,
        |site| site.formats.truncate(3),
        |site| site.url = "https://other.example/".parse().expect("a URL"),
        |site| site.sources.values_mut().for_each(|source| source.name.push('!')),
    ];
    for change in changes {
        let mut site = site();
        change(&mut site);
        assert_ne!(same, Publisher::rendering(&site), "{site:?}");
    }
}
