//! Who is let in as an operator.

use axum::body::Body;
use axum::http::Request;
use clap::Parser;
use runtime::Configured;

use super::{Answer, Edge};
use crate::Config;

const PATH: &str = "/api/v1/admin/dead-letters";
const TOKEN: &str = "correct-horse-battery";

async fn with_token() -> Edge {
    Edge::with(&["--admin-token", TOKEN]).await
}

async fn ask(edge: &Edge, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(PATH).header("host", "zeus.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    edge.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn without_a_token_set_there_is_no_door() {
    let edge = Edge::alone().await;
    let bearer = format!("Bearer {TOKEN}");
    for headers in [&[][..], &[("authorization", bearer.as_str())], &[("authorization", "Bearer ")]] {
        let mut request = Request::get(PATH);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = edge.unchecked(request.body(Body::empty()).unwrap()).await;
        answer.problem(404);
    }
}

#[tokio::test]
async fn nobody_without_the_token_is_let_in() {
    let edge = with_token().await;
    for none in [&[][..], &[("authorization", "Basic Y29ycmVjdA==")], &[("authorization", TOKEN)]] {
        let answer = ask(&edge, none).await;
        answer.problem(401);
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    for wrong in ["Bearer x", "Bearer ", "Bearer correct-horse-batter", "bearer correct-horse-battery1"] {
        let answer = ask(&edge, &[("authorization", wrong)]).await;
        let (_, detail) = answer.problem(403);
        assert_eq!(answer.json()["code"], "wrong_token");
        assert!(!detail.contains("correct"), "{detail}");
    }
    // Let in, and told that the broker is away.
    ask(&edge, &[("authorization", &format!("Bearer {TOKEN}"))]).await.problem(503);
}

#[tokio::test]
async fn no_other_sites_page_is_let_in_even_with_the_token() {
    let bearer = format!("Bearer {TOKEN}");
    let lets_in = async |edge: &Edge, headers: &[(&str, &str)]| {
        let answer = ask(edge, &[&[("authorization", bearer.as_str())][..], headers].concat()).await;
        match answer.status.as_u16() {
            // Let in, and told that the broker is away.
            503 => true,
            _ => {
                let (_, detail) = answer.problem(403);
                assert_eq!(answer.json()["code"], "another_site");
                let origin = headers.iter().find(|(name, _)| *name == "origin").map(|(_, origin)| *origin);
                let told = !headers.iter().any(|(name, _)| *name == "sec-fetch-site");
                let mends = format!("AVZEUS_GATEWAY_PUBLIC_ORIGINS={}", origin.unwrap_or_default());
                assert_eq!(detail.contains(&mends), told, "{detail}");
                false
            }
        }
    };
    let edge = with_token().await;
    let fetch_site = "sec-fetch-site";
    let cases = [
        (&[(fetch_site, "cross-site")][..], false),
        (&[(fetch_site, "same-site")], false),
        (&[(fetch_site, "other")], false),
        (&[("origin", "https://evil.example")], false),
        (&[("origin", "null")], false),
        (&[("origin", "https://zeus.example.evil")], false),
        (&[("origin", "https://zeus.example:8443")], false),
        // Whoever is no trusted proxy says nothing about hosts.
        (&[("origin", "https://evil.example"), ("x-forwarded-host", "evil.example")], false),
        (&[("origin", "https://zeus.example"), (fetch_site, "cross-site")], false),
        (&[(fetch_site, "same-origin")], true),
        (&[(fetch_site, "none")], true),
        (&[("origin", "https://zeus.example")], true),
        // Behind a proxy that names the gateway by the proxy's own address of it the browser's word remains.
        (&[("origin", "https://public.example"), (fetch_site, "same-origin")], true),
    ];
    for (headers, expected) in cases {
        assert_eq!(lets_in(&edge, headers).await, expected, "{headers:?}");
    }
    let origins = "https://public.example, http://intranet:8000";
    let named = Edge::with(&["--admin-token", TOKEN, "--public-origins", origins]).await;
    for (origin, expected) in [
        ("https://public.example", true),
        ("http://intranet:8000", true),
        ("https://zeus.example", true),
        ("http://public.example", false),
        ("http://intranet", false),
    ] {
        assert_eq!(lets_in(&named, &[("origin", origin)]).await, expected, "{origin}");
    }
    let proxied = Edge::with(&["--admin-token", TOKEN, "--trusted-proxies", "127.0.0.0/8"]).await;
    for (host, expected) in [
        ("public.example", true),
        ("public.example, inner.example", true),
        ("inner.example, public.example", false),
        ("", false),
    ] {
        let headers = [("origin", "https://public.example"), ("x-forwarded-host", host)];
        assert_eq!(lets_in(&proxied, &headers).await, expected, "{host}");
    }
}

#[tokio::test]
async fn a_page_that_cannot_be_is_400() {
    let edge = with_token().await;
    for query in ["limit=0", "limit=101", "limit=x", "cursor=-1", "cursor=9007199254740992", "page=2"] {
        let request =
            Request::get(format!("{PATH}?{query}")).header("authorization", format!("Bearer {TOKEN}"));
        edge.send(request.body(Body::empty()).unwrap()).await.problem(400);
    }
}

#[test]
fn a_token_that_cannot_be_is_refused_at_the_start() {
    let setting = |flags: &[&str]| {
        Config::parse_from([&["avzeus-gateway"], flags].concat())
            .validate()
            .map_err(|invalid| invalid.setting)
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let path = file.to_str().unwrap();
    assert_eq!(setting(&["--admin-token-file", path]), Err("AVZEUS_GATEWAY_ADMIN_TOKEN_FILE"));
    std::fs::write(&file, "short\n").unwrap();
    assert_eq!(setting(&["--admin-token-file", path]), Err("AVZEUS_GATEWAY_ADMIN_TOKEN_FILE"));
    std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
    assert_eq!(setting(&["--admin-token-file", path]), Ok(()));
    assert_eq!(setting(&["--admin-token", "short"]), Err("AVZEUS_GATEWAY_ADMIN_TOKEN"));
    assert_eq!(setting(&["--admin-token", "two words of some length"]), Err("AVZEUS_GATEWAY_ADMIN_TOKEN"));
    assert_eq!(setting(&["--admin-token", TOKEN]), Ok(()));
    let told = format!("{:?}", Config::parse_from(["avzeus-gateway", "--admin-token", TOKEN]));
    assert!(!told.contains(TOKEN), "a token may not be printed");
}
