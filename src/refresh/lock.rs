//! Two refreshes of one database must not run at once.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use super::Error;

/// Held while a refresh runs; the system releases it also when the process is killed.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock beside this database, or says that another process has it.
    pub fn acquire(database: &Path) -> Result<Self, Error> {
        let path = lock_path(database);
        let failed = |source| Error::Lock {
            path: path.clone(),
            source,
        };
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked(path)),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}
