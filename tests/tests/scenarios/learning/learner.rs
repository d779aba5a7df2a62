//! The learner under fire: killed all the time, outlived by another, fed what is no click, given a checkpoint
//! that is none. Its parameters are those of an undisturbed fold, bit for bit.

use std::time::Duration;

use bus::{Bucket, Bus, Subject};
use clap::Parser;
use domain::impression::{Impression, SlateEntry};
use domain::weights::ACTIONS;
use domain::{Alias, Ranking, SLATE, State};
use learning::fold::Fold;
use learning::settings::Settings;
use proto::convert::impression::RecordedClick;
use proto::{Message, v1};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tests::{System, Worker, constant, crowd};
use tokio::task::JoinSet;
use tokio::time::{interval, sleep, timeout};

/// Clicks, and how long and how often the learner is killed meanwhile.
const CLICKS: u64 = 5000;
const KILLS: u32 = 60;
const BETWEEN: Duration = Duration::from_secs(1);

/// Time a learner has to catch up, and a standby to take over.
const PATIENCE: Duration = Duration::from_secs(120);
const TAKEOVER: Duration = Duration::from_secs(10);

/// Small batches: what is looked at is order, not speed.
const SMALL: [(&str, &str, &str); 2] = [
    ("AVZEUS_LEARN_BATCH_CLICKS", "--batch-clicks", "32"),
    ("AVZEUS_LEARN_WINDOW_CLICKS", "--window-clicks", "512"),
];

#[derive(Parser)]
struct Learning {
    #[command(flatten)]
    settings: Settings,
}

fn env() -> Vec<(&'static str, String)> {
    SMALL.iter().map(|(name, _, value)| (*name, (*value).to_owned())).collect()
}

/// What an undisturbed learner of the same settings makes of `clicks`, whose sequences are told.
fn undisturbed(clicks: impl IntoIterator<Item = (u64, v1::ClickRecorded)>) -> Fold {
    let flags = SMALL.iter().flat_map(|(_, flag, value)| [*flag, *value]);
    let settings = Learning::parse_from(["learn"].into_iter().chain(flags)).settings;
    let mut fold = Fold::initial(&settings);
    for (sequence, click) in clicks {
        fold.apply(sequence, &RecordedClick::try_from(&click).unwrap());
    }
    fold
}

/// The nth click, drawn from the initial policy, on a catalogue that was never published.
fn click(n: u64) -> v1::ClickRecorded {
    let mut draws = ChaCha8Rng::seed_from_u64(n);
    let mut uniform = || (draws.next_u32() >> 8) as f32 / (1 << 24) as f32;
    let state = State(std::array::from_fn(|_| 0.8 + 0.8 * uniform()));
    // The sum of twelve uniform numbers is near enough to a normal one.
    let noise = std::array::from_fn(|_| (0..12).map(|_| uniform()).sum::<f32>() - 6.0);
    let action = constant([0.0; ACTIONS], 1.5).act(&state, noise);
    let entry = |place: usize| SlateEntry {
        alias: Alias::new(format!("p{place}")).unwrap(),
        score: 1.0 - place as f32 / 10.0,
        cosines: std::array::from_fn(|_| uniform()),
    };
    let impression = Impression {
        recommendation: format!("r{n}"),
        catalogue_version: "gone".to_owned(),
        policy_version: 0,
        made_at_ms: 1,
        ranking: Ranking::new(&[0, 1, 2, 3, 4]).unwrap(),
        state,
        x: action.x,
        mean: action.output.mean,
        log_variance: action.output.log_variance,
        log_density: action.log_density,
        slate: (0..SLATE).map(entry).collect(),
        arms: Vec::new(),
    };
    let alias = impression.slate[(n * 7 % 10) as usize].alias.clone();
    let click = impression.click_on(&alias).unwrap();
    (&RecordedClick { impression, alias, click, clicked_at_ms: 2 }).into()
}

async fn publish(bus: &Bus, click: &impl Message, id: &str) -> u64 {
    bus.publish_first(Subject::ClickRecorded(id), click).await.unwrap()
}

/// Waits until `line` has learned everything up to `sequence`; what it has published then.
async fn learned(bus: &Bus, line: &str, sequence: u64, patience: Duration) -> v1::PolicyPublished {
    let (mut found, policies) = (None, bus.bucket(Bucket::Policy));
    let told = |change: bus::Change| {
        let stored = change.stored.filter(|_| change.key == line);
        let published = stored.map(|stored| v1::PolicyPublished::decode(stored.value).unwrap());
        found = published.filter(|published| published.last_sequence >= sequence);
        found.is_none()
    };
    timeout(patience, policies.watch(told)).await.unwrap_or_else(|_| panic!("{line} is not at {sequence}"));
    found.unwrap()
}

/// Waits until the checkpoint of `line` stands at `sequence`.
async fn sealed(bus: &Bus, line: &str, sequence: u64) {
    let told = |change: bus::Change| {
        let stored = change.stored.filter(|_| change.key == line);
        let sealed = stored.map(|stored| v1::Checkpoint::decode(stored.value).unwrap());
        let state = sealed.map(|sealed| v1::LearnerState::decode(sealed.state.as_slice()).unwrap());
        state.is_none_or(|state| state.last_sequence < sequence)
    };
    let checkpoints = bus.bucket(Bucket::Checkpoint);
    timeout(PATIENCE, checkpoints.watch(told)).await.unwrap_or_else(|_| panic!("{line} saves nothing"));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_every_second_it_learns_what_an_undisturbed_one_does() {
    let system = System::up_with(env());
    let bus = crowd::bus(&system.endpoints().nats).await;
    let mut visitors = JoinSet::new();
    let theirs = bus.clone();
    visitors.spawn(async move {
        let mut pace = interval(BETWEEN * KILLS / CLICKS as u32);
        for n in 1..=CLICKS {
            pace.tick().await;
            assert_eq!(publish(&theirs, &click(n), &format!("r{n}")).await, n);
        }
    });
    let mut learner = Worker::learner(&system, "killed", &env());
    for _ in 0..KILLS {
        sleep(BETWEEN).await;
        learner.kill();
        learner = Worker::learner(&system, "killed", &env());
    }
    visitors.join_all().await;

    let killed = learned(&bus, "killed", CLICKS, PATIENCE).await;
    let live = learned(&bus, "live", CLICKS, PATIENCE).await;
    let fold = undisturbed((1..=CLICKS).map(|n| (n, click(n))));
    let head = Some(v1::WeightHead::from(fold.policy()));
    assert_eq!((killed.clicks_applied, live.clicks_applied), (CLICKS, CLICKS));
    assert!(live.head == head, "the live learner and the replay differ");
    assert!(killed.head == head, "the killed learner and the replay differ");
    assert_ne!(head, Some(v1::WeightHead::from(undisturbed([]).policy())), "nothing was learned");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_takes_over() {
    let system = System::up();
    let bus = crowd::bus(&system.endpoints().nats).await;
    let first = Worker::learner(&system, "pair", &env());
    first.ready().await;
    let second = Worker::learner(&system, "pair", &env());
    second.ready().await;
    // Both learn until one of them finds that the other was first.
    let mut n = 0;
    while first.metric("avzeus_learn_standing_by").await + second.metric("avzeus_learn_standing_by").await
        < 1.0
    {
        n += 1;
        publish(&bus, &click(n), &format!("r{n}")).await;
        learned(&bus, "pair", n, PATIENCE).await;
    }
    let (mut leading, standby) =
        if first.metric("avzeus_learn_standing_by").await < 1.0 { (first, second) } else { (second, first) };
    leading.kill();
    n += 1;
    publish(&bus, &click(n), &format!("r{n}")).await;
    let published = learned(&bus, "pair", n, TAKEOVER).await;
    assert_eq!(standby.metric("avzeus_learn_standing_by").await, 0.0);
    let fold = undisturbed((1..=n).map(|n| (n, click(n))));
    assert!(published.head == Some(fold.policy().into()), "another fold");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_takeover_that_finds_other_last_bits_goes_on_from_what_is_published() {
    let system = System::up();
    let bus = crowd::bus(&system.endpoints().nats).await;
    let clicks = |range: std::ops::RangeInclusive<u64>| range.map(|n| (n, click(n)));
    for (n, click) in clicks(1..=20) {
        publish(&bus, &click, &format!("r{n}")).await;
    }
    let every = [env(), vec![("AVZEUS_LEARN_CHECKPOINT_CLICKS", "15".to_owned())]].concat();
    let first = Worker::learner(&system, "other-bits", &every);
    let mut published = learned(&bus, "other-bits", 20, PATIENCE).await;
    drop(first);

    // As another kind of processor would have rounded.
    let mut policy = published.network().unwrap();
    for parameter in learning::network::pieces_mut(&mut policy).flatten() {
        *parameter = f32::from_bits(parameter.to_bits() ^ 3);
    }
    published.head = Some((&policy).into());
    let policies = bus.bucket(Bucket::Policy);
    policies.put("other-bits", published.encode_to_vec().into()).await.unwrap();

    let second = Worker::learner(&system, "other-bits", &every);
    let mut fold = undisturbed(clicks(1..=20));
    assert!(fold.policy() != &policy && fold.adopt(&policy));
    for (n, click) in clicks(21..=25) {
        publish(&bus, &click, &format!("r{n}")).await;
        fold.apply(n, &RecordedClick::try_from(&click).unwrap());
    }
    let published = learned(&bus, "other-bits", 25, PATIENCE).await;
    assert!(published.head == Some(fold.policy().into()), "it did not go on from what was published");
    assert_eq!(published.clicks_applied, 25);
    let metrics = ["avzeus_learn_policies_adopted_total", "avzeus_learn_replays_diverged_total"];
    assert_eq!((second.metric(metrics[0]).await, second.metric(metrics[1]).await), (1.0, 0.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_click_is_buried_and_changes_nothing() {
    type Forgery = fn(&mut v1::ClickRecorded, &mut v1::Impression);
    // A name, what is forged, and a part of the reason told.
    let forgeries: [(&str, &str, Forgery); 9] = [
        ("density", "a density does not follow from x", |_, shown| shown.log_density += 1.0),
        ("density-nan", "a density does not follow from x", |_, shown| shown.log_density = f32::NAN),
        ("state-nan", "state holds a", |_, shown| shown.state[3] = f32::NAN),
        ("state-far", "state holds a", |_, shown| shown.state[3] = 7.0),
        ("cosine-nan", "a cosine of the slate", |_, shown| shown.slate[2].cosines[0] = f32::INFINITY),
        ("version", "it names policy version 1099511627776", |_, shown| shown.policy_version = 1 << 40),
        ("rank", "rank is impossible: it is ", |click, _| click.rank += 1),
        ("nobody", "not on the slate", |click, _| click.alias = "nobody".to_owned()),
        ("arms", "an arm of the impression", |_, shown| {
            let arm =
                v1::Arm { policy: "live".into(), version: 0, share: 2.0, log_density: shown.log_density };
            shown.arms = vec![arm];
        }),
    ];
    let system = System::up_with(env());
    let bus = crowd::bus(&system.endpoints().nats).await;
    let (mut good, mut n) = (Vec::new(), 0);
    for (name, _, forge) in forgeries {
        n += 1;
        let sound = click(n);
        good.push((publish(&bus, &sound, &format!("r{n}")).await, sound));
        // Sent again, as by a page that lost its answer: the broker holds the first.
        assert!(bus.publish_first(Subject::ClickRecorded(&format!("r{n}")), &click(n)).await.is_err());
        let mut forged = click(1000 + n);
        let mut shown = forged.impression.take().unwrap();
        forge(&mut forged, &mut shown);
        forged.impression = Some(shown);
        publish(&bus, &forged, name).await;
    }
    publish(&bus, &v1::ClickRecorded { impression: None, ..click(2000) }, "bare").await;
    publish(&bus, &v1::Dense { inputs: 1, ..v1::Dense::default() }, "garbage").await;
    let last = click(3000);
    let sequence = publish(&bus, &last, "r3000").await;
    good.push((sequence, last));

    let published = learned(&bus, "live", sequence, PATIENCE).await;
    assert_eq!(published.clicks_applied, good.len() as u64);
    let head = Some(undisturbed(good.clone()).policy().into());
    assert!(published.head == head, "a forged click was learned from");
    let told = bus.dead_letters(0, forgeries.len() + 3).await.unwrap();
    let due = forgeries.map(|(name, why, _)| (name, why)).into_iter();
    let due: Vec<_> = due.chain([("bare", "impression"), ("garbage", "ClickRecorded")]).collect();
    assert_eq!(told.len(), due.len());
    for (letter, (name, why)) in told.iter().zip(due) {
        assert_eq!((&*letter.subject, &*letter.class), (&*format!("click.recorded.{name}"), "bad_input"));
        assert!(letter.reason.contains(why), "{name}: {}", letter.reason);
    }

    // Nor is it from a checkpoint on, whose window is filled from the stream again.
    let every = [env(), vec![("AVZEUS_LEARN_CHECKPOINT_CLICKS", "1".to_owned())]].concat();
    let stopped = Worker::learner(&system, "again", &every);
    sealed(&bus, "again", sequence).await;
    drop(stopped);
    let (_again, next) = (Worker::learner(&system, "again", &every), click(3001));
    let sequence = publish(&bus, &next, "r3001").await;
    good.push((sequence, next));
    let published = learned(&bus, "again", sequence, PATIENCE).await;
    let head = Some(undisturbed(good).policy().into());
    assert!(published.head == head, "a forged click came back with the window");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_checkpoint_is_left_aside_and_one_of_other_settings_refused() {
    let system = System::up();
    let bus = crowd::bus(&system.endpoints().nats).await;
    let checkpoints = bus.bucket(Bucket::Checkpoint);
    for n in 1..=20 {
        publish(&bus, &click(n), &format!("r{n}")).await;
    }
    checkpoints.put("damaged", "not a checkpoint".into()).await.unwrap();
    let learner = Worker::learner(&system, "damaged", &env());
    let published = learned(&bus, "damaged", 20, PATIENCE).await;
    assert!(published.head == Some(undisturbed((1..=20).map(|n| (n, click(n)))).policy().into()));
    assert!(learner.words().contains("the checkpoint is damaged"), "{}", learner.words());

    // A checkpoint of another line's settings, as after a change of configuration.
    let mut every = env();
    every.push(("AVZEUS_LEARN_CHECKPOINT_CLICKS", "1".to_owned()));
    let first = Worker::learner(&system, "changed", &every);
    publish(&bus, &click(21), "r21").await;
    learned(&bus, "changed", 21, PATIENCE).await;
    sealed(&bus, "changed", 21).await;
    drop(first);
    let mut other = Worker::learner(&system, "changed", &[("AVZEUS_LEARN_RATE", "0.001".to_owned())]);
    assert_ne!(other.ended().await, Some(0));
    let words = other.words();
    assert!(words.contains("other learning settings") && words.contains("delete this line's key"), "{words}");
    // What it had published stands.
    assert_eq!(learned(&bus, "changed", 21, PATIENCE).await.clicks_applied, 21);
}
