//! Whose page a request comes from: this gateway's own, or another site's.
//!
//! A browser says so in `sec-fetch-site`, which no script can set and no proxy changes, for pages at https:// or on the
//! visitor's own machine. For other pages it names the page's origin alone, which is compared with the addresses that this
//! gateway has: those that are set, that of the request, and the one that a trusted proxy was asked at.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use ipnet::IpNet;

use crate::access::Access;
use crate::client::Peer;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Another site's page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum AnotherSite {
    /// The browser says so.
    Told,
    /// Its origin is none of this gateway's addresses, as which the request knows `ours`.
    Origin { origin: String, ours: String },
}

impl AnotherSite {
    /// What is wrong, and what mends it.
    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Told => "the browser says that another site's page asks: it may not".to_owned(),
            Self::Origin { origin, ours } => format!(
                "a page of {origin} asks for what pages of {ours} may: if that page is this gateway's own, seen through a \
                 proxy, start the gateway with AVZEUS_GATEWAY_PUBLIC_ORIGINS={origin}"
            ),
        }
    }
}

/// Returns the other site whose page makes this request; `None` for this gateway's own pages, and for programs.
pub(crate) fn another_site(
    access: &Access,
    peer: Peer,
    headers: &HeaderMap,
    uri: &Uri,
) -> Option<AnotherSite> {
    let text = |name: HeaderName| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or("?"));
    if let Some(site) = text(FETCH_SITE) {
        return (site != "same-origin" && site != "none").then_some(AnotherSite::Told);
    }
    let origin = text(header::ORIGIN)?;
    if access.public_origins.0.iter().any(|known| known == origin) {
        return None;
    }
    let ours = uri.authority().map(|authority| authority.as_str()).or(text(header::HOST)).unwrap_or_default();
    // The first of several proxies is the one that the browser asked.
    let forwarded = text(FORWARDED_HOST).and_then(|hosts| hosts.split(',').next()).map(str::trim);
    let forwarded = forwarded.filter(|_| is_trusted(&access.trusted_proxies.0, peer));
    let host = origin.split_once("://").map(|(_, host)| host);
    let is_ours = host.is_some_and(|host| host == ours || Some(host) == forwarded);
    (!is_ours).then(|| AnotherSite::Origin { origin: origin.to_owned(), ours: ours.to_owned() })
}

fn is_trusted(proxies: &[IpNet], Peer(peer): Peer) -> bool {
    let peer = peer.to_canonical();
    proxies.iter().any(|network| network.contains(&peer))
}
