//! What is asked for again, when, and what is not.

use std::time::Duration;

use super::*;

/// What is fetched from a server that gives `first` once and a picture afterwards, and how often it was asked.
async fn first(first: Reply) -> (Result<Fetched, FetchError>, usize) {
    let server = Server::start(move |asked| match asked.nth {
        0 => first.clone(),
        _ => Reply::with("200 OK", PNG),
    })
    .await;
    let fetched = fetcher(&[]).fetch(&server.address("img.test", "/"), &hosts("img.test")).await;
    (fetched, server.asked().len())
}

#[tokio::test]
async fn what_may_pass_is_asked_for_again() {
    let half = [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", PNG].concat();
    let passing = [
        Reply::with("500 Internal Server Error", b""),
        Reply::with("502 Bad Gateway", b"<html>"),
        Reply::with("503 Service Unavailable", b""),
        Reply::with("504 Gateway Timeout", b""),
        Reply::with("429 Too Many Requests", b""),
        Reply::with("429 Too Many Requests\nRetry-After: soon", b""),
        Reply::with("408 Request Timeout", b""),
        Reply::raw(half),
        Reply::raw(""),
    ];
    for reply in passing {
        let (fetched, asked) = first(reply.clone()).await;
        assert_eq!((fetched.unwrap().bytes, asked), (PNG.into(), 2), "{reply:?}");
    }
}

#[tokio::test]
async fn what_will_not_pass_is_asked_for_once() {
    for (head, status) in [
        ("400 Bad Request", 400),
        ("401 Unauthorized", 401),
        ("403 Forbidden", 403),
        ("404 Not Found", 404),
        ("410 Gone", 410),
        ("451 Unavailable For Legal Reasons", 451),
        ("206 Partial Content", 206),
        ("300 Multiple Choices", 300),
        ("304 Not Modified", 304),
    ] {
        let (fetched, asked) = first(Reply::with(head, b"")).await;
        let error = fetched.unwrap_err();
        assert_eq!((error.to_string(), asked), (format!("img.test answered {status}"), 1));
        assert!(error.is_final());
    }
    let (fetched, asked) = first(Reply::with("200 OK", b"<html><body></body></html>")).await;
    assert!(fetched.unwrap_err().is_final());
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn after_so_many_tries_it_is_left_for_another_run() {
    let server = Server::start(|_| Reply::with("503 Service Unavailable", b"")).await;
    let fetcher = fetcher(&["--fetch-tries=4"]);
    let refusal = refusal(&fetcher, &server.address("img.test", "/"), "img.test").await;
    assert_eq!(refusal, for_now("img.test answered 503"));
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn nobody_there_is_asked_for_again_too() {
    let gone = Server::start(|_| Reply::raw("")).await;
    let address = gone.address("img.test", "/");
    gone.stop().await;
    let (why, is_final) = refusal(&fetcher(&[]), &address, "img.test").await;
    assert!(why.starts_with("img.test did not answer: Connection refused"), "{why}");
    assert!(!is_final);
}

#[tokio::test]
async fn a_host_that_asks_for_time_gets_it() {
    for head in ["429 Too Many Requests\nRetry-After: 1", "503 Service Unavailable\nRetry-After: 1"] {
        let server = Server::start(move |asked| match asked.nth {
            0 => Reply::with(head, b""),
            _ => Reply::with("200 OK", PNG),
        })
        .await;
        let fetched = fetcher(&[]).fetch(&server.address("img.test", "/"), &hosts("img.test")).await;
        assert_eq!(fetched.unwrap().bytes, PNG);
        let asked = server.asked();
        assert_eq!(asked.len(), 2);
        assert!(asked[1].at - asked[0].at >= Duration::from_secs(1), "{asked:?}");
    }
}

#[tokio::test]
async fn a_host_that_asks_for_much_time_is_left_alone_by_everyone() {
    let year = "Tue, 01 Jan 2999 00:00:00 GMT";
    for asks in ["3600", year] {
        let head = format!("429 Too Many Requests\nRetry-After: {asks}");
        let server = Server::start(move |_| Reply::with(&head, b"")).await;
        let fetcher = fetcher(&[]);
        for path in ["/a", "/b"] {
            let error =
                fetcher.fetch(&server.address("img.test", path), &hosts("img.test")).await.unwrap_err();
            let FetchError::Resting { host, seconds: 61..=3600 } = &error else { panic!("{error}") };
            let why = error.to_string();
            assert!(why.starts_with(&format!("{host} asks to be left alone for 3")), "{why}");
            assert!(!error.is_final());
        }
        assert_eq!(server.paths(), ["/a"]);
        // Another host's pace is its own.
        fetcher.fetch(&server.address("other.test", "/c"), &hosts("other.test")).await.unwrap_err();
        assert_eq!(server.paths(), ["/a", "/c"]);
    }
}
