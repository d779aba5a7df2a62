//! NATS servers of a scenario's own: a cluster whose brokers can be killed, held and started again.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::network::Network;
use crate::small_disk::SmallDisk;
use crate::system::signal;

/// Time that brokers have to find each other.
const STARTED: Duration = Duration::from_secs(30);

/// Brokers that know each other; dropped, they are killed.
pub struct Cluster {
    program: PathBuf,
    brokers: Vec<Broker>,
    /// Where each is a host of its own.
    network: Option<Network>,
    /// Where each has a disk of its own.
    disks: Vec<SmallDisk>,
    // Behind the disks, which lie in it: fields are dropped in this order.
    folder: TempDir,
}

struct Broker {
    host: String,
    client_port: u16,
    monitor_port: u16,
    route_port: u16,
    child: Option<Child>,
}

impl Cluster {
    /// Starts so many brokers of the version that `make setup` fetches; one of them is no cluster.
    pub fn start(brokers: usize) -> Self {
        Self::start_with(server(), brokers)
    }

    /// The same with another nats-server.
    pub fn start_with(program: PathBuf, brokers: usize) -> Self {
        Self::make(program, brokers, None).run()
    }

    /// Starts so many brokers, each on a host of its own.
    ///
    /// # Errors
    /// What this machine lacks for that.
    pub fn start_apart(brokers: usize) -> Result<Self, String> {
        Ok(Self::make(server(), brokers, Some(Network::make(brokers)?)).run())
    }

    /// Starts so many brokers, each with a disk of so many megabytes.
    ///
    /// # Errors
    /// What this machine lacks for that.
    pub fn start_on_small_disks(brokers: usize, megabytes: u32) -> Result<Self, String> {
        let mut cluster = Self::make(server(), brokers, None);
        for number in 0..brokers {
            cluster.disks.push(SmallDisk::make(&cluster.store(number), megabytes)?);
        }
        Ok(cluster.run())
    }

    fn make(program: PathBuf, brokers: usize, network: Option<Network>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let ports = free_ports(3 * brokers);
        let broker = |n: usize| {
            let [client_port, monitor_port, route_port] = [ports[3 * n], ports[3 * n + 1], ports[3 * n + 2]];
            let host = network.as_ref().map_or("127.0.0.1".to_owned(), |network| network.address(n));
            Broker { host, client_port, monitor_port, route_port, child: None }
        };
        let brokers = (0..brokers).map(broker).collect();
        Self { program, brokers, network, disks: Vec::new(), folder }
    }

    fn run(mut self) -> Self {
        for number in 0..self.brokers.len() {
            self.start_broker(number);
        }
        self.await_whole();
        self
    }

    /// The network of brokers that are hosts of their own.
    pub fn network(&self) -> &Network {
        self.network.as_ref().expect("the cluster was started apart")
    }

    /// The disk of one that has its own.
    pub fn disk(&self, number: usize) -> &SmallDisk {
        &self.disks[number]
    }

    /// Addresses of all, the way a service is told them.
    pub fn url(&self) -> String {
        self.brokers.iter().map(Broker::url).collect::<Vec<_>>().join(",")
    }

    /// The address of one.
    pub fn url_of(&self, number: usize) -> String {
        self.brokers[number].url()
    }

    /// Where one keeps its streams.
    pub fn store(&self, number: usize) -> PathBuf {
        self.folder.path().join(named(number))
    }

    /// Which broker has this name.
    pub fn number_of(&self, name: &str) -> usize {
        let number = (0..self.brokers.len()).find(|number| named(*number) == name);
        number.unwrap_or_else(|| panic!("no broker is called {name:?}"))
    }

    /// Connections of clients to one broker.
    pub async fn connections(&self, number: usize) -> u64 {
        let broker = &self.brokers[number];
        let url = format!("http://{}:{}/varz", broker.host, broker.monitor_port);
        let told = runtime::web::client().get(url).send().await.expect("a broker answers");
        let told: serde_json::Value = told.json().await.expect("JSON");
        told["connections"].as_u64().expect("a count")
    }

    /// Starts a broker that was killed.
    pub fn start_broker(&mut self, number: usize) {
        let routes: Vec<String> =
            self.brokers.iter().map(|b| format!("nats://{}:{}", b.host, b.route_port)).collect();
        let (store, is_cluster) = (self.store(number), self.brokers.len() > 1);
        let log =
            File::options().create(true).append(true).open(self.log(number)).expect("a log can be written");
        let broker = &mut self.brokers[number];
        let mut command = match &self.network {
            Some(network) => network.command(number, &self.program),
            None => Command::new(&self.program),
        };
        command
            .args(["--addr", &broker.host, "--jetstream", "--name", &named(number)])
            .args([
                "--port",
                &broker.client_port.to_string(),
                "--http_port",
                &broker.monitor_port.to_string(),
            ])
            .arg("--store_dir")
            .arg(store);
        if is_cluster {
            command
                .args(["--cluster_name", "scenario", "--routes", &routes.join(",")])
                .args(["--cluster", &format!("nats://{}:{}", broker.host, broker.route_port)]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        broker.child = Some(command.spawn().expect("nats-server starts: make setup fetches it"));
    }

    /// `kill -9` on one broker.
    pub fn kill(&mut self, number: usize) {
        if let Some(mut child) = self.brokers[number].child.take() {
            // It may have ended a moment ago.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Makes one broker hold still: its connections stay, and nothing is answered.
    pub fn hold(&self, number: usize) {
        self.signal(number, Signal::STOP);
    }

    /// Lets a broker that was held go on.
    pub fn let_go(&self, number: usize) {
        self.signal(number, Signal::CONT);
    }

    fn signal(&self, number: usize, what: Signal) {
        if let Some(child) = &self.brokers[number].child {
            signal(child.id(), what);
        }
    }

    /// Waits until every broker that runs says that it is well, streams and all.
    pub fn await_whole(&self) {
        let end = Instant::now() + STARTED;
        for (number, broker) in self.brokers.iter().enumerate().filter(|(_, b)| b.child.is_some()) {
            while !broker.is_well() {
                let log = std::fs::read_to_string(self.log(number)).unwrap_or_default();
                assert!(Instant::now() < end, "broker n{number} is not well:\n{log}");
                // A broker has no event for it.
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }

    fn log(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("n{number}.log"))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for number in 0..self.brokers.len() {
            self.let_go(number);
            self.kill(number);
        }
    }
}

impl Broker {
    fn url(&self) -> String {
        format!("nats://{}:{}", self.host, self.client_port)
    }

    fn is_well(&self) -> bool {
        use std::io::{Read, Write};
        let Ok(mut stream) = std::net::TcpStream::connect((self.host.as_str(), self.monitor_port)) else {
            return false;
        };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
        let asked = stream.write_all(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n");
        let mut answer = String::new();
        asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.contains(" 200 ")
    }
}

fn named(number: usize) -> String {
    format!("n{number}")
}

/// Returns where `make setup` puts nats-server; elsewhere it is found on the PATH.
pub fn server() -> PathBuf {
    let fetched = vision::VisionConfig::default().profiles.models_dir.join("servers/nats-server");
    if Path::exists(&fetched) { fetched } else { PathBuf::from("nats-server") }
}

/// Returns ports that nothing listens on now, all different.
pub fn free_ports(count: usize) -> Vec<u16> {
    let held: Vec<TcpListener> =
        (0..count).map(|_| TcpListener::bind("127.0.0.1:0").expect("a port is free")).collect();
    held.iter().map(|listener| listener.local_addr().expect("it is bound").port()).collect()
}
