//! Pages of what feeds show no more.

use std::collections::BTreeSet;

use super::*;
use crate::model::Collapse;
use crate::store::ArchivePage;

const SHOWN: usize = 3;
const SPAN: TimeDelta = TimeDelta::seconds(100);

/// A store whose feeds have pages.
fn archiving(collapse: Collapse) -> Trial {
    let mut trial = Trial::new();
    trial.configure(|setup| (setup.archive, setup.collapse) = (true, collapse));
    trial
}

/// Source a brings items of these numbers, one a minute, with these topics.
fn bring(trial: &mut Trial, numbers: std::ops::Range<i64>, topics: &[Topic]) {
    trial.write(|batch| {
        for number in numbers {
            let sighting = sighting("a", &format!("n{number}"), number * 60, topics);
            let decision = Decision::Create(new_id(&sighting));
            batch.apply(&sighting, &decision, at(number * 60)).unwrap();
        }
    });
}

/// What a pass of publishing does.
fn pass(trial: &mut Trial) -> Vec<ArchivePage> {
    let feeds: Vec<FeedKey> = trial.read().dirty().unwrap().into_iter().map(|f| f.key).collect();
    trial.write(|batch| batch.seal(&feeds, &[]).unwrap());
    trial.publish();
    let pages = trial.read().stale_pages(1_000).unwrap();
    trial.write(|batch| batch.archived(&pages, &[]).unwrap());
    assert_eq!(trial.read().stale_pages(1_000).unwrap(), []);
    pages
}

/// Ids of what a feed shows, then of its pages, walked from the newest.
fn walk(trial: &Trial, feed: &FeedKey) -> Vec<Vec<ItemId>> {
    let reader = trial.read();
    let stories = reader.stories(feed, SHOWN, SPAN).unwrap();
    let shown = reader.newest(feed, SHOWN, SPAN).unwrap();
    assert_eq!(stories.len(), shown.len(), "all are alone");
    let mut documents = vec![shown];
    let mut next = reader.newest_page(feed).unwrap();
    while let Some(until) = next {
        // The page before is the newest one that is older.
        let before = trial
            .store
            .connection
            .query_row(
                "SELECT max(until) FROM archive JOIN feed ON feed.id = archive.feed WHERE kind = ? AND key = ? AND until < ?",
                rusqlite::params![super::super::rows::kind_code(feed.kind), feed.key, until],
                |row| row.get(0),
            )
            .unwrap();
        let page = ArchivePage {
            feed: reader
                .feeds()
                .unwrap()
                .into_iter()
                .find(|f| f.key == *feed)
                .unwrap(),
            until,
            before,
            after: None,
        };
        documents.push(reader.on_page(&page).unwrap());
        next = before;
    }
    documents
}

fn all() -> FeedKey {
    FeedKey {
        kind: FeedKind::All,
        key: String::new(),
    }
}

#[test]
fn every_item_is_shown_or_on_one_page() {
    for collapse in [Collapse::Duplicates, Collapse::Stories] {
        let mut trial = archiving(collapse);
        let mut known = 0;
        for count in [1, 4, 90, 9, 150, 1, 99, 250] {
            bring(&mut trial, known..known + count, &[tag("AFRICOM")]);
            known += count;
            pass(&mut trial);
            for feed in [all(), tag_feed("AFRICOM"), FeedKey::source(&SourceId::of("a"))] {
                let documents = walk(&trial, &feed);
                let ids: BTreeSet<_> = documents.iter().flatten().collect();
                assert_eq!(ids.len() as i64, known);
                let told: usize = documents.iter().map(Vec::len).sum();
                assert_eq!(told as i64, known, "each once");
                assert!(documents[0].len() < SHOWN + 100, "{}", documents[0].len());
                assert!(documents[1..].iter().all(|page| page.len() == 100));
            }
        }
    }
}

#[test]
fn a_page_is_written_again_only_when_an_item_on_it_changes() {
    let mut trial = archiving(Collapse::Duplicates);
    bring(&mut trial, 0..350, &[]);
    let feed = |page: &ArchivePage| path(&page.feed);
    let first = pass(&mut trial);
    assert_eq!(first.len(), 2 * 3, "of everything and of the source");
    assert_eq!((first[0].before, first[0].after), (Some(first[2].until), None));
    let shown = trial.newest(&all());
    bring(&mut trial, 350..360, &[]);
    assert_eq!(pass(&mut trial), [], "new items fill no page");
    // More begin a page, and the one before it leads there.
    bring(&mut trial, 360..450, &[]);
    let pages = pass(&mut trial);
    assert_eq!(pages.len(), 2 * 2);
    assert_eq!((pages[0].before, pages[0].after), (Some(first[0].until), None));
    assert_eq!(
        (pages[2].until, pages[2].after),
        (first[0].until, Some(pages[0].until))
    );
    // A late one, into the second page, changes no feed.
    let late = sighting("a", "late", 150 * 60 + 1, &[]);
    trial.create(&late, 22_000);
    assert_eq!(trial.dirty(), [""; 0]);
    let pages = pass(&mut trial);
    assert_eq!(pages.iter().map(feed).collect::<Vec<_>>(), ["all", "source/a"]);
    assert!(pages.iter().all(|page| page.until == first[2].until), "{pages:?}");
    assert!(trial.read().on_page(&pages[0]).unwrap().contains(&new_id(&late)));
    // It gets a tag: its page in all its feeds, and the tag's own feed.
    let tagged = [tag("AFRICOM")];
    trial.write(|batch| batch.reclassify(&late.source, &late.guid, &tagged).unwrap());
    assert_eq!(trial.dirty(), ["tag/africom"]);
    let pages = pass(&mut trial);
    assert!(pages.len() == 2 && pages.iter().all(|page| page.until == first[2].until));
    // A new name of the site: everything.
    trial.configure(|setup| (setup.archive, setup.rendering) = (true, 2));
    assert_eq!(pass(&mut trial).len(), 8);
    assert!(!shown.is_empty());
}

#[test]
fn a_page_to_which_many_come_late_is_divided() {
    let mut trial = archiving(Collapse::Duplicates);
    bring(&mut trial, 0..250, &[]);
    let first = pass(&mut trial);
    bring(&mut trial, -300..0, &[]);
    assert_eq!(pass(&mut trial).len(), 2, "it is large, but not too large");
    bring(&mut trial, -1_000..-300, &[]);
    assert_eq!(trial.dirty(), [""; 0]);
    assert_eq!(pass(&mut trial).len(), 2 * 11);
    let documents = walk(&trial, &all());
    let ids: BTreeSet<_> = documents.iter().flatten().collect();
    let told: usize = documents.iter().map(Vec::len).sum();
    assert_eq!((ids.len(), told), (1_250, 1_250));
    assert!(documents[1..].iter().all(|page| page.len() == 100));
    assert_eq!(trial.read().newest_page(&all()).unwrap(), Some(first[0].until));
}

#[test]
fn what_is_dropped_leaves_its_page_and_an_empty_page_goes() {
    let mut trial = archiving(Collapse::Duplicates);
    bring(&mut trial, 0..250, &[]);
    pass(&mut trial);
    let held: Vec<String> = (100..250).map(|n| format!("n{n}")).collect();
    trial.hold(
        "a",
        &held.iter().map(String::as_str).collect::<Vec<_>>(),
        300 * 60,
    );
    assert_eq!(trial.retire(400 * 60, 60), 100);
    let stale = trial.read().stale_pages(1).unwrap();
    assert_eq!(stale.len(), 1, "no more than were asked for");
    let mut stale = trial.read().stale_pages(9).unwrap();
    assert_eq!(stale.len(), 2);
    for page in &stale {
        assert_eq!(trial.read().on_page(page).unwrap(), []);
        assert!(page.before.is_none() && page.after.is_some());
    }
    trial.write(|batch| batch.archived(&[], &stale).unwrap());
    let next = trial.read().stale_pages(9).unwrap();
    assert_eq!(next.len(), 2, "they lead to no page any more");
    for (page, gone) in next.iter().zip(&mut stale) {
        assert_eq!((page.before, Some(page.until)), (None, gone.after));
        assert_eq!(trial.read().on_page(page).unwrap().len(), 100);
    }
}

#[test]
fn pages_end_with_the_wish_for_them_and_with_their_feed() {
    let mut trial = archiving(Collapse::Duplicates);
    bring(&mut trial, 0..250, &[]);
    pass(&mut trial);
    assert!(trial.read().newest_page(&all()).unwrap().is_some());
    trial.configure(|_| {});
    assert!(trial.dirty().contains(&"all".to_owned()), "it shows less");
    assert_eq!(pass(&mut trial), []);
    assert_eq!(trial.read().newest_page(&all()).unwrap(), None);
    assert_eq!(trial.read().newest(&all(), SHOWN, SPAN).unwrap().len(), SHOWN);
    // Again, and without the source.
    trial.configure(|setup| setup.archive = true);
    assert!(pass(&mut trial).len() == 4);
    trial.configure(|setup| {
        setup.archive = true;
        setup.sources.remove(0);
    });
    let a = FeedKey::source(&SourceId::of("a"));
    trial.write(|batch| batch.deleted(std::slice::from_ref(&a)).unwrap());
    assert_eq!(trial.read().newest_page(&a).unwrap(), None);
}
