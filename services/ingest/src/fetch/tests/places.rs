//! Where pictures may lie.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::*;

const OPEN_IT: &str = "AVZEUS_INGEST_OPEN_ADDRESSES can open it";

/// Nothing is opened, and every name is known that a test speaks of.
fn closed() -> Fetcher {
    let names = NamesTable::new(&[
        ("inner.test", "10.0.0.5"),
        ("mixed.test", "93.184.216.34 10.0.0.5"),
        ("mixed-later.test", "2606:4700::1111 93.184.216.34 fe80::1"),
        ("mapped.test", "::ffff:127.0.0.1"),
        ("metadata.test", "169.254.169.254"),
        ("nowhere.test", ""),
    ]);
    let config = FetchConfig { open_addresses: vec![], ..eager(&["--fetch-tries=1"]) };
    Fetcher::with_names(&config, Arc::new(names)).unwrap()
}

#[tokio::test]
async fn only_the_web_is_fetched_from() {
    let refused = [
        ("ftp://img.test/a.png", r#"has the scheme "ftp"; only http and https are fetched"#),
        ("file:///etc/passwd", r#"has the scheme "file"; only http and https are fetched"#),
        ("data:image/png;base64,iVBORw0KGgo=", r#"has the scheme "data"; only http and https are fetched"#),
        ("gopher://img.test/", r#"has the scheme "gopher"; only http and https are fetched"#),
        ("javascript:alert(1)", r#"has the scheme "javascript"; only http and https are fetched"#),
        ("a.png", "is no web address: relative URL without a base"),
        ("//img.test/a.png", "is no web address: relative URL without a base"),
        ("", "is no web address: relative URL without a base"),
        ("http://", "is no web address: empty host"),
        ("http://img test/", "is no web address: invalid international domain name"),
        ("http://img.test:99999/", "is no web address: invalid port number"),
        ("http://[::1", "is no web address: invalid IPv6 address"),
        ("http://[fe80::1%25eth0]/", "is no web address: invalid IPv6 address"),
        ("http://256.256.256.256/", "is no web address: invalid IPv4 address"),
    ];
    for (address, why) in refused {
        assert_eq!(refusal(&closed(), address, "img.test").await, for_good(why), "{address}");
    }
    let long = format!("http://img.test/{}", "a".repeat(5000));
    let why = "is an address of more than 4096 characters";
    assert_eq!(refusal(&closed(), &long, "img.test").await, for_good(why));
}

#[tokio::test]
async fn nothing_is_fetched_with_a_name_or_a_password() {
    let why = for_good("carries a user name or a password; nothing is fetched with one");
    for address in ["http://me@img.test/", "http://me:secret@img.test/", "http://:secret@img.test/"] {
        assert_eq!(refusal(&closed(), address, "img.test").await, why, "{address}");
    }
    // What stands before an @ is no host.
    let address = "http://img.test@other.test/";
    assert_eq!(refusal(&closed(), address, "img.test").await, why);
}

#[tokio::test]
async fn ports_of_other_services_are_left_alone() {
    for port in [22, 25, 110, 445, 993] {
        let why = format!("asks for port {port}; only 80, 443 and ports from 1024 are fetched from");
        let address = format!("http://img.test:{port}/");
        assert_eq!(refusal(&closed(), &address, "img.test").await, for_good(&why));
    }
}

#[tokio::test]
async fn a_host_that_is_not_listed_is_not_even_looked_up() {
    let names = Arc::new(NamesTable::new(&[("other.test", "127.0.0.1")]));
    let server = Server::start(|_| Reply::with("200 OK", PNG)).await;
    let fetcher = Fetcher::with_names(&eager(&[]), names.clone()).unwrap();
    let refusal = refusal(&fetcher, &server.address("other.test", "/"), "img.test").await;
    assert_eq!(refusal, for_good(r#""other.test" is not on this person's list of hosts"#));
    assert_eq!(names.look_ups("other.test"), 0);
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn every_way_to_write_this_machine_is_this_machine() {
    let ways = ["2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.1", "127.0.0.1.", "①②⑦.0.0.1"];
    for way in ways {
        let address = format!("http://{way}:8080/");
        let unlisted = r#""127.0.0.1" is not on this person's list of hosts"#;
        assert_eq!(refusal(&closed(), &address, "img.test").await, for_good(unlisted), "{way}");
        let refused = format!("127.0.0.1 leads to 127.0.0.1, this machine (loopback); {OPEN_IT}");
        assert_eq!(refusal(&closed(), &address, "127.0.0.1").await, for_good(&refused), "{way}");
    }
}

#[tokio::test]
async fn addresses_of_ipv6_are_judged_as_what_they_stand_for() {
    let refused = [
        ("[::1]", "[::1] leads to ::1, this machine (loopback)"),
        ("[::ffff:127.0.0.1]", "[::ffff:7f00:1] leads to ::ffff:127.0.0.1, this machine (loopback)"),
        ("[::ffff:a9fe:a9fe]", "[::ffff:a9fe:a9fe] leads to ::ffff:169.254.169.254, a cloud's metadata"),
        ("[::7f00:1]", "[::7f00:1] leads to ::7f00:1, not of the public web"),
        ("[2002:7f00:1::]", "[2002:7f00:1::] leads to 2002:7f00:1::, a 6to4 tunnel"),
        ("[64:ff9b::a00:1]", "[64:ff9b::a00:1] leads to 64:ff9b::a00:1, a private network"),
        ("[fd00:ec2::254]", "[fd00:ec2::254] leads to fd00:ec2::254, a cloud's metadata"),
    ];
    for (host, why) in refused {
        let refusal = refusal(&closed(), &format!("http://{host}/"), host).await;
        assert_eq!(refusal, for_good(&format!("{why}; {OPEN_IT}")));
    }
}

#[tokio::test]
async fn one_address_that_is_not_public_refuses_the_name() {
    let refused = [
        ("inner.test", "10.0.0.5, a private network"),
        ("mixed.test", "10.0.0.5, a private network"),
        ("mixed-later.test", "fe80::1, link-local"),
        ("mapped.test", "::ffff:127.0.0.1, this machine (loopback)"),
        ("metadata.test", "169.254.169.254, a cloud's metadata"),
    ];
    for (host, why) in refused {
        for scheme in ["http", "https"] {
            let refusal = refusal(&closed(), &format!("{scheme}://{host}/"), host).await;
            assert_eq!(refusal, for_good(&format!("{host} leads to {why}; {OPEN_IT}")));
        }
    }
}

#[tokio::test]
async fn the_systems_names_are_judged_alike() {
    let server = Server::start(|_| Reply::with("200 OK", PNG)).await;
    let config = FetchConfig { open_addresses: vec![], ..eager(&[]) };
    let fetcher = Fetcher::open(&config).unwrap();
    let (why, is_final) = refusal(&fetcher, &server.address("localhost", "/"), "localhost").await;
    assert!(why.starts_with("localhost leads to ") && why.contains("this machine (loopback)"), "{why}");
    assert!(is_final && server.asked().is_empty());
}

#[tokio::test]
async fn a_name_without_an_address_may_have_one_later() {
    let unknown = refusal(&closed(), "http://unknown.test/", "unknown.test").await;
    assert_eq!(unknown, for_now("unknown.test has no address: name or service not known"));
    let nowhere = refusal(&closed(), "http://nowhere.test/", "nowhere.test").await;
    assert_eq!(nowhere, for_now("nowhere.test has no address: it is known, but without any"));
}

#[tokio::test]
async fn a_connection_goes_to_the_address_that_was_checked() {
    let names = Arc::new(NamesTable::new(&[("img.test", "127.0.0.1 then 10.0.0.5")]));
    let server = Server::start(|_| Reply::with("200 OK", PNG)).await;
    let fetcher = Fetcher::with_names(&eager(&["--fetch-tries=1"]), names.clone()).unwrap();
    let address = server.address("img.test", "/");
    assert_eq!(fetcher.fetch(&address, &hosts("img.test")).await.unwrap().bytes, PNG);
    assert_eq!(names.look_ups("img.test"), 1);
    // The name leads elsewhere now, and is looked at anew for another connection.
    let why = format!("img.test leads to 10.0.0.5, a private network; {OPEN_IT}");
    assert_eq!(refusal(&fetcher, &address, "img.test").await, for_good(&why));
    assert_eq!(names.look_ups("img.test"), 2);
}

#[tokio::test]
async fn an_address_may_be_listed_and_opened() {
    let server = Server::start(|_| Reply::with("200 OK", PNG)).await;
    let fetched = fetcher(&[]).fetch(&server.address("127.0.0.1", "/"), &hosts("127.0.0.1")).await;
    assert_eq!(fetched.unwrap().bytes, PNG);
}

#[tokio::test]
async fn who_speaks_no_tls_is_no_https() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = async {
        let (mut connection, _) = listener.accept().await.unwrap();
        connection.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    };
    let address = format!("https://img.test:{}/", listener.local_addr().unwrap().port());
    let fetcher = fetcher(&["--fetch-tries=1"]);
    let (refusal, ()) = tokio::join!(refusal(&fetcher, &address, "img.test"), plain);
    assert_eq!(
        refusal,
        for_now("img.test did not answer: received corrupt message of type InvalidContentType")
    );
}
