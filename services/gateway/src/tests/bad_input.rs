//! Whatever is sent, the answer is a problem that says what is wrong, and never a 5xx.

use axum::body::Body;
use axum::http::Request;

use super::{Answer, Edge};

const RECOMMENDATIONS: &str = "/api/v1/recommendations";
const CLICKS: &str = "/api/v1/clicks";
const PHOTO: &str = "/api/v1/recommendations/photo";

async fn ranking(edge: &Edge, ranking: &str) -> Answer {
    edge.post(RECOMMENDATIONS, format!(r#"{{"catalogue_version":"v","ranking":{ranking}}}"#)).await
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_400() {
    let edge = Edge::alone().await;
    let deep = "[".repeat(8000);
    let bodies: [&[u8]; 9] = [
        b"",
        b"{",
        b"[]",
        b"null",
        b"7",
        b"\"x\"",
        b"{\"a\":1e999}",
        b"{\"a\":\"\xff\xfe\"}",
        deep.as_bytes(),
    ];
    for path in [RECOMMENDATIONS, CLICKS] {
        for body in bodies {
            let (field, detail) = edge.post(path, body.to_vec()).await.problem(400);
            assert!(field.is_none() && detail.starts_with("the body"), "{detail}");
        }
    }
}

#[tokio::test]
async fn a_field_of_the_wrong_shape_is_400_and_named() {
    let edge = Edge::alone().await;
    let cases = [
        (RECOMMENDATIONS, r#"{"ranking":[0,1,2,3,4]}"#, "catalogue_version", "missing"),
        (RECOMMENDATIONS, r#"{"catalogue_version":"v"}"#, "ranking", "missing"),
        (RECOMMENDATIONS, r#"{"catalogue_version":null,"ranking":[]}"#, "catalogue_version", "null"),
        (RECOMMENDATIONS, r#"{"catalogue_version":7,"ranking":[]}"#, "catalogue_version", "7"),
        (CLICKS, r#"{"person_id":"p1"}"#, "recommendation_id", "missing"),
        (CLICKS, r#"{"recommendation_id":"r"}"#, "person_id", "missing"),
        (CLICKS, r#"{"recommendation_id":["r"],"person_id":"p1"}"#, "recommendation_id", "sequence"),
        (CLICKS, r#"{"recommendation_id":"r","person_id":1.5}"#, "person_id", "1.5"),
    ];
    for (path, body, named, words) in cases {
        let (field, detail) = edge.post(path, body).await.problem(400);
        assert!(field.as_deref() == Some(named) && detail.contains(words), "{body}: {detail}");
    }
    let shapes = [
        "null",
        "{}",
        "7",
        "\"01234\"",
        "[0,1,2,3,1e99]",
        "[0,1,2,3,4.5]",
        "[0,1,2,3,\"4\"]",
        "[0,1,2,3,null]",
        "[[0],1,2,3,4]",
        "[0,1,2,3,99999999999999999999]",
    ];
    for shape in shapes {
        assert_eq!(ranking(&edge, shape).await.problem(400).0.as_deref(), Some("ranking"), "{shape}");
    }
}

#[tokio::test]
async fn a_ranking_that_is_not_five_distinct_groups_is_422_in_the_domains_words() {
    let edge = Edge::alone().await;
    let cases = [
        ("[]", "ranking must name 5 groups, it names 0"),
        ("[0,1,2,3]", "ranking must name 5 groups, it names 4"),
        ("[0,1,2,3,4,5]", "ranking must name 5 groups, it names 6"),
        ("[0,1,2,3,9]", "ranking names group 9, the catalogue has groups 0 to 8"),
        ("[0,1,-2,3,4]", "ranking names group -2, the catalogue has groups 0 to 8"),
        (
            "[0,1,2,3,-9223372036854775808]",
            "ranking names group -9223372036854775808, the catalogue has groups 0 to 8",
        ),
        ("[0,1,2,3,9.0]", "ranking names group 9, the catalogue has groups 0 to 8"),
        ("[0,1,2,1,4]", "ranking names group 1 twice, each may stand in it once"),
    ];
    for (picks, words) in cases {
        assert_eq!(ranking(&edge, picks).await.problem(422), (Some("ranking".into()), words.into()));
    }
}

#[tokio::test]
async fn an_id_that_could_address_other_messages_is_404() {
    let edge = Edge::alone().await;
    let long = "x".repeat(65);
    for id in ["", "*", ">", "a.b", "r 1", "\\u0000", "\\n", "é", &long] {
        let body = format!(r#"{{"recommendation_id":"{id}","person_id":"p1"}}"#);
        assert_eq!(
            edge.post(CLICKS, body).await.problem(404).0.as_deref(),
            Some("recommendation_id"),
            "{id}"
        );
    }
}

#[tokio::test]
async fn a_body_over_its_limit_is_413() {
    let edge = Edge::with(&["--photo-bytes", "20000"]).await;
    for path in [RECOMMENDATIONS, CLICKS] {
        let (_, detail) = edge.post(path, vec![b' '; 16 * 1024 + 1]).await.problem(413);
        assert!(detail.contains("16384"), "{detail}");
    }
    let (field, detail) = photo(&edge, "image", &vec![0; 20_001]).await.problem(413);
    assert!(field.as_deref() == Some("image") && detail.contains("20000"), "{detail}");
}

#[tokio::test]
async fn another_content_type_is_415() {
    let edge = Edge::alone().await;
    for path in [RECOMMENDATIONS, CLICKS, PHOTO] {
        for content_type in ["text/plain", "", "application/jsonp", "application/x-www-form-urlencoded"] {
            let request = Request::post(path).header("content-type", content_type);
            edge.send(request.body(Body::from("{}")).unwrap()).await.problem(415);
        }
        edge.send(Request::post(path).body(Body::from("{}")).unwrap()).await.problem(415);
    }
    let request = Request::post(CLICKS).header("content-type", "Application/JSON; charset=utf-8");
    edge.send(request.body(Body::from("{}")).unwrap()).await.problem(400);
}

async fn photo(edge: &Edge, field: &str, bytes: &[u8]) -> Answer {
    let head = format!("--b\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"f\"\r\n\r\n");
    let body = [head.as_bytes(), bytes, b"\r\n--b--\r\n"].concat();
    let request = Request::post(PHOTO).header("content-type", "multipart/form-data; boundary=b");
    edge.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_photo_upload_without_its_image_is_400() {
    let edge = Edge::alone().await;
    let (field, detail) = photo(&edge, "picture", b"x").await.problem(400);
    assert_eq!((field.as_deref(), detail.as_str()), (Some("image"), "image is missing"));
    for (content_type, body) in [
        ("multipart/form-data", "--b"),
        ("multipart/form-data; boundary=b", ""),
        ("multipart/form-data; boundary=b", "--b\r\ncontent-disposition: form-data; name=\"image\"\r\n\r\nx"),
    ] {
        let request = Request::post(PHOTO).header("content-type", content_type);
        edge.send(request.body(Body::from(body)).unwrap()).await.problem(400);
    }
}

#[tokio::test]
async fn an_unknown_route_is_404_and_another_method_405() {
    let edge = Edge::alone().await;
    for path in
        ["/nothing", "/api/v1", "/api/v1/clicks/7", "/assets/nothing.js", "/assets/%ff", "/assets/..%2fsrc"]
    {
        edge.get(path).await.problem(404);
    }
    for (path, allowed) in [(CLICKS, "POST"), (RECOMMENDATIONS, "POST"), (PHOTO, "POST")] {
        let answer = edge.get(path).await;
        let (_, detail) = answer.problem(405);
        assert_eq!((answer.header("allow"), detail), (allowed, format!("{path} does not take GET")));
    }
    for path in ["/api/v1/policy", "/api/v1/events", "/"] {
        let answer = edge.post(path, "{}").await;
        answer.problem(405);
        assert_eq!(answer.header("allow"), "GET,HEAD");
    }
}

#[tokio::test]
async fn a_crop_that_cannot_be_is_404() {
    let edge = Edge::alone().await;
    let crop = "0".repeat(32);
    for path in ["A/CROP", "p/short", "p.q/CROP", "%ff/CROP", "..%2f../CROP", "p/%2e%2e"] {
        edge.get(&format!("/media/crops/{}", path.replace("CROP", &crop))).await.problem(404);
    }
    for query in ["view=all", "view=face&view=face", "view"] {
        let answer = edge.get(&format!("/media/crops/p/{crop}?{query}")).await;
        assert_eq!(answer.problem(400).0.as_deref(), Some("view"), "{query}");
    }
    for query in ["width=161", "width=160&width=160", "view=face&width", "width=0160"] {
        let answer = edge.get(&format!("/media/crops/p/{crop}?{query}")).await;
        assert_eq!(answer.problem(400).0.as_deref(), Some("width"), "{query}");
    }
}
