//! Ports of this machine for everything that is started.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;

use crate::CliError;

/// Where they are taken from: below those that systems give to outgoing connections, one of which could take a port
/// between the moment when it is chosen and the one when it is listened on.
const RANGE: Range<u16> = 10_000..32_000;
/// Ports of a block: one that claims it, and those that are given out.
const BLOCK: u16 = 20;

/// A block of ports that no other system on this machine chooses from while this is held.
#[derive(Debug)]
pub(super) struct Ports {
    /// Held, never served.
    _claim: TcpListener,
    first: u16,
}

impl Ports {
    /// Claims a block whose ports are all free.
    pub(super) fn claim() -> Result<Self, CliError> {
        let blocks = (RANGE.end - RANGE.start) / BLOCK;
        // Those that start at the same time look in different places first.
        let start = (std::process::id() % u32::from(blocks)) as u16;
        let found = (0..blocks).find_map(|n| Self::block(RANGE.start + (start + n) % blocks * BLOCK));
        found.ok_or_else(|| CliError::Start(std::io::Error::other("no block of ports is free")))
    }

    fn block(claim: u16) -> Option<Self> {
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, claim)).ok()?;
        let ports = Self { _claim: held, first: claim + 1 };
        let are_free = (0..BLOCK - 1).all(|n| listen(local(ports.nth(n))).is_ok());
        are_free.then_some(ports)
    }

    /// The nth, of 19.
    pub(super) fn nth(&self, n: u16) -> u16 {
        assert!(n < BLOCK - 1, "more is started than a block has ports for");
        self.first + n
    }

    /// `addr` if it can be listened on now; where it has port 0, with the block's nth.
    pub(super) fn usable(&self, addr: SocketAddr, n: u16) -> Result<SocketAddr, CliError> {
        let port = if addr.port() == 0 { self.nth(n) } else { addr.port() };
        let addr = SocketAddr::new(addr.ip(), port);
        listen(addr).map(|_| addr)
    }
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn listen(addr: SocketAddr) -> Result<TcpListener, CliError> {
    TcpListener::bind(addr).map_err(|source| CliError::Address { addr, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_address_is_told_and_whoever_claims_at_the_same_time_gets_other_ports() {
        let claimed: Vec<_> = (0..4).map(|_| Ports::claim().unwrap()).collect();
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let told = claimed[0].usable(taken.local_addr().unwrap(), 0);
        assert!(matches!(told, Err(CliError::Address { .. })), "{told:?}");
        assert_eq!(claimed[0].usable(local(0), 3).unwrap(), local(claimed[0].nth(3)));

        let mut all: Vec<_> = claimed.iter().flat_map(|ports| (0..BLOCK - 1).map(|n| ports.nth(n))).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 4 * usize::from(BLOCK - 1));
        assert!(all.iter().all(|port| RANGE.contains(port)));
        // One port that somebody else listens on spoils a block, and a block that was let go is free again.
        let first = claimed[0].first;
        drop(claimed);
        let other = TcpListener::bind(local(first + 5)).unwrap();
        assert!(Ports::block(first - 1).is_none());
        drop(other);
        assert!(Ports::block(first - 1).is_some());
    }
}
