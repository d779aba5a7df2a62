//! `avzeus demo`: `up`, with people to rank.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::drawn_roster::{self, DrawnRoster};
use crate::progress::Progress;
use crate::roster::import::import;
use crate::running::Running;
use crate::up::{Claim, Console, LOG_FILE, Place, System};
use crate::{CliError, catalogue, roster_file};

/// Time the gateway has to serve a catalogue that is published.
const SERVED: Duration = Duration::from_secs(20);

/// `avzeus demo`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DemoArgs {
    #[command(flatten)]
    place: Place,

    /// People drawn.
    #[arg(long, default_value_t = 48, value_parser = clap::value_parser!(u16).range(12..=400))]
    people: u16,

    /// Pictures drawn of each, besides two strangers and two non-faces planted in their folder.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(4..=48))]
    pictures: u16,

    /// Show every line of every service, instead of only keeping them in the log file.
    #[arg(long)]
    logs: bool,

    /// Print one JSON line when the page is served: `{"ready":true,"http":…,"people":…,"seconds":…}`.
    #[arg(long)]
    json: bool,
}

/// Runs until Ctrl-C or SIGTERM, then stops everything that was started.
pub(crate) async fn run(args: DemoArgs) -> Result<ExitCode, CliError> {
    let stop = CancellationToken::new();
    let mut system = None;
    let outcome = tokio::select! {
        outcome = serve(&args, &stop, &mut system) => outcome,
        () = runtime::terminated() => Err(CliError::Stopped),
    };
    if outcome.is_ok() {
        runtime::terminated().await;
        eprintln!();
    }
    stop.cancel();
    if let Some(system) = system {
        system.stop().await;
    }
    match outcome {
        Ok(()) | Err(CliError::Stopped) => Ok(ExitCode::SUCCESS),
        Err(error) => Err(error),
    }
}

async fn serve(
    args: &DemoArgs,
    stop: &CancellationToken,
    running: &mut Option<System>,
) -> Result<(), CliError> {
    // Drawn people are further apart than photographed ones: their catalogue has a threshold of its own.
    let settings = [("AVZEUS_CLUSTER_PURIFY", format!("core({})", drawn_roster::PURIFY_THRESHOLD_CENTRED))];
    // Before anything is drawn: a demo that runs on this folder serves the people drawn there.
    let claim = Claim::of(&args.place, &settings)?;
    let folder = args.place.data.join(drawn_roster::FOLDER);
    draw(args, folder.clone()).await?;
    let started = Instant::now();
    let console = if args.logs { Console::Lines } else { Console::Quiet };
    let system = running.insert(System::start(claim, console, stop.clone()).await?);
    eprintln!(
        "{:>12} nats, redis and six services; their lines are in {}",
        "starting",
        args.place.data.join(LOG_FILE).display()
    );
    system.ready().await?;
    let endpoints = system.endpoints();
    let started_here = Running::on(&args.place.data);
    let rows = roster_file::read(&folder.join("roster.csv"))?;
    import(&started_here, rows, Some(&folder.join("photos")), false, false).await?.done()?;
    catalogue::settled(&started_here).await?;
    let people = served(&endpoints.http).await?;
    let seconds = started.elapsed().as_secs_f64();
    if args.json {
        println!(
            "{}",
            json!({ "ready": true, "http": endpoints.http, "people": people, "seconds": seconds })
        );
    }
    eprintln!("{:>12} {seconds:.1} s after the services were started", "served");
    eprintln!("\n  Open {} and rank five faces. Ctrl-C stops everything.\n", endpoints.http);
    Ok(())
}

/// Draws the roster, unless it lies there already.
async fn draw(args: &DemoArgs, folder: std::path::PathBuf) -> Result<(), CliError> {
    let settings =
        DrawnRoster { people: args.people.into(), pictures: args.pictures.into(), ..DrawnRoster::default() };
    let work = move || {
        let mut progress = Progress::new("drawing", 0);
        let drawn = drawn_roster::draw(&folder, &settings, &mut |done, total| {
            progress.at(done as u64, total as u64, "pictures");
        });
        let drawn = drawn.map_err(CliError::file(&folder, "written"))?;
        let word = if drawn.reused { "people are drawn already" } else { "people are drawn" };
        progress.done(&format!("{} {word}, {} pictures", drawn.people, drawn.pictures));
        Ok(())
    };
    tokio::task::spawn_blocking(work).await.map_err(|e| CliError::Start(std::io::Error::other(e)))?
}

/// Waits until the gateway answers with nine faces; tells how many people can be recommended.
async fn served(http: &str) -> Result<usize, CliError> {
    let client = runtime::web::client();
    let end = Instant::now() + SERVED;
    loop {
        let ready = client.get(format!("{http}/readyz")).send().await;
        if ready.is_ok_and(|answer| answer.status().is_success()) {
            let faces = client.get(format!("{http}/api/v1/representatives")).send().await;
            if let Ok(answer) = faces
                && let Ok(body) = answer.json::<serde_json::Value>().await
                && let Some(faces) = body["representatives"].as_array()
            {
                return Ok(faces.len());
            }
        }
        if Instant::now() > end {
            return Err(CliError::NotReady { what: "gateway".to_owned(), seconds: SERVED.as_secs() });
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
