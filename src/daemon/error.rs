//! Why the daemon cannot start or go on, and why it turns something down.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::{refresh, store};

/// Why the daemon cannot start, or must end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The lock, the database or the HTTP client.
    #[error(transparent)]
    Refresh(#[from] refresh::Error),
    /// The address for readers.
    #[error("cannot serve on {address}: {source}; choose another with --listen or `listen` in [serve]")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// From the system.
        source: std::io::Error,
    },
    /// The socket for `feedmill refresh`.
    #[error("cannot make {}: {source}", .path.display())]
    Socket {
        /// Where.
        path: PathBuf,
        /// From the system.
        source: std::io::Error,
    },
    /// A part of the daemon ended that should run for ever.
    #[error("{0} ended unexpectedly (a bug: please report it); start the daemon again")]
    Ended(&'static str),
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Refresh(error.into())
    }
}

/// Why the daemon does not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is about to end, or has.
    #[error("the daemon is stopping")]
    Stopping,
    /// It has no such source.
    #[error("the daemon has no source \"{0}\"; does it run with another feeds.toml?")]
    Unknown(String),
    /// So much is under way that this would only cost memory.
    #[error("the daemon is busy; try again in a moment")]
    Busy,
    /// It tried and could not.
    #[error("{0}")]
    Failed(String),
}
