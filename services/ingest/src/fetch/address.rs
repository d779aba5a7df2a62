//! The address of a picture: what may be asked for at all.

use std::net::IpAddr;

use domain::Hosts;
use url::{Host, Url};

use super::FetchError;
use super::networks::Networks;

/// Longest address asked for: what a server redirects to ends in reports, too.
pub(crate) const LONGEST: usize = 4096;

/// Reads an address as browsers do: `http://2130706433/` and `http://0x7f.1/` are `http://127.0.0.1/`.
pub(super) fn read(address: &str) -> Result<Url, FetchError> {
    checked(Url::parse(address)?)
}

/// Where a redirect from `from` with this `location` leads.
pub(super) fn next(from: &Url, location: &str) -> Result<Url, FetchError> {
    checked(from.join(location)?)
}

/// The fragment names a place within what is fetched; it is nothing to ask for.
fn checked(mut url: Url) -> Result<Url, FetchError> {
    url.set_fragment(None);
    if url.as_str().len() > LONGEST { Err(FetchError::LongAddress(LONGEST)) } else { Ok(url) }
}

/// The host of `url`, if `url` may be asked for: of the web, on the person's list, without credentials, on a port
/// of its own. An address in place of a name is judged here; names are judged when they are looked up.
pub(super) fn permitted<'a>(url: &'a Url, hosts: &Hosts, networks: &Networks) -> Result<&'a str, FetchError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(FetchError::Scheme(url.scheme().to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(FetchError::Credentials);
    }
    // Ports below 1024 belong to mail, files and shells. Which of the others serve pictures cannot be known.
    if let Some(port) = url.port().filter(|port| !matches!(port, 80 | 443 | 1024..)) {
        return Err(FetchError::Port(port));
    }
    let host = url.host_str().ok_or(url::ParseError::EmptyHost)?;
    if !hosts.permits(host) {
        return Err(FetchError::Unlisted(host.to_owned()));
    }
    match url.host() {
        Some(Host::Ipv4(address)) => networks.check(host, IpAddr::V4(address))?,
        Some(Host::Ipv6(address)) => networks.check(host, IpAddr::V6(address))?,
        _ => {}
    }
    Ok(host)
}
