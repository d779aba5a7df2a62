//! What servers answer, honest and hostile.

use std::time::Duration;

use super::*;

/// What is fetched from a server that gives this reply to everything.
async fn answer(reply: Reply) -> Result<Fetched, FetchError> {
    let flags = ["--fetch-tries=1", "--fetch-bytes=100000", "--fetch-silence-seconds=1"];
    let server = Server::start(move |_| reply.clone()).await;
    fetcher(&flags).fetch(&server.address("img.test", "/a?token=secret"), &hosts("img.test")).await
}

/// Why that is not fetched, and whether for good.
async fn reason(reply: Reply) -> (String, bool) {
    let error = answer(reply).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    (error.to_string(), error.is_final())
}

/// An answer with a body whose length is not said.
fn body(begins: &[u8]) -> Reply {
    Reply::raw([b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n", begins].concat())
}

#[tokio::test]
async fn a_picture_is_fetched_with_its_address_and_time() {
    let before = runtime::now_ms();
    let server = Server::start(|_| Reply::with("200 OK", PNG)).await;
    let address = server.address("img.test", "/a.png?size=2#top");
    let fetched = fetcher(&[]).fetch(&address, &hosts("img.test")).await.unwrap();
    assert_eq!(fetched.bytes, PNG);
    assert_eq!(fetched.address, server.address("img.test", "/a.png?size=2"));
    assert!(fetched.fetched_at_ms >= before);
    let asked = &server.asked()[0];
    assert_eq!(asked.path(), "/a.png?size=2");
    assert_eq!(asked.header("host"), Some(format!("img.test:{}", server.port).as_str()));
    assert_eq!(asked.header("accept-encoding"), Some("identity"));
    assert_eq!(asked.header("accept"), Some("image/webp, image/png, image/jpeg"));
    assert_eq!(asked.header("referer"), None);
}

#[tokio::test]
async fn a_picture_in_chunks_or_without_a_length_is_whole() {
    let chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let halves = [b"8\r\n", &PNG[..8], b"\r\n8\r\n", &PNG[8..], b"\r\n0\r\n\r\n"].concat();
    assert_eq!(answer(Reply::raw([chunks.as_slice(), &halves].concat())).await.unwrap().bytes, PNG);
    assert_eq!(answer(body(PNG)).await.unwrap().bytes, PNG);
    assert_eq!(answer(Reply::raw([b"HTTP/1.0 200 OK\r\n\r\n", PNG].concat())).await.unwrap().bytes, PNG);
}

fn no_picture(name: &str, remedy: &str) -> String {
    format!("is {name}, not a PNG, JPEG or WebP picture: {remedy}")
}

#[tokio::test]
async fn bytes_decide_not_the_content_type() {
    let fetched = answer(Reply::with("200 OK\nContent-Type: text/html", PNG)).await.unwrap();
    assert_eq!(fetched.bytes, PNG);
    let page = Reply::with("200 OK\nContent-Type: image/png", b"<!doctype html><title>Sign in</title>");
    assert_eq!(
        reason(page).await,
        for_good(&no_picture("a web page", "give the picture itself, not what shows it or refuses it"))
    );
}

#[tokio::test]
async fn what_is_empty_is_no_picture() {
    let empty = Reply::with("200 OK\nContent-Type: image/png", b"");
    assert_eq!(reason(empty).await, for_good(&no_picture("empty", "copy it once more")));
    let no_content = Reply::raw("HTTP/1.1 204 No Content\r\n\r\n");
    assert_eq!(reason(no_content).await, for_good("img.test answered 204"));
}

#[tokio::test]
async fn an_endless_body_ends_at_the_cap() {
    let endless = body(PNG).then_for_ever(&[7; 4096], Duration::ZERO);
    assert_eq!(reason(endless).await, for_good("is larger than 100000 bytes"));
}

#[tokio::test]
async fn an_endless_page_ends_at_its_first_bytes() {
    let page = body(b"<html><body>").then_silence();
    assert_eq!(
        reason(page).await,
        for_good(&no_picture("a web page", "give the picture itself, not what shows it or refuses it"))
    );
}

#[tokio::test]
async fn a_picture_may_be_as_large_as_the_cap_and_no_larger() {
    let large = |bytes: usize| [PNG, vec![7; bytes - PNG.len()].as_slice()].concat();
    assert_eq!(answer(body(&large(100_000))).await.unwrap().bytes.len(), 100_000);
    assert_eq!(reason(body(&large(100_001))).await, for_good("is larger than 100000 bytes"));
}

#[tokio::test]
async fn a_length_that_lies_gains_nothing() {
    let says = |length: &str| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
        Reply::raw([head.as_bytes(), PNG].concat())
    };
    let vast = says("100001").then_silence();
    assert_eq!(reason(vast).await, for_good("is larger than 100000 bytes"));
    assert_eq!(reason(says("1000")).await, for_now("img.test broke off after 16 bytes"));
    assert_eq!(answer(says("12")).await.unwrap().bytes, PNG[..12]);
    for nonsense in ["-1", "many", "16\r\nContent-Length: 17"] {
        let not_http = "img.test did not answer in HTTP: invalid content-length parsed";
        assert_eq!(reason(says(nonsense)).await, for_good(not_http));
    }
}

#[tokio::test]
async fn what_is_compressed_on_the_way_is_not_unpacked() {
    let bomb = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xed\xc1";
    for encoding in ["gzip", "br", "identity, gzip", "GZIP"] {
        let reply = Reply::with(&format!("200 OK\nContent-Encoding: {encoding}"), bomb);
        let why =
            format!("img.test sent its answer encoded as {encoding:?}, though it was asked for plain bytes");
        assert_eq!(reason(reply).await, for_good(&why));
    }
    let unsaid = Reply::with("200 OK", bomb);
    assert_eq!(
        reason(unsaid).await,
        for_good(&no_picture("a gzip archive", "unpack it, and give the pictures in it"))
    );
    let plain = Reply::with("200 OK\nContent-Encoding: identity", PNG);
    assert_eq!(answer(plain).await.unwrap().bytes, PNG);
}

#[tokio::test]
async fn a_connection_that_ends_in_the_middle_is_no_picture() {
    let chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n";
    let reply = Reply::raw([chunks, PNG].concat());
    assert_eq!(reason(reply).await, for_now("img.test broke off after 16 bytes"));
    let silent = Reply::raw("");
    let why = "img.test did not answer: connection closed before message completed";
    assert_eq!(reason(silent).await, for_now(why));
}

#[tokio::test]
async fn a_head_without_end_is_not_read_for_ever() {
    let why = for_good("img.test did not answer in HTTP: message head is too large");
    let header = format!("X-Filler: {}\r\n", "x".repeat(1000));
    let one = Reply::raw("HTTP/1.1 200 OK\r\nX-Filler: ").then_for_ever(&[b'x'; 4096], Duration::ZERO);
    assert_eq!(reason(one).await, why);
    let many = Reply::raw("HTTP/1.1 200 OK\r\n").then_for_ever(header.as_bytes(), Duration::ZERO);
    assert_eq!(reason(many).await, why);
}

#[tokio::test]
async fn another_protocol_is_no_http() {
    let shell = Reply::raw("SSH-2.0-OpenSSH_9.2\r\n").then_silence();
    assert_eq!(reason(shell).await, for_good("img.test did not answer in HTTP: invalid HTTP version parsed"));
}

#[tokio::test]
async fn silence_ends() {
    let why = for_now("img.test did not begin to answer within 1 s");
    assert_eq!(reason(Reply::raw("").then_silence()).await, why);
    assert_eq!(reason(Reply::raw("HTTP/1.1 200 OK\r\nContent-Ty").then_silence()).await, why);
    let soon = b"HTTP/1.1 103 Early Hints\r\n\r\n";
    assert_eq!(reason(Reply::raw(soon).then_for_ever(soon, Duration::from_millis(10))).await, why);
}

#[tokio::test]
async fn a_slow_drip_ends() {
    let why = for_now("img.test sent less than 1000 bytes a second");
    assert_eq!(reason(body(PNG).then_for_ever(b"x", Duration::from_millis(10))).await, why);
    assert_eq!(reason(body(PNG).then_silence()).await, why);
}

#[tokio::test]
async fn a_request_has_an_end_however_well_it_goes() {
    let server = Server::start(|_| body(PNG).then_for_ever(b"x", Duration::from_millis(10))).await;
    let fetcher = fetcher(&["--fetch-tries=1", "--fetch-seconds=1"]);
    let refusal = refusal(&fetcher, &server.address("img.test", "/"), "img.test").await;
    assert_eq!(refusal, for_now("img.test took longer than 1 s"));
}
