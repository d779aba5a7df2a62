//! Where a person's pictures may be fetched from: the hosts that were listed for them, and nothing else
//! (README, "People").

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::{fmt, str};

/// A person's list of hosts. An empty list permits nothing.
///
/// Written as `;`-separated entries: `img.example.org` is that host alone, `*.example.org` is every host below
/// `example.org` but not itself, `192.0.2.7` or `[2001:db8::7]` is that address alone. A host is listed
/// without scheme, port or path, and a wildcard leaves at least two labels, so that nobody opens all of `.org`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hosts(Vec<Entry>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    Host(String),
    Below(String),
    Address(IpAddr),
}

/// Why an entry of a list of hosts was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// A scheme, a port, a path or a user name stands beside the host.
    #[error("host {0:?} must be a host alone, like img.example.org, without scheme, user, port or path")]
    NotAlone(String),
    /// Letters beyond ASCII.
    #[error("host {0:?} must be written in ASCII; an international name has a form that begins with xn--")]
    NotAscii(String),
    /// A wildcard that opens too much.
    #[error("host {0:?} would open too much of the web; name at least two labels, as in *.example.org")]
    TooWide(String),
    /// A star elsewhere than in front.
    #[error("host {0:?} may have a star in front only, as in *.example.org")]
    Star(String),
    /// A number that some programs take for an address.
    #[error("host {0:?} ends in a number; write an address in full, like 192.0.2.7 or [2001:db8::7]")]
    Number(String),
    /// A label that is no label.
    #[error(
        "host {0:?} is no host name: labels of 1 to 63 letters, digits, - and _, joined by dots, at most 253 in all"
    )]
    Malformed(String),
}

impl Hosts {
    /// The list that `entries` make, each as it was written.
    pub fn new<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, HostError> {
        let entries = entries.into_iter().map(str::trim).filter(|entry| !entry.is_empty());
        entries.map(str::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Whether pictures may be fetched from `host`, which is written as in an address: an IPv6 address in
    /// brackets, capitals or not.
    pub fn permits(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let address = address(&host);
        self.0.iter().any(|entry| match entry {
            Entry::Host(name) => *name == host,
            Entry::Below(parent) => {
                host.strip_suffix(parent).and_then(|rest| rest.strip_suffix('.')).is_some_and(is_name)
            }
            Entry::Address(listed) => address == Some(*listed),
        })
    }

    /// Whether no host is listed, so that nothing may be fetched.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The entries as they are written.
    pub fn entries(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(Entry::to_string)
    }
}

impl str::FromStr for Hosts {
    type Err = HostError;

    fn from_str(list: &str) -> Result<Self, HostError> {
        Self::new(list.split(';'))
    }
}

impl str::FromStr for Entry {
    type Err = HostError;

    fn from_str(written: &str) -> Result<Self, HostError> {
        let refused = || written.to_owned();
        if !written.is_ascii() {
            return Err(HostError::NotAscii(refused()));
        }
        let entry = written.to_ascii_lowercase();
        if let Some(address) = address(&entry) {
            return Ok(Self::Address(address));
        }
        if entry.contains(['/', ':', '@', '?', '#', '\\']) {
            return Err(HostError::NotAlone(refused()));
        }
        let (below, name) = match entry.strip_prefix("*.") {
            Some(parent) => (true, parent),
            None => (false, entry.as_str()),
        };
        if entry == "*" || (below && !name.contains('.')) {
            return Err(HostError::TooWide(refused()));
        }
        if name.contains('*') {
            return Err(HostError::Star(refused()));
        }
        if !is_name(name) {
            return Err(HostError::Malformed(refused()));
        }
        if ends_in_number(name) {
            return Err(HostError::Number(refused()));
        }
        Ok(if below { Self::Below(name.to_owned()) } else { Self::Host(name.to_owned()) })
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(name) => f.write_str(name),
            Self::Below(parent) => write!(f, "*.{parent}"),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// Four decimal numbers, or an IPv6 address in brackets; no other way of writing an address is known here.
fn address(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

/// RFC 1123's names, with the underscore that some hosts have all the same.
fn is_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

/// Whether browsers take such a name for an IPv4 address (WHATWG URL, "ends-in-a-number checker").
fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let is_hexadecimal =
        last.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit()));
    is_hexadecimal || last.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(list: &str) -> Hosts {
        list.parse().unwrap()
    }

    fn refusal(entry: &str) -> HostError {
        entry.parse::<Hosts>().unwrap_err()
    }

    #[test]
    fn a_host_is_itself_alone() {
        let hosts = hosts("img.example.org; Photos.Example.com ;");
        assert!(hosts.permits("img.example.org") && hosts.permits("IMG.example.org"));
        assert!(hosts.permits("photos.example.com"));
        for other in ["example.org", "a.img.example.org", "img.example.org.", "ximg.example.org", ""] {
            assert!(!hosts.permits(other), "{other} is not on the list");
        }
    }

    #[test]
    fn a_wildcard_is_every_host_below_but_not_the_name_itself() {
        let hosts = hosts("*.example.org");
        assert!(hosts.permits("img.example.org") && hosts.permits("a.b.example.org"));
        let others =
            ["example.org", "badexample.org", ".example.org", "example.org.evil.net", "a.example.org."];
        for other in others {
            assert!(!hosts.permits(other), "{other} is not on the list");
        }
    }

    #[test]
    fn an_address_is_listed_in_full_and_permitted_however_it_is_written() {
        let hosts = hosts("192.0.2.7; [2001:DB8:0:0::7]; [::ffff:192.0.2.9]");
        assert!(hosts.permits("192.0.2.7") && hosts.permits("[2001:db8::7]"));
        assert!(hosts.permits("[::ffff:c000:209]"));
        for other in ["192.0.2.8", "192.0.2.9", "[2001:db8::8]", "2001:db8::7", "1.192.0.2.7"] {
            assert!(!hosts.permits(other), "{other} is not on the list");
        }
    }

    #[test]
    fn an_empty_list_permits_nothing() {
        assert!(hosts(" ; ").is_empty());
        assert!(!Hosts::default().permits("example.org"));
    }

    #[test]
    fn an_entry_that_is_no_host_says_why() {
        let alone = |entry: &str| HostError::NotAlone(entry.to_owned());
        let not_alone =
            ["https://example.org", "example.org/a", "example.org:80", "me@example.org", "[::1]:80", "::1"];
        for entry in not_alone {
            assert_eq!(refusal(entry), alone(entry));
        }
        assert_eq!(refusal("例え.jp"), HostError::NotAscii("例え.jp".into()));
        for entry in ["*", "*.org"] {
            assert_eq!(refusal(entry), HostError::TooWide(entry.into()));
        }
        for entry in ["img*.example.org", "a.*.example.org", "*.*.example.org", "**"] {
            assert_eq!(refusal(entry), HostError::Star(entry.into()));
        }
        for entry in ["2130706433", "127.1", "0x7f.1", "1.2.3.0x4", "a.0x", "*.0.1", "256.1.1.1"] {
            assert_eq!(refusal(entry), HostError::Number(entry.into()));
        }
        let long = format!("{}.org", "a".repeat(64));
        let longer = format!("{}org", "a.".repeat(126));
        for entry in
            ["a..org", ".org", "example.org.", "-a.org", "a-.org", "a b.org", "*.", "[::1", &long, &longer]
        {
            let refusal = refusal(entry);
            assert!(!refusal.to_string().is_empty());
            assert!(
                matches!(refusal, HostError::Malformed(_) | HostError::TooWide(_) | HostError::NotAlone(_)),
                "{entry}: {refusal}"
            );
        }
    }

    #[test]
    fn what_is_written_out_reads_the_same() {
        let hosts = hosts("img.example.org;*.example.com;192.0.2.7;[2001:db8::7]");
        let entries: Vec<_> = hosts.entries().collect();
        assert_eq!(entries, ["img.example.org", "*.example.com", "192.0.2.7", "[2001:db8::7]"]);
        assert_eq!(Hosts::new(entries.iter().map(String::as_str)), Ok(hosts));
    }
}
