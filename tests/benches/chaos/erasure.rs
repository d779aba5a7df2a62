//! Somebody is erased while one of three brokers is away: no receipt before it is back, and then no byte of them anywhere.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::traces::holding;
use tests::{Cluster, System};
use tokio::runtime::Runtime;

use crate::scenario::{TOKEN, on};

pub(crate) const NAME: &str = "3 brokers: one away during an erasure";
/// Time in which brokers write their logs anew.
const WRITTEN_ANEW: Duration = Duration::from_secs(240);

/// Runs the scenario; returns whether nobody was told more than was true, and nothing was left.
pub(crate) fn run(runtime: &Runtime) -> bool {
    let mut cluster = Cluster::start(3);
    let system = runtime.block_on(async { on(&cluster, 3) });
    let (_, catalogue) = system.avzeus(&["catalogue", "show"]);
    let person = catalogue["people"][2]["person"].as_str().expect("a person").to_owned();
    let name = catalogue["people"][2]["name"].as_str().expect("a name").to_owned();
    let (_, described) = system.avzeus(&["catalogue", "show", &person]);
    let crops = described["people"][0]["crops"].as_array().expect("crops");
    let mut words: Vec<String> = crops.iter().filter_map(|c| c["crop"].as_str().map(str::to_owned)).collect();
    words.extend([person.clone(), name]);

    cluster.kill(2);
    let begun = Instant::now();
    let (code, erased) = erase(&system, &person);
    let (pending, seconds) = (erased["pending"].clone(), begun.elapsed().as_secs_f64());
    let shown = runtime.block_on(shown(&system, &person));
    let is_honest = code == 1 && erased["receipt"].is_null() && pending == json!(["n2"]) && shown == pending;
    println!(
        "{NAME}: the command ended with {code} after {seconds:.0} s, pending on {pending}; the console shows {shown}"
    );
    if !is_honest {
        println!("{NAME}: it should be pending on n2: {erased}");
    }

    cluster.start_broker(2);
    cluster.await_whole();
    let back = Instant::now();
    while erase(&system, &person).0 != 0 && back.elapsed() < WRITTEN_ANEW {
        std::thread::sleep(Duration::from_secs(1));
    }
    println!(
        "{NAME}: the receipt was signed {:.0} s after the broker was back",
        back.elapsed().as_secs_f64()
    );
    let mut left = left(&cluster, &system, &words);
    println!("{NAME}: then {} files hold something of them", left.len());
    while !left.is_empty() && back.elapsed() < WRITTEN_ANEW {
        std::thread::sleep(Duration::from_secs(2));
        left = self::left(&cluster, &system, &words);
    }
    println!("{NAME}: {:.0} s after it was back: {left:?}", back.elapsed().as_secs_f64());
    is_honest && left.is_empty()
}

/// What the console is told that an erasure is pending on.
async fn shown(system: &System, person: &str) -> Value {
    let url = format!("{}/api/v1/admin/people/{person}/erasure", system.http);
    let answer =
        runtime::web::client().get(url).bearer_auth(TOKEN).send().await.expect("the gateway answers");
    let erasure: Value = answer.json().await.expect("JSON");
    erasure["pending"].clone()
}

fn erase(system: &System, person: &str) -> (i32, Value) {
    system.avzeus(&["erase", "--yes", "--patience", "20", person])
}

/// Files that hold one of `words`: of every broker's store, and of the data folder. The receipt keeps the id.
fn left(cluster: &Cluster, system: &System, words: &[String]) -> Vec<String> {
    let mut left = Vec::new();
    for word in words {
        let mut folders: Vec<_> = (0..3).map(|number| cluster.store(number)).collect();
        folders.push(system.data().join("objects"));
        for folder in folders {
            left.extend(
                holding(&folder, word.as_bytes()).into_iter().filter(|file| !file.contains("WITHDRAWALS")),
            );
        }
    }
    left.sort();
    left.dedup();
    left
}
