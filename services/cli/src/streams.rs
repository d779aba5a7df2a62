//! `avzeus streams`: what the broker keeps, and making it keep as much as is configured, also where that is less.

use std::process::ExitCode;

use bus::{Bus, Kept, Retention, StreamSettings, Surplus};
use serde_json::json;

use crate::running::Running;
use crate::{CliError, broker, confirmation};

/// `avzeus streams …`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum StreamsCommand {
    /// Every stream: how much it holds, and what of it is more than is configured.
    Show(StreamsArgs),
    /// Lower what streams keep beyond what is given here. Services that start only ever make streams larger; this takes
    /// copies and messages away, and they do not come back.
    Apply {
        #[command(flatten)]
        args: StreamsArgs,
        /// Take away what is more without asking.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct StreamsArgs {
    #[command(flatten)]
    running: Running,
    /// Copies of every stream that are configured, as the services are told [default: as many as there are]
    #[arg(long, env = "AVZEUS_STREAM_REPLICAS", value_name = "COPIES")]
    stream_replicas: Option<usize>,
    /// File that says how long what is kept is kept, as the services are told; empty for the one that is built in [default:
    /// as long as it is kept]
    #[arg(long, env = "AVZEUS_RETENTION", value_parser = Retention::read, value_name = "FILE")]
    retention: Option<Retention>,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

impl StreamsArgs {
    /// Connects, and finds what streams keep beyond what was given: what was not is as it is.
    async fn look(&self) -> Result<(Bus, Vec<Surplus>), CliError> {
        let settings = StreamSettings {
            stream_replicas: self.stream_replicas.unwrap_or(1),
            retention: self.retention.unwrap_or_default(),
        };
        settings.validate()?;
        let bus = broker::connect_as(&self.running, settings).await?;
        let mut surplus = bus.surplus().await?;
        surplus.retain(|surplus| match surplus.setting {
            Kept::Copies => self.stream_replicas.is_some(),
            Kept::Age | Kept::Messages => self.retention.is_some(),
        });
        Ok((bus, surplus))
    }
}

pub(crate) async fn run(command: StreamsCommand) -> Result<ExitCode, CliError> {
    match command {
        StreamsCommand::Show(args) => show(args).await,
        StreamsCommand::Apply { args, yes } => apply(args, yes).await,
    }
}

async fn show(args: StreamsArgs) -> Result<ExitCode, CliError> {
    let (bus, surplus) = args.look().await?;
    let streams = bus.streams().await?;
    if args.json {
        let streams = streams.iter().map(|s| {
            json!({ "stream": s.stream.name(), "messages": s.messages, "bytes": s.bytes, "last_sequence": s.last })
        });
        println!("{}", json!({ "streams": streams.collect::<Vec<_>>(), "surplus": surplus_json(&surplus) }));
        return Ok(ExitCode::SUCCESS);
    }
    for stream in &streams {
        println!(
            "{:<18} {:>10} messages {:>10.1} MB",
            stream.stream.name(),
            stream.messages,
            stream.bytes as f64 / 1e6
        );
    }
    print_surplus(&surplus);
    eprintln!("next: avzeus {}", if surplus.is_empty() { "catalogue show" } else { "streams apply" });
    Ok(ExitCode::SUCCESS)
}

async fn apply(args: StreamsArgs, yes: bool) -> Result<ExitCode, CliError> {
    if args.stream_replicas.is_none() && args.retention.is_none() {
        let why = "or --retention says what is to be applied: give what the services are told";
        return Err(CliError::Option { option: "--stream-replicas", why });
    }
    let (bus, surplus) = args.look().await?;
    if !surplus.is_empty() {
        if !args.json {
            print_surplus(&surplus);
        }
        let what = format!(
            "{} settings of streams are lowered, and what they keep beyond goes for ever",
            surplus.len()
        );
        if !yes && !confirmation::asked(&what)? {
            return Err(CliError::Unconfirmed { what, how: "the same with --yes lowers them" });
        }
    }
    bus.lower(&surplus).await?;
    if args.json {
        println!("{}", json!({ "lowered": surplus_json(&surplus) }));
    } else {
        println!("no stream keeps more than is given here");
        eprintln!("next: avzeus streams show");
    }
    Ok(ExitCode::SUCCESS)
}

fn print_surplus(surplus: &[Surplus]) {
    for Surplus { stream, setting, kept, configured } in surplus {
        println!("{stream:<18} keeps {}: {kept}, where {configured} is configured", setting.name());
    }
}

fn surplus_json(surplus: &[Surplus]) -> serde_json::Value {
    surplus
        .iter()
        .map(|Surplus { stream, setting, kept, configured }| {
            json!({ "stream": stream, "setting": setting.name(), "kept": kept, "configured": configured })
        })
        .collect()
}
