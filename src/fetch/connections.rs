//! Connections that stay open between requests, for a bounded number of hosts: a pass may visit thousands of them, and
//! a process may hold only so many files open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use reqwest::dns::Resolve;
use reqwest::header::HeaderValue;
use url::{Position, Url};

use super::guard::Own;
use super::resolver::Resolver;
use super::{Settings, error};
use crate::model::Failure;

/// Idle connections over all hosts. Some systems give a process 256 files, and the output and the database need some.
const MOST_IDLE: usize = 128;
/// A host seldom keeps one open for longer.
const IDLE: Duration = Duration::from_secs(30);

pub(super) struct Connections {
    user_agent: HeaderValue,
    connect_timeout: Duration,
    per_host: usize,
    most_hosts: usize,
    resolver: Arc<Resolver>,
    plain: rustls::ClientConfig,
    /// Reading the system's certificates takes time that a pass without https need not spend.
    secure: OnceLock<rustls::ClientConfig>,
    open: Mutex<Open>,
}

/// Each host has a client, and with it a pool, of its own: to let go of the client closes what is idle in the pool.
#[derive(Default)]
struct Open {
    clients: HashMap<String, Kept>,
    uses: u64,
}

struct Kept {
    client: reqwest::Client,
    /// Grows with every use of any client.
    used: u64,
}

impl Connections {
    pub(super) fn new(settings: &Settings, resolver: Arc<Resolver>) -> Result<Self, Failure> {
        let user_agent = HeaderValue::from_str(&settings.user_agent);
        Ok(Self {
            user_agent: user_agent
                .map_err(|_| error::setup("contact in [fetch] has characters that no header may have"))?,
            connect_timeout: settings.connect_timeout,
            per_host: settings.per_host,
            most_hosts: (MOST_IDLE.min(share_of_files()) / settings.per_host.max(1)).max(1),
            resolver,
            plain: tls(rustls::RootCertStore::empty()),
            secure: OnceLock::new(),
            open: Mutex::default(),
        })
    }

    /// Closes all that is idle.
    pub(super) fn let_go(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.clients.clear();
    }

    /// The client for the host of this URL. The least recently used ones are closed when there are too many.
    pub(super) fn client(&self, url: &Url) -> Result<reqwest::Client, Failure> {
        self.client_but(url, None)
    }

    /// The same, of one that never leads to where we listen ourselves.
    pub(super) fn client_but(&self, url: &Url, own: Option<&Own>) -> Result<reqwest::Client, Failure> {
        let scheme = url.scheme();
        let host = &url[Position::BeforeHost..Position::BeforePath];
        let scheme_and_host = [scheme, host, if own.is_some() { "but" } else { "" }].join(" ");
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.uses += 1;
        let used = open.uses;
        if let Some(kept) = open.clients.get_mut(&scheme_and_host) {
            kept.used = used;
            return Ok(kept.client.clone());
        }
        let resolver = self.resolver.clone();
        let client = match own {
            Some(own) => {
                let port = url.port_or_known_default().unwrap_or_default();
                self.build(scheme == "https", resolver.but(own.clone(), port))
            }
            None => self.build(scheme == "https", resolver),
        }?;
        if open.clients.len() >= self.most_hosts {
            let oldest = open.clients.iter().min_by_key(|(_, kept)| kept.used);
            let oldest = oldest.map(|(host, _)| host.clone());
            open.clients.remove(&oldest.unwrap_or_default());
        }
        let kept = Kept {
            client: client.clone(),
            used,
        };
        open.clients.insert(scheme_and_host, kept);
        Ok(client)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place where connections are made"
    )]
    fn build<R: Resolve + 'static>(
        &self,
        is_secure: bool,
        resolver: Arc<R>,
    ) -> Result<reqwest::Client, Failure> {
        let tls = if is_secure {
            self.secure.get_or_init(|| tls(roots())).clone()
        } else {
            self.plain.clone()
        };
        let client = reqwest::Client::builder()
            .user_agent(self.user_agent.clone())
            .tls_backend_preconfigured(tls)
            .dns_resolver(resolver)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .connect_timeout(self.connect_timeout)
            .pool_max_idle_per_host(self.per_host)
            .pool_idle_timeout(IDLE)
            .build();
        client.map_err(|error| error::setup(error::chain(&error)))
    }
}

/// So many of the files that this process may hold open are for idle connections, and as many for those at work: the rest
/// is for the database, the output and readers.
pub(super) fn share_of_files() -> usize {
    // Where the system does not say it, a process may have 256 at least.
    const USUAL: usize = 256;
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    (open_files(&limits).unwrap_or(USUAL) / 4).max(1)
}

/// The soft limit, as Linux writes it.
fn open_files(limits: &str) -> Option<usize> {
    let mut lines = limits.lines();
    let line = lines.find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn tls(roots: rustls::RootCertStore) -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring offers TLS 1.2 and 1.3");
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

/// What the system trusts and what Mozilla does: an empty container has none of its own.
fn roots() -> rustls::RootCertStore {
    let mut roots = rustls::RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_open_files_is_read() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max open files            64                   4096                 files\n";
        assert_eq!(open_files(limits), Some(64));
        assert_eq!(open_files("Max open files  unlimited  unlimited  files"), None);
        assert_eq!(open_files(""), None);
    }
}
