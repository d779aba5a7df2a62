//! What the operators' console does with policies, clicks and dead letters, on a whole system.

use std::collections::HashSet;

use bus::{Bucket, Bus, BusError, Stream};
use domain::PolicyNetwork;
use policies::clicks::{Range, Rewards, read_file};
use proto::{Message, v1};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tests::{Demo, Events, System, Visitor, constant, crowd};
use tokio::task::JoinSet;

const TOKEN: &str = "correct-horse-battery";
const CLICKS: usize = 700;
const TOGETHER: usize = 4;

/// Somebody with the token.
struct Operator {
    client: Client,
    http: String,
}

impl Operator {
    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Vec<u8>) {
        let request =
            self.client.request(method, format!("{}/api/v1/admin/{path}", self.http)).bearer_auth(TOKEN);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await.unwrap();
        (answer.status(), answer.bytes().await.unwrap().to_vec())
    }

    async fn json(&self, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
        let (status, body) = self.send(method, path, body).await;
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.json(Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn post(&self, path: &str, body: Option<&Value>) -> (u16, Value) {
        let (status, body) = self.json(Method::POST, path, body).await;
        (status.as_u16(), body)
    }

    async fn promote(&self, body: Value) -> (u16, Value) {
        self.post("policies/promote", Some(&body)).await
    }
}

/// Visitors who click the first where w2 is small and the last where it is large: large weights are harmful.
async fn visits(system: &System, from: usize, to: usize) {
    let mut visitors = JoinSet::new();
    for visitor in 0..TOGETHER {
        let http = system.http.clone();
        visitors.spawn(async move {
            let me = Visitor::of(&http);
            for number in (from..to).filter(|number| number % TOGETHER == visitor) {
                let slate = me.recommend([0, 2, 4, 6, 8].map(|group| (group + number) % 9)).await;
                let rank = if slate["weights"][1].as_f64().unwrap() > 0.45 { 10 } else { 1 };
                assert_eq!(me.click(&slate, rank).await.0, 202);
            }
        });
    }
    visitors.join_all().await;
}

async fn pin(bus: &Bus, name: &str, policy: &PolicyNetwork) {
    let published = v1::PolicyPublished {
        head: Some(policy.into()),
        leaning: policy.leaning().to_vec(),
        learner: "pinned".into(),
        ..v1::PolicyPublished::default()
    };
    bus.bucket(Bucket::Policy).put(name, published.encode_to_vec().into()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_are_judged_promoted_and_taken_back_and_clicks_taken_away() {
    // A learner that heeds rewards alone, since these visitors have no taste in faces; it explores as widely as the
    // initial policy, so that its clicks say much of that one and of those near it.
    let env = vec![
        ("AVZEUS_GATEWAY_ADMIN_TOKEN", TOKEN.to_owned()),
        ("AVZEUS_LEARN_LEARNER", "a2c".to_owned()),
        ("AVZEUS_LEARN_SIGMA", "1.5".to_owned()),
    ];
    let system = System::demo(Demo { env, ..Demo::default() });
    let operator = Operator { client: runtime::web::client(), http: system.http.clone() };
    let bus = crowd::bus(&system.endpoints().nats).await;
    pin(&bus, "candidate.a00d", &constant([-0.5, 0.0, 0.0, 0.0], 1.5)).await;
    pin(&bus, "candidate.bad0", &constant([1.0, 0.0, 0.0, 0.0], 1.5)).await;

    // Before the first click nothing is known, and nothing serves without proof.
    let values = operator.get("policies/values").await;
    assert_eq!((&values["clicks"], &values["last_sequence"]), (&json!(0), &Value::Null));
    assert!(values["values"][0]["why"].as_str().unwrap().starts_with("there are no clicks"), "{values}");
    let (status, refused) = operator.promote(json!({ "policy": "candidate.a00d" })).await;
    assert_eq!(status, 409, "{refused}");
    let calibration = operator.get("policies/calibration").await;
    assert!(calibration["why"].as_str().unwrap().contains("there are 0"), "{calibration}");

    let mut events = Events::open(&system.http).await;
    visits(&system, 0, CLICKS).await;
    events.next("policy", |policy| policy["clicks_applied"] == CLICKS).await;

    // Every policy is valued by the same clicks, and those say which one is harmful.
    let values = operator.get("policies/values").await;
    assert_eq!(values["clicks"], CLICKS);
    let rows = values["values"].as_array().unwrap();
    let named = |name: &str| rows.iter().find(|row| row["policy"] == name && row["newest"] == true).unwrap();
    let worth = |name: &str, end: &str| named(name)["snips"][end].as_f64().unwrap();
    assert!(worth("candidate.bad0", "high") < worth("initial", "low"), "{values}");
    assert!(worth("candidate.a00d", "low") > worth("candidate.bad0", "high"), "{values}");
    for row in rows {
        assert!(row["doubly_robust"]["low"].as_f64() <= row["doubly_robust"]["high"].as_f64(), "{row}");
        assert_eq!(row["telling"], row["effective_clicks"].as_f64().unwrap() >= 100.0);
    }
    assert!(rows.iter().filter(|row| row["policy"] == "live").count() > 1, "earlier versions of what serves");
    let own: u64 = rows.iter().map(|row| row["earned"]["clicks"].as_u64().unwrap()).sum();
    assert_eq!(own, CLICKS as u64);

    // The harmful one gets no share; the other one a canary, which a rollback ends, and then everything.
    for body in [json!({ "policy": "candidate.bad0" }), json!({ "policy": "candidate.bad0", "canary": 0.1 })]
    {
        let (status, refused) = operator.promote(body).await;
        let detail = refused["detail"].as_str().unwrap();
        assert_eq!(status, 409, "{refused}");
        assert!(
            detail.starts_with("candidate.bad0 is worth ") && detail.contains("not shown to be within"),
            "{detail}"
        );
    }
    let listed = operator.get("policies").await;
    assert_eq!((&listed["serving"]["policy"], &listed["serving"]["canary"]), (&json!("live"), &Value::Null));
    let names: Vec<_> =
        listed["policies"].as_array().unwrap().iter().map(|p| (&p["name"], &p["kind"])).collect();
    let expected = [
        ("candidate.a00d", "candidate"),
        ("candidate.bad0", "candidate"),
        ("initial", "initial"),
        ("live", "line"),
    ];
    assert_eq!(
        names,
        expected
            .map(|(name, kind)| (json!(name), json!(kind)))
            .iter()
            .map(|(a, b)| (a, b))
            .collect::<Vec<_>>()
    );
    assert_eq!(listed["policies"][3]["clicks_applied"], CLICKS);

    let good = json!({ "policy": "candidate.a00d", "canary": 0.1, "tolerance": 0.9 });
    let (status, tried) = operator.promote(good).await;
    assert_eq!((status, &tried["serving"]), (200, &json!("live")), "{tried}");
    assert_eq!(tried["gate"]["clicks"], CLICKS);
    assert_eq!(
        operator.get("policies").await["serving"]["canary"],
        json!({ "policy": "candidate.a00d", "share": 0.1 })
    );
    let back = operator.post("policies/rollback", None).await;
    assert_eq!(back, (200, json!({ "serving": "live", "ended": "candidate.a00d" })));
    let (status, promoted) = operator.promote(json!({ "policy": "candidate.a00d", "tolerance": 0.9 })).await;
    assert_eq!((status, &promoted["serving"]), (200, &json!("candidate.a00d")), "{promoted}");
    assert!(promoted["gate"]["candidate"]["effective_clicks"].as_f64().unwrap() > 100.0);
    events.next("policy", |policy| policy["policy"] == "candidate.a00d").await;
    let (_, shown) = system.avzeus(&["policy", "show"]);
    assert_eq!(shown["serving"]["policy"], "candidate.a00d", "the command line says the same");
    let back = operator.post("policies/rollback", None).await;
    assert_eq!(back, (200, json!({ "serving": "live", "ended": "candidate.a00d" })));
    assert_eq!(operator.promote(json!({ "policy": "nobody" })).await.0, 404);

    what_policies_do(&operator).await;
    taken_away(&system, &operator).await;
}

async fn what_policies_do(operator: &Operator) {
    let curve = operator.get("policies/curve").await;
    let (published, earned) = (curve["published"].as_array().unwrap(), curve["earned"].as_array().unwrap());
    let live: Vec<u64> = published
        .iter()
        .filter(|p| p["policy"] == "live")
        .map(|p| p["clicks_applied"].as_u64().unwrap())
        .collect();
    assert!(live.len() > 1 && live.is_sorted() && live.last() == Some(&(CLICKS as u64)), "{live:?}");
    let clicks: u64 = earned.iter().map(|stretch| stretch["earned"]["clicks"].as_u64().unwrap()).sum();
    assert_eq!(clicks, CLICKS as u64);

    let weights = operator.get("policies/weights").await;
    assert_eq!((&weights["policy"], &weights["observed"]), (&json!("live"), &json!(CLICKS)));
    assert_eq!(weights["corners"].as_array().unwrap().len(), 10);
    let initial = operator.get("policies/weights?policy=initial").await;
    assert_eq!(initial["middle"][1].as_f64().map(|w| (100.0 * w).round()), Some(45.0));
    // Its mean is drawn to smaller weights everywhere: 0.9 / (1 + exp(0.5)).
    let pinned = operator.get("policies/weights?policy=candidate.a00d").await;
    assert_eq!(pinned["middle"][1].as_f64().map(|w| (100.0 * w).round()), Some(34.0), "{pinned}");

    let calibration = operator.get("policies/calibration").await;
    let ranks = calibration["ranks"].as_array().unwrap();
    let clicked: u64 = ranks.iter().map(|rank| rank["clicked"].as_u64().unwrap()).sum();
    assert_eq!((clicked, ranks[4]["clicked"].as_u64()), (CLICKS as u64, Some(0)), "{calibration}");
    assert_eq!(calibration["ranks"][0]["expected"], Value::Null, "700 clicks are too few to predict by");
}

async fn taken_away(system: &System, operator: &Operator) {
    for ending in ["parquet", "jsonl"] {
        let [exported, taken] =
            ["exported", "taken"].map(|name| system.scratch().join(format!("{name}.{ending}")));
        let (code, told) = system.avzeus(&["clicks", "export", exported.to_str().unwrap()]);
        assert_eq!((code, &told["clicks"]), (0, &json!(CLICKS)), "{told}");
        let (status, body) = operator.send(Method::GET, &format!("clicks.{ending}"), None).await;
        assert_eq!(status, 200);
        std::fs::write(&taken, &body).unwrap();
        assert_eq!(body, std::fs::read(&exported).unwrap(), "{ending}: the same bytes");
        let read = |file| read_file(file, Range::default(), Rewards::OfRank, |_, _| {}).unwrap().clicks;
        assert!(read(&taken) == read(&exported) && read(&taken).len() == CLICKS, "{ending}");

        let (_, body) = operator.send(Method::GET, &format!("clicks.{ending}?from=11&to=20"), None).await;
        std::fs::write(&taken, &body).unwrap();
        let sequences: Vec<u64> = read(&taken).iter().map(|click| click.sequence).collect();
        assert_eq!(sequences, (11..=20).collect::<Vec<u64>>(), "{ending}");
        let (status, body) = operator.send(Method::GET, &format!("clicks.{ending}?from=100000"), None).await;
        std::fs::write(&taken, &body).unwrap();
        assert_eq!((status, read(&taken).len()), (StatusCode::OK, 0), "{ending} of no clicks");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_read_retried_once_and_dropped() {
    let env = vec![("AVZEUS_GATEWAY_ADMIN_TOKEN", TOKEN.to_owned())];
    let system = System::demo(Demo { env, ..Demo::default() });
    let operator = Operator { client: runtime::web::client(), http: system.http.clone() };
    let bus = crowd::bus(&system.endpoints().nats).await;
    let visitor = Visitor::of(&system.http);
    let slate = visitor.recommend([0, 1, 2, 3, 4]).await;
    assert_eq!(visitor.click(&slate, 3).await.0, 202);

    let crop = bus.replay::<v1::CropStored>(Stream::CropsStored, 1).next().await;
    let click = bus.replay::<v1::ClickRecorded>(Stream::Clicks, 1).next().await;
    let (crop_subject, crop) = (crop.subject, crop.message.unwrap());
    let (click_subject, click) = (click.subject, click.message.unwrap());
    let newer = v1::CropStored { stored_at_ms: crop.stored_at_ms + 1, ..crop.clone() };
    let stranger = v1::CropStored { person: "nobody".into(), ..crop.clone() };
    let letters = [
        (crop_subject.as_str(), crop.encode_to_vec()),
        (click_subject.as_str(), click.encode_to_vec()),
        (crop_subject.as_str(), newer.encode_to_vec()),
        ("crop.stored.nobody.00000000000000000000000000000000", stranger.encode_to_vec()),
        ("click.recorded.forged", vec![255, 1, 2]),
    ];
    let before = operator.get("dead-letters").await["dead_letters"].as_array().unwrap().len();
    for (subject, payload) in letters {
        bus.dead_letter(subject, payload.into(), &BusError::Token("x".into())).await.unwrap();
    }
    let listed = operator.get("dead-letters?limit=100").await;
    let sequences: Vec<u64> = listed["dead_letters"].as_array().unwrap()[before..]
        .iter()
        .map(|l| l["sequence"].as_u64().unwrap())
        .collect();
    let [crop_letter, click_letter, older, of_stranger, junk] = sequences[..].try_into().unwrap();

    let read = operator.get(&format!("dead-letters/{crop_letter}")).await;
    assert_eq!(
        (&read["kind"], &read["message"]["person"]),
        (&json!("CropStored"), &json!(crop.person)),
        "{read}"
    );
    assert_eq!(read["headers"]["Avzeus-Class"], "not_found");
    let read = operator.get(&format!("dead-letters/{click_letter}")).await;
    assert_eq!((&read["kind"], &read["message"]["rank"]), (&json!("ClickRecorded"), &json!(3)));
    let read = operator.get(&format!("dead-letters/{junk}")).await;
    assert_eq!((&read["kind"], &read["hex"]), (&Value::Null, &json!("ff0102")));

    // A crop goes round again, once: whoever embeds gets it under a new sequence, and there is still one of it.
    let stored = bus.extent(Stream::CropsStored).await.unwrap();
    let retry = async |sequence: u64| operator.post(&format!("dead-letters/{sequence}/retry"), None).await;
    assert_eq!(retry(crop_letter).await, (200, json!({ "outcome": "published" })));
    let again = bus.extent(Stream::CropsStored).await.unwrap();
    assert_eq!((again.last, again.messages), (stored.last + 1, stored.messages));
    assert_eq!(retry(crop_letter).await.0, 404, "it was done");
    assert_eq!(bus.extent(Stream::CropsStored).await.unwrap(), again);
    // A click that the stream has is done.
    let clicks = bus.extent(Stream::Clicks).await.unwrap();
    assert_eq!(retry(click_letter).await, (200, json!({ "outcome": "already_there" })));
    assert_eq!(bus.extent(Stream::Clicks).await.unwrap(), clicks);

    // What would do harm or only come back is left where it is, until it is dropped.
    for (sequence, why) in [
        (older, "something newer of crop.stored has taken the place"),
        (of_stranger, "not enrolled any more"),
        (junk, "does not decode"),
    ] {
        let (status, refused) = retry(sequence).await;
        assert_eq!(status, 409, "{refused}");
        assert!(refused["detail"].as_str().unwrap().contains(why), "{refused} for {why}");
        let path = format!("dead-letters/{sequence}");
        assert_eq!(operator.send(Method::DELETE, &path, None).await, (StatusCode::NO_CONTENT, Vec::new()));
        assert_eq!(operator.send(Method::DELETE, &path, None).await.0, 404);
        assert_eq!(operator.send(Method::GET, &path, None).await.0, 404);
    }
    let left: HashSet<u64> = operator.get("dead-letters?limit=100").await["dead_letters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["sequence"].as_u64().unwrap())
        .collect();
    assert!(sequences.iter().all(|sequence| !left.contains(sequence)), "{left:?}");
}
