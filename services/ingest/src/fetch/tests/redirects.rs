//! Redirects: every hop is judged anew.

use super::*;

/// Why a server's redirect of everything to `location` is not followed, and how often it was asked.
async fn redirected(location: &str) -> ((String, bool), usize) {
    let names = NamesTable::new(&[("img.test", "127.0.0.1"), ("inner.test", "10.0.0.5")]);
    let fetcher = Fetcher::with_names(&eager(&["--fetch-tries=1"]), Arc::new(names)).unwrap();
    let head = format!("302 Found\nLocation: {location}");
    let server = Server::start(move |_| Reply::with(&head, b"")).await;
    let address = server.address("img.test", "/a?token=secret");
    let refusal = refusal(&fetcher, &address, "img.test; inner.test; 10.0.0.1; 169.254.169.254; [::1]").await;
    (refusal, server.asked().len())
}

/// A server whose `/0` leads to `/1` and so on until `/last`, which is a picture.
async fn chain(last: usize) -> Server {
    Server::start(move |asked| match asked.path()[1..].parse::<usize>().unwrap() {
        n if n == last => Reply::with("200 OK", PNG),
        n => {
            Reply::with(&format!("{} Elsewhere\nLocation: /{}", [301, 302, 303, 307, 308][n % 5], n + 1), b"")
        }
    })
    .await
}

#[tokio::test]
async fn five_redirects_are_followed_to_the_address_in_the_end() {
    let server = chain(5).await;
    let fetched = fetcher(&[]).fetch(&server.address("img.test", "/0"), &hosts("img.test")).await.unwrap();
    assert_eq!(fetched.bytes, PNG);
    assert_eq!(fetched.address, server.address("img.test", "/5"));
    assert_eq!(server.paths(), ["/0", "/1", "/2", "/3", "/4", "/5"]);
}

#[tokio::test]
async fn six_redirects_are_too_many() {
    let server = chain(6).await;
    let refusal = refusal(&fetcher(&[]), &server.address("img.test", "/0"), "img.test").await;
    assert_eq!(refusal, for_good("redirects more than 5 times"));
    assert_eq!(server.paths(), ["/0", "/1", "/2", "/3", "/4", "/5"]);
}

#[tokio::test]
async fn a_circle_ends() {
    assert_eq!(redirected("/a?token=secret").await, (for_good("redirects more than 5 times"), 6));
}

#[tokio::test]
async fn a_redirect_leads_to_no_place_that_an_address_may_not_name() {
    let open = "AVZEUS_INGEST_OPEN_ADDRESSES can open it";
    let refused = [
        ("http://10.0.0.1/", format!("10.0.0.1 leads to 10.0.0.1, a private network; {open}")),
        ("http://167772161/", format!("10.0.0.1 leads to 10.0.0.1, a private network; {open}")),
        ("http://inner.test/", format!("inner.test leads to 10.0.0.5, a private network; {open}")),
        ("//inner.test/", format!("inner.test leads to 10.0.0.5, a private network; {open}")),
        ("/\\inner.test/", format!("inner.test leads to 10.0.0.5, a private network; {open}")),
        (
            "http://169.254.169.254/latest/meta-data/",
            format!("169.254.169.254 leads to 169.254.169.254, a cloud's metadata; {open}"),
        ),
        ("http://[::1]/", format!("[::1] leads to ::1, this machine (loopback); {open}")),
        ("http://evil.test/?token=secret", r#""evil.test" is not on this person's list of hosts"#.to_owned()),
        ("http://127.0.0.1/", r#""127.0.0.1" is not on this person's list of hosts"#.to_owned()),
        ("file:///etc/passwd", r#"has the scheme "file"; only http and https are fetched"#.to_owned()),
        ("ftp://img.test/a", r#"has the scheme "ftp"; only http and https are fetched"#.to_owned()),
        ("data:image/png,a", r#"has the scheme "data"; only http and https are fetched"#.to_owned()),
        (
            "http://me:secret@img.test/",
            "carries a user name or a password; nothing is fetched with one".to_owned(),
        ),
        (
            "http://img.test:22/",
            "asks for port 22; only 80, 443 and ports from 1024 are fetched from".to_owned(),
        ),
        ("http://[", "is no web address: invalid IPv6 address".to_owned()),
    ];
    for (location, why) in refused {
        assert_eq!(redirected(location).await, (for_good(&why), 1), "{location}");
        assert!(!why.contains("secret"));
    }
}

#[tokio::test]
async fn a_redirect_names_a_place() {
    for head in ["302 Found", "302 Found\nLocation: "] {
        let server = Server::start(move |_| Reply::with(head, b"")).await;
        let fetcher = fetcher(&["--fetch-tries=1"]);
        let refusal = refusal(&fetcher, &server.address("img.test", "/"), "img.test").await;
        assert_eq!(refusal, for_good("redirects with status 302, but to no address"), "{head:?}");
    }
    let long = format!("/{}", "a".repeat(5000));
    assert_eq!(redirected(&long).await, (for_good("is an address of more than 4096 characters"), 1));
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_at_the_second_hop_is_judged_anew() {
    let names = Arc::new(NamesTable::new(&[("img.test", "127.0.0.1 then 10.0.0.5")]));
    let server = chain(1).await;
    let fetcher = Fetcher::with_names(&eager(&["--fetch-tries=1"]), names.clone()).unwrap();
    let (why, is_final) = refusal(&fetcher, &server.address("img.test", "/0"), "img.test").await;
    assert!(why.starts_with("img.test leads to 10.0.0.5, a private network"), "{why}");
    assert!(is_final);
    assert_eq!((names.look_ups("img.test"), server.paths()), (2, vec!["/0".to_owned()]));
}

#[tokio::test]
async fn another_listed_host_may_be_redirected_to() {
    let server = Server::start(|asked| match asked.header("host").unwrap().split_once(':').unwrap() {
        ("img.test", port) => Reply::with(&format!("301 Moved\nLocation: http://other.test:{port}/b#c"), b""),
        _ => Reply::with("200 OK", PNG),
    })
    .await;
    let fetched =
        fetcher(&[]).fetch(&server.address("img.test", "/a"), &hosts("img.test; other.test")).await.unwrap();
    assert_eq!(fetched.address, server.address("other.test", "/b"));
}
