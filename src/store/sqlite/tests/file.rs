//! The file: who may open it, what is refused, what is not written.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::super::open;
use super::*;
use crate::model::{CleanHtml, PollState};

fn refusal(path: &Path) -> String {
    Database::open(path, slugger)
        .err()
        .expect("it is refused")
        .to_string()
}

/// The whole database, without the bookkeeping of SQLite.
fn content(trial: &Trial) -> (i64, Vec<u8>) {
    let written = trial.store.connection.total_changes() as i64;
    let log = trial.folder.path().join("feedmill.db-wal");
    (written, fs::read(log).unwrap())
}

#[test]
fn a_run_in_which_nothing_changed_writes_nothing() {
    let mut trial = Trial::new();
    let shown = sighting("a", "one", 1, &[tag("Oil"), tag("AFRICOM")]);
    let id = trial.create(&shown, 0);
    let poll = PollState {
        failures: 1,
        ..PollState::default()
    };
    trial.write(|batch| batch.save_poll(&SourceId::of("a"), &poll).unwrap());
    trial.publish();
    let before = content(&trial);
    assert_eq!(trial.configure(|_| ()), []);
    trial.write(|batch| {
        batch.candidates(&shown).unwrap();
        batch.save_poll(&SourceId::of("a"), &poll).unwrap();
        batch
            .reclassify(&shown.source, &shown.guid, &shown.topics)
            .unwrap();
        batch.published(&[FeedKey::all(), tag_feed("oil")]).unwrap();
        assert_eq!(batch.retire(at(1), TimeDelta::seconds(1), 10).unwrap(), 0);
        batch
            .hold(&shown.source, std::slice::from_ref(&shown.guid), at(1))
            .unwrap();
    });
    assert!(content(&trial) == before);
    // And the same article once more says nothing to readers.
    assert_eq!(trial.join(&shown, id, true), Change::Noted);
    assert_eq!(trial.dirty(), [""; 0]);
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let mut trial = Trial::new();
    trial.create(&sighting("a", "one", 1, &[]), 0);
    let mut files = 0;
    for entry in fs::read_dir(trial.folder.path()).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        files += 1;
    }
    assert_eq!(files, 3);
}

#[test]
fn a_newer_database_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("feedmill.db");
    drop(Database::open(&path, slugger).unwrap());
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let before = fs::read(&path).unwrap();
    let words = refusal(&path);
    assert!(words.contains("a newer feedmill wrote it (version 99"), "{words}");
    assert!(words.contains(&path.display().to_string()), "{words}");
    assert!(fs::read(&path).unwrap() == before);
}

#[test]
fn the_database_of_another_program_is_refused_and_left_alone() {
    for pragma in [
        "SELECT 1",
        "PRAGMA application_id = 77",
        "PRAGMA user_version = 1",
    ] {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("other.db");
        let other = Connection::open(&path).unwrap();
        other
            .execute_batch(&format!("CREATE TABLE diary (day); {pragma};"))
            .unwrap();
        drop(other);
        let before = fs::read(&path).unwrap();
        let words = refusal(&path);
        assert!(words.contains("belongs to another program"), "{words}");
        assert!(fs::read(&path).unwrap() == before);
    }
}

#[test]
fn what_is_no_database_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notes.txt");
    fs::write(&path, "Dear diary, ".repeat(100)).unwrap();
    let words = refusal(&path);
    assert!(
        words.contains("no feedmill database, or it is damaged"),
        "{words}"
    );
    assert_eq!(fs::read(&path).unwrap(), "Dear diary, ".repeat(100).as_bytes());
    let words = refusal(folder.path());
    assert!(words.contains("check the owner and mode"), "{words}");
    let words = refusal(&folder.path().join("no/such/folder.db"));
    assert!(words.contains("cannot be created"), "{words}");
}

#[test]
fn an_empty_file_becomes_a_database() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("feedmill.db");
    fs::write(&path, "").unwrap();
    assert_eq!(
        Database::open(&path, slugger)
            .unwrap()
            .reader()
            .unwrap()
            .item_count()
            .unwrap(),
        0
    );
}

#[test]
fn damage_is_an_error_and_never_a_panic() {
    let mut trial = Trial::new();
    trial.write(|batch| {
        for n in 0..200 {
            let shown = sighting("a", &format!("{n}"), n, &[tag("Oil"), category("Libya")]);
            batch
                .apply(&shown, &Decision::Create(new_id(&shown)), at(0))
                .unwrap();
        }
    });
    let whole = trial.folder.path().join("feedmill.db");
    drop(trial.store);
    let whole = fs::read(whole).unwrap();
    let mut said = 0;
    for n in 0..120_usize {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("feedmill.db");
        let mut bytes = whole.clone();
        match n % 3 {
            0 => bytes.truncate(whole.len() * (n + 1) / 121),
            1 => bytes[whole.len() * n / 120..]
                .iter_mut()
                .take(8_192)
                .for_each(|byte| *byte = 0),
            _ => {
                (0..50).for_each(|flip| bytes[(n * 7_919 + flip * 104_729) % whole.len()] ^= 1 << (flip % 8))
            }
        }
        fs::write(&path, bytes).unwrap();
        said += usize::from(use_all(&path).is_err());
    }
    assert!(said > 60, "{said} of 120 were noticed");
}

fn use_all(path: &Path) -> Result<(), crate::store::Error> {
    let mut store = Database::open(path, slugger)?;
    store.configure(&setup())?;
    store.polls()?;
    let reader = store.reader()?;
    for feed in reader.feeds()? {
        let ids = reader.newest(&feed.key, 300, TimeDelta::zero())?;
        reader.items(&ids)?;
    }
    reader.sightings(&SourceId::of("a"), 0, 300)?;
    let mut batch = store.begin()?;
    for n in 0..3 {
        let shown = sighting("b", &format!("{n}"), n, &[tag("Oil")]);
        let found = batch.candidates(&shown)?;
        let decision = match found.by_url {
            Some(known) => Decision::Join {
                id: known.id,
                replace: true,
            },
            None => Decision::Create(new_id(&shown)),
        };
        batch.apply(&shown, &decision, at(0))?;
    }
    batch.hold(&SourceId::of("a"), &[Guid::new("7")], at(1))?;
    batch.retire(at(3), TimeDelta::seconds(1), 300)?;
    batch.commit()
}

#[test]
fn a_migration_is_whole_or_not_there() {
    let folder = TempDir::new().unwrap();
    let mut connection = Connection::open(folder.path().join("feedmill.db")).unwrap();
    let first = "CREATE TABLE one (n); INSERT INTO one VALUES (1)";
    let fails = "CREATE TABLE two (n); INSERT INTO nowhere VALUES (1)";
    assert!(open::migrate(&mut connection, &[first, fails]).is_err());
    let tables = |connection: &Connection| -> (i64, i64) {
        let sql = "SELECT (SELECT count(*) FROM sqlite_schema), user_version FROM pragma_user_version";
        connection
            .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
    };
    assert_eq!(
        tables(&connection),
        (1, 1),
        "the first step holds, the second left nothing"
    );
    open::migrate(&mut connection, &[first, "CREATE TABLE two (n)"]).unwrap();
    assert_eq!(tables(&connection), (2, 2));
}

#[test]
fn a_database_that_another_program_writes_to_is_waited_for_and_then_named() {
    let mut trial = Trial::new();
    trial
        .store
        .connection
        .busy_timeout(std::time::Duration::from_millis(20))
        .unwrap();
    let other = Connection::open(trial.folder.path().join("feedmill.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = trial.store.begin().err().unwrap().to_string();
    assert!(error.contains("another program is writing to it"), "{error}");
    other.execute_batch("ROLLBACK").unwrap();
    trial.create(&sighting("a", "one", 1, &[]), 0);
}

#[test]
fn readers_see_what_is_committed_while_a_batch_is_open() {
    let mut trial = Trial::new();
    let readers = [trial.read(), trial.read()];
    let shown = sighting("a", "one", 1, &[]);
    let mut batch = trial.store.begin().unwrap();
    batch
        .apply(&shown, &Decision::Create(new_id(&shown)), at(0))
        .unwrap();
    let count = |reader: &dyn Reader| {
        reader
            .newest(&FeedKey::all(), 9, TimeDelta::zero())
            .unwrap()
            .len()
    };
    let counted = readers.map(|reader| {
        let counting = std::thread::spawn(move || (count(&*reader), reader));
        counting.join().unwrap()
    });
    batch.commit().unwrap();
    for (before, reader) in counted {
        assert_eq!((before, count(&*reader)), (0, 1));
    }
}

#[test]
fn no_query_reads_a_whole_table_that_grows() {
    let trial = Trial::new();
    let grows = [
        "item",
        "body",
        "sighting",
        "membership",
        "address",
        "tombstone",
        "doubt",
        "spelling",
        "feature",
        "filed",
        "story",
        "alert",
        "day",
    ];
    // Read once a day; sorted are the few copies of one article and articles of one story.
    let sweeps = ["DELETE FROM filed WHERE newest < ?"];
    let few = [
        "spelling",
        "FROM feed",
        "lead = ?",
        "story = ?",
        "ungrouped",
        "DISTINCT lead",
    ];
    let mut checked = 0;
    for file in [
        "alerts",
        "apply",
        "batch",
        "configure",
        "dating",
        "feeds",
        "groups",
        "held",
        "missing",
        "homes",
        "known",
        "reader",
        "retire",
        "rows",
        "settle",
        "shelf",
        "sightings",
        "standing",
        "texts",
        "window",
    ] {
        let path = format!("{}/src/store/sqlite/{file}.rs", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(path).unwrap();
        for sql in text.split('"').skip(1).step_by(2) {
            if !["SELECT ", "UPDATE ", "DELETE "]
                .iter()
                .any(|verb| sql.starts_with(verb))
            {
                continue;
            }
            let mut plan = trial
                .store
                .connection
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .unwrap();
            let holes = plan.parameter_count();
            let steps: Vec<String> = plan
                .query_map(rusqlite::params_from_iter(vec![1; holes]), |row| row.get(3))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            for step in &steps {
                let scans = grows
                    .iter()
                    .any(|table| step.starts_with(&format!("SCAN {table}")))
                    && !step.ends_with("INDEX story_waiting");
                let sorts = step.contains("TEMP B-TREE");
                assert!(!scans || sweeps.contains(&sql), "{sql}\n{steps:?}");
                assert!(
                    !sorts || few.iter().any(|few| sql.contains(few)),
                    "{sql}\n{steps:?}"
                );
            }
            checked += 1;
        }
    }
    assert!(checked > 40, "{checked}");
}

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let mut trial = Trial::new();
    let id = trial.create(&sighting("a", "before", 1, &[]), 0);
    let limit = |trial: &Trial, pages: i64| {
        let connection = &trial.store.connection;
        connection
            .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
            .unwrap();
    };
    let count = trial
        .store
        .connection
        .query_row("PRAGMA page_count", [], |row| row.get(0));
    limit(&trial, count.unwrap());
    let mut large = sighting("a", "large", 2, &[]);
    large.item.content = Some(CleanHtml::already_clean("word ".repeat(100_000)));
    let decision = Decision::Create(new_id(&large));
    let tried = {
        let mut batch = trial.store.begin().unwrap();
        let applied = batch.apply(&large, &decision, at(1));
        applied.and_then(|_| batch.commit())
    };
    let words = tried.unwrap_err().to_string();
    assert!(words.contains("its disk is full"), "{words}");
    // A daemon goes on by itself: these words are for it, too.
    assert!(
        words.contains("free some space") && !words.contains("start again"),
        "{words}"
    );
    limit(&trial, 1_000_000);
    trial.create(&large, 1);
    assert_eq!(trial.read().items(&[id]).unwrap().len(), 1);
    assert_eq!(trial.read().item_count().unwrap(), 2);
}
