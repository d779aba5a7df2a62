//! Free ports.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use crate::CliError;

/// `count` different ports of 127.0.0.1 that were free a moment ago.
pub(super) fn free(count: usize) -> Result<Vec<u16>, CliError> {
    // All are held until every one is known, so that none is given out twice.
    let held: Result<Vec<TcpListener>, CliError> =
        (0..count).map(|_| listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))).collect();
    held?.iter().map(|l| l.local_addr().map(|a| a.port()).map_err(CliError::Start)).collect()
}

/// `addr` with a port that can be listened on now.
pub(super) fn usable(addr: SocketAddr) -> Result<SocketAddr, CliError> {
    listen(addr)?.local_addr().map_err(CliError::Start)
}

fn listen(addr: SocketAddr) -> Result<TcpListener, CliError> {
    TcpListener::bind(addr).map_err(|source| CliError::Address { addr, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_address_is_told_and_free_ports_differ() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(matches!(usable(taken.local_addr().unwrap()), Err(CliError::Address { .. })));
        let ports = free(20).unwrap();
        assert_eq!(ports.iter().collect::<std::collections::HashSet<_>>().len(), 20);
    }
}
