//! Who may call, and from where.

use axum::http::HeaderValue;

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
