//! `avzeus erase`: somebody withdrew. Everything about them goes, and a signed receipt says what it was.

mod receipt;
mod traces;
mod words;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bus::Bus;
use domain::PersonId;
use domain::erasure::{ANSWERING, missing};
use proto::v1::PersonWithdrawn;
use serde_json::{Value, json};

use self::traces::Trace;
use self::words::Words;
use crate::broker::patiently;
use crate::progress::Progress;
use crate::running::Running;
use crate::{CliError, broker, confirmation, drawn_roster};

/// Time between two looks at the answers.
const LOOK: Duration = Duration::from_millis(200);

#[derive(Debug, clap::Args)]
pub(crate) struct EraseArgs {
    /// Their id on the roster.
    person: String,
    #[command(flatten)]
    running: Running,
    /// Erase nothing: look for what is left of them in every stream and bucket, in Redis and in every byte of the data
    /// folder, or of the objects' folder and those given with --store. Fails when anything but the receipt is found. A very
    /// short id may be found by chance.
    #[arg(long)]
    verify: bool,
    /// Look through this folder too: where a NATS server keeps its streams, of every server of a cluster; a backup.
    #[arg(long, value_name = "DIR")]
    store: Vec<PathBuf>,
    /// Erase without asking. It cannot be undone, and by a consent from before today they are never enrolled again.
    #[arg(long)]
    yes: bool,
    /// Look for this, too: their name as it was shown, a crop's id. An erasure knows these by itself; afterwards nobody does.
    #[arg(long, value_name = "WORD")]
    word: Vec<String>,
    /// Longest wait for the services, and then for the broker to write its indexes anew, in seconds. What services have not
    /// done by then is done when they are back.
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    patience: u64,
    /// Print the receipt and what was found as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: EraseArgs) -> Result<ExitCode, CliError> {
    let person = PersonId::new(&args.person)?;
    let bus = broker::connect(&args.running).await?;
    let end = Instant::now() + Duration::from_secs(args.patience);
    if !args.verify {
        patiently(end, || confirm(&bus, &person, args.yes)).await?;
    }
    let mut words = patiently(end, || Words::of(&bus, &person)).await?;
    words.add(&args.word);
    let mut pending = BTreeSet::new();
    let withdrawn = if args.verify {
        bus.withdrawal(&person).await?
    } else {
        let (withdrawn, awaited) = erase(&bus, &person, end).await?;
        pending = awaited;
        if args.running.is_local() {
            let drawn = args.running.data.join(drawn_roster::FOLDER);
            drawn_roster::erase(&drawn, person.as_str()).map_err(CliError::file(&drawn, "cleared"))?;
        }
        Some(withdrawn)
    };
    // Until a broker that is away is back nothing more happens.
    let patience = if pending.is_empty() { Duration::from_secs(args.patience) } else { Duration::ZERO };
    let traces = traces::find(&bus, &args.running, &args.store, &words, patience).await?;
    let whole = withdrawn.as_ref().is_some_and(|withdrawn| !withdrawn.is_open());
    if args.json {
        println!("{}", report(&person, withdrawn.as_ref(), &pending, &traces)?);
    } else {
        match withdrawn.as_ref().and_then(|withdrawn| withdrawn.receipts.last()) {
            Some(receipt) => receipt::print(receipt)?,
            None if pending.is_empty() => println!("there is no receipt for {person}"),
            None => print_pending(&pending),
        }
        traces::print(&person, &words, &traces);
        if !args.verify && !whole {
            eprintln!("next: avzeus erase {person}, which waits on; the withdrawal stands");
        }
    }
    Ok(if whole && traces.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns once it is clear that somebody is there to be erased, and that this is meant: it cannot be undone.
///
/// # Errors
/// When nothing is kept of anybody of that id, and when nobody confirms it.
async fn confirm(bus: &Bus, person: &PersonId, yes: bool) -> Result<(), CliError> {
    if !bus.knows(person).await? {
        let nearest = bus.nearest_ids(person).await?;
        return Err(CliError::NobodyToErase { person: person.to_string(), nearest });
    }
    // Whoever asks again waits for what was confirmed before.
    let is_under_way = bus.withdrawal(person).await?.is_some_and(|withdrawn| withdrawn.is_open());
    let what = format!("everything about {person} goes, for ever");
    if yes || is_under_way || confirmation::asked(&what)? {
        return Ok(());
    }
    Err(CliError::Unconfirmed { what, how: "the same with --yes erases them" })
}

/// Tells everyone that `person` withdrew, unless that is under way already, and waits until all have answered, patience
/// ends, or the receipt waits for a broker: it may be days until that one is back. Returns the withdrawal, and those brokers.
async fn erase(
    bus: &Bus,
    person: &PersonId,
    end: Instant,
) -> Result<(PersonWithdrawn, BTreeSet<String>), CliError> {
    patiently(end, async || Ok(bus.withdraw(person).await?)).await?;
    let mut progress = Progress::new("erasing", ANSWERING.len() as u64);
    loop {
        let withdrawal = patiently(end, async || Ok(bus.withdrawal(person).await?)).await?;
        let Some(withdrawn) = withdrawal else {
            return Err(CliError::NotReady { what: "the withdrawal".to_owned(), seconds: 0 });
        };
        if !withdrawn.is_open() {
            progress.done("every service has answered");
            return Ok((withdrawn, BTreeSet::new()));
        }
        let answers = patiently(end, async || Ok(bus.answers(&withdrawn).await?)).await?;
        let absent = missing(answers.iter().map(|answer| answer.service.as_str()));
        let awaited = if absent.is_empty() { absent_brokers(bus, end).await? } else { BTreeSet::new() };
        let word = match absent.is_empty() {
            true => "services; the receipt is being made".to_owned(),
            false => format!("services; {} missing", absent.join(", ")),
        };
        if !awaited.is_empty() || Instant::now() > end {
            progress.done(&format!("{} of {} {word}", ANSWERING.len() - absent.len(), ANSWERING.len()));
            return Ok((withdrawn, awaited));
        }
        progress.at((ANSWERING.len() - absent.len()) as u64, ANSWERING.len() as u64, &word);
        // Answers are few and quick; following a stream for them would take longer to open.
        tokio::time::sleep(LOOK).await;
    }
}

/// The brokers that a receipt waits for.
async fn absent_brokers(bus: &Bus, end: Instant) -> Result<BTreeSet<String>, CliError> {
    patiently(end, async || Ok(bus.absent_brokers().await?)).await
}

/// Says that the receipt waits for brokers that are away.
fn print_pending(brokers: &BTreeSet<String>) {
    let brokers: Vec<&str> = brokers.iter().map(String::as_str).collect();
    println!(
        "{:>12}  on {}: brokers that keep copies and are away. When they are back they make their copies anew, and the receipt is signed",
        "pending",
        brokers.join(", ")
    );
}

fn report(
    person: &PersonId,
    withdrawn: Option<&PersonWithdrawn>,
    pending: &BTreeSet<String>,
    traces: &[Trace],
) -> Result<Value, CliError> {
    let receipt = withdrawn.and_then(|withdrawn| withdrawn.receipts.last()).map(receipt::json).transpose()?;
    Ok(json!({
        "person": person.as_str(),
        "done": withdrawn.is_some_and(|withdrawn| !withdrawn.is_open()),
        "pending": pending,
        "receipt": receipt,
        "traces": traces.iter().map(Trace::json).collect::<Vec<_>>(),
    }))
}
