//! From a host's name to the addresses it is reached at. A name is looked up once a connection, every address it
//! has is judged, and the connection goes to just those: there is no second look-up that could answer otherwise.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::networks::Networks;

/// Who knows the addresses of names.
pub trait Names: Send + Sync + 'static {
    /// Every address of `host`.
    fn addresses(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The system's resolver.
pub(super) struct SystemNames;

impl Names for SystemNames {
    fn addresses(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|at| at.ip()).collect())
        })
    }
}

/// The names that a client may connect to. One address that may not be connected to refuses the whole name.
pub(super) struct CheckedNames {
    pub(super) names: Arc<dyn Names>,
    pub(super) networks: Networks,
}

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let networks = self.networks.clone();
        let looked_up = self.names.addresses(host.clone());
        Box::pin(async move {
            let addresses = looked_up.await?;
            if addresses.is_empty() {
                return Err("it is known, but without any".into());
            }
            for address in &addresses {
                networks.check(&host, *address)?;
            }
            // Port 0 means the address's own port to the client.
            Ok(Box::new(addresses.into_iter().map(|ip| SocketAddr::new(ip, 0))) as Addrs)
        })
    }
}
