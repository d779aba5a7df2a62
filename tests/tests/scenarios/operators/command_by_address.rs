//! The command line against a system that it did not start: by addresses alone, as in a container or a pod.

use std::path::Path;

use serde_json::Value;
use tests::{Demo, System, Visitor};

/// What the services' own settings say, for a command that runs in an empty folder.
struct Elsewhere<'a> {
    folder: &'a Path,
    settings: Vec<(&'static str, String)>,
}

impl Elsewhere<'_> {
    fn run(&self, args: &[&str]) -> (Option<i32>, Value, String) {
        let mut command = tests::avzeus();
        command.args(args).arg("--json").current_dir(self.folder).env_remove("AVZEUS_DATA");
        let done = command.envs(self.settings.iter().map(|(k, v)| (k, v))).output().unwrap();
        let printed = serde_json::from_slice(&done.stdout).unwrap_or_default();
        (done.status.code(), printed, String::from_utf8(done.stderr).unwrap())
    }

    fn done(&self, args: &[&str]) -> Value {
        let (code, printed, told) = self.run(args);
        assert_eq!(code, Some(0), "{args:?}: {told}");
        printed
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_works_by_addresses_alone() {
    let system = System::demo(Demo::default());
    let visitor = Visitor::of(&system.http);
    let at = system.endpoints();
    let grpc = |service: &str| at.services[service].grpc.clone().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = |path: &Path| path.display().to_string();
    let elsewhere = Elsewhere {
        folder: folder.path(),
        settings: vec![
            ("AVZEUS_NATS_URL", at.nats.clone()),
            ("AVZEUS_REDIS_URL", at.redis.clone()),
            ("AVZEUS_INGEST_URL", grpc("ingest")),
            ("AVZEUS_CLUSTER_URL", grpc("cluster")),
            ("AVZEUS_OBJECTS", text(&system.data().join("objects"))),
        ],
    };

    let roster = system.data().join(cli::drawn_roster::FOLDER).join("roster.csv");
    let report = elsewhere.done(&["roster", "import", &text(&roster)]);
    assert_eq!(report["people"], 14, "{report}");
    let photos = roster.with_file_name("photos");
    assert_eq!(elsewhere.done(&["collect", "--photos", &text(&photos)])["stored"], 0);
    let catalogue = elsewhere.done(&["catalogue", "show"]);
    let person = catalogue["people"][3]["person"].as_str().unwrap().to_owned();
    let sheet = folder.path().join("sheet.html");
    elsewhere.done(&["catalogue", "show", &person, "--sheet", &text(&sheet)]);
    assert!(std::fs::read_to_string(sheet).unwrap().contains("data:image/png"));

    for _ in 0..3 {
        let slate = visitor.recommend([0, 1, 2, 3, 4]).await;
        assert_eq!(visitor.click(&slate, 2).await.0, 202);
    }
    let clicks = text(&folder.path().join("clicks.jsonl"));
    elsewhere.done(&["clicks", "export", &clicks]);
    assert_eq!(std::fs::read_to_string(&clicks).unwrap().lines().count(), 3);
    elsewhere.done(&["replay", "--clicks", &clicks]);
    elsewhere.done(&["policy", "show"]);
    let streams = elsewhere.done(&["streams", "show"]);
    assert_eq!(streams["surplus"], Value::Array(Vec::new()), "{streams}");

    let erased = elsewhere.done(&["erase", "--yes", &person]);
    assert_eq!(erased["receipt"]["person"], person.as_str(), "{erased}");
    let store = text(&system.data().join("nats"));
    let verified = elsewhere.done(&["erase", "--verify", &person, "--store", &store]);
    assert_eq!(verified["traces"], Value::Array(Vec::new()), "{verified}");

    // Where no address is given, and where nobody answers at one: the setting that mends it is named.
    let nowhere = Elsewhere { folder: folder.path(), settings: Vec::new() };
    for (args, setting) in [
        (&["catalogue", "show"][..], "AVZEUS_CLUSTER_URL"),
        (&["collect"], "AVZEUS_INGEST_URL"),
        (&["policy", "show"], "AVZEUS_NATS_URL"),
    ] {
        let (code, _, told) = nowhere.run(args);
        assert!(code == Some(1) && told.contains(setting) && told.contains("avzeus up"), "{args:?}: {told}");
        let url = if setting == "AVZEUS_NATS_URL" { "nats://127.0.0.1:1" } else { "http://127.0.0.1:1" };
        let wrong = Elsewhere { folder: folder.path(), settings: vec![(setting, url.to_owned())] };
        let (code, _, told) = wrong.run(args);
        assert!(code == Some(1) && told.contains(setting) && told.contains(url), "{args:?}: {told}");
    }
}
