//! Names to addresses: looked up once per host, and only addresses that the guard permits are ever dialled.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::error;
use super::guard::{Guard, Own, refusal};
use crate::model::FailureKind;

/// A name is looked up again after this, so that a long-running process follows changes.
const REMEMBERED: Duration = Duration::from_secs(60);

/// Names that are remembered.
const MOST: usize = 10_000;

type Answer = Arc<OnceCell<Result<Vec<IpAddr>, Unresolved>>>;

/// Why a name has no address to dial.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(super) struct Unresolved {
    pub message: String,
    /// Refused where it has addresses, but none that may be asked.
    pub kind: FailureKind,
}

impl Unresolved {
    fn unknown(message: String) -> Self {
        Self {
            message,
            kind: FailureKind::Unreachable,
        }
    }
}

/// How names are looked up: by the system, or in tests by what they script.
pub(super) type Lookup = Arc<dyn Fn(&str) -> std::io::Result<Vec<IpAddr>> + Send + Sync>;

/// Resolves through the system, so that its hosts file and split DNS hold.
pub(super) fn system() -> Lookup {
    Arc::new(|name| {
        use std::net::ToSocketAddrs;
        Ok((name, 0).to_socket_addrs()?.map(|address| address.ip()).collect())
    })
}

pub(super) struct Resolver {
    guard: Guard,
    lookup: Lookup,
    answers: Mutex<HashMap<String, (Instant, Answer)>>,
}

impl Resolver {
    pub(super) fn new(guard: Guard, lookup: Lookup) -> Self {
        Self {
            guard,
            lookup,
            answers: Mutex::default(),
        }
    }

    fn answer(&self, name: &str) -> Answer {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if answers.len() >= MOST {
            // Others name hosts, too: what is forgotten is looked up again.
            answers.retain(|_, (asked, _)| now - *asked <= REMEMBERED);
            if answers.len() >= MOST {
                answers.clear();
            }
        }
        let (asked, answer) = answers
            .entry(name.to_owned())
            .or_insert_with(|| (now, Answer::default()));
        if now - *asked > REMEMBERED {
            (*asked, *answer) = (now, Answer::default());
        }
        answer.clone()
    }
}

impl Resolver {
    /// The same for a port, without the addresses at which we listen there ourselves.
    pub(super) fn but(self: Arc<Self>, own: Own, port: u16) -> Arc<But> {
        Arc::new(But {
            resolver: self,
            own,
            port,
        })
    }

    fn find(&self, name: &Name) -> impl Future<Output = Result<Vec<IpAddr>, Unresolved>> + Send + 'static {
        let (guard, lookup) = (self.guard, self.lookup.clone());
        let name = name.as_str().to_owned();
        let answer = self.answer(&name);
        async move {
            let found = answer.get_or_init(|| look_up(guard, lookup, name));
            found.await.clone()
        }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let found = self.find(&name);
        Box::pin(async move { Ok(addresses(found.await?)) })
    }
}

/// A resolver whose addresses do not lead to ourselves.
pub(super) struct But {
    resolver: Arc<Resolver>,
    own: Own,
    port: u16,
}

impl Resolve for But {
    fn resolve(&self, name: Name) -> Resolving {
        let (found, own, port) = (self.resolver.find(&name), self.own.clone(), self.port);
        Box::pin(async move {
            let mut found = found.await?;
            found.retain(|ip| !own.listens(*ip, port));
            if found.is_empty() {
                let refused = Unresolved {
                    message: format!("{} leads to this very server", name.as_str()),
                    kind: FailureKind::Refused,
                };
                return Err(refused.into());
            }
            Ok(addresses(found))
        })
    }
}

fn addresses(found: Vec<IpAddr>) -> Addrs {
    Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0)))
}

async fn look_up(guard: Guard, lookup: Lookup, name: String) -> Result<Vec<IpAddr>, Unresolved> {
    let asked = name.clone();
    let found = tokio::task::spawn_blocking(move || lookup(&asked)).await;
    let found = found.map_err(|_| Unresolved::unknown(format!("the lookup of {name} was cut short")))?;
    let found = found.map_err(|error| {
        // Without files nothing can be looked up, and the system's library says something else of it.
        if let Some(lacking) = error::shortage(&error).or_else(error::shortage_now) {
            return Unresolved {
                message: error::short_of(lacking),
                kind: FailureKind::Short,
            };
        }
        Unresolved::unknown(format!(
            "no address is known for {name} ({error}); check the spelling, or the DNS of this machine"
        ))
    })?;
    let permitted: Vec<IpAddr> = found.into_iter().filter(|ip| guard.permits(*ip)).collect();
    if permitted.is_empty() {
        Err(Unresolved {
            message: refusal(&name),
            kind: FailureKind::Refused,
        })
    } else {
        Ok(permitted)
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn resolver(
        lookup: impl Fn(usize) -> Vec<&'static str> + Send + Sync + 'static,
    ) -> (Resolver, Arc<AtomicUsize>) {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = calls.clone();
        let lookup = move |_: &str| {
            let call = counted.fetch_add(1, Ordering::Relaxed);
            Ok(lookup(call).into_iter().map(|ip| ip.parse().unwrap()).collect())
        };
        (
            Resolver::new(
                Guard {
                    allow_private_hosts: false,
                },
                Arc::new(lookup),
            ),
            calls,
        )
    }

    async fn resolve(resolver: &Resolver) -> Option<Vec<String>> {
        let resolved = resolver.resolve(Name::from_str("host.example").unwrap()).await;
        resolved
            .ok()
            .map(|found| found.map(|address| address.ip().to_string()).collect())
    }

    #[tokio::test]
    async fn t04_of_mixed_addresses_only_public_ones_are_dialled() {
        let (resolver, _) = resolver(|_| vec!["127.0.0.1", "93.184.216.34", "::ffff:10.0.0.1"]);
        assert_eq!(resolve(&resolver).await.unwrap(), ["93.184.216.34"]);
    }

    #[tokio::test(start_paused = true)]
    async fn t03_an_answer_that_turns_private_is_never_dialled() {
        let (resolver, _) = resolver(|call| {
            if call == 0 {
                vec!["93.184.216.34"]
            } else {
                vec!["127.0.0.1"]
            }
        });
        assert!(resolve(&resolver).await.is_some());
        tokio::time::advance(REMEMBERED * 2).await;
        assert_eq!(resolve(&resolver).await, None);
    }

    #[tokio::test]
    async fn e56_a_host_is_looked_up_once() {
        let (resolver, calls) = resolver(|_| vec!["93.184.216.34"]);
        for _ in 0..50 {
            resolve(&resolver).await.unwrap();
        }
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    }
}
