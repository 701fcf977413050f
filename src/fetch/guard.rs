//! Which addresses may be connected to: the public internet, and what the operator allows beyond.
//!
//! Ranges: IANA special-purpose address registries for IPv4 and IPv6.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, OnceLock};

use url::{Host, Url};

/// Ports a redirect to another host may lead to: others belong to other protocols, or to somebody's admin page.
const WEB_PORTS: [u16; 4] = [80, 443, 8080, 8443];

/// How far away an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Public,
    /// Loopback and private networks: only where the operator allows it.
    Private,
    /// Multicast, link-local (with the metadata services of clouds), documentation, reserved.
    Never,
}

/// Where this program itself listens: nobody else's word leads there.
#[derive(Clone, Default)]
pub(super) struct Own(Arc<OnceLock<Vec<SocketAddr>>>);

impl Own {
    pub(super) fn set(&self, own: Vec<SocketAddr>) {
        let _ = self.0.set(own);
    }

    /// Whether a connection to there would come to us.
    pub(super) fn listens(&self, ip: IpAddr, port: u16) -> bool {
        let ip = ip.to_canonical();
        let is_reached = |own: &SocketAddr| match own.ip().to_canonical() {
            any if any.is_unspecified() => is_here(ip),
            one => one == ip,
        };
        let mut own = self.0.get().into_iter().flatten();
        own.any(|own| own.port() == port && is_reached(own))
    }
}

/// Whether this machine has the address.
fn is_here(ip: IpAddr) -> bool {
    ip.is_loopback() || UdpSocket::bind((ip, 0)).is_ok()
}

/// The address that a URL is written with, if it is no name.
pub(super) fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(ip) => Some(ip.into()),
        Host::Ipv6(ip) => Some(ip.into()),
        Host::Domain(_) => None,
    }
}

/// What may be connected to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guard {
    pub allow_private_hosts: bool,
}

impl Guard {
    /// Whether this address may be connected to.
    pub(super) fn permits(self, ip: IpAddr) -> bool {
        match reach(ip) {
            Reach::Public => true,
            Reach::Private => self.allow_private_hosts,
            Reach::Never => false,
        }
    }

    /// Checks a URL before anything is resolved: its scheme, and its host if that is an address. `from` is the URL that
    /// redirected here.
    pub(super) fn check(self, url: &Url, from: Option<&Url>) -> Result<(), String> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!(
                "a redirect leads to {}:, which is no web address",
                url.scheme()
            ));
        }
        let is_elsewhere = from.is_some_and(|from| from.host_str() != url.host_str());
        let port = url.port_or_known_default().unwrap_or_default();
        if is_elsewhere && !self.allow_private_hosts && !WEB_PORTS.contains(&port) {
            return Err(format!(
                "a redirect leads to port {port} of another host, which is refused"
            ));
        }
        if url.host().is_none() {
            return Err("the address has no host".into());
        }
        match literal(url) {
            Some(ip) if !self.permits(ip) => Err(refusal(&ip.to_string())),
            _ => Ok(()),
        }
    }
}

/// Why a host is refused, and what to do if it should not be.
pub(super) fn refusal(host: &str) -> String {
    format!(
        "{host} is a private or reserved address, which is refused; if it is your own server, set \
         allow_private_hosts = true in [fetch]"
    )
}

fn reach(ip: IpAddr) -> Reach {
    match ip.to_canonical() {
        IpAddr::V4(ip) => reach_v4(ip),
        IpAddr::V6(ip) => reach_v6(ip),
    }
}

fn reach_v4(ip: Ipv4Addr) -> Reach {
    match ip.octets() {
        [10 | 127, ..] | [192, 168, ..] => Reach::Private,
        [172, second, ..] if (16..32).contains(&second) => Reach::Private,
        [100, second, ..] if (64..128).contains(&second) => Reach::Private,
        [0 | 224..=255, ..] | [169, 254, ..] => Reach::Never,
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => {
            Reach::Never
        }
        _ => Reach::Public,
    }
}

fn reach_v6(ip: Ipv6Addr) -> Reach {
    let parts = ip.segments();
    let embedded = |high: u16, low: u16| {
        let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
        // A public address inside a translation prefix is reached through it; a private one would get around the guard.
        if reach_v4(Ipv4Addr::new(a, b, c, d)) == Reach::Public {
            Reach::Public
        } else {
            Reach::Never
        }
    };
    match parts {
        [0, 0, 0, 0, 0, 0, 0, 1] => Reach::Private,
        [0, 0, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        [0xfc00..=0xfdff, ..] => Reach::Private,
        // 2001::/23 holds Teredo and other protocols; 2001:db8::/32 and 3fff::/20 are for documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Reach::Never,
        [0x2000..=0x3fff, ..] => Reach::Public,
        _ => Reach::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: Guard = Guard {
        allow_private_hosts: false,
    };
    const LENIENT: Guard = Guard {
        allow_private_hosts: true,
    };

    #[test]
    fn t01_every_spelling_of_an_inner_address_is_refused() {
        for url in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0177.0.0.1/",
            "http://１２７.0.0.1/",
            "http://0/",
            "http://0.0.0.0/",
            "http://10.0.0.1/",
            "http://172.16.0.1/",
            "http://172.31.255.255/",
            "http://192.168.1.1/",
            "http://169.254.169.254/latest/meta-data/",
            "http://100.64.0.1/",
            "http://192.0.0.1/",
            "http://192.0.2.1/",
            "http://192.88.99.1/",
            "http://198.18.0.1/",
            "http://198.51.100.1/",
            "http://203.0.113.9/",
            "http://224.0.0.1/",
            "http://240.0.0.1/",
            "http://255.255.255.255/",
            "http://[::]/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[::127.0.0.1]/",
            "http://[64:ff9b::127.0.0.1]/",
            "http://[64:ff9b::10.0.0.1]/",
            "http://[64:ff9b:1::1]/",
            "http://[100::1]/",
            "http://[2001::1]/",
            "http://[2001:db8::1]/",
            "http://[2002:7f00:1::]/",
            "http://[2002:c0a8:101::]/",
            "http://[3fff::1]/",
            "http://[5f00::1]/",
            "http://[fc00::1]/",
            "http://[fd12::1]/",
            "http://[fe80::1]/",
            "http://[fec0::1]/",
            "http://[ff02::1]/",
        ] {
            let parsed = Url::parse(url).unwrap();
            assert!(STRICT.check(&parsed, None).is_err(), "{url}");
        }
    }

    #[test]
    fn public_addresses_and_names_pass() {
        for url in [
            "https://93.184.216.34/",
            "http://[2606:2800:220:1::1]/",
            "http://libyareview.com:8090/",
            "http://[64:ff9b::93.184.216.34]/",
            "http://172.32.0.1/",
            "http://100.128.0.1/",
        ] {
            assert_eq!(STRICT.check(&Url::parse(url).unwrap(), None), Ok(()), "{url}");
        }
    }

    #[test]
    fn the_operator_may_allow_private_hosts_and_no_more() {
        for (url, allowed) in [
            ("http://127.0.0.1:8080/", true),
            ("http://192.168.1.1/", true),
            ("http://[fd00::1]/", true),
            ("http://169.254.169.254/", false),
            ("http://0.0.0.0/", false),
            ("http://[ff02::1]/", false),
        ] {
            assert_eq!(
                LENIENT.check(&Url::parse(url).unwrap(), None).is_ok(),
                allowed,
                "{url}"
            );
        }
    }

    #[test]
    fn where_we_listen_is_known_in_every_spelling() {
        let own = Own::default();
        let listens = |ip: &str, port| own.listens(ip.parse().unwrap(), port);
        assert!(!listens("127.0.0.1", 8_080), "nobody listens yet");
        own.set(vec![
            "127.0.0.1:8080".parse().unwrap(),
            "0.0.0.0:8081".parse().unwrap(),
        ]);
        for (ip, port, expected) in [
            ("127.0.0.1", 8_080, true),
            ("::ffff:127.0.0.1", 8_080, true),
            ("127.0.0.2", 8_080, false),
            ("127.0.0.1", 8_082, false),
            ("127.0.0.2", 8_081, true),
            ("192.0.2.1", 8_081, false),
        ] {
            assert_eq!(listens(ip, port), expected, "{ip} {port}");
        }
    }

    #[test]
    fn t09_redirects_lead_to_the_web_only() {
        let from = Url::parse("https://a.example/").unwrap();
        for (to, allowed) in [
            ("https://b.example/", true),
            ("https://b.example:8443/", true),
            ("https://a.example:9999/", true),
            ("https://b.example:22/", false),
            ("file:///etc/passwd", false),
            ("ftp://b.example/", false),
        ] {
            assert_eq!(
                STRICT.check(&Url::parse(to).unwrap(), Some(&from)).is_ok(),
                allowed,
                "{to}"
            );
        }
    }
}
