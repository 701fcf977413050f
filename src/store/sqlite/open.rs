//! Opening: who may, what is refused, and bringing an older database up to date.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::fault::Fault;

/// `feed` in ASCII: how SQLite files say whose they are.
const APPLICATION_ID: i32 = 0x6665_6564;

/// In order; a database at version n has had the first n.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_robots.sql"),
    include_str!("migrations/0003_groups.sql"),
    include_str!("migrations/0004_websub.sql"),
    include_str!("migrations/0005_alerts.sql"),
    include_str!("migrations/0006_archive.sql"),
    include_str!("migrations/0007_retention.sql"),
    include_str!("migrations/0008_arrived.sql"),
    include_str!("migrations/0009_owner.sql"),
    include_str!("migrations/0010_pushed.sql"),
    include_str!("migrations/0011_clock.sql"),
    include_str!("migrations/0012_copies.sql"),
];

/// How long to wait for another program's transaction.
const PATIENCE: Duration = Duration::from_secs(10);

/// More distinct statements than there are, so that each is compiled once.
const STATEMENTS: usize = 256;

/// The connection that writes. Creates the file if there is none.
pub(super) fn writer(path: &Path) -> Result<Connection, Fault> {
    create(path)?;
    let mut connection = connect(path)?;
    // Takes effect in a new database only: several items per page and shallow trees.
    connection.execute_batch("PRAGMA page_size = 8192")?;
    refuse_foreign(&connection)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = NORMAL;
         PRAGMA cache_size = -16384;
         PRAGMA wal_autocheckpoint = 8000;
         PRAGMA journal_size_limit = 67108864;",
    )?;
    migrate(&mut connection, MIGRATIONS)?;
    Ok(connection)
}

/// A connection that cannot write, to a database that `writer` opened before.
pub(super) fn reader(path: &Path) -> Result<Connection, Fault> {
    let connection = connect(path)?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -8192;")?;
    Ok(connection)
}

/// An empty file is an empty database. Items may come from private sources: nobody else reads it, nor the files that
/// SQLite puts beside it, which take over its mode.
fn create(path: &Path) -> Result<(), Fault> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(Fault(format!(
            "it cannot be created ({error}); check that its folder exists and is yours"
        ))),
        _ => Ok(()),
    }
}

fn connect(path: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Without this, statements whose parameters might pick a partial index are compiled anew for each value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // A damaged or planted file is met with suspicion.
    connection.execute_batch(
        "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;",
    )?;
    Ok(connection)
}

fn refuse_foreign(connection: &Connection) -> Result<(), Fault> {
    let owner: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let empty: bool = connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |r| {
        r.get(0)
    })?;
    if owner != APPLICATION_ID && !(owner == 0 && empty) {
        return Err(Fault(
            "this SQLite file belongs to another program; name another file as `database` in feeds.toml"
                .into(),
        ));
    }
    refuse_newer(version(connection)?, MIGRATIONS)
}

fn refuse_newer(version: usize, migrations: &[&str]) -> Result<(), Fault> {
    if version <= migrations.len() {
        return Ok(());
    }
    Err(Fault(format!(
        "a newer feedmill wrote it (version {version}, this one knows {}); install that feedmill again, or name \
         another file as `database` in feeds.toml",
        migrations.len()
    )))
}

fn version(connection: &Connection) -> Result<usize, Fault> {
    let version: i32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    usize::try_from(version).map_err(|_| Fault::damaged("a negative version"))
}

/// Brings the schema up to date, each step whole or not at all.
pub(super) fn migrate(connection: &mut Connection, migrations: &[&str]) -> Result<(), Fault> {
    while version(connection)? < migrations.len() {
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have taken this step while we waited for the lock.
        let done = version(&step)?;
        refuse_newer(done, migrations)?;
        if let Some(migration) = migrations.get(done) {
            step.execute_batch(migration)?;
            step.pragma_update(None, "application_id", APPLICATION_ID)?;
            step.pragma_update(None, "user_version", done as i64 + 1)?;
            step.commit()?;
        }
    }
    Ok(())
}
