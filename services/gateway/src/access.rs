//! Who may call, and from where.

use axum::http::HeaderValue;
use ipnet::IpNet;
use runtime::Invalid;

/// What is asked of callers.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Access")]
pub(crate) struct Access {
    /// Origins whose pages may call the API besides this gateway's own, such as https://www.example.org; commas
    /// between them. Empty for none.
    #[arg(
        long = "cors-origins",
        env = "AVZEUS_GATEWAY_CORS_ORIGINS",
        default_value = "",
        hide_default_value = true,
        value_parser = list(crate::cors::origin)
    )]
    pub(crate) cors_origins: List<HeaderValue>,

    /// Requests to the API that one caller may make in a minute, an address or an IPv6 /64 being one; 0: as many as it
    /// likes. Counted in Redis by all gateways together.
    #[arg(
        long = "client-requests-per-minute",
        env = "AVZEUS_GATEWAY_CLIENT_REQUESTS_PER_MINUTE",
        default_value_t = 0
    )]
    pub(crate) client_requests_per_minute: u64,

    /// Addresses and networks of proxies whose X-Forwarded-For is believed; commas between them. Empty for none.
    #[arg(
        long = "trusted-proxies",
        env = "AVZEUS_GATEWAY_TRUSTED_PROXIES",
        default_value = "",
        hide_default_value = true,
        value_parser = list(crate::client::network)
    )]
    pub(crate) trusted_proxies: List<IpNet>,
}

impl Access {
    pub(crate) fn validate(&self) -> Result<(), Invalid> {
        if self.client_requests_per_minute > 1_000_000_000 {
            let why = format!("is {}, it must be 0 to 1000000000", self.client_requests_per_minute);
            return Err(Invalid { setting: "AVZEUS_GATEWAY_CLIENT_REQUESTS_PER_MINUTE", why });
        }
        Ok(())
    }
}

/// Values of one setting, with commas between them.
#[derive(Debug, Clone)]
pub(crate) struct List<T>(pub(crate) Vec<T>);

/// Reads a list of what `read` reads; empty text is an empty list.
fn list<T>(read: fn(&str) -> Result<T, String>) -> impl Fn(&str) -> Result<List<T>, String> + Clone {
    move |text| {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(read).collect::<Result<_, _>>().map(List)
    }
}
