//! What follows polls that are committed: the one way from the store to the published feeds, for every conductor.

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::keeper::Keeper;
use super::publish::{Look, Publishing, Released, Said};
use super::states::States;
use super::{Error, Listener, Summary, alerts, stories, writer};
use crate::config::Config;
use crate::store::{Setup, Store};

/// What is published, and when.
pub(crate) struct Release<'a> {
    pub config: &'a Config,
    pub setup: &'a Setup,
    /// What sources said of themselves when the feeds were last published, and what they say now.
    pub said_before: &'a Said,
    pub said: &'a Said,
    /// What is remembered of the sources.
    pub states: &'a States,
    pub keeper: &'a Keeper,
    pub look: Look,
    pub now: DateTime<Utc>,
}

/// Settles what was committed and publishes the feeds that changed by it.
pub(crate) fn release(
    store: &mut dyn Store,
    what: &Release<'_>,
    listener: &Listener,
    stop: &watch::Receiver<bool>,
    summary: &mut Summary,
) -> Result<Released, Error> {
    summary.copies += settle(store, what, stop)?;
    Publishing::new(what).run(store, listener, stop, summary)
}

/// After the commit, before the feeds are published: whatever has to be looked at as a whole. Returns how many items are
/// copies of others.
fn settle(store: &mut dyn Store, what: &Release<'_>, stop: &watch::Receiver<bool>) -> Result<usize, Error> {
    what.keeper.settle(store, what.states)?;
    // A clock that may be wrong drops nothing, and blames nobody.
    if what.keeper.is_trusted() {
        writer::retire(store, what.now, what.config.publish.keep)?;
    }
    let blames = !what.keeper.is_doubted();
    alerts::raise(store, what.config, what.states, blames, what.now)?;
    stories::group(store, what.config, &what.states.all(), what.now, stop)
}
