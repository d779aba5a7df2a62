//! A server that answers whatever a test wants.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// Which request of this server it is, from 0.
    pub(super) nth: usize,
    /// Method, path, version and headers.
    pub(super) head: String,
    pub(super) at: Instant,
}

impl Asked {
    pub(super) fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// Bytes to send, and what comes after them.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    bytes: Vec<u8>,
    after: After,
}

#[derive(Debug, Clone)]
enum After {
    Close,
    Stay,
    /// The same again and again, with a pause before each.
    Again(Vec<u8>, Duration),
}

impl Reply {
    /// Exactly these bytes, and the end.
    pub(super) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), after: After::Close }
    }

    /// A whole answer. `head` is its status line without the version, and headers, each on a line.
    pub(super) fn with(head: &str, body: &[u8]) -> Self {
        let head = head.replace('\n', "\r\n");
        let length = body.len();
        let head = format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        Self::raw([head.as_bytes(), body].concat())
    }

    /// Instead of the end, nothing any more.
    pub(super) fn then_silence(self) -> Self {
        Self { after: After::Stay, ..self }
    }

    /// Instead of the end, `bytes` for ever, with `pause` before each.
    pub(super) fn then_for_ever(self, bytes: &[u8], pause: Duration) -> Self {
        Self { after: After::Again(bytes.to_vec(), pause), ..self }
    }
}

/// Ends with the test that started it.
pub(super) struct Server {
    pub(super) port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    serving: JoinSet<()>,
}

impl Server {
    pub(super) async fn start(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let script = Arc::new(script);
        let record = asked.clone();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                connections.spawn(serve(connection, record.clone(), script.clone()));
            }
        });
        Self { port, asked, serving }
    }

    /// Ends it; nobody listens on its port then.
    pub(super) async fn stop(mut self) {
        self.serving.shutdown().await;
    }

    /// `path` on this server, under a name.
    pub(super) fn address(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }

    /// Everything that was asked so far.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The paths that were asked for, in order.
    pub(super) fn paths(&self) -> Vec<String> {
        self.asked().iter().map(|asked| asked.path().to_owned()).collect()
    }
}

async fn serve(
    mut connection: TcpStream,
    record: Arc<Mutex<Vec<Asked>>>,
    script: Arc<impl Fn(&Asked) -> Reply>,
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match connection.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let asked = {
        let mut record = record.lock().unwrap();
        let asked = Asked { nth: record.len(), head, at: Instant::now() };
        record.push(asked.clone());
        asked
    };
    let reply = script(&asked);
    // Whoever asked may have seen enough and left.
    drop(send(connection, reply).await);
}

async fn send(mut connection: TcpStream, reply: Reply) -> std::io::Result<()> {
    connection.write_all(&reply.bytes).await?;
    match reply.after {
        After::Close => connection.shutdown().await,
        After::Stay => std::future::pending().await,
        After::Again(bytes, pause) => loop {
            tokio::time::sleep(pause).await;
            connection.write_all(&bytes).await?;
        },
    }
}
