//! The lines that deploy/compose.yaml documents in its first comment, run in order, with the processes that compose would
//! run. A line that is added there is run here, too.

mod composition;
mod container;
mod machine;

use std::path::Path;

use cli::drawn_roster::{DrawnRoster, draw};
use domain::serving::LIVE;
use tests::{Events, Visitor, yaml};

use self::composition::Composition;

pub(crate) const FILE: &str = "deploy/compose.yaml";

const PEOPLE: usize = 14;

/// A documented line.
#[derive(Debug)]
enum Line {
    /// `docker compose -f deploy/compose.yaml up …`
    Up,
    /// `docker compose -f deploy/compose.yaml exec SERVICE avzeus …`
    Exec { service: String, arguments: Vec<String> },
}

impl Line {
    /// Reads a line of the comment; fails where it is one that this test cannot run.
    fn read(line: &str) -> Self {
        // Nothing that a shell would take for more than a word.
        let is_plain = line.chars().all(|c| c.is_ascii_alphanumeric() || " -_./:=".contains(c));
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["docker", "compose", "-f", FILE, "up"] | ["docker", "compose", "-f", FILE, "up", "--build"] => {
                Self::Up
            }
            ["docker", "compose", "-f", FILE, "exec", service, "avzeus", arguments @ ..] if is_plain => {
                let arguments = arguments.iter().map(|word| (*word).to_owned()).collect();
                Self::Exec { service: (*service).to_owned(), arguments }
            }
            _ => panic!("{FILE} documents `{line}`, which this test cannot run: teach it to"),
        }
    }

    /// Returns the lines of the comment that begins the file: those that are indented, or begin as a command does.
    fn documented() -> Vec<Self> {
        let mut lines = Vec::new();
        for line in yaml::text(FILE).lines().map_while(|line| line.strip_prefix('#')) {
            if line.starts_with("  ") || line.trim().starts_with("docker ") {
                lines.push(Self::read(line.trim()));
            }
        }
        lines
    }
}

/// Draws a roster and its pictures, and returns the ids of its people.
fn draw_roster(folder: &Path) -> Vec<String> {
    let drawn = DrawnRoster {
        people: PEOPLE,
        pictures: 5,
        strangers_per_person: 1,
        non_faces_per_person: 1,
        ..DrawnRoster::default()
    };
    draw(folder, &drawn, &mut |_, _| {}).unwrap();
    let mut people = Vec::new();
    for row in std::fs::read_to_string(folder.join("roster.csv")).unwrap().lines().skip(1) {
        people.push(row.split(',').next().unwrap().to_owned());
    }
    people
}

#[tokio::test(flavor = "multi_thread")]
async fn every_documented_line_does_what_it_says() {
    let lines = Line::documented();
    let photos = tempfile::tempdir().unwrap();
    let people = draw_roster(photos.path());
    let mut composition = Composition::read(photos.path());
    for line in lines {
        let Line::Exec { service, arguments } = &line else {
            composition.up().await;
            continue;
        };
        let done = composition.exec(service, arguments).await;
        let [printed, told] = [done.stdout, done.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        assert!(done.status.success(), "{line:?}: {}: {printed}{told}", done.status);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        match arguments.as_slice() {
            ["roster", "import", ..] => {
                assert!(told.contains(&format!("{PEOPLE} people, ")), "{told}");
                assert!(told.contains(" 0 failed") && told.contains(" 0 rows refused"), "{told}");
                let mut events = Events::open(&composition.published("gateway")).await;
                events.next("catalogue", |catalogue| catalogue["people"] == PEOPLE).await;
            }
            ["catalogue", "show"] => {
                for person in &people {
                    let row = printed.lines().find(|row| row.starts_with(person.as_str()));
                    assert!(row.is_some_and(|row| row.contains("group ")), "{person}: {printed}");
                }
            }
            ["policy", "show"] => assert_eq!(printed.lines().next(), Some(&*format!("serving {LIVE}"))),
            // That it succeeds is enough.
            _ => {}
        }
    }

    let http = composition.published("gateway");
    let visitor = Visitor::of(&http);
    let mut events = Events::open(&http).await;
    let slate = visitor.recommend([0, 1, 2, 3, 4]).await;
    assert_eq!(visitor.click(&slate, 2).await.0, 202);
    events.next("policy", |policy| policy["clicks_applied"] == 1).await;
    composition.down().await;
}
