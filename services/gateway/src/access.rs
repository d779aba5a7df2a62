//! Who may call, and from where.

use std::fmt;
use std::path::PathBuf;

use axum::http::HeaderValue;
use ipnet::IpNet;
use runtime::Invalid;

use crate::admin_door::AdminToken;

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

    /// Origins at which a browser sees this gateway's own pages where a proxy in front hides them, such as
    /// https://zeus.example.org; commas between them. Not needed where the proxy passes the host on: `proxy_set_header Host
    /// $http_host` in nginx.
    #[arg(
        long = "public-origins",
        env = "AVZEUS_GATEWAY_PUBLIC_ORIGINS",
        default_value = "",
        hide_default_value = true,
        value_parser = list(crate::cors::origin)
    )]
    pub(crate) public_origins: List<HeaderValue>,

    /// Requests to the API that one caller may make in a minute, an address or an IPv6 /64 being one; 0: as many as it
    /// likes. Counted in Redis by all gateways together.
    #[arg(
        long = "client-requests-per-minute",
        env = "AVZEUS_GATEWAY_CLIENT_REQUESTS_PER_MINUTE",
        default_value_t = 0
    )]
    pub(crate) client_requests_per_minute: u64,

    /// Addresses and networks of proxies whose X-Forwarded-For and X-Forwarded-Host are believed; commas between them. Empty for none.
    #[arg(
        long = "trusted-proxies",
        env = "AVZEUS_GATEWAY_TRUSTED_PROXIES",
        default_value = "",
        hide_default_value = true,
        value_parser = list(crate::client::network)
    )]
    pub(crate) trusted_proxies: List<IpNet>,

    /// File that holds the operators' token, 16 characters or more. Without a token there is no /api/v1/admin.
    #[arg(long = "admin-token-file", env = "AVZEUS_GATEWAY_ADMIN_TOKEN_FILE")]
    admin_token_file: Option<PathBuf>,

    /// The operators' token itself, where there is no file for it.
    #[arg(long = "admin-token", env = "AVZEUS_GATEWAY_ADMIN_TOKEN", hide_env_values = true)]
    admin_token: Option<Secret>,

    /// Wrong tokens that one caller may offer in a minute; after them not even the right one lets in.
    #[arg(
        long = "admin-tries",
        env = "AVZEUS_GATEWAY_ADMIN_TRIES",
        default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(1..=1_000_000)
    )]
    pub(crate) admin_tries: u64,
}

/// Text that is not to be printed.
#[derive(Clone)]
struct Secret(String);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Fewest characters of a token: nobody tries them all.
const TOKEN_LENGTH: usize = 16;

impl Access {
    /// What lets operators in; `None`: nobody is one.
    pub(crate) fn admin_token(&self) -> Result<Option<AdminToken>, Invalid> {
        let (setting, text) = match (&self.admin_token_file, &self.admin_token) {
            (Some(file), _) if !file.as_os_str().is_empty() => {
                let setting = "AVZEUS_GATEWAY_ADMIN_TOKEN_FILE";
                let text = std::fs::read_to_string(file).map_err(|e| Invalid {
                    setting,
                    why: format!("{} cannot be read: {e}", file.display()),
                })?;
                (setting, text)
            }
            (_, Some(Secret(text))) if !text.is_empty() => ("AVZEUS_GATEWAY_ADMIN_TOKEN", text.clone()),
            _ => return Ok(None),
        };
        let text = text.trim();
        if text.len() < TOKEN_LENGTH || !text.bytes().all(|b| b.is_ascii_graphic()) {
            let why = format!("must hold {TOKEN_LENGTH} or more letters, digits and signs, without spaces");
            return Err(Invalid { setting, why });
        }
        Ok(Some(AdminToken::new(text)))
    }

    pub(crate) fn validate(&self) -> Result<(), Invalid> {
        self.admin_token()?;
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
