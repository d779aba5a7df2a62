//! What compose.yaml describes, as `docker compose` reads it, with processes of this machine for its containers.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use serde_yaml_ng::Value;
use tests::dockerfile;
use tests::yaml::{at, documents, entries, list, scalar, text};
use tokio::time::timeout;

use super::FILE;
use super::container::{Container, Inside};
use super::machine::Machine;

/// Time that a container has to be healthy, and ready.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time that a command in a container has.
const DONE: Duration = Duration::from_secs(180);
/// Where Redis listens, since its configuration does not say.
const REDIS: u16 = 6379;

/// What a service of compose.yaml may say; anything else has no counterpart here yet.
const KNOWN: [&str; 14] = [
    "image",
    "build",
    "restart",
    "read_only",
    "tmpfs",
    "stop_grace_period",
    "command",
    "environment",
    "env_file",
    "volumes",
    "expose",
    "ports",
    "healthcheck",
    "depends_on",
];

/// The containers of compose.yaml; dropped, all that run are killed.
pub(crate) struct Composition {
    // Before the folders that they use: fields are dropped in this order.
    running: Vec<Container>,
    services: Value,
    photos: PathBuf,
    machine: Machine,
}

impl Composition {
    /// Reads the file, with PHOTOS for the folder of the roster.
    pub(crate) fn read(photos: &Path) -> Self {
        let services = documents(FILE).remove(0)["services"].clone();
        let names: BTreeSet<String> = entries(&services).map(|(name, _)| name.to_owned()).collect();
        Self { running: Vec::new(), services, photos: photos.to_owned(), machine: Machine::new(names) }
    }

    /// `up`: starts everything that has no profile, each after what it depends on, and waits until all are healthy and
    /// nothing but a catalogue is missing.
    pub(crate) async fn up(&mut self) {
        let services = self.services.clone();
        let without_profile = || entries(&services).filter(|(_, service)| service["profiles"].is_null());
        for (name, _) in without_profile() {
            self.start(name).await;
        }
        for (name, service) in without_profile() {
            self.healthy(name).await;
            if is_ours(service) {
                self.ready(name).await;
            }
        }
    }

    /// `exec`: runs `avzeus` in a container that runs.
    pub(crate) async fn exec(&mut self, name: &str, arguments: &[String]) -> Output {
        let mut words = vec!["avzeus".to_owned()];
        for argument in arguments {
            words.push(self.machine.translated(name, argument));
        }
        let mut command = self.container(name).command(&words);
        let done = timeout(DONE, command.output()).await;
        done.unwrap_or_else(|_| panic!("{words:?} is not done after {DONE:?}")).unwrap()
    }

    /// Returns the address under which a service is published.
    pub(crate) fn published(&mut self, name: &str) -> String {
        let published = scalar(&self.services[name]["ports"][0]);
        let (_, inner) = published.split_once(':').unwrap();
        format!("http://127.0.0.1:{}", self.machine.port(name, inner.parse().unwrap()))
    }

    /// `down`: stops all, the last that was started first, so that nothing loses what it depends on.
    pub(crate) async fn down(&mut self) {
        while let Some(container) = self.running.pop() {
            let name = container.name.clone();
            let grace = scalar(&self.services[&name]["stop_grace_period"]);
            let grace = grace.strip_suffix('s').map_or(10, |seconds| seconds.parse().unwrap());
            container.stop(Duration::from_secs(grace)).await;
            if self.services[&name]["read_only"] == Value::Bool(true) {
                let written = self.machine.files(&name);
                assert!(written.is_empty(), "{name} wrote where a container is read-only: {written:?}");
            }
        }
    }

    async fn start(&mut self, name: &str) {
        if self.running.iter().any(|container| container.name == name) {
            return;
        }
        let service = self.services[name].clone();
        for (key, _) in entries(&service) {
            assert!(
                KNOWN.contains(&key),
                "{FILE}: services.{name}.{key}: this test does not know what to do"
            );
        }
        for (needed, how) in entries(&service["depends_on"]) {
            Box::pin(self.start(needed)).await;
            match scalar(&how["condition"]).as_str() {
                "service_started" => {}
                "service_healthy" => self.healthy(needed).await,
                other => panic!("{FILE}: services.{name}.depends_on.{needed}: {other}"),
            }
        }
        self.mount(name, &service);
        let environment = self.environment(name, &service);
        let mut words: Vec<String> = list(&service["command"]).iter().map(scalar).collect();
        if words[0].starts_with('-') {
            // The image of nats takes them for arguments of its server.
            words.insert(0, "nats-server".to_owned());
        }
        for word in &mut words {
            *word = self.machine.translated(name, word);
        }
        if words[0] == "redis-server" {
            // Its configuration names no port, so there is none that could be translated.
            let port = self.machine.port(name, REDIS).to_string();
            words.extend(["--bind", "127.0.0.1", "--port", &port].map(str::to_owned));
        }
        let inside = Inside { root: self.machine.root(name), environment };
        self.running.push(Container::start(name, inside, &words, &self.machine.log(name)));
    }

    fn mount(&mut self, name: &str, service: &Value) {
        std::fs::create_dir_all(self.machine.root(name)).unwrap();
        if is_ours(service) {
            let models = vision::VisionConfig::default().profiles.models_dir;
            self.machine.mount(name, &models, &dockerfile::environment()["AVZEUS_MODELS_DIR"]);
        }
        for volume in list(&service["volumes"]) {
            let volume = self.filled(&scalar(volume));
            let mut parts = volume.split(':');
            let (source, target) = (parts.next().unwrap(), parts.next().unwrap());
            let source = match source {
                _ if source.starts_with('.') => at("deploy").join(source),
                _ if source.starts_with('/') => PathBuf::from(source),
                _ => self.machine.volume(source),
            };
            self.machine.mount(name, &source, target);
        }
    }

    /// Returns what the image, the file of the environment and compose.yaml set, each over those before it.
    fn environment(&mut self, name: &str, service: &Value) -> BTreeMap<String, String> {
        let mut environment = BTreeMap::new();
        if is_ours(service) {
            environment = dockerfile::environment();
        }
        let file = scalar(&service["env_file"]);
        let lines = if file.is_empty() { String::new() } else { text(&format!("deploy/{file}")) };
        for line in lines.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (setting, value) = line.split_once('=').unwrap_or_else(|| panic!("{file}: {line}"));
            environment.insert(setting.to_owned(), value.to_owned());
        }
        for (setting, value) in entries(&service["environment"]) {
            environment.insert(setting.to_owned(), self.filled(&scalar(value)));
        }
        for value in environment.values_mut() {
            *value = self.machine.translated(name, value);
        }
        environment
    }

    /// Fills in each `${NAME:-default}`. PHOTOS alone is set.
    fn filled(&self, text: &str) -> String {
        let Some((before, rest)) = text.split_once("${") else { return text.to_owned() };
        let (variable, after) = rest.split_once('}').unwrap();
        let (name, default) =
            variable.split_once(":-").unwrap_or_else(|| panic!("{FILE}: {text}: no default"));
        let photos = self.photos.display().to_string();
        let value = if name == "PHOTOS" { &photos } else { default };
        format!("{before}{value}{}", self.filled(after))
    }

    /// Waits until the check of a service passes.
    async fn healthy(&mut self, name: &str) {
        let service = &self.services[name];
        let check = match list(&service["healthcheck"]["test"]) {
            [] if is_ours(service) => dockerfile::health_check(),
            [kind, words @ ..] if scalar(kind) == "CMD" => words.iter().map(scalar).collect(),
            other => panic!("{FILE}: services.{name}.healthcheck.test: {other:?}"),
        };
        let end = Instant::now() + PATIENCE;
        while !self.passes(name, &check).await {
            self.container(name).may_still("healthy", end).await;
        }
    }

    /// Waits until a service of ours lacks nothing but a catalogue. That it is healthy says only that it lives, and whoever
    /// types the next line is slower than a test.
    async fn ready(&mut self, name: &str) {
        let url = format!("http://{}/readyz", self.container(name).setting("AVZEUS_OPS_ADDR"));
        let (client, end) = (runtime::web::client(), Instant::now() + PATIENCE);
        loop {
            if let Ok(answer) = client.get(&url).send().await {
                let mut unmet: BTreeMap<String, String> = answer.json().await.unwrap();
                unmet.remove("catalogue");
                if unmet.is_empty() {
                    return;
                }
            }
            self.container(name).may_still("ready", end).await;
        }
    }

    /// Whether a check passes now. Those of the servers are asked for without the clients that their images have.
    async fn passes(&mut self, name: &str, check: &[String]) -> bool {
        match check[0].as_str() {
            "wget" => {
                let url = self.machine.translated(name, check.last().unwrap());
                let (address, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
                let question = format!("GET /{path} HTTP/1.0\r\n\r\n");
                answer(address, &question).is_some_and(|answer| answer.contains(" 200 "))
            }
            "redis-cli" => {
                let address = format!("127.0.0.1:{}", self.machine.port(name, REDIS));
                let question = format!("{}\r\n", check[1..].join(" "));
                answer(&address, &question).is_some_and(|answer| answer.starts_with("+PONG"))
            }
            _ => {
                let output = self.container(name).command(check).output().await;
                output.unwrap_or_else(|e| panic!("{check:?}: {e}")).status.success()
            }
        }
    }

    fn container(&mut self, name: &str) -> &mut Container {
        let found = self.running.iter_mut().find(|container| container.name == name);
        found.unwrap_or_else(|| panic!("no container {name} runs"))
    }
}

/// Whether a service is of the image that this repository builds.
fn is_ours(service: &Value) -> bool {
    !service["build"].is_null()
}

/// Returns the beginning of what a server answers; nothing where none listens.
fn answer(address: &str, question: &str) -> Option<String> {
    let mut server = TcpStream::connect(address).ok()?;
    server.set_read_timeout(Some(Duration::from_secs(3))).ok()?;
    server.write_all(question.as_bytes()).ok()?;
    let mut beginning = [0; 64];
    let read = server.read(&mut beginning).ok()?;
    Some(String::from_utf8_lossy(&beginning[..read]).into_owned())
}
