//! Which addresses may be connected to: the public web, and what was opened explicitly.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// An address outside the public web.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{host} leads to {address}, {network}; AVZEUS_INGEST_OPEN_ADDRESSES can open it")]
pub struct Refused {
    /// Which host led there.
    pub host: String,
    /// Where to.
    pub address: IpAddr,
    /// What kind of network that is.
    pub network: &'static str,
}

/// Judges addresses.
#[derive(Debug, Clone)]
pub(super) struct Networks {
    opened: Vec<IpNet>,
}

/// What is not of the public web (IANA's special-purpose registries, RFC 6890), and what clouds keep for
/// themselves. The first match names it.
const NOT_PUBLIC: [(IpNet, &str); 28] = [
    (v4(0, 0, 0, 0, 8), "unspecified or this network"),
    (v4(10, 0, 0, 0, 8), "a private network"),
    (v4(100, 64, 0, 0, 10), "a carrier's private network"),
    (v4(127, 0, 0, 0, 8), "this machine (loopback)"),
    (v4(168, 63, 129, 16, 32), "a cloud's own service"),
    (v4(169, 254, 169, 254, 32), "a cloud's metadata"),
    (v4(169, 254, 0, 0, 16), "link-local"),
    (v4(172, 16, 0, 0, 12), "a private network"),
    (v4(192, 0, 0, 0, 24), "kept for protocols"),
    (v4(192, 0, 2, 0, 24), "kept for documentation"),
    (v4(192, 88, 99, 0, 24), "a 6to4 relay"),
    (v4(192, 168, 0, 0, 16), "a private network"),
    (v4(198, 18, 0, 0, 15), "kept for benchmarks"),
    (v4(198, 51, 100, 0, 24), "kept for documentation"),
    (v4(203, 0, 113, 0, 24), "kept for documentation"),
    (v4(224, 0, 0, 0, 4), "multicast"),
    (v4(255, 255, 255, 255, 32), "broadcast"),
    (v4(240, 0, 0, 0, 4), "reserved"),
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), "this machine (loopback)"),
    (v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128), "a cloud's metadata"),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), "a private network (unique-local)"),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), "link-local"),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), "multicast"),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32), "a Teredo tunnel"),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), "kept for protocols"),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), "kept for documentation"),
    (v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), "a 6to4 tunnel"),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), "kept for documentation"),
];

/// All of IPv6 that is given out to the public so far.
const GLOBAL: IpNet = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// Addresses that stand for an IPv4 address: IPv4-mapped, and NAT64 (RFC 6052), through which a network without
/// IPv4 reaches all of it. They are judged as what they stand for.
const STAND_FOR_IPV4: [IpNet; 2] =
    [v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96), v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96)];

impl Networks {
    /// The public web, and what lies in `opened`.
    pub(super) fn new(opened: Vec<IpNet>) -> Self {
        Self { opened }
    }

    /// Whether `address`, which `host` led to, may be connected to.
    pub(super) fn check(&self, host: &str, address: IpAddr) -> Result<(), Refused> {
        let meant = meant(address);
        if self.opened.iter().any(|network| network.contains(&meant)) {
            return Ok(());
        }
        let refused = |network| Err(Refused { host: host.to_owned(), address, network });
        match NOT_PUBLIC.iter().find(|(network, _)| network.contains(&meant)) {
            Some((_, kind)) => refused(*kind),
            None if meant.is_ipv6() && !GLOBAL.contains(&meant) => refused("not of the public web"),
            None => Ok(()),
        }
    }
}

/// The IPv4 address that an IPv6 address stands for, or the address itself.
fn meant(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) if STAND_FOR_IPV4.iter().any(|network| network.contains(&address)) => {
            IpAddr::V4(Ipv4Addr::from_bits(v6.to_bits() as u32))
        }
        _ => address,
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits))
}

const fn v6(s: [u16; 8], bits: u8) -> IpNet {
    let address = Ipv6Addr::new(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]);
    IpNet::V6(Ipv6Net::new_assert(address, bits))
}
