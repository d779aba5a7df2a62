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
const NOT_PUBLIC: [(IpNet, &str); 29] = [
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
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 128), "unspecified"),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(opened: &[&str], address: &str) -> Result<(), &'static str> {
        let opened = opened.iter().map(|network| network.parse().unwrap()).collect();
        let judged = Networks::new(opened).check("img.test", address.parse().unwrap());
        judged.map_err(|refused| refused.network)
    }

    #[test]
    fn the_public_web_may_be_connected_to() {
        let public = [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2001:200::1",
            "2a00::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ];
        for address in public {
            assert_eq!(judged(&[], address), Ok(()), "{address}");
        }
    }

    #[test]
    fn every_other_network_is_refused_by_name() {
        let refused = [
            ("0.0.0.0", "unspecified or this network"),
            ("0.1.2.3", "unspecified or this network"),
            ("10.0.0.0", "a private network"),
            ("10.255.255.255", "a private network"),
            ("100.64.0.0", "a carrier's private network"),
            ("100.100.100.200", "a carrier's private network"),
            ("100.127.255.255", "a carrier's private network"),
            ("127.0.0.1", "this machine (loopback)"),
            ("127.255.255.254", "this machine (loopback)"),
            ("168.63.129.16", "a cloud's own service"),
            ("169.254.0.1", "link-local"),
            ("169.254.169.254", "a cloud's metadata"),
            ("172.16.0.0", "a private network"),
            ("172.31.255.255", "a private network"),
            ("192.0.0.192", "kept for protocols"),
            ("192.0.2.1", "kept for documentation"),
            ("192.88.99.1", "a 6to4 relay"),
            ("192.168.1.1", "a private network"),
            ("198.18.0.0", "kept for benchmarks"),
            ("198.19.255.255", "kept for benchmarks"),
            ("198.51.100.1", "kept for documentation"),
            ("203.0.113.1", "kept for documentation"),
            ("224.0.0.1", "multicast"),
            ("239.255.255.255", "multicast"),
            ("240.0.0.1", "reserved"),
            ("255.255.255.255", "broadcast"),
            ("::", "unspecified"),
            ("::1", "this machine (loopback)"),
            ("::ffff:127.0.0.1", "this machine (loopback)"),
            ("::ffff:10.0.0.1", "a private network"),
            ("::ffff:169.254.169.254", "a cloud's metadata"),
            ("::ffff:0:127.0.0.1", "not of the public web"),
            ("::127.0.0.1", "not of the public web"),
            ("::8.8.8.8", "not of the public web"),
            ("64:ff9b::7f00:1", "this machine (loopback)"),
            ("64:ff9b::a9fe:a9fe", "a cloud's metadata"),
            ("64:ff9b:1::1", "not of the public web"),
            ("100::1", "not of the public web"),
            ("2001::1", "a Teredo tunnel"),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "a Teredo tunnel"),
            ("2001:2::1", "kept for protocols"),
            ("2001:20::1", "kept for protocols"),
            ("2001:db8::1", "kept for documentation"),
            ("2002:7f00:1::", "a 6to4 tunnel"),
            ("2002:a00:1::1", "a 6to4 tunnel"),
            ("3fff::1", "kept for documentation"),
            ("4000::1", "not of the public web"),
            ("5f00::1", "not of the public web"),
            ("fc00::1", "a private network (unique-local)"),
            ("fd00:ec2::254", "a cloud's metadata"),
            ("fe80::1", "link-local"),
            ("febf::1", "link-local"),
            ("fec0::1", "not of the public web"),
            ("ff02::1", "multicast"),
        ];
        for (address, network) in refused {
            assert_eq!(judged(&[], address), Err(network), "{address}");
        }
    }

    #[test]
    fn what_was_opened_is_opened_and_nothing_beside_it() {
        let opened = ["192.168.7.0/24", "fd12:3456::/32"];
        for address in ["192.168.7.1", "::ffff:192.168.7.255", "fd12:3456::1"] {
            assert_eq!(judged(&opened, address), Ok(()), "{address}");
        }
        for address in ["192.168.8.1", "192.168.6.255", "127.0.0.1", "fd12:3457::1"] {
            assert!(judged(&opened, address).is_err(), "{address}");
        }
    }
}
