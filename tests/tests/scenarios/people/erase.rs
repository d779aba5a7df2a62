//! Somebody withdraws while the system serves: everything about them goes, and the receipt alone is left.

use std::path::{Path, PathBuf};
use std::process::Output;

use bus::Bucket;
use cli::drawn_roster::{self, DrawnRoster, PURIFY_THRESHOLD_CENTRED};
use proto::convert::decode;
use proto::v1::PolicyPublished;
use serde_json::{Value, json};
use tests::traces::holding;
use tests::{System, Visitor, crowd};
use tokio_util::sync::CancellationToken;

const PEOPLE: usize = 16;
const CLICKS: usize = 24;

/// A system whose people's files lie outside its data folder, as an operator's do.
fn collected() -> (System, String) {
    let purify = format!("core({PURIFY_THRESHOLD_CENTRED})");
    let system = System::up_with(vec![("AVZEUS_CLUSTER_PURIFY", purify)]);
    let folder = system.scratch().join("roster");
    let drawn = DrawnRoster { people: PEOPLE, pictures: 5, ..DrawnRoster::default() };
    drawn_roster::draw(&folder, &drawn, &mut |_, _| {}).expect("people can be drawn");
    let roster = folder.join("roster.csv").display().to_string();
    let (code, report) = system.avzeus(&["roster", "import", &roster]);
    assert_eq!(code, 0, "{report}");
    (system, roster)
}

/// Whom the catalogue knows: each with what is kept of them.
fn known(system: &System) -> Vec<(String, u64)> {
    let (_, catalogue) = system.avzeus(&["catalogue", "show"]);
    let people = catalogue["people"].as_array().expect("people").iter();
    people.map(|p| (text(&p["person"]), p["kept"].as_u64().expect("a count"))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

fn ids(slate: &Value) -> Vec<String> {
    slate["people"].as_array().expect("people").iter().map(|p| text(&p["id"])).collect()
}

async fn slate(visitor: &Visitor, number: usize) -> Value {
    visitor.recommend([0, 2, 4, 6, 8].map(|group| (group + number) % 9)).await
}

/// Visits for as long as `person` is being erased. Nobody is answered with a fault, and from the moment when their
/// `portrait` is shown no more nothing else of them is.
async fn visit(http: String, person: String, portrait: String, end: CancellationToken) -> usize {
    let (visitor, client) = (Visitor::of(&http), runtime::web::client());
    let url = format!("{http}/api/v1/recommendations");
    let (mut asked, mut served) = (0, 0);
    while !end.is_cancelled() {
        let is_hidden = visitor.get(&portrait).await.0 == 404;
        let (status, faces) = visitor.get("/api/v1/representatives").await;
        if status == 503 {
            // They stand for a group of the catalogue that is being replaced.
            assert!(is_hidden || visitor.get(&portrait).await.0 == 404, "{faces}");
            continue;
        }
        let ranking = json!({ "catalogue_version": faces["catalogue_version"], "ranking": [0, 1, 2, 3, 4] });
        // Each slate is kept under a key of its own.
        asked += 1;
        let key = format!("visit-{asked}");
        let answer = client.post(&url).header("idempotency-key", key).json(&ranking).send().await;
        let answer = answer.expect("the gateway answers");
        let status = answer.status().as_u16();
        let slate: Value = answer.json().await.expect("JSON");
        // 409: the catalogue was replaced between the two questions.
        assert!([200, 409].contains(&status), "{status} {slate}");
        served += usize::from(status == 200);
        let shown = format!("{faces}{slate}");
        assert!(!is_hidden || !shown.contains(&format!("{person:?}")), "{shown}");
    }
    served
}

fn erase(system: &System, args: &[&str]) -> (Option<i32>, Value) {
    let Output { status, stdout, stderr } =
        system.command(&[&["erase"], args].concat()).output().expect("avzeus runs");
    let told = serde_json::from_slice(&stdout);
    (status.code(), told.unwrap_or_else(|_| String::from_utf8_lossy(&stderr).into_owned().into()))
}

fn files(data: &Path, word: &str) -> Vec<String> {
    holding(data, word.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_about_a_person_goes_and_the_receipt_alone_is_left() {
    let (mut system, roster) = collected();
    let (visitor, data): (_, PathBuf) = (Visitor::of(&system.http), system.data());
    // Shown first of all, clicked wherever they are shown, and on a slate that nobody has clicked yet.
    let open = slate(&visitor, 0).await;
    let person = ids(&open)[0].clone();
    let mut clicks_on_them = 0;
    for number in 0..CLICKS {
        let shown = slate(&visitor, number).await;
        let place = ids(&shown).iter().position(|id| *id == person);
        clicks_on_them += usize::from(place.is_some());
        assert_eq!(visitor.click(&shown, 1 + place.unwrap_or(number % 10)).await.0, 202);
    }
    assert!(clicks_on_them > 0, "{person} was shown once, and then to nobody");
    let name = text(&open["people"][0]["name"]);
    let portrait = text(&open["people"][0]["image_url"]);
    let (_, described) = system.avzeus(&["catalogue", "show", &person]);
    let crops: Vec<String> =
        described["people"][0]["crops"].as_array().expect("crops").iter().map(|c| text(&c["crop"])).collect();
    assert!(crops.len() >= 5, "{described}");
    let before = known(&system);
    // The search finds what there is.
    for word in crops.iter().chain([&person, &name]) {
        assert!(!files(&data, word).is_empty(), "{word} is somewhere before");
    }
    assert!(files(&data.join("redis"), &person).is_empty());

    // A slip of the pen erases nobody, and nobody is erased without a yes.
    let typo = format!("{person}x");
    let (code, told) = erase(&system, &["--yes", &typo]);
    let told = told.as_str().expect("words");
    assert!(code == Some(2) && told.contains(&format!("is it {person}")), "{told}");
    let (code, told) = erase(&system, &[&person]);
    assert!(code == Some(2) && told.as_str().expect("words").contains("--yes"), "{told}");
    assert_eq!(known(&system), before);

    let end = CancellationToken::new();
    let visits = tokio::spawn(visit(system.http.clone(), person.clone(), portrait.clone(), end.clone()));
    let (code, told) = tokio::task::block_in_place(|| erase(&system, &["--yes", &person]));
    assert_eq!((code, &told["traces"]), (Some(0), &json!([])), "{told}");
    end.cancel();
    assert!(visits.await.expect("every visit is answered") > 0);
    let receipt = &told["receipt"];
    assert_eq!(
        (&receipt["genuine"], &receipt["person"]),
        (&true.into(), &person.as_str().into()),
        "{receipt}"
    );
    let answers = receipt["answers"].as_array().expect("answers");
    let services: Vec<String> = answers.iter().map(|answer| text(&answer["service"])).collect();
    assert_eq!(services, ["cluster", "gateway", "ingest", "recommend"]);
    let of = |service: usize, what: &str| answers[service]["removed"][what].as_u64().expect("a count");
    assert_eq!(of(0, "embedded crops"), crops.len() as u64, "{receipt}");
    assert_eq!(of(2, "stored crops"), crops.len() as u64, "{receipt}");
    assert_eq!(of(2, "pictures in the object store"), 3 * crops.len() as u64, "{receipt}");
    assert_eq!(of(2, "enrolments"), 1);
    assert!(
        of(0, "catalogue snapshots") > 0 && of(2, "records of pictures") > 0 && of(3, "held catalogues") > 0
    );

    // Nobody sees them any more; everybody else is as they were.
    assert_eq!(visitor.get(&portrait).await.0, 404);
    assert!(!visitor.representatives().await.to_string().contains(&person));
    assert!(!ids(&slate(&visitor, 0).await).contains(&person));
    let others: Vec<_> = before.into_iter().filter(|(id, _)| *id != person).collect();
    assert_eq!(known(&system), others);
    // A slate from before: a click on them is refused, one on somebody else counts.
    assert_eq!(visitor.click(&open, 1).await.0, 422);
    assert_eq!(visitor.click(&open, 2).await.0, 202);

    // What was learned from clicks on them is what the clicks still give.
    let bus = crowd::bus(&system.endpoints().nats).await;
    let policy = |bytes: &[u8]| decode::<PolicyPublished>("PolicyPublished", bytes).expect("it is a policy");
    let candidate = system.scratch().join("replayed.policy");
    let live = loop {
        let live = bus.bucket(Bucket::Policy).get("live").await.expect("the broker answers");
        let live = policy(&live.expect("a policy serves").value);
        if live.clicks_applied == CLICKS as u64 + 1 {
            break live;
        }
    };
    let (code, replayed) = system.avzeus(&["replay", "--out", candidate.to_str().expect("UTF-8")]);
    assert_eq!((code, &replayed["clicks"]), (0, &(CLICKS + 1).into()), "{replayed}");
    assert_eq!(policy(&std::fs::read(&candidate).expect("it was written")).head, live.head);

    // The same roster again does not bring them back, nor does it leave a trace; and erasing is safe to repeat.
    let (code, again) = system.avzeus(&["roster", "import", &roster]);
    assert_eq!((code, &again["stored"]), (2, &0.into()), "{again}");
    let refused = again["refused"].as_array().expect("refused rows");
    assert_eq!((refused.len(), &refused[0]["id"]), (1, &person.as_str().into()), "{again}");
    assert!(text(&refused[0]["reason"]).contains("new consent"), "{again}");
    let mut verify = vec![person.as_str(), "--verify", "--word", &name];
    verify.extend(crops.iter().flat_map(|crop| ["--word", crop.as_str()]));
    let (code, verified) = erase(&system, &verify);
    assert_eq!((code, &verified["traces"]), (Some(0), &json!([])), "{verified}");
    let (code, other) = erase(&system, &["--verify", &others[0].0]);
    assert_eq!((code, &other["receipt"]), (Some(1), &Value::Null), "somebody who is there is found");
    assert!(other["traces"].as_array().is_some_and(|traces| traces.len() > 3), "{other}");

    // A service that is away answers when it is back.
    system.hold("gateway");
    let (code, waiting) = erase(&system, &["--yes", &person, "--patience", "2"]);
    system.let_go("gateway");
    assert_eq!((code, &waiting["done"]), (Some(1), &false.into()), "{waiting}");
    let (code, again) = erase(&system, &["--yes", &person]);
    assert_eq!((code, &again["done"]), (Some(0), &true.into()), "{again}");

    assert!(system.stop(), "the system ends well");
    let left = files(&data, &person);
    assert!(!left.is_empty() && left.iter().all(|place| place.contains("/WITHDRAWALS/")), "{left:?}");
    for word in crops.iter().chain([&name]) {
        assert_eq!(files(&data, word), Vec::<String>::new(), "{word}");
    }
}
