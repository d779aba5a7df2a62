//! Who calls: the address behind the proxies that are trusted to tell it.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// Where proxies write down whom they speak for, the nearest one last.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The other end of a request's connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// A network, or one address.
pub(crate) fn network(text: &str) -> Result<IpNet, String> {
    let one = text.parse::<IpAddr>().map(IpNet::from);
    one.or_else(|_| text.parse())
        .map_err(|_| format!("{text:?} is not an address or a network like 10.0.0.0/8"))
}

/// The address that `peer` calls for: its own, or what trusted proxies say, read from the nearest outwards until one
/// that nobody vouches for.
pub(crate) fn client(peer: Peer, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer.0.to_canonical();
    let lists = headers.get_all(FORWARDED_FOR).iter().rev();
    let mut hops = lists.flat_map(|list| list.to_str().unwrap_or_default().rsplit(','));
    while trusted.iter().any(|network| network.contains(&client)) {
        match hops.next().map(str::trim).and_then(address) {
            Some(next) => client = next.to_canonical(),
            None => break,
        }
    }
    client
}

fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|at| at.ip()))
}

/// What is counted as one caller: an address, or the network of an IPv6 line, which has 2^64 of them.
pub(crate) fn caller(client: IpAddr) -> String {
    match client {
        IpAddr::V4(_) => client.to_string(),
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) >> 64 << 64).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let headers = |lists: &[&str]| {
            let pairs = lists.iter().map(|list| (FORWARDED_FOR.parse().unwrap(), list.parse().unwrap()));
            pairs.collect::<HeaderMap>()
        };
        let trusted = ["10.0.0.0/8", "192.0.2.1"].map(|text| network(text).unwrap());
        let cases = [
            ("198.51.100.7", &["203.0.113.9"][..], "198.51.100.7"),
            ("10.1.1.1", &[], "10.1.1.1"),
            ("10.1.1.1", &["203.0.113.9"], "203.0.113.9"),
            ("::ffff:10.1.1.1", &["203.0.113.9:4711"], "203.0.113.9"),
            // Whatever a caller claims for itself stands to the left of what the proxy saw.
            ("10.1.1.1", &["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
            ("10.1.1.1", &["203.0.113.9, 192.0.2.1"], "203.0.113.9"),
            ("10.1.1.1", &["1.1.1.1", "203.0.113.9", "10.2.2.2"], "203.0.113.9"),
            ("10.1.1.1", &["unknown"], "10.1.1.1"),
            ("10.1.1.1", &["2001:db8::1"], "2001:db8::1"),
        ];
        for (peer, lists, expected) in cases {
            let found = client(Peer(peer.parse().unwrap()), &headers(lists), &trusted);
            assert_eq!(found, expected.parse::<IpAddr>().unwrap(), "{peer} {lists:?}");
        }
    }

    #[test]
    fn the_addresses_of_one_line_are_one_caller() {
        let named = |text: &str| caller(text.parse().unwrap());
        assert_eq!(named("2001:db8:1:2:3::4"), named("2001:db8:1:2:ffff::"));
        assert_ne!(named("2001:db8:1:2::1"), named("2001:db8:1:3::1"));
        assert_ne!(named("192.0.2.1"), named("192.0.2.2"));
        assert!(network("10.0.0.0/33").is_err() && network("proxy").is_err());
    }
}
