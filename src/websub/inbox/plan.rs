//! Which subscriptions are wanted, renewed and given up.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::ask::{Asking, Mode};
use super::{Inbox, State};
use crate::model::{Offer, Phase, SourceId, Subscription};
use crate::websub::token::{chance, token};

/// The pause after asking a hub; each further one is twice as long, up to a day.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);
const LONGEST: TimeDelta = TimeDelta::days(1);
/// What is on its way when another subscription takes over still comes.
const OVERLAP: TimeDelta = TimeDelta::minutes(10);
/// A callback that nobody uses any more answers 410 so long.
const REMEMBERED: TimeDelta = TimeDelta::days(1);

impl Inbox {
    /// Brings the subscriptions in line with what is wanted; what has to be asked of hubs for that.
    pub(super) fn plan(&self, now: DateTime<Utc>) -> Vec<Asking> {
        let mut state = self.state();
        if !state.is_told {
            return Vec::new();
        }
        self.tidy(&mut state, now);
        let served: HashSet<&SourceId> = state
            .subscriptions
            .values()
            .filter(|subscription| match &subscription.phase {
                Phase::Asked { .. } | Phase::Over { .. } => true,
                Phase::Active { renew, .. } => *renew > now,
                Phase::Leaving { .. } => false,
            })
            .map(|subscription| &subscription.source)
            .collect();
        let sources: Vec<(SourceId, Offer)> = state
            .wanted
            .iter()
            .filter(|(source, _)| !served.contains(source))
            .map(|(source, wanted)| (source.clone(), wanted.offer.clone()))
            .collect();
        for (source, offer) in &sources {
            self.want_subscription(&mut state, source, offer, now);
        }
        self.asking(&mut state, now)
    }

    /// Ends what has ended, and leaves what is not wanted as it is.
    fn tidy(&self, state: &mut State, now: DateTime<Utc>) {
        let all: Vec<(String, Subscription)> = state
            .subscriptions
            .iter()
            .map(|(path, subscription)| (path.clone(), subscription.clone()))
            .collect();
        for (path, subscription) in all {
            let offer = state.wanted.get(&subscription.source).map(|wanted| &wanted.offer);
            let is_wanted = offer.is_some_and(|offer| fits(&subscription, offer));
            match &subscription.phase {
                Phase::Active { until, .. } if *until <= now => {
                    self.remove(state, &path);
                    self.gaps.note(&subscription.source);
                }
                Phase::Leaving { until, .. } if *until + REMEMBERED <= now => self.remove(state, &path),
                Phase::Over { until, .. } if *until <= now => self.remove(state, &path),
                // Nobody was told of it, or will miss it.
                Phase::Asked { attempts: 0, .. } if !is_wanted => self.remove(state, &path),
                Phase::Asked { .. } | Phase::Active { .. } if !is_wanted => {
                    self.set(state, &path, leaving(subscription, now));
                }
                Phase::Asked { .. } | Phase::Active { .. } | Phase::Leaving { .. } | Phase::Over { .. } => {}
            }
        }
    }

    /// Asks for a first subscription, or for the one after this.
    fn want_subscription(&self, state: &mut State, source: &SourceId, offer: &Offer, now: DateTime<Utc>) {
        let (Some(topic), Some(hub)) = (&offer.topic, offer.hubs.first()) else {
            return;
        };
        let (Some(path), Some(secret)) = (token(), token()) else {
            return;
        };
        let is_safe = hub.starts_with("https://") || self.settings.secrets_in_clear;
        let subscription = Subscription {
            source: source.clone(),
            hub: hub.clone(),
            topic: topic.clone(),
            secret: is_safe.then_some(secret),
            phase: Phase::Asked {
                attempts: 0,
                next: now,
            },
        };
        self.set(state, &path, subscription);
    }

    /// What hubs are to be asked now.
    fn asking(&self, state: &mut State, now: DateTime<Utc>) -> Vec<Asking> {
        let mut asking = Vec::new();
        let all: Vec<(String, Subscription)> = state
            .subscriptions
            .iter()
            .map(|(path, subscription)| (path.clone(), subscription.clone()))
            .collect();
        for (path, mut subscription) in all {
            let mode = match &mut subscription.phase {
                Phase::Asked { attempts, next } if *next <= now => {
                    let pause = doubled(PATIENCE, *attempts);
                    *attempts = attempts.saturating_add(1);
                    *next = now + pause + scaled(pause, 0.25 * chance());
                    let tried = usize::try_from(*attempts - 1).unwrap_or(0);
                    // One of several hubs may be out of order.
                    let hubs = state
                        .wanted
                        .get(&subscription.source)
                        .map(|wanted| &wanted.offer.hubs);
                    if let Some(hub) = hubs.and_then(|hubs| hubs.get(tried % hubs.len().max(1)))
                        && (subscription.secret.is_none()
                            || hub.starts_with("https://")
                            || self.settings.secrets_in_clear)
                    {
                        subscription.hub.clone_from(hub);
                    }
                    Mode::Subscribe
                }
                Phase::Leaving { told, .. } if !*told => {
                    *told = true;
                    Mode::Unsubscribe
                }
                Phase::Asked { .. } | Phase::Active { .. } | Phase::Leaving { .. } | Phase::Over { .. } => {
                    continue;
                }
            };
            asking.push(Asking::new(mode, &path, &subscription));
            self.set(state, &path, subscription);
        }
        asking
    }

    /// Ends whatever there is with the hub of a source, and asks for nothing until then.
    pub(super) fn give_up(&self, source: &SourceId, now: DateTime<Utc>, until: DateTime<Utc>, why: &str) {
        let mut state = self.state();
        let of_source: Vec<(String, Subscription)> = state
            .subscriptions
            .iter()
            .filter(|(_, subscription)| subscription.source == *source)
            .map(|(path, subscription)| (path.clone(), subscription.clone()))
            .collect();
        let Some((_, last)) = of_source.last().cloned() else {
            return;
        };
        for (path, subscription) in of_source {
            match &subscription.phase {
                Phase::Asked { .. } | Phase::Active { .. } => {
                    self.set(&mut state, &path, leaving(subscription, now));
                }
                Phase::Leaving { .. } => {}
                Phase::Over { .. } => self.remove(&mut state, &path),
            }
        }
        if let Some(path) = token() {
            let over = Subscription {
                secret: None,
                phase: Phase::Over {
                    until,
                    why: why.to_owned(),
                },
                ..last
            };
            self.set(&mut state, &path, over);
        }
    }

    /// The hub asked back, or renewed of its own accord: it pushes from now on. Others of the source are given up.
    pub(super) fn activate(&self, state: &mut State, path: &str, lease: TimeDelta, now: DateTime<Utc>) {
        let Some(mut subscription) = state.subscriptions.get(path).cloned() else {
            return;
        };
        let source = subscription.source.clone();
        let others: Vec<(String, Subscription)> = state
            .subscriptions
            .iter()
            .filter(|(other, subscription)| *other != path && subscription.source == source)
            .map(|(path, subscription)| (path.clone(), subscription.clone()))
            .collect();
        // A hub that is renewed should have told of everything since the first time.
        let mut since = now;
        let own = std::iter::once(&subscription.phase);
        for phase in others.iter().map(|(_, other)| &other.phase).chain(own) {
            if let Phase::Active { since: earlier, .. } = phase {
                since = since.min(*earlier);
            }
        }
        for (path, other) in others {
            if matches!(other.phase, Phase::Active { .. } | Phase::Asked { .. }) {
                self.set(state, &path, leaving(other, now));
            }
        }
        subscription.phase = Phase::Active {
            since,
            until: now + lease,
            renew: now + scaled(lease, 0.5 + 0.3 * chance()),
        };
        self.set(state, path, subscription);
    }
}

/// Whether the subscription is to what is offered.
fn fits(subscription: &Subscription, offer: &Offer) -> bool {
    offer.topic.as_ref() == Some(&subscription.topic) && offer.hubs.contains(&subscription.hub)
}

fn leaving(subscription: Subscription, now: DateTime<Utc>) -> Subscription {
    Subscription {
        phase: Phase::Leaving {
            until: now + OVERLAP,
            told: false,
        },
        ..subscription
    }
}

fn doubled(pause: TimeDelta, times: u32) -> TimeDelta {
    (pause * 2_i32.pow(times.min(10))).min(LONGEST)
}

fn scaled(span: TimeDelta, factor: f64) -> TimeDelta {
    TimeDelta::milliseconds((span.num_milliseconds() as f64 * factor) as i64)
}
