//! From a name on a roster to crops: an image search with everything in it that the web has, killed half-way and done
//! again.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;

use bus::{Bus, BusConfig, Stream};
use proto::v1::CropStored;
use runtime::Health;
use serde_json::Value;
use tests::browser::Driver;
use tests::search_results::{NO_RESULT, SearchResults, Shown};
use tests::{SearchSite, System};
use tokio_util::sync::CancellationToken;

/// Crops after which a person has enough.
const CROPS: usize = 50;
const DETECTORS: usize = 2;
/// Pictures that the collector fetches at a time: those that a kill may cost a second request.
const SIDE_BY_SIDE: usize = 2 * DETECTORS;
/// Pictures that the site is asked for before something is killed.
const HALF_WAY: u32 = 18;

const HEADER: &str = "id,name,links,sources,hosts,attested_by,attested_on,consent_reference,consent_scope,consent_granted_on,consent_withdrawn_on";
const CONSENT: &str = "Studio,2026-01-31,C-1,template display,2026-02-01,";

/// A system that looks at `site`, and finds it with `driver`.
fn system(site: &SearchSite, driver: &Driver) -> System {
    let setting = |name, value: &str| (name, value.to_owned());
    System::up_with(vec![
        ("AVZEUS_INGEST_WEBDRIVER_URL", driver.http()),
        ("AVZEUS_INGEST_SEARCH_URL", format!("{}/search?q={{query}}", site.http)),
        setting("AVZEUS_INGEST_SEARCH_RESULTS", "img.result"),
        setting("AVZEUS_INGEST_SEARCH_ATTRIBUTE", "data-full"),
        setting("AVZEUS_INGEST_SEARCH_SCROLL_MS", "1000"),
        setting("AVZEUS_INGEST_OPEN_ADDRESSES", "127.0.0.1/32"),
        setting("AVZEUS_INGEST_FETCH_BYTES", "2000000"),
        setting("AVZEUS_INGEST_FETCH_SECONDS", "2"),
        setting("AVZEUS_INGEST_FETCH_TRIES", "1"),
        setting("AVZEUS_INGEST_FETCH_SPACING_MS", "0"),
        ("AVZEUS_INGEST_DETECTORS", DETECTORS.to_string()),
        ("AVZEUS_INGEST_CROPS", CROPS.to_string()),
    ])
}

fn roster(system: &System, rows: &[String]) -> String {
    let path = system.scratch().join("roster.csv");
    std::fs::write(&path, format!("{HEADER}\n{}\n", rows.join("\n"))).unwrap();
    path.display().to_string()
}

fn row(id: &str, name: &str, sources: &str) -> String {
    format!("{id},{name},,{sources},127.0.0.1,{CONSENT}")
}

/// The part of an address that does not depend on where a site listens.
fn path(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split_once('/').map_or(rest, |(_, path)| path).to_owned()
}

/// The crops of everyone: path of the source → id.
async fn crops(system: &System) -> BTreeMap<String, String> {
    let nats_url = system.endpoints().nats;
    let config = BusConfig { nats_url, namespace: String::new(), streams: bus::StreamSettings::default() };
    let bus = Bus::connect("test", &config, &Health::default()).await.unwrap();
    bus.prepare(&CancellationToken::new()).await.unwrap();
    let mut stored = bus.replay::<CropStored>(Stream::CropsStored, 1);
    let mut crops = BTreeMap::new();
    loop {
        let entry = stored.next().await;
        let crop = entry.message.unwrap();
        assert!(crop.fetched_at_ms > 0 && crop.source_sha256.len() == 32 && crop.quality.is_some());
        assert_eq!(crops.insert(path(&crop.source), crop.crop), None, "a picture gives one crop");
        if entry.pending == 0 {
            return crops;
        }
    }
}

/// What was rejected: path of the source → outcome and reason, without what depends on where a site listens.
fn rejected(report: &Value) -> BTreeMap<String, (String, String)> {
    let rejected = report["rejected"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rejected.iter().map(|r| (path(&text(&r["source"])), (text(&r["outcome"]), text(&r["reason"])))).collect()
}

fn counted(site: &SearchSite) -> impl Iterator<Item = &Shown> {
    site.results.iter().filter(|shown| shown.outcome != NO_RESULT)
}

/// What has to be rejected, and what has to be a crop: results count until there are enough crops.
fn due(site: &SearchSite) -> (Vec<String>, BTreeMap<String, (&'static str, &'static str)>) {
    let (mut crops, mut rejected) = (Vec::new(), BTreeMap::new());
    for shown in counted(site) {
        if shown.outcome == "crop" {
            crops.push(path(&shown.address));
        } else {
            rejected.insert(path(&shown.address), (shown.outcome, shown.reason));
        }
        if crops.len() == CROPS {
            break;
        }
    }
    (crops, rejected)
}

fn holds_what_is_due(report: &Value, site: &SearchSite) {
    let (_, due) = due(site);
    let rejected = rejected(report);
    assert_eq!(rejected.keys().collect::<Vec<_>>(), due.keys().collect::<Vec<_>>(), "{report}");
    for (source, (outcome, reason)) in &due {
        let (told, why) = &rejected[source];
        assert!(told == outcome && why.contains(reason), "{source}: {told}: {why}");
    }
}

/// Paths of pictures that were asked for more than once, and how often.
fn repeated(site: &SearchSite) -> BTreeMap<String, u32> {
    site.asked_for().into_iter().filter(|(_, times)| *times > 1).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_ends_with_fifty_crops_and_a_reason_for_everything_else_however_often_it_is_killed() {
    let results = SearchResults::draw();
    let driver = Driver::start();
    let site = SearchSite::open(&results).await;
    let whole = system(&site, &driver);
    let roster_file = roster(&whole, &[row("aoi", "Aoi Mori", "search")]);
    let (code, report) = whole.avzeus(&["roster", "import", &roster_file, "--no-wait"]);
    assert_eq!((code, &report["stored"]), (0, &CROPS.into()), "{report}");
    assert_eq!(report["found"], counted(&site).count(), "{report}");
    holds_what_is_due(&report, &site);
    let stored = crops(&whole).await;
    let (due, _) = due(&site);
    assert_eq!(stored.keys().collect::<BTreeSet<_>>(), due.iter().collect::<BTreeSet<_>>());
    // Nobody but the collector asked for a picture, and under no name but the one that is listed.
    assert_eq!(repeated(&site), BTreeMap::new());
    assert_eq!(site.hosts().into_iter().collect::<Vec<_>>(), ["127.0.0.1"]);
    assert!(site.asked_for().keys().all(|path| !path.contains("thumbnails")), "{:?}", site.asked_for());
    let asked_for = site.asked_for();

    // The same once more: nothing is fetched but what may pass.
    let (code, again) = whole.avzeus(&["collect", "aoi", "--no-wait"]);
    assert_eq!((code, &again["known"], &again["stored"]), (0, &CROPS.into(), &0.into()), "{again}");
    assert_eq!(rejected(&again), rejected(&report));
    let passing: Vec<_> = repeated(&site).into_keys().collect();
    assert_eq!(passing, ["/drip.jpg"], "only what was too slow is tried again");
    assert_eq!(crops(&whole).await, stored);
    let [found, stored_now, duplicate, no_face, failed] =
        ["found", "stored", "duplicate", "no_face", "failed"].map(|count| report[count].to_string());
    println!(
        "{found} results: {stored_now} crops, {duplicate} duplicates, {no_face} without a face, {failed} failed; {} \
         pictures asked for, each once",
        asked_for.len()
    );
    drop(whole);

    // The same on another system: its collector is killed, then the command, then it is left alone.
    let site = SearchSite::open(&results).await;
    let killed = system(&site, &driver);
    let roster_file = roster(&killed, &[row("aoi", "Aoi Mori", "search")]);
    let import = || {
        let mut command = killed.command(&["roster", "import", &roster_file, "--no-wait"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let mut first = import();
    site.pictures_asked_for(HALF_WAY).await;
    let pid = killed.kill("ingest");
    assert_eq!(first.wait().unwrap().code(), Some(1));
    killed.started_again("ingest", pid).await;
    killed.ready("ingest").await;
    let mut second = import();
    site.pictures_asked_for(2 * HALF_WAY).await;
    second.kill().unwrap();
    second.wait().unwrap();
    let (code, report) = loop {
        let (code, report) = killed.avzeus(&["collect", "aoi", "--no-wait"]);
        // The collector has not yet seen that the command is gone.
        if code != 1 || !report.to_string().contains("wait for it to end") {
            break (code, report);
        }
    };
    assert_eq!(code, 0, "{report}");
    holds_what_is_due(&report, &site);
    assert_eq!(crops(&killed).await, stored, "killed or not, it ends the same");
    let twice = repeated(&site);
    let asked_for = site.asked_for();
    println!(
        "killed twice: {} crops, {} of them stored by the last run; {} pictures asked for, more than once: {twice:?}",
        stored.len(),
        report["stored"],
        asked_for.len()
    );
    // What was under way when it was killed, and what is tried again because it may pass.
    let under_way = twice.keys().filter(|path| *path != "/drip.jpg").count();
    assert!(under_way <= 2 * SIDE_BY_SIDE, "{twice:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_finds_nothing_says_why_and_the_others_go_on() {
    let results = SearchResults::draw();
    let driver = Driver::start();
    let site = SearchSite::open(&results).await;
    let system = system(&site, &driver);
    let picture = site.results[0].address.clone();
    std::fs::write(system.scratch().join("own.txt"), format!("# by hand\n{picture}\n{picture}\n")).unwrap();
    let rows = [
        row("nobody", "Nobody", "search"),
        row("renamed", "Renamed", "search=Renamed pictures"),
        row("listed", "Listed", "list=own.txt"),
        format!("hostless,Hostless,,search,,{CONSENT}"),
        row("listless", "Listless", "list=gone.txt"),
    ];
    let roster_file = roster(&system, &rows);
    let (code, report) = system.avzeus(&["roster", "import", &roster_file, "--no-wait"]);
    assert_eq!((code, &report["people"], &report["stored"]), (2, &3.into(), &1.into()), "{report}");
    let refused = |at: usize| report["refused"][at]["reason"].as_str().unwrap().to_owned();
    assert!(refused(0).contains("hosts") && refused(1).contains("gone.txt"), "{report}");
    let why = |report: &Value, person: &str| {
        let all = report["rejected"].as_array().unwrap();
        let of = all.iter().find(|r| r["person"] == person).unwrap_or_else(|| panic!("{report}"));
        assert_eq!(of["outcome"], "passed_over");
        of["reason"].as_str().unwrap().to_owned()
    };
    assert!(why(&report, "nobody").contains("shows no results"), "{report}");
    assert!(why(&report, "nobody").contains("Nobody 画像"), "{report}");
    assert!(why(&report, "renamed").contains("AVZEUS_INGEST_SEARCH_RESULTS"), "{report}");

    // Without the driver the search is not possible, and nothing else minds.
    drop(driver);
    let (code, report) = system.avzeus(&["collect", "nobody", "listed", "--no-wait"]);
    assert_eq!((code, &report["known"]), (1, &1.into()), "{report}");
    assert!(why(&report, "nobody").contains("WebDriver"), "{report}");
    system.ready("ingest").await;
    let (code, report) = system.avzeus(&["collect", "stranger"]);
    assert!(code == 2 && report.to_string().contains("not on the roster"), "{report}");
}
