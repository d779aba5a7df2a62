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
        let (_, detail) = ask(&edge, &[("authorization", wrong)]).await.problem(403);
        assert!(!detail.contains("correct"), "{detail}");
    }
    // Let in, and told that the broker is away.
    ask(&edge, &[("authorization", &format!("Bearer {TOKEN}"))]).await.problem(503);
}

#[tokio::test]
async fn no_other_sites_page_is_let_in_even_with_the_token() {
    let edge = with_token().await;
    let bearer = format!("Bearer {TOKEN}");
    let from = async |name: &str, value: &str| ask(&edge, &[("authorization", &bearer), (name, value)]).await;
    for site in ["cross-site", "same-site", "other"] {
        from("sec-fetch-site", site).await.problem(403);
    }
    for origin in ["https://evil.example", "null", "https://zeus.example.evil", "https://zeus.example:8443"] {
        from("origin", origin).await.problem(403);
    }
    for (name, value) in
        [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "none"), ("origin", "https://zeus.example")]
    {
        from(name, value).await.problem(503);
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
