//! nginx in front of a system, as it comes: `proxy_pass` and nothing else.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Time it has to listen.
const START: Duration = Duration::from_secs(10);

/// A running nginx; dropped, it is killed.
pub struct Nginx {
    child: Child,
    _folder: TempDir,
    /// Where it is reached.
    pub http: String,
}

impl Nginx {
    /// Starts one that passes everything on to `upstream`, an address without a path.
    pub async fn before(upstream: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let addr = free.local_addr().expect("it has an address");
        drop(free);
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        // What follows `proxy_pass` is only where nginx puts its files, which would else be root's folders.
        let settings = format!(
            "daemon off; master_process off; pid nginx.pid; error_log stderr; events {{}}
             http {{
                 server {{ listen {addr}; location / {{ proxy_pass {upstream}; }} }}
                 access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
                 uwsgi_temp_path uwsgi; scgi_temp_path scgi;
             }}"
        );
        std::fs::write(folder.path().join("nginx.conf"), settings).expect("a temporary file can be written");
        let child = Command::new(program())
            .arg("-p")
            .arg(folder.path())
            .args(["-c", "nginx.conf", "-e", "stderr"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("nginx is there: `make setup-test` fetches it");
        let mut nginx = Self { child, _folder: folder, http: format!("http://{addr}") };
        nginx.listens().await;
        nginx
    }

    async fn listens(&mut self) {
        let client = runtime::web::client();
        let end = Instant::now() + START;
        while client.get(format!("{}/healthz", self.http)).send().await.is_err() {
            assert!(self.child.try_wait().expect("it is ours").is_none(), "nginx ended; its words are above");
            assert!(Instant::now() < end, "nginx does not listen");
            // nginx has no event for it.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The one that `make setup-test` unpacks, …/<target>/nginx above the running test, or the one that is installed; Debian
/// keeps that where only root looks.
fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let ours = test.ancestors().map(|dir| dir.join("nginx/nginx"));
    let installed = [PathBuf::from("/usr/local/sbin/nginx"), PathBuf::from("/usr/sbin/nginx")];
    ours.chain(installed).find(|path| path.is_file()).unwrap_or_else(|| "nginx".into())
}
