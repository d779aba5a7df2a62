//! Rosters as people write them: refused rows, broken pictures, planted strangers.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use cli::portrait::{Identity, Sitting, portrait};
use serde_json::Value;
use tests::{Demo, Events, System, Visitor, avzeus};

const HEADER: &str = "id,name,links,sources,attested_by,attested_on,consent_reference,consent_scope,consent_granted_on,consent_withdrawn_on";

fn write_roster(folder: &Path, rows: &[&str]) -> String {
    let path = folder.join("roster.csv");
    std::fs::write(&path, format!("{HEADER}\n{}\n", rows.join("\n"))).unwrap();
    path.display().to_string()
}

fn draw(folder: &Path, person: &str, seed: u64, pictures: u64) {
    let folder = folder.join("photos").join(person);
    std::fs::create_dir_all(&folder).unwrap();
    for picture in 0..pictures {
        let drawn = portrait(&Identity::drawn(seed), &Sitting::drawn(seed * 100 + picture), 320);
        drawn.save(folder.join(format!("own-{picture}.png"))).unwrap();
    }
}

fn person<'a>(catalogue: &'a Value, id: &str) -> Option<&'a Value> {
    catalogue["people"].as_array().unwrap().iter().find(|p| p["person"] == id)
}

fn crop_of(system: &System, id: &str) -> String {
    let (_, shown) = system.avzeus(&["catalogue", "show", id]);
    person(&shown, id).unwrap()["crops"][0]["crop"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_is_named_and_the_rest_goes_on() {
    let system = System::demo(Demo::default());
    let folder = system.scratch().join("new");
    std::fs::create_dir_all(&folder).unwrap();
    draw(&folder, "new-face", 900_001, 5);
    draw(&folder, "unasked", 900_002, 4);
    draw(&folder, "hidden-face", 900_003, 5);
    let photos = folder.join("photos/new-face");
    std::fs::write(photos.join("broken.png"), &std::fs::read(photos.join("own-0.png")).unwrap()[..500])
        .unwrap();
    std::fs::write(photos.join("empty.jpg"), b"").unwrap();
    std::fs::write(photos.join("notes.txt"), b"not a picture").unwrap();
    // A header that claims 70 million pixels, which must be refused before anything is decoded.
    image::RgbImage::new(10_000, 7_000).save(photos.join("huge.png")).unwrap();
    let roster = write_roster(
        &folder,
        &[
            "new-face,New Face,Site=https://example.com/new,folder,Studio,2026-01-31,C-1,template display,2026-02-01,",
            "unasked,Un Asked,,folder,,,C-2,template display,2026-02-01,",
            "hidden-face,Hidden Face,,folder,Studio,2026-01-31,C-3,template,2026-02-01,",
            "gone,Gone,,folder,Studio,2026-01-31,C-4,template display,2026-02-01,2026-03-01",
        ],
    );

    let (code, checked) = system.avzeus(&["roster", "check", &roster]);
    assert_eq!((code, checked["refused"].as_array().unwrap().len()), (2, 2), "{checked}");
    let (code, report) = system.avzeus(&["roster", "import", &roster]);
    assert_eq!(code, 2, "{report}");
    let lines: Vec<_> =
        report["refused"].as_array().unwrap().iter().map(|r| r["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [3, 5], "{report}");
    assert!(report["refused"][0]["reason"].as_str().unwrap().contains("attested_by"));
    let mut rejected: Vec<_> = report["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["source"].as_str().unwrap().to_owned())
        .collect();
    rejected.sort();
    assert_eq!(rejected, ["broken.png", "empty.jpg", "huge.png", "notes.txt"], "{report}");
    assert_eq!((&report["failed"], &report["stored"]), (&4.into(), &10.into()), "{report}");

    let (_, catalogue) = system.avzeus(&["catalogue", "show"]);
    assert_eq!(person(&catalogue, "new-face").unwrap()["kept"], 5, "{catalogue}");
    assert!(person(&catalogue, "new-face").unwrap()["group"].is_u64());
    assert!(person(&catalogue, "unasked").is_none(), "nothing may be known of who did not consent");
    let hidden = person(&catalogue, "hidden-face").unwrap();
    assert!(
        hidden["group"].is_null() && hidden["left_out"].as_str().unwrap().contains("display"),
        "{hidden}"
    );
    let crop = crop_of(&system, "hidden-face");
    let visitor = Visitor::of(&system.http);
    assert_eq!(visitor.get(&format!("/media/crops/hidden-face/{crop}")).await.0, 404);

    let (_, again) = system.avzeus(&["roster", "import", &roster]);
    assert_eq!((&again["stored"], &again["known"]), (&0.into(), &10.into()), "{again}");
    assert_eq!(
        again["catalogue_version"], report["catalogue_version"],
        "the same again is the same catalogue"
    );

    // Spreadsheets write dates their own way.
    let portrait = format!("/media/crops/new-face/{}", crop_of(&system, "new-face"));
    let row = "new-face,New Face,Site=https://example.com/new,Folder,Studio,2026/1/31,C-1,template display,2026/02/01,";
    let (code, same) = system.avzeus(&["roster", "import", &write_roster(&folder, &[row])]);
    assert_eq!((code, &same["known"]), (0, &5.into()), "{same}");
    assert_eq!(same["catalogue_version"], report["catalogue_version"]);

    // A slip of the pen takes nobody off.
    let good = [
        "new-face",
        "New Face",
        "",
        "folder",
        "Studio",
        "2026-01-31",
        "C-1",
        "template display",
        "2026-02-01",
        "",
    ];
    let slips = [
        (0, "New-Face", "id"),
        (1, "", "name"),
        (2, "example.com/new", "links"),
        (3, "folders", "sources"),
        (3, "list=gone.txt", "sources"),
        (4, "", "attested_by"),
        (5, "31.01.2026", "attested_on"),
        (7, "all", "consent_scope"),
        (8, "46054", "consent_granted_on"),
        (9, "-", "consent_withdrawn_on"),
    ];
    for (place, value, column) in slips {
        let mut cells = good;
        cells[place] = value;
        let row = cells.join(",");
        let (code, refused) = system.avzeus(&["roster", "import", &write_roster(&folder, &[&row])]);
        let first = &refused["refused"][0];
        assert_eq!(
            (code, &first["column"], &first["taken_off"]),
            (2, &column.into(), &false.into()),
            "{refused}"
        );
    }
    let good = good.join(",");
    let (_, twice) =
        system.avzeus(&["roster", "import", &write_roster(&folder, &[&good, &good, "hidden-face,Hidden"])]);
    let columns: Vec<_> =
        twice["refused"].as_array().unwrap().iter().map(|r| r["column"].as_str().unwrap()).collect();
    assert_eq!(columns, ["id", "id", ""], "{twice}");

    // Many at once are not taken off without a word more.
    let drawn = std::fs::read_to_string(system.data().join("roster/roster.csv")).unwrap();
    let mut lines = drawn.lines();
    let mut withdrawn = format!("{}\n", lines.next().unwrap());
    for line in lines {
        withdrawn += &format!("{line}2026-03-01\n");
    }
    let all = folder.join("withdrawn.csv");
    std::fs::write(&all, withdrawn).unwrap();
    let (code, unconfirmed) = system.avzeus(&["roster", "import", &all.display().to_string()]);
    let (leaving, shown) =
        (&unconfirmed["unconfirmed"]["people"], unconfirmed["unconfirmed"]["shown"].as_u64());
    assert_eq!((code, shown), (2, Some(leaving.as_array().unwrap().len() as u64 + 1)), "{unconfirmed}");

    // Another demo finds out that folder or address are taken before it draws anybody.
    let again = system.command(&["demo", "--people", "20"]).output().unwrap();
    let told = String::from_utf8_lossy(&again.stderr);
    assert!(again.status.code() == Some(1) && told.contains("is in use by another"), "{told}");
    assert_eq!(std::fs::read_to_string(system.data().join("roster/roster.csv")).unwrap(), drawn);
    let elsewhere = system.scratch().join("elsewhere");
    let address = system.http.strip_prefix("http://").unwrap();
    let taken = avzeus().args(["demo", "--http-addr", address, "--data"]).arg(&elsewhere).output().unwrap();
    let told = String::from_utf8_lossy(&taken.stderr);
    assert!(taken.status.code() == Some(2) && told.contains("cannot listen on"), "{told}");
    assert!(!elsewhere.join("roster").exists());

    let (_, catalogue) = system.avzeus(&["catalogue", "show"]);
    assert_eq!(catalogue["catalogue_version"], report["catalogue_version"]);
    assert_eq!(visitor.get(&portrait).await.0, 200);

    // Consent withdrawn: the row is refused, and whom it names is no longer shown.
    let mut events = Events::open(&system.http).await;
    let before = events.next("catalogue", |_| true).await["people"].as_u64().unwrap();
    let row = "new-face,New Face,,folder,Studio,2026-01-31,C-1,template display,2026-02-01,2026-03-01";
    let (code, refused) = system.avzeus(&["roster", "import", &write_roster(&folder, &[row])]);
    assert_eq!((code, &refused["stored"]), (2, &0.into()), "{refused}");
    assert_eq!(refused["refused"][0]["taken_off"], true, "{refused}");
    events.next("catalogue", |c| c["people"].as_u64() == Some(before - 1)).await;
    assert_eq!(visitor.get(&portrait).await.0, 404);
}

#[test]
fn the_template_passes_its_own_check() {
    let template = avzeus().args(["roster", "template"]).output().unwrap();
    let mut check = avzeus();
    let mut check = check
        .args(["roster", "check", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    check.stdin.take().unwrap().write_all(&template.stdout).unwrap();
    let checked = check.wait_with_output().unwrap();
    let told: Value = serde_json::from_slice(&checked.stdout).unwrap();
    assert_eq!((checked.status.code(), &told["rows"]), (Some(0), &1.into()), "{told}");
}

#[test]
fn a_file_that_is_no_roster_and_a_system_that_is_not_there_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.csv");
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    let checked = avzeus().args(["roster", "check"]).arg(&path).output().unwrap();
    assert_eq!(checked.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&checked.stderr).contains("roster template"));
    let import =
        avzeus().args(["roster", "import"]).arg(&path).arg("--data").arg(folder.path()).output().unwrap();
    assert_eq!(import.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&import.stderr).contains("avzeus up"));
}
