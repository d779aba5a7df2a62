//! A harmful candidate is not promoted; forced live it is taken back, while one that is as good as the initial
//! policy is let be.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::{PolicyNetwork, SLATE};
use proto::{Message, v1};
use serde_json::{Value, json};
use tests::{Events, System, Taste, Visitor, constant, crowd};
use tokio::task::JoinSet;

const PROFILE: &str = "dlib-resnet-v1";
const DIMENSION: usize = 128;
/// People, and the numbers that tell them apart.
const CROWD: usize = 200;
const APART: usize = 8;

/// Visitors before anything is promoted, while the good one serves, and at most while the harmful one does.
const BEFORE: usize = 600;
const GOOD: usize = 1200;
const HARMFUL: usize = 2000;
const TOGETHER: usize = 4;

/// A served catalogue of people who differ much.
async fn catalogue(system: &System) -> Taste {
    let bus = crowd::bus(&system.endpoints().nats).await;
    let mut events = Events::open(&system.http).await;
    crowd::enrol(&bus, CROWD).await;
    let vector = |n| {
        let mut vector = crowd::vector(n, &[0.0; APART], 1.0);
        vector.resize(DIMENSION, 0.0);
        vector
    };
    let folder = system.scratch().join("crowd");
    crowd::write(&folder, PROFILE, &(0..CROWD).map(vector).collect::<Vec<_>>());
    done(system, &["catalogue", "import", &folder.display().to_string()]);
    events.next("catalogue", |c| c["people"] == CROWD).await;
    let folder = system.scratch().join("exported");
    done(system, &["catalogue", "export", &folder.display().to_string()]);
    Taste::read(&folder)
}

fn done(system: &System, args: &[&str]) -> Value {
    let (code, report) = system.avzeus(args);
    assert_eq!(code, 0, "{args:?}: {report}");
    report
}

/// A candidate's file, as a replay would write it.
fn candidate(folder: &Path, name: &str, policy: &PolicyNetwork) -> PathBuf {
    let published = v1::PolicyPublished {
        head: Some(policy.into()),
        leaning: policy.leaning().to_vec(),
        learner: name.to_owned(),
        ..v1::PolicyPublished::default()
    };
    let file = folder.join(format!("{name}.policy"));
    std::fs::write(&file, published.encode_to_vec()).unwrap();
    file
}

/// Visitors who come, click and go, for as long as `served` is what serves and at most `most`; how many came.
async fn visits(system: &System, taste: &Arc<Taste>, served: &str, first: usize, most: usize) -> usize {
    let came = Arc::new(AtomicUsize::new(0));
    let mut visitors = JoinSet::new();
    for _ in 0..TOGETHER {
        let (visitor, taste, came, served) =
            (Visitor::of(&system.http), taste.clone(), came.clone(), served.to_owned());
        visitors.spawn(async move {
            let version = visitor.representatives().await["catalogue_version"].clone();
            loop {
                let n = came.fetch_add(1, Ordering::SeqCst);
                if n >= most || visitor.get("/api/v1/policy").await.1["policy"] != served {
                    came.fetch_sub(1, Ordering::SeqCst);
                    return;
                }
                visit(&visitor, &taste, &version, first + n).await;
            }
        });
    }
    visitors.join_all().await;
    came.load(Ordering::SeqCst)
}

async fn visit(visitor: &Visitor, taste: &Taste, version: &Value, n: usize) {
    let ranking = Taste::ranking(n);
    let body = json!({ "catalogue_version": version, "ranking": ranking });
    let (status, slate) = visitor.post("/api/v1/recommendations", &body).await;
    assert_eq!(status, 200, "{slate}");
    let people = slate["people"].as_array().unwrap();
    let shown: Vec<&str> = people.iter().map(|p| p["id"].as_str().unwrap()).collect();
    assert_eq!(shown.len(), SLATE);
    // A number between 0 and 1 that follows from the visitor's own.
    let luck = (n as f32 * 0.618_034).fract();
    let (status, answer) = visitor.click(&slate, taste.click(ranking, &shown, luck) + 1).await;
    assert_eq!(status, 202, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn harm_is_refused_and_forced_live_it_is_taken_back() {
    let system = System::up();
    let taste = Arc::new(catalogue(&system).await);
    let harmful_x = taste.most_harmful();
    let (middling, harmful) = (taste.reward(&[0.0; 4], 500), taste.reward(&harmful_x, 500));
    println!("x = 0 earns {middling:.3} a click, x = {harmful_x:?} earns {harmful:.3}");
    let folder = system.scratch();
    let good = candidate(folder, "good", &constant([0.0; 4], 0.3)).display().to_string();
    let bad = candidate(folder, "harmful", &constant(harmful_x, 0.3)).display().to_string();

    assert_eq!(visits(&system, &taste, "live", 0, BEFORE).await, BEFORE);
    let (code, refused) = system.avzeus(&["policy", "promote", &bad]);
    assert_eq!((code, &refused["promoted"]), (1, &json!(false)), "{refused}");
    assert_eq!(refused["serving"], "live");

    // As good as the initial policy: it serves on, however many clicks come.
    let promoted = done(&system, &["policy", "promote", &good, "--force"]);
    let pinned = promoted["policy"].as_str().unwrap().to_owned();
    let mut events = Events::open(&system.http).await;
    let view = events.next("policy", |p| p["policy"] == *pinned).await;
    assert_eq!(visits(&system, &taste, &pinned, BEFORE, GOOD).await, GOOD);
    let slate = loop {
        let slate = Visitor::of(&system.http).recommend([0, 1, 2, 3, 4]).await;
        if slate["policy"] != "initial" {
            break slate;
        }
    };
    assert_eq!((&slate["policy"], &slate["policy_version"]), (&json!(pinned), &view["version"]));

    // Harm, by force: it is taken back by itself.
    let promoted = done(&system, &["policy", "promote", &bad, "--force"]);
    let pinned = promoted["policy"].as_str().unwrap().to_owned();
    events.next("policy", |p| p["policy"] == *pinned).await;
    let clicks = visits(&system, &taste, &pinned, BEFORE + GOOD, HARMFUL).await;
    println!("the harmful policy was taken back after {clicks} clicks");
    events.next("policy", |p| p["policy"] == "initial").await;
    let bus = crowd::bus(&system.endpoints().nats).await;
    let (serving, _) = bus.serving().await.unwrap();
    assert_eq!(serving.policy, "initial");
    assert!(serving.change.reason.starts_with(&format!("fallback: {pinned} earns")), "{serving:?}");
    assert!(clicks <= HARMFUL);

    let shown = done(&system, &["policy", "show"]);
    assert_eq!(shown["serving"]["policy"], "initial");
    let policies = shown["policies"].as_array().unwrap();
    let earned = |name: &str| {
        let policy = policies.iter().find(|policy| policy["name"] == name).unwrap();
        policy["mean_reward"].as_f64().unwrap()
    };
    assert!(earned(&pinned) < earned("initial") && earned(&pinned) < earned("live"), "{shown}");

    // What served before the harm is what a rollback returns to.
    let back = done(&system, &["policy", "rollback"]);
    assert_eq!(back["serving"], serving.before.last().unwrap().as_str());
}
