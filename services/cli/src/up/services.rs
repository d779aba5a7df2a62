//! The six services and two servers as recipes.

use std::path::{Path, PathBuf};

use vision::VisionConfig;

use super::Place;
use super::child::Recipe;
use super::ports::Ports;
use crate::CliError;
use crate::endpoints::{Endpoints, ServiceEndpoint};

/// The six, in the order they are started.
pub(super) const SERVICES: [&str; 6] = ["ingest", "embed", "cluster", "recommend", "learn", "gateway"];

/// A setting of the services: its environment name and value.
pub(crate) type Setting = (&'static str, String);

/// What is started, and where it will be found.
pub(super) struct Plan {
    /// nats-server and redis-server, unless others are used.
    pub(super) servers: Vec<Recipe>,
    pub(super) services: Vec<Recipe>,
    pub(super) endpoints: Endpoints,
    /// To be held for as long as they run.
    pub(super) ports: Ports,
}

/// Chooses free ports and works out every child's flags and environment.
pub(super) fn plan(place: &Place, data: &Path, settings: &[Setting]) -> Result<Plan, CliError> {
    let ports = Ports::claim()?;
    let http = ports.usable(place.http_addr, 2)?;
    let local = |n: u16| format!("127.0.0.1:{}", ports.nth(n));
    let nats = place.nats_url.clone().unwrap_or_else(|| format!("nats://{}", local(0)));
    let redis = place.redis_url.clone().unwrap_or_else(|| format!("redis://{}", local(1)));
    let mut endpoints =
        Endpoints { http: format!("http://{http}"), nats, redis, services: Default::default() };
    for (n, service) in (3..).step_by(2).zip(SERVICES) {
        let has_grpc = !matches!(service, "learn" | "gateway");
        let endpoint = ServiceEndpoint {
            ops: Some(format!("http://{}", local(n))),
            grpc: has_grpc.then(|| format!("http://{}", local(n + 1))),
            ..ServiceEndpoint::default()
        };
        endpoints.services.insert(service.to_owned(), endpoint);
    }
    let mut servers = Vec::new();
    if place.nats_url.is_none() {
        servers.push(nats_server(data, ports.nth(0)));
    }
    if place.redis_url.is_none() {
        servers.push(redis_server(data, ports.nth(1)));
    }
    let mut services =
        SERVICES.into_iter().map(|s| service(s, data, http, &endpoints)).collect::<Result<Vec<_>, _>>()?;
    for recipe in &mut services {
        // What the person set is theirs.
        recipe.env.extend(settings.iter().filter(|(name, _)| std::env::var_os(name).is_none()).cloned());
    }
    Ok(Plan { servers, services, endpoints, ports })
}

fn nats_server(data: &Path, port: u16) -> Recipe {
    let store = data.join("nats").display().to_string();
    let port = port.to_string();
    let args = ["--addr", "127.0.0.1", "--port", &port, "--jetstream", "--store_dir", &store];
    server("nats", "nats-server", &args)
}

fn redis_server(data: &Path, port: u16) -> Recipe {
    let folder = data.join("redis").display().to_string();
    let port = port.to_string();
    // What Redis holds is a fast path to a stream: it need not survive, and what does not fit goes by its age, as in
    // deploy/redis/redis.conf.
    let mut args =
        vec!["--bind", "127.0.0.1", "--port", &port, "--dir", &folder, "--save", "", "--appendonly", "no"];
    args.extend(["--maxmemory", "256mb", "--maxmemory-policy", "volatile-ttl"]);
    server("redis", "redis-server", &args)
}

fn server(name: &'static str, program: &str, args: &[&str]) -> Recipe {
    let args = args.iter().map(|a| (*a).to_owned()).collect();
    Recipe { name, program: PathBuf::from(program), args, env: vec![server_path()] }
}

/// Where servers are looked for: first where `make setup` puts them, last where distributions put what only root runs.
pub(super) fn server_path() -> Setting {
    let path = std::env::var("PATH").unwrap_or_default();
    let own = VisionConfig::default().profiles.models_dir.join("servers");
    ("PATH", format!("{}:{path}:/usr/local/sbin:/usr/sbin:/opt/homebrew/bin", own.display()))
}

fn service(
    name: &'static str,
    data: &Path,
    http: std::net::SocketAddr,
    endpoints: &Endpoints,
) -> Result<Recipe, CliError> {
    let here = std::env::current_exe().map_err(CliError::Start)?;
    let program = here.with_file_name(format!("avzeus-{name}"));
    if !program.exists() {
        return Err(CliError::Program { program: program.display().to_string() });
    }
    let bare = |url: &str| url.trim_start_matches("http://").to_owned();
    let own = &endpoints.services[name];
    let mut env = vec![
        ("AVZEUS_NATS_URL", endpoints.nats.clone()),
        ("AVZEUS_REDIS_URL", endpoints.redis.clone()),
        ("AVZEUS_OBJECTS", data.join("objects").display().to_string()),
        ("AVZEUS_OPS_ADDR", own.ops.as_deref().map(bare).unwrap_or_default()),
    ];
    if let Some(grpc) = &own.grpc {
        env.push(("AVZEUS_GRPC_ADDR", bare(grpc)));
    }
    if name == "gateway" {
        env.push(("AVZEUS_HTTP_ADDR", http.to_string()));
        for (setting, peer) in [
            ("AVZEUS_RECOMMEND_URL", "recommend"),
            ("AVZEUS_EMBED_URL", "embed"),
            ("AVZEUS_CLUSTER_URL", "cluster"),
            ("AVZEUS_INGEST_URL", "ingest"),
        ] {
            env.push((setting, endpoints.grpc(peer).unwrap_or_default().to_owned()));
        }
    }
    Ok(Recipe { name, program, args: Vec::new(), env })
}
