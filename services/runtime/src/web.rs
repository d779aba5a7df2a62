//! HTTP clients, all made here: TLS with the system's trusted roots, no proxy from the environment, no redirects.

use std::sync::Once;

/// A client to be configured further. Whoever fetches from strangers looks at every redirect, so none is followed.
pub fn builder() -> reqwest::ClientBuilder {
    static PROVIDER: Once = Once::new();
    // An error says that the process has a provider already, which is as good.
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("avzeus/", env!("CARGO_PKG_VERSION")))
        .no_proxy()
}

/// A client as it is.
pub fn client() -> reqwest::Client {
    builder().build().expect("a client without settings of its own can be built")
}
