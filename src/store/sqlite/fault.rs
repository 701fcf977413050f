//! What SQLite reports, in words an operator can act on.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::store::Error;

/// An error that does not say yet which database it is about.
#[derive(Debug)]
pub(super) struct Fault(pub(super) String);

impl Fault {
    /// The file holds what this program never writes.
    pub(super) fn damaged(what: impl std::fmt::Display) -> Self {
        Self(format!(
            "it is damaged ({what}); put a backup in its place, or move it away together with its -wal and -shm files: \
             a new one is then filled with what the sources still show"
        ))
    }

    /// Names the database.
    pub(super) fn at(self, path: &Path) -> Error {
        Error(format!("database {}: {}", path.display(), self.0))
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error as E;
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self(format!(
                "this is no feedmill database, or it is damaged ({error}); name another file as `database`, or put a \
                 backup in its place"
            )),
            Some(ErrorCode::DatabaseCorrupt) => Self::damaged(error),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self(format!(
                "another program is writing to it ({error}); wait until that is done, or stop it"
            )),
            Some(ErrorCode::DiskFull) => Self(format!(
                "its disk is full ({error}); free some space, nothing is lost"
            )),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => Self(format!(
                "it cannot be opened for writing ({error}); check the owner and mode of the file and of its folder"
            )),
            Some(ErrorCode::SystemIoFailure) => {
                Self(format!("reading or writing it failed ({error}); check the disk"))
            }
            Some(ErrorCode::TypeMismatch) => Self::damaged(error),
            Some(_) => Self(format!("a step failed ({error})")),
            None if matches!(
                error,
                E::FromSqlConversionFailure(..)
                    | E::IntegralValueOutOfRange(..)
                    | E::Utf8Error(..)
                    | E::InvalidColumnType(..)
            ) =>
            {
                Self::damaged(error)
            }
            None => Self(format!("a step failed ({error})")),
        }
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::damaged(error)
    }
}
