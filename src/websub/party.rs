//! Who counts as one. Names below a domain and addresses next to each other cost nothing, so they share what there is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Whose callback it is: the domain that somebody registered, or the block of an address.
pub(super) fn site(callback: &Url) -> String {
    match callback.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            psl::domain_str(name).unwrap_or(name).to_owned()
        }
        Some(Host::Ipv4(address)) => block(address.into()),
        Some(Host::Ipv6(address)) => block(address.into()),
        None => String::new(),
    }
}

/// The block of an address: what one customer may have.
pub(super) fn block(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{}/24", Ipv4Addr::new(a, b, c, 0))
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_costs_nothing_is_not_another_party() {
        for (callback, expected) in [
            ("https://a.b.reader.example.co.uk:8443/cb", "example.co.uk"),
            ("https://Reader.Example.COM./cb", "example.com"),
            ("https://me.github.io/cb", "me.github.io"),
            ("http://localhost:9/cb", "localhost"),
            ("http://192.0.2.7/cb", "192.0.2.0/24"),
            ("http://[::ffff:192.0.2.9]/cb", "192.0.2.0/24"),
            ("http://[2001:db8:1:2::3]/cb", "2001:db8:1::/48"),
        ] {
            assert_eq!(site(&callback.parse().unwrap()), expected, "{callback}");
        }
    }
}
