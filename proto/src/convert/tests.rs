use domain::alarm::AlarmKind;
use domain::catalogue::CataloguePerson;
use domain::draft::Draft;
use domain::impression::{Arm, Impression, Occasion};
use domain::policy::{Exploration, PolicyNetwork, Standardisation};
use domain::roster::{Enrolment, Row};
use domain::serving::{Canary, Change, Serving};
use domain::{Alias, Catalogue, CropId, GROUPS, PersonId, Ranking, State};

use super::impression::RecordedClick;
use crate::v1;

fn draft() -> Draft {
    let people = (0..20)
        .map(|p| CataloguePerson {
            id: PersonId::new(format!("p{p}")).unwrap(),
            alias: Alias::new(format!("a{p}")).unwrap(),
            name: format!("P {p}"),
            links: vec![],
            portrait: (p != 7).then(|| CropId::from_digest(&[p as u8; 32])),
            vector: domain::embedding::unit(&[(p as f32).sin(), (p as f32).cos(), 0.5]).unwrap(),
            crops: 4,
        })
        .collect();
    let groups: Vec<usize> = (0..20).map(|p| p % GROUPS).collect();
    let grouped = Draft::grouped("profile".into(), vec![0.1, 0.2, 0.3], people, &groups, None, 0.0);
    let mut draft = grouped.unwrap().0;
    draft.accept([AlarmKind::Collapse].into());
    draft
}

fn catalogue() -> Catalogue {
    v1::CatalogueSnapshot { version: "v1".into(), ..(&draft()).into() }.try_into().unwrap()
}

fn policy() -> PolicyNetwork {
    let mut i = 0.0;
    let next = move || {
        i += 0.37;
        i - f32::floor(i)
    };
    PolicyNetwork::initial(Standardisation { mean: 1.2, scale: 0.3 }, Exploration::Fixed { sigma: 1.5 }, next)
}

fn click() -> RecordedClick {
    let (catalogue, ranking) = (catalogue(), Ranking::new(&[1, 5, 0, 8, 3]).unwrap());
    let action = policy().act(&State::of(&ranking, &catalogue.distances), [0.2, -1.0, 0.4, 0.0]);
    let weights = domain::weights::squash(&action.x);
    let slate = domain::slate::top_ten(&catalogue.cosines, &ranking, &weights);
    let occasion = Occasion { recommendation: "r".into(), policy_version: 2, made_at_ms: 5 };
    let mut impression = Impression::of(occasion, &catalogue, ranking, &action, &slate);
    let arm = |policy: &str, version, share, log_density| Arm {
        policy: policy.into(),
        version,
        share,
        log_density,
    };
    impression.arms = vec![arm("live", 2, 0.75, action.log_density), arm("initial", 0, 0.25, -9.0)];
    let alias = impression.slate[3].alias.clone();
    let click = impression.click_on(&alias).unwrap();
    RecordedClick { impression, alias, click, clicked_at_ms: 9 }
}

fn enrolment() -> Enrolment {
    let text = |text: &str| text.to_owned();
    let row = Row {
        id: text("aoi"),
        name: text("Aoi"),
        links: text("Site=https://example.org/"),
        sources: text("folder;search;search=Aoi;https://a.example.org/1.jpg"),
        hosts: text("*.example.org;192.0.2.7"),
        attested_by: text("Studio"),
        attested_on: text("2026-01-31"),
        consent_reference: text("C-1"),
        consent_scope: text("template"),
        consent_granted_on: text("2026-02-01"),
        consent_expires_on: text("2036-02-01"),
        ..Row::default()
    };
    row.enrol("2026-03-01".parse().unwrap()).unwrap()
}

#[test]
fn an_enrolment_is_read_as_it_was_written_and_checked() {
    let wire = v1::Enrolment::from(&enrolment());
    assert_eq!(Enrolment::try_from(&wire), Ok(enrolment()));
    for change in [
        |e: &mut v1::Enrolment| e.person = "../x".into(),
        |e: &mut v1::Enrolment| e.sources = vec!["file:///etc/passwd".into()],
        |e: &mut v1::Enrolment| e.hosts = vec!["*".into()],
        |e: &mut v1::Enrolment| e.attested_on = "yesterday".into(),
    ] {
        let mut odd = wire.clone();
        change(&mut odd);
        assert!(Enrolment::try_from(&odd).is_err(), "{odd:?}");
    }
}

#[test]
fn what_is_sent_arrives_unchanged() {
    assert_eq!(Draft::try_from(v1::CatalogueSnapshot::from(&draft())), Ok(draft()));
    let (catalogue, draft) = (catalogue(), draft());
    assert!(catalogue.people.iter().eq(draft.members().map(|m| &m.person)));
    assert_eq!((&catalogue.version, catalogue.groups), (&"v1".to_owned(), draft.groups()));
    assert_eq!(PolicyNetwork::try_from(&v1::WeightHead::from(&policy())), Ok(policy()));
    assert_eq!(RecordedClick::try_from(&v1::ClickRecorded::from(&click())), Ok(click()));
    assert_eq!(Serving::try_from(&v1::PolicyServing::from(&serving())), Ok(serving()));
}

#[test]
fn a_forged_click_is_refused() {
    let forge = |change: fn(&mut v1::ClickRecorded)| {
        let mut wire = v1::ClickRecorded::from(&click());
        change(&mut wire);
        RecordedClick::try_from(&wire).unwrap_err().to_string()
    };
    assert_eq!(forge(|c| c.impression = None), "impression is missing");
    assert!(forge(|c| c.alias = "p.*".into()).starts_with("alias is impossible"));
    assert!(forge(|c| c.rank = 1).starts_with("rank is impossible"));
    assert!(forge(|c| c.impression.as_mut().unwrap().x.truncate(3)).contains("x holds 3 numbers"));
    assert!(forge(|c| c.impression.as_mut().unwrap().log_density = f32::NAN).contains("density"));
    assert!(forge(|c| c.impression.as_mut().unwrap().arms[1].share = 0.5).contains("impossible"));
    assert!(forge(|c| c.clicked_at_ms = 4).contains("before made_at_ms, 5"));
}

#[test]
fn a_reward_follows_from_the_rank_but_where_it_is_somebodys_own() {
    let wire = |reward| v1::ClickRecorded { reward, ..v1::ClickRecorded::from(&click()) };
    let told = RecordedClick::try_from(&wire(0.7)).unwrap_err().to_string();
    assert_eq!(told, "reward is impossible: it is 0.7, and a click at rank 4 earns -0.3");
    assert_eq!(RecordedClick::with_own_reward(&wire(0.7)).unwrap().click.reward, 0.7);
    assert!(RecordedClick::with_own_reward(&wire(f32::NAN)).unwrap_err().to_string().contains("reward"));
    let rank = v1::ClickRecorded { rank: 3, ..wire(0.7) };
    assert!(RecordedClick::with_own_reward(&rank).unwrap_err().to_string().contains("stands at 4"));
    // Half a float's digits: the reward that follows stands in for it.
    assert_eq!(RecordedClick::try_from(&wire(-0.300_05)), Ok(click()));
}

fn serving() -> Serving {
    let change = |reason: &str| Change { at_ms: 3, since_sequence: 4, reason: reason.into() };
    let canary = Canary { policy: "candidate.0123".into(), share: 0.1 };
    Serving::default().promote("shadow", change("a")).try_out(canary, change("b"))
}

#[test]
fn a_serving_record_that_names_nothing_or_too_much_is_refused() {
    let forge = |change: fn(&mut v1::PolicyServing)| {
        let mut wire = v1::PolicyServing::from(&serving());
        change(&mut wire);
        Serving::try_from(&wire).unwrap_err().to_string()
    };
    assert_eq!(forge(|s| s.policy.clear()), "policy is missing");
    assert!(forge(|s| s.canary_share = f64::NAN).starts_with("canary_share is impossible"));
    assert!(forge(|s| s.canary_share = 0.6).contains("at most 0.5"));
    assert!(forge(|s| s.canary_share = 9e-4).contains("at least 0.001"));
}

#[test]
fn parameters_with_nan_never_arrive() {
    let mut wire = v1::WeightHead::from(&policy());
    wire.hidden1.as_mut().unwrap().weight[0] = f32::NAN;
    assert!(PolicyNetwork::try_from(&wire).is_err());
}

#[test]
fn a_snapshot_that_cannot_be_is_refused() {
    let forge = |change: fn(&mut v1::CatalogueSnapshot)| {
        let mut wire = v1::CatalogueSnapshot::from(&draft());
        change(&mut wire);
        Draft::try_from(wire).unwrap_err().to_string()
    };
    assert!(forge(|s| s.groups.truncate(8)).contains("groups holds 8"));
    assert!(forge(|s| s.groups[3].representative = 99).contains("names nobody"));
    assert!(forge(|s| s.groups.swap(2, 3)).contains("is not in group 2, so they cannot stand for it"));
    assert!(forge(|s| s.people[4].group = 9).contains("no group 9"));
    assert!(forge(|s| s.people[4].vector[0] = f32::NAN).contains("not finite"));
    assert!(forge(|s| s.people.iter_mut().for_each(|p| p.group = 0)).contains("group 1 has no members"));
}
