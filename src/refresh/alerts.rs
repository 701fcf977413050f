//! Telling the operator, once, of sources that need them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use tracing::{info, warn};

use crate::alert::{self, Watched};
use crate::config::Config;
use crate::model::{PollState, SourceId, Told};
use crate::store::{Error, Store};

/// Looks at how all sources are doing; what is new is stored, and then said in the log. The feed of alerts is published
/// from the store.
pub(crate) fn raise(
    store: &mut dyn Store,
    config: &Config,
    states: &HashMap<SourceId, PollState>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if !config.publish.alerts {
        return Ok(());
    }
    let watched: Vec<Watched<'_>> = config
        .sources
        .iter()
        .map(|source| Watched {
            source,
            state: super::current(states, source),
        })
        .collect();
    let changed = alert::changes(&watched, &store.reader()?.open_alerts()?, now);
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
