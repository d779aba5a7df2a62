//! An image search site as it is met on the web: what is looked for, mixed with everything else.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use futures::stream::{self, StreamExt};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::search_results::{SearchResults, Shown};

/// Time for what is waited for.
const PATIENCE: Duration = Duration::from_secs(120);
/// Results that the page shows at first, and with every scroll to its end.
const PAGE: usize = 24;

/// A site that serves [`SearchResults`] and remembers who asked for what; dropped, it is gone.
pub struct SearchSite {
    /// Its own address.
    pub http: String,
    /// What its search finds, in order.
    pub results: Vec<Shown>,
    visits: Arc<Visits>,
    _server: JoinSet<()>,
}

/// Requests so far.
struct Visits {
    files: BTreeMap<String, Bytes>,
    results: Vec<String>,
    paths: Mutex<BTreeMap<String, u32>>,
    hosts: Mutex<BTreeSet<String>>,
    pictures: watch::Sender<u32>,
}

impl SearchSite {
    /// Opens a site of its own on 127.0.0.1.
    pub async fn open(results: &SearchResults) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("it listens").port();
        let closed = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port is free");
        let shown = results.shown(port, closed.port());
        let visits = Arc::new(Visits {
            files: results.files.clone(),
            results: shown.iter().map(|shown| shown.address.clone()).collect(),
            paths: Mutex::default(),
            hosts: Mutex::default(),
            pictures: watch::Sender::new(0),
        });
        let app = Router::new().fallback(answer).with_state(visits.clone());
        let mut server = JoinSet::new();
        server.spawn(async move {
            let _ = axum::serve(listener, app).await;
        });
        Self { http: format!("http://127.0.0.1:{port}"), results: shown, visits, _server: server }
    }

    /// How often each path but the search page was asked for.
    pub fn asked_for(&self) -> BTreeMap<String, u32> {
        self.visits.paths.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The names it was reached under.
    pub fn hosts(&self) -> BTreeSet<String> {
        self.visits.hosts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until so many requests for pictures have come in all.
    pub async fn pictures_asked_for(&self, count: u32) {
        let mut pictures = self.visits.pictures.subscribe();
        let come = tokio::time::timeout(PATIENCE, pictures.wait_for(|asked| *asked >= count)).await;
        come.unwrap_or_else(|_| panic!("{count} pictures were not asked for")).expect("the site stands");
    }
}

async fn answer(State(site): State<Arc<Visits>>, request: Request<Body>) -> Response {
    let path = request.uri().path().to_owned();
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host).to_owned();
    site.hosts.lock().unwrap_or_else(PoisonError::into_inner).insert(host);
    if path == "/search" {
        return page(&site, request.uri().query().unwrap_or_default()).into_response();
    }
    *site.paths.lock().unwrap_or_else(PoisonError::into_inner).entry(path.clone()).or_default() += 1;
    site.pictures.send_modify(|count| *count += 1);
    match path.as_str() {
        "/away/metadata" => Redirect::temporary("http://169.254.169.254/latest/meta-data/").into_response(),
        "/away/private" => Redirect::temporary("http://10.0.0.1/picture.jpg").into_response(),
        "/endless.jpg" => begun(stream::repeat(Bytes::from_static(&[0; 64 << 10])).boxed()),
        "/drip.jpg" => {
            let ticks = stream::unfold(tokio::time::interval(Duration::from_millis(100)), |mut tick| async {
                tick.tick().await;
                Some((Bytes::from_static(&[0]), tick))
            });
            begun(ticks.boxed())
        }
        "/heads.jpg" => heads(),
        _ => match site.files.get(&path) {
            // Whatever it is, it is called a picture.
            Some(bytes) => ([(header::CONTENT_TYPE, "image/jpeg")], bytes.clone()).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        },
    }
}

/// A body that begins like a JPEG.
fn begun(rest: stream::BoxStream<'static, Bytes>) -> Response {
    let start = stream::once(async { Bytes::from_static(&[0xff, 0xd8, 0xff, 0xe0]) });
    let body = Body::from_stream(start.chain(rest).map(Ok::<_, Infallible>));
    ([(header::CONTENT_TYPE, "image/jpeg")], body).into_response()
}

/// Two megabytes of headers.
fn heads() -> Response {
    let mut response = StatusCode::OK.into_response();
    let long = HeaderValue::from_str(&"x".repeat(8 << 10)).expect("letters are a header");
    for _ in 0..256 {
        response.headers_mut().append("x-long", long.clone());
    }
    response
}

/// The page for a query: two names are found as nobody and under another markup.
fn page(site: &Visits, query: &str) -> Html<String> {
    let body = if query.contains("Nobody") {
        "<p>Nothing was found.</p>".to_owned()
    } else if query.contains("Renamed") {
        "<ol><li><a class='hit' href='/pictures/own-00.jpg'>a picture</a></ol>".to_owned()
    } else {
        let all = serde_json::to_string(&site.results).expect("addresses are text");
        format!(
            "<main></main><script>
             const all = {all}, main = document.querySelector('main');
             let shown = 0;
             function more() {{
               for (const address of all.slice(shown, shown += {PAGE})) {{
                 const result = document.createElement('img');
                 result.className = 'result';
                 result.src = '/thumbnails' + shown;
                 result.dataset.full = address;
                 main.append(result);
               }}
             }}
             addEventListener('scroll', more);
             more();
             </script>"
        )
    };
    Html(format!(
        "<!doctype html><title>Pictures</title><link rel='icon' href='data:,'>
         <style>img {{ display: block; height: 200px; width: 200px }}</style>{body}"
    ))
}
