//! `avzeus streams`: what the broker keeps, and making it keep as much as is configured, also where that is less.

use std::process::ExitCode;

use bus::{StreamSettings, Surplus};
use serde_json::json;

use crate::running::Running;
use crate::{CliError, broker, confirmation};

/// `avzeus streams …`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum StreamsCommand {
    /// Every stream: how much it holds, and what of it is more than is configured.
    Show(StreamsArgs),
    /// Make every stream as it is configured here. Services that start only ever make streams larger; this takes copies
    /// and messages away, too, and they do not come back.
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
    #[command(flatten)]
    settings: StreamSettings,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(command: StreamsCommand) -> Result<ExitCode, CliError> {
    match command {
        StreamsCommand::Show(args) => show(args).await,
        StreamsCommand::Apply { args, yes } => apply(args, yes).await,
    }
}

async fn show(args: StreamsArgs) -> Result<ExitCode, CliError> {
    args.settings.validate()?;
    let bus = broker::connect_as(&args.running, args.settings).await?;
    let streams = bus.streams().await?;
    let surplus = bus.surplus().await?;
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
    args.settings.validate()?;
    let bus = broker::connect_as(&args.running, args.settings).await?;
    let surplus = bus.surplus().await?;
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
    bus.apply_configuration().await?;
    if args.json {
        println!("{}", json!({ "lowered": surplus_json(&surplus) }));
    } else {
        println!("every stream is as configured");
        eprintln!("next: avzeus streams show");
    }
    Ok(ExitCode::SUCCESS)
}

fn print_surplus(surplus: &[Surplus]) {
    for Surplus { stream, setting, kept, configured } in surplus {
        println!("{stream:<18} keeps {setting}: {kept}, where {configured} is configured");
    }
}

fn surplus_json(surplus: &[Surplus]) -> serde_json::Value {
    surplus
        .iter()
        .map(|Surplus { stream, setting, kept, configured }| {
            json!({ "stream": stream, "setting": setting, "kept": kept, "configured": configured })
        })
        .collect()
}
