//! `avzeus models verify`.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;
use vision::models::{
    self, CheckedProfile, Finding, Separation, Verdict, VerifiedConverter, VerifiedExecution, VerifiedModel,
};
use vision::profile::ColourOrder;
use vision::{Catalog, VisionError};

use super::{Print, example_faces, next};

#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// Embedder profiles that are held against faces too: with their colours, mean and scale, pictures of one person
    /// must be told from pictures of others at least as well as with the other usual ones.
    #[arg(value_name = "PROFILE")]
    profiles: Vec<String>,
    /// Look at these people instead of twelve drawn ones: a folder with a folder of pictures for each person.
    #[arg(long, value_name = "DIR", requires = "profiles")]
    faces: Option<PathBuf>,
    #[command(flatten)]
    print: Print,
}

pub(super) fn run(args: &VerifyArgs) -> Result<ExitCode, VisionError> {
    let Print { json, vision } = &args.print;
    let catalog = Catalog::load(&vision.profiles)?;
    for name in &args.profiles {
        catalog.profile(name)?;
    }
    let verified = models::verify(vision)?;
    let converters = models::verify_converters(vision)?;
    let mut verdicts = verified.iter().map(|m| &m.verdict).chain(converters.iter().map(|c| &c.verdict));
    let mut bad = verdicts.any(|verdict| matches!(verdict, Verdict::Bad { .. }));
    if !json {
        verified.iter().for_each(print_verified);
        converters.iter().for_each(print_converter);
    }
    let mut profiles = Vec::new();
    if !args.profiles.is_empty() {
        let people = example_faces::faces(vision, args.faces.as_deref())?;
        for name in &args.profiles {
            let checked = models::check_by_faces(vision, name, &people)?;
            bad |= checked.finding != Finding::Fits;
            if !json {
                print_profile(&checked);
            }
            profiles.push(checked);
        }
    }
    if *json {
        println!("{}", json!({ "models": verified, "converters": converters, "profiles": profiles }));
    } else {
        let mending = verified.iter().find_map(|model| model.command.as_deref());
        match mending {
            Some(command) => next(command),
            // What only a person can do, the lines above say.
            None if bad => next("avzeus models list"),
            None if args.profiles.is_empty() => {
                next(&format!("avzeus models verify {}", vision.profiles.profile))
            }
            None => next("avzeus faces detect IMAGE"),
        }
    }
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print_verified(model: &VerifiedModel) {
    match &model.verdict {
        Verdict::Good { difference } => {
            println!("{:<22} good: the recorded file, known answers within {difference:.1e}", model.name);
            if let Some(VerifiedExecution { made_by, reason, difference, .. }) = &model.execution {
                println!("{:22}   embeds by {made_by}, known answers within {difference:.1e}: {reason}", "");
            }
        }
        Verdict::Opens { recorded: true, .. } => {
            println!("{:<22} opens: the recorded file; what it should answer is not known", model.name);
        }
        Verdict::Opens { recorded: false, sha256 } => {
            println!(
                "{:<22} opens: no sha256 is recorded, and any other file would do so too; sha256 = \"{sha256}\" in its entry pins it",
                model.name
            );
        }
        Verdict::Absent => {
            println!("{:<22} absent: no package carries it, and it has not been pulled", model.name)
        }
        Verdict::Bad { reason } => println!("{:<22} bad: {reason}", model.name),
    }
}

fn print_converter(checked: &VerifiedConverter) {
    let name = json!(checked.converter);
    let name = name.as_str().unwrap_or_default();
    match &checked.verdict {
        Verdict::Good { difference } => {
            println!("{name:<22} converter answers right: a net of formula weights within {difference:.1e}");
        }
        Verdict::Absent | Verdict::Opens { .. } => {}
        Verdict::Bad { reason } => println!("{name:<22} converter bad: {reason}"),
    }
}

fn print_profile(checked: &CheckedProfile) {
    let CheckedProfile { profile, people, pictures, stated, turned, best_other, finding } = checked;
    let of = format!("{pictures} pictures of {people} people");
    let verdict = match finding {
        Finding::Fits => "fits its net: no other usual input tells people apart clearly better",
        Finding::OtherInputSeparatesBetter => {
            "is likely wrong: another colour order, mean or scale tells people apart clearly better"
        }
        Finding::HardlySeparates => "hardly tells these people apart, nor does any other usual input",
    };
    println!("{profile:<22} {verdict} ({of})");
    println!("{:22}   as it says: {}", "", separation_line(stated));
    println!("{:22}   best other: {}", "", separation_line(best_other));
    if !checked.tells_colours_apart() {
        println!(
            "{:22}   with the colours the other way round d′ is {:.2}: these faces do not say which order is right; photographs \
             (--faces) may",
            "", turned.d_prime
        );
    }
}

fn separation_line(separation: &Separation) -> String {
    let Separation { input, same, others, d_prime } = separation;
    let colours = match input.colours {
        ColourOrder::Rgb => "rgb",
        ColourOrder::Bgr => "bgr",
    };
    let [a, b, c] = input.mean;
    let scale = input.scale;
    format!(
        "d′ {d_prime:.2}, cosine {same:.3} of one person and {others:.3} of two; {colours}, mean [{a}, {b}, {c}], scale {scale}"
    )
}
