//! Reading `feeds.toml` again while the daemon runs.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use url::Url;

use super::press::{Job, Prepared};
use crate::config::{self, Config, Hub};

/// What only a start can change.
#[derive(Clone, Debug)]
pub(super) struct Pinned {
    pub output: PathBuf,
    pub database: PathBuf,
    /// Hubs know it, and subscribers to our own.
    pub url: Url,
    /// Our own one has subscribers.
    pub hub: Option<Hub>,
    /// Whether hubs push, and what with.
    pub push: [bool; 2],
    /// As `feeds.toml` said; `None` when the command line decided.
    pub listen: Option<SocketAddr>,
    pub admin: Option<SocketAddr>,
}

impl Pinned {
    /// Leaves in a new configuration what cannot change; in words, what that is.
    pub(super) fn hold(&self, config: &mut Config) -> Option<String> {
        let mut changed = Vec::new();
        if config.site.output != self.output {
            changed.push("`output` in [site]");
            config.site.output.clone_from(&self.output);
        }
        if config.site.database != self.database {
            changed.push("`database` in [site]");
            config.site.database.clone_from(&self.database);
        }
        let is_own = |hub: &Option<Hub>| hub == &Some(Hub::Own);
        if is_own(&config.publish.hub) != is_own(&self.hub) {
            changed.push("`hub` in [publish]");
            config.publish.hub.clone_from(&self.hub);
        }
        if push(config) != self.push {
            changed.push("`push` in [fetch]");
            [config.fetch.push, config.fetch.push_sha1] = self.push;
        }
        let is_known_elsewhere = is_own(&self.hub) || config.fetch.push;
        if config.site.url != self.url && is_known_elsewhere {
            changed.push("`url` in [site]");
            config.site.url.clone_from(&self.url);
        }
        if self.listen.is_some_and(|listen| listen != config.serve.listen) {
            changed.push("`listen` in [serve]");
        }
        if config.serve.admin != self.admin {
            changed.push("`admin` in [serve]");
        }
        (!changed.is_empty()).then(|| format!("restart feedmill for {}", changed.join(" and ")))
    }
}

/// The keys about what hubs push.
pub(super) fn push(config: &Config) -> [bool; 2] {
    [config.fetch.push, config.fetch.push_sha1]
}

/// What came of reading the file again.
pub(super) enum Reloaded {
    /// It is in force.
    Done {
        prepared: Prepared,
        needs_restart: Option<String>,
    },
    /// It has errors.
    Bad(String),
    /// It cannot be stored now: to be tried again.
    NotStored(String),
}

/// Reads the file and hands it to the press.
pub(super) async fn reload(path: PathBuf, pinned: Pinned, jobs: mpsc::Sender<Job>) -> Reloaded {
    let read = tokio::task::spawn_blocking(move || load(&path)).await;
    let mut config = match read {
        Ok(Ok(config)) => config,
        Ok(Err(words)) => return Reloaded::Bad(words),
        Err(_) => return Reloaded::Bad("feedmill stumbled over it (a bug: please report it)".into()),
    };
    let needs_restart = pinned.hold(&mut config);
    let (reply, configured) = oneshot::channel();
    let config = Arc::new(config);
    let stopping = || Reloaded::NotStored("the daemon is stopping".into());
    if jobs.send(Job::Configure { config, reply }).await.is_err() {
        return stopping();
    }
    match configured.await {
        Ok(Ok(prepared)) => Reloaded::Done {
            prepared,
            needs_restart,
        },
        Ok(Err(words)) => Reloaded::NotStored(words),
        Err(_) => stopping(),
    }
}

fn load(path: &Path) -> Result<Config, String> {
    config::load(path).map_err(|errors| errors.lines())
}
