//! The learner: updates a second against PyTorch's form of the same update, on the same clicks' shape and one core each,
//! and how fast it folds clicks with an update every 64.

mod peer;

use std::time::Instant;

use domain::impression::{Click, Impression, SlateEntry};
use domain::{Alias, PICKS, Ranking, SLATE, State, reward, weights};
use learning::fold::Fold;
use learning::rules::acer::AcerSettings;
use learning::rules::{self, Rule};
use learning::settings::Settings;
use proto::convert::impression::RecordedClick;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::json;

const CLICKS: usize = 100_000;
const WINDOW: usize = 4096;
const SECONDS: f64 = 3.0;

/// As in the processes that learn.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rules that PyTorch has, too.
const COMPARED: [&dyn Rule; 3] = [&rules::a2c::A2c, &rules::acer::Acer, &rules::slate::Slate];

fn main() {
    let clicks = clicks();
    for rule in COMPARED {
        for batch in [64, 256] {
            let settings = Settings::default();
            let settings = Settings {
                rule,
                batch_clicks: Some(batch),
                every_clicks: Some(1),
                window_clicks: Some(WINDOW),
                acer: AcerSettings { on_policy_steps: 0, replay_steps: 1, ..settings.acer },
                ..settings
            };
            updates(&settings, batch, &clicks);
        }
    }
    for rule in COMPARED {
        let settings = Settings { rule, every_clicks: Some(64), ..Settings::default() };
        replay(&settings, &clicks);
    }
}

/// An update every click, on a full window.
fn updates(settings: &Settings, batch: usize, clicks: &[RecordedClick]) {
    let mut fold = folded(settings, &clicks[..WINDOW]);
    let (begun, mut made) = (Instant::now(), 0);
    for (sequence, click) in (WINDOW as u64 + 1..).zip(clicks.iter().cycle()) {
        fold.apply(sequence, click);
        made += 1;
        if begun.elapsed().as_secs_f64() >= SECONDS {
            break;
        }
    }
    let ours = f64::from(made) / begun.elapsed().as_secs_f64();
    let name = settings.rule.name();
    let theirs = peer::run(
        "learner.py",
        &json!({ "learner": name, "batch": batch, "window": WINDOW, "threads": 1, "seconds": SECONDS }),
    );
    print!("{name}, batch {batch}: {ours:.0} updates/s");
    match theirs {
        Some(theirs) => {
            let theirs = theirs["updates_per_second"].as_f64().expect("the peer answers in numbers");
            println!("; PyTorch {theirs:.0} updates/s; × {:.1}", ours / theirs);
        }
        None => println!(),
    }
}

/// All clicks, twice.
fn replay(settings: &Settings, clicks: &[RecordedClick]) {
    let begun = Instant::now();
    let fold = folded(settings, clicks);
    let seconds = begun.elapsed().as_secs_f64();
    assert!(fold == folded(settings, clicks), "a second replay came to other bits");
    println!(
        "{}, an update of {} clicks every 64: {} clicks in {seconds:.2} s, {:.0} clicks/s, the same bits again",
        settings.rule.name(),
        settings.batch_clicks(),
        clicks.len(),
        clicks.len() as f64 / seconds
    );
}

fn folded(settings: &Settings, clicks: &[RecordedClick]) -> Fold {
    let mut fold = Fold::initial(settings);
    for (sequence, click) in (1..).zip(clicks) {
        fold.apply(sequence, click);
    }
    fold
}

/// Clicks on slates that the initial policy made, of people drawn anew each time.
fn clicks() -> Vec<RecordedClick> {
    let policy = Fold::initial(&Settings::default()).policy().clone();
    let mut draws = ChaCha8Rng::seed_from_u64(1);
    let mut even = move || (draws.next_u32() >> 8) as f32 / (1 << 24) as f32;
    (0..CLICKS).map(|place| click(&policy, place, &mut even)).collect()
}

fn click(policy: &domain::PolicyNetwork, place: usize, even: &mut impl FnMut() -> f32) -> RecordedClick {
    let state = State(std::array::from_fn(|_| 0.7 + even()));
    // Normally distributed, near enough: sums of twelve even ones.
    let action = policy.act(&state, std::array::from_fn(|_| (0..12).map(|_| even()).sum::<f32>() - 6.0));
    let weights = weights::squash(&action.x);
    let mut slate: Vec<SlateEntry> = (0..SLATE)
        .map(|person| {
            let cosines: [f32; PICKS] = std::array::from_fn(|_| 0.2 + 0.6 * even());
            let score = weights.iter().zip(&cosines).map(|(w, cosine)| w * cosine).sum();
            SlateEntry { alias: Alias::new(format!("p{person}")).expect("an id"), score, cosines }
        })
        .collect();
    slate.sort_by(|a, b| b.score.total_cmp(&a.score));
    let rank = 1 + ((even() * even()) * SLATE as f32) as usize;
    let alias = slate[rank - 1].alias.clone();
    let impression = Impression {
        recommendation: place.to_string(),
        catalogue_version: "bench".to_owned(),
        policy_version: 1,
        made_at_ms: 0,
        ranking: Ranking::new(&[0, 1, 2, 3, 4]).expect("five groups"),
        state,
        x: action.x,
        mean: action.output.mean,
        log_variance: action.output.log_variance,
        log_density: action.log_density,
        arms: Vec::new(),
        slate,
    };
    let click = Click { rank, reward: reward::of_rank(rank).expect("a rank of the slate") };
    RecordedClick { impression, alias, click, clicked_at_ms: 0 }
}
