//! A broker's disk is full; pictures cannot be written.

use cli::drawn_roster::{self, DrawnRoster};
use tests::{Cluster, Demo, ReadOnly, System};

use crate::broker::Whose;
use crate::scenario::{Fault, Outcome, Scenario, on, visited};

/// Enough for the streams of a demo.
const MEGABYTES: u32 = 96;
/// People of a demo, and three more who are imported while their pictures cannot be written.
const PEOPLE: usize = 14 + 3;

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new("the broker's disk is full for 20 s", || full(1)),
        Scenario::new("3 brokers: the clicks' leader's disk is full for 20 s", || full(3)),
        Scenario::new("pictures cannot be written for 20 s, while people are imported", read_only),
    ]
}

struct FullDisk<'a> {
    cluster: &'a Cluster,
    number: usize,
}

impl Fault for FullDisk<'_> {
    fn begin(&mut self) {
        self.cluster.disk(self.number).fill();
    }

    fn end(&mut self) {
        self.cluster.disk(self.number).clear();
    }
}

async fn full(brokers: usize) -> Outcome {
    let cluster = Cluster::start_on_small_disks(brokers, MEGABYTES)?;
    let system = on(&cluster, brokers);
    let number = match brokers {
        1 => 0,
        _ => Whose::Leader.numbers(&cluster).await[0],
    };
    Ok(visited(&system, &cluster.url(), &mut FullDisk { cluster: &cluster, number }).await)
}

struct ReadOnlyObjects<'a> {
    system: &'a System,
    roster: String,
    mounted: Option<ReadOnly>,
    import: Option<std::process::Child>,
}

impl Fault for ReadOnlyObjects<'_> {
    fn begin(&mut self) {
        let mounted = ReadOnly::make(&self.system.data().join("objects"));
        self.mounted = Some(mounted.expect("what was mounted before can be again"));
        let mut import = self.system.command(&["roster", "import", &self.roster]);
        self.import = Some(import.spawn().expect("avzeus starts"));
    }

    fn end(&mut self) {
        self.mounted = None;
    }
}

async fn read_only() -> Outcome {
    let system = System::demo(Demo::default());
    // Where nothing can be mounted it is said before visitors come.
    drop(ReadOnly::make(&system.data().join("objects"))?);
    let drawn = DrawnRoster { people: PEOPLE, pictures: 5, ..DrawnRoster::default() };
    let folder = system.scratch().join("more");
    drawn_roster::draw(&folder, &drawn, &mut |_, _| {}).map_err(|e| e.to_string())?;
    let roster = folder.join("roster.csv").display().to_string();
    let mut fault = ReadOnlyObjects { system: &system, roster, mounted: None, import: None };
    let figures = visited(&system, &system.endpoints().nats, &mut fault).await;
    let ended = fault.import.take().expect("it was begun").wait().expect("avzeus exits by itself");
    println!("  the import that was begun meanwhile ended with {ended}");
    let (code, report) = system.avzeus(&["roster", "import", &fault.roster]);
    println!(
        "  the same once more ended with {code}: {} people, {} pictures failed",
        report["people"], report["failed"]
    );
    Ok(figures)
}
