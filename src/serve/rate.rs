//! How often one client may ask.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Clients that are remembered at once.
const CLIENTS: usize = 100_000;

/// A rate with room for bursts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second in the long run.
    pub per_second: u32,
    /// Requests at once after a pause.
    pub burst: u32,
}

/// When each client will have made up for what it asked (the generic cell rate algorithm).
#[derive(Debug, Default)]
pub struct Clients(Mutex<HashMap<IpAddr, Instant>>);

impl Clients {
    /// Whether this client may ask now; if not, how long it should wait.
    pub fn admit(&self, client: IpAddr, rate: Rate, now: Instant) -> Result<(), Duration> {
        let each = Duration::from_secs(1) / rate.per_second.max(1);
        let room = each * rate.burst.max(1);
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= CLIENTS {
            clients.retain(|_, due| *due > now);
            // Somebody has more addresses than can be remembered: then nobody is limited rather than everybody.
            if clients.len() >= CLIENTS {
                clients.clear();
            }
        }
        let due = clients.entry(network(client)).or_insert(now);
        let next = (*due).max(now) + each;
        match next.checked_duration_since(now + room) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                *due = next;
                Ok(())
            }
        }
    }
}

/// One customer's addresses: an IPv6 customer has at least a /64.
pub(super) fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_and_then_the_rate_holds() {
        let (clients, start) = (Clients::default(), Instant::now());
        let rate = Rate {
            per_second: 2,
            burst: 3,
        };
        let ask = |client: &str, at: u64| {
            let now = start + Duration::from_millis(at);
            clients.admit(client.parse().unwrap(), rate, now)
        };
        for _ in 0..3 {
            assert_eq!(ask("192.0.2.1", 0), Ok(()));
        }
        assert_eq!(ask("192.0.2.1", 0), Err(Duration::from_millis(500)));
        assert_eq!(ask("::ffff:192.0.2.1", 100), Err(Duration::from_millis(400)));
        assert_eq!(ask("192.0.2.2", 0), Ok(()));
        assert_eq!(ask("192.0.2.1", 500), Ok(()));
        assert_eq!(ask("192.0.2.1", 500), Err(Duration::from_millis(500)));
        for address in ["2001:db8::1", "2001:db8::2", "2001:db8::3"] {
            assert_eq!(ask(address, 0), Ok(()));
        }
        assert!(ask("2001:db8::4", 0).is_err());
        assert_eq!(ask("2001:db8:0:1::4", 0), Ok(()));
    }
}
