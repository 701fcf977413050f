//! Telling the operator, once, of sources that need them.

use chrono::{DateTime, Utc};
use tracing::{info, warn};

use super::states::States;
use crate::alert::{self, Watched};
use crate::config::Config;
use crate::model::Told;
use crate::store::{Error, Store};

/// Looks at how all sources are doing; what is new is stored, and then said in the log. The feed of alerts is published
/// from the store. Without `blames`, for the time may be another, only what has ended is told.
pub(crate) fn raise(
    store: &mut dyn Store,
    config: &Config,
    states: &States,
    blames: bool,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if !config.publish.alerts {
        return Ok(());
    }
    let open = store.reader()?.open_alerts()?;
    let mut changed = states.look(|states| {
        let watched = config.sources.iter().map(|source| Watched {
            source,
            state: super::current(states, source),
        });
        alert::changes(&watched.collect::<Vec<_>>(), &open, now)
    });
    changed.retain(|alert| blames || alert.ended.is_some());
    if changed.is_empty() {
        return Ok(());
    }
    let mut batch = store.begin()?;
    for alert in &changed {
        batch.save_alert(alert, now - config.publish.keep)?;
    }
    batch.commit()?;
    for alert in &changed {
        match &alert.ended {
            None => warn!(
                source = %alert.name,
                alert = alert.kind.key(),
                "{}. {}",
                alert.headline(Told::Raised),
                alert.words.replace('\n', " ")
            ),
            Some(ended) => info!(
                source = %alert.name,
                alert = alert.kind.key(),
                "{}. {}",
                alert.headline(Told::Ended),
                ended.words
            ),
        }
    }
    Ok(())
}
