//! The policy is a fold over the click stream: replayed from the stream or from a file, it is the live one to
//! the bit, and what could not have been clicked is told and learned from by nobody.

use std::path::Path;

use bus::Bucket;
use proto::convert::decode;
use proto::v1::PolicyPublished;
use serde_json::{Value, json};
use tests::crowd::bus;
use tests::{Demo, Events, System, Visitor};

const CLICKS: usize = 40;

/// The learner's settings here, as variables of the system and as flags of a replay.
const SETTINGS: [(&str, &str, &str); 2] =
    [("AVZEUS_LEARN_SIGMA", "--sigma", "1.2"), ("AVZEUS_LEARN_SEED", "--seed", "11")];

fn replay(system: &System, out: &Path, more: &[&str]) -> Value {
    let mut args = vec!["replay", "--out", out.to_str().expect("a path in UTF-8")];
    args.extend(SETTINGS.iter().flat_map(|(_, flag, value)| [*flag, value]));
    args.extend(more);
    let (code, told) = system.avzeus(&args);
    assert_eq!(code, 0, "{told}");
    told
}

fn policy(bytes: &[u8]) -> PolicyPublished {
    decode("PolicyPublished", bytes).expect("it is a policy")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_of_the_stream_or_of_a_file_is_the_live_policy_to_the_bit() {
    let env = SETTINGS.iter().map(|(name, _, value)| (*name, (*value).to_owned())).collect();
    let system = System::demo(Demo { env, ..Demo::default() });
    let visitor = Visitor::of(&system.http);
    let mut events = Events::open(&system.http).await;
    for number in 0..CLICKS {
        let slate = visitor.recommend([0, 2, 4, 6, 8].map(|group| (group + number) % 9)).await;
        assert_eq!(visitor.click(&slate, 1 + number % 10).await.0, 202);
    }
    events.next("policy", |policy| policy["clicks_applied"] == CLICKS).await;
    let bucket = bus(&system.endpoints().nats).await.bucket(Bucket::Policy);
    let live = policy(&bucket.get("live").await.expect("the broker answers").expect("a policy serves").value);

    let folder = system.scratch();
    let [a, b, c] = ["a.policy", "b.policy", "c.policy"].map(|name| folder.join(name));
    let told = replay(&system, &a, &[]);
    assert_eq!((&told["clicks"], &told["refused"]["clicks"]), (&json!(CLICKS), &json!(0)));
    assert_eq!(told["held_out"]["clicks"], CLICKS / 5);
    let replayed = std::fs::read(&a).expect("it was written");
    let candidate = policy(&replayed);
    assert_eq!(candidate.head, live.head, "replayed and live parameters");
    assert_eq!(candidate.clicks_applied, live.clicks_applied);
    assert_eq!(candidate.last_sequence, live.last_sequence);
    assert_eq!(candidate.learner, live.learner);

    let svg = folder.join("curves.svg");
    replay(&system, &b, &["--svg", svg.to_str().expect("a path in UTF-8")]);
    assert_eq!(std::fs::read(&b).expect("it was written"), replayed, "two replays");
    assert!(std::fs::read_to_string(svg).expect("it was written").contains("class=\"curve\""));
    replay(&system, &c, &["--seeds", "12"]);
    assert_ne!(std::fs::read(&c).expect("it was written"), replayed, "another seed");

    for name in ["clicks.jsonl", "clicks.parquet"] {
        let file = folder.join(name);
        let file = file.to_str().expect("a path in UTF-8");
        let (code, told) = system.avzeus(&["clicks", "export", file]);
        assert_eq!((code, &told["clicks"]), (0, &json!(CLICKS)), "{told}");
        replay(&system, &c, &["--clicks", file]);
        assert_eq!(std::fs::read(&c).expect("it was written"), replayed, "{name}");
    }

    rows_in_any_order_are_the_same_clicks(&system, folder, &c);
    assert_eq!(std::fs::read(&c).expect("it was written"), replayed, "shuffled");

    // The candidate is the policy that serves, so these clicks cannot tell the two apart; and they are few.
    let candidate = a.to_str().expect("a path in UTF-8");
    let (code, told) = system.avzeus(&["policy", "evaluate", candidate]);
    assert_eq!((code, &told["verdict"]), (0, &json!("cannot_tell")), "{told}");
    assert_eq!(told["lift"], json!({ "value": 0.0, "low": 0.0, "high": 0.0 }));
    assert_eq!(told["learned_from"], CLICKS);

    spoiled_clicks_are_refused(&system, folder, &b);
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// A data frame shuffles rows: what is made of them stays what it was.
fn rows_in_any_order_are_the_same_clicks(system: &System, folder: &Path, out: &Path) {
    let exported = std::fs::read_to_string(folder.join("clicks.jsonl")).expect("it was written");
    let mut lines: Vec<&str> = exported.lines().collect();
    lines.rotate_left(CLICKS / 3);
    lines.reverse();
    let [shuffled, again] = ["shuffled.ndjson", "again.jsonl"].map(|name| folder.join(name));
    std::fs::write(&shuffled, format!("\u{feff}{}\n\n", lines.join("\n"))).expect("a file can be written");
    let (code, told) = system.avzeus(&["clicks", "export", text(&again), "--clicks", text(&shuffled)]);
    assert_eq!((code, &told["clicks"]), (0, &json!(CLICKS)), "{told}");
    assert_eq!(std::fs::read_to_string(&again).expect("it was written"), exported);
    let told = replay(system, out, &["--clicks", text(&shuffled), "--held-out", "0"]);
    assert_eq!(told["held_out"], json!({ "clicks": 0, "mean_reward": null }));

    // Rewards of one's own need a learner that heeds them.
    let own = exported.replace("\"reward\":-0.", "\"reward\":1.");
    std::fs::write(&shuffled, &own).expect("a file can be written");
    let own = ["replay", "--clicks", text(&shuffled), "--own-rewards", "--learner"];
    let (code, told) = system.avzeus(&[&own[..], &["slate"]].concat());
    assert!(code == 2 && told.as_str().is_some_and(|words| words.contains("a2c")), "{told}");
    let (code, told) = system.avzeus(&[&own[..], &["a2c"]].concat());
    assert!(code == 0 && told["held_out"]["mean_reward"].as_f64() > Some(0.0), "{told}");
}

fn spoiled_clicks_are_refused(system: &System, folder: &Path, out: &Path) {
    let exported = std::fs::read_to_string(folder.join("clicks.jsonl")).expect("it was written");
    let mut lines: Vec<Value> =
        exported.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    lines[3]["click"]["impression"]["log_density"] = json!(0.5);
    lines[5]["click"]["impression"]["x"][1] = Value::Null;
    lines[7]["sequence"] = json!(2);
    lines.push(lines[9].clone());
    let write = |name: &str, lines: &[Value]| {
        let file = folder.join(name);
        let text: Vec<String> = lines.iter().map(Value::to_string).collect();
        std::fs::write(&file, text.join("\n")).expect("a file can be written");
        file.to_str().expect("a path in UTF-8").to_owned()
    };
    let spoiled = write("spoiled.jsonl", &lines);
    let none = folder.join("none.jsonl");
    for command in [&["replay"][..], &["policy", "evaluate", text(out)], &["clicks", "export", text(&none)]] {
        let (code, told) = system.avzeus(&[command, &["--clicks", &spoiled]].concat());
        let words = format!("4 of the {} clicks of {spoiled} are refused", CLICKS + 1);
        assert!(code == 2 && told.as_str().is_some_and(|told| told.contains(&words)), "{command:?}: {told}");
    }
    assert!(!none.exists(), "nothing is made of the others");
    let told = replay(system, out, &["--clicks", &spoiled, "--skip-refused"]);
    assert_eq!((&told["clicks"], &told["refused"]["clicks"]), (&json!(CLICKS - 3), &json!(4)), "{told}");
    let with = std::fs::read(out).expect("it was written");
    lines.truncate(CLICKS);
    for bad in [7, 5, 3] {
        lines.remove(bad);
    }
    replay(system, out, &["--clicks", &write("sound.jsonl", &lines)]);
    assert_eq!(std::fs::read(out).expect("it was written"), with, "what is refused changes nothing");

    let torn = folder.join("torn.jsonl");
    std::fs::write(&torn, &exported[..exported.len() / 2]).expect("a file can be written");
    let (code, told) = system.avzeus(&["replay", "--clicks", torn.to_str().expect("a path in UTF-8")]);
    let line = exported[..exported.len() / 2].lines().count();
    assert_eq!(code, 2, "{told}");
    assert!(told.as_str().is_some_and(|words| words.contains(&format!("line {line}: EOF"))), "{told}");
}
