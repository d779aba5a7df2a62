use super::*;
use crate::checkpoint::Checkpoint;
use crate::rules;
use domain::impression::{Click, Impression, Occasion};
use domain::policy::{Action, Dense, Exploration, HIDDEN};
use domain::weights::ACTIONS;
use domain::{Alias, Ranking, SlateEntry, State, reward};
use rand_chacha::rand_core::Rng;

/// Numbers in [0, 1), always the same for a seed.
pub(crate) fn draws(seed: u64) -> impl FnMut() -> f32 {
    let mut generator = generator(seed, u64::MAX);
    move || (generator.next_u32() >> 8) as f32 / (1 << 24) as f32
}

/// A standard normal number (Box-Muller).
pub(crate) fn normal(next: &mut impl FnMut() -> f32) -> f32 {
    let (u, v) = (1.0 - next(), next());
    (-2.0 * u.ln()).sqrt() * (std::f32::consts::TAU * v).cos()
}

/// A policy whose heads have numbers too, so that every gradient is alive.
pub(crate) fn spread_policy(seed: u64, exploration: Exploration) -> PolicyNetwork {
    let mut next = draws(seed);
    let input = domain::policy::Standardisation { mean: 1.2, scale: 0.25 };
    let mut policy = PolicyNetwork::initial(input, exploration, &mut next);
    let scaled = |mut dense: Dense| {
        dense.weight.iter_mut().for_each(|w| *w *= 0.3);
        dense
    };
    policy.value = scaled(Dense::spread(HIDDEN, 1, &mut next));
    policy.mean = scaled(Dense::spread(HIDDEN, ACTIONS, &mut next));
    policy.log_variance = scaled(Dense::spread(HIDDEN, ACTIONS, &mut next));
    policy
}

/// A click on `rank` of a slate shown for `state` by `action`.
pub(crate) fn click(state: State, action: &Action, rank: usize) -> RecordedClick {
    let alias = |place: usize| Alias::new(format!("p{place}")).unwrap();
    // Ten people of all sorts, others in every state.
    let cosine = |place: usize, pick: usize| 0.6 * ((place * 5 + pick) as f32 + 9.0 * state.0[pick]).sin();
    let entry = |place| SlateEntry {
        alias: alias(place),
        score: 0.0,
        cosines: std::array::from_fn(|pick| cosine(place, pick)),
    };
    let occasion = Occasion { recommendation: "r".into(), policy_version: 1, made_at_ms: 0 };
    let impression = Impression {
        recommendation: occasion.recommendation,
        catalogue_version: "c".into(),
        policy_version: occasion.policy_version,
        made_at_ms: occasion.made_at_ms,
        ranking: Ranking::new(&[0, 1, 2, 3, 4]).unwrap(),
        state,
        x: action.x,
        mean: action.output.mean,
        log_variance: action.output.log_variance,
        log_density: action.log_density,
        slate: (1..=domain::SLATE).map(entry).collect(),
        arms: Vec::new(),
    };
    let click = Click { rank, reward: reward::of_rank(rank).unwrap() };
    RecordedClick { impression, alias: alias(rank), click, clicked_at_ms: 0 }
}

/// Visitors of a toy bandit: the nearer w₂ is to its cap, the higher they click.
pub(crate) struct Bandit<N> {
    next: N,
}

impl<N: FnMut() -> f32> Bandit<N> {
    pub(crate) fn new(next: N) -> Self {
        Self { next }
    }

    pub(crate) fn state(&mut self) -> State {
        State(std::array::from_fn(|_| 0.7 + (self.next)()))
    }

    fn rank(x: &[f32; ACTIONS]) -> usize {
        1 + (9.0 / (1.0 + x[0].exp())).round() as usize
    }

    /// Mean reward of `policy`, over 2,000 draws.
    fn worth(policy: &PolicyNetwork) -> f64 {
        let mut world = Bandit::new(draws(77));
        let mut total = 0.0;
        for _ in 0..2000 {
            total += f64::from(world.visit(policy).click.reward);
        }
        total / 2000.0
    }

    pub(crate) fn visit(&mut self, policy: &PolicyNetwork) -> RecordedClick {
        let state = self.state();
        let noise = std::array::from_fn(|_| normal(&mut self.next));
        let action = policy.act(&state, noise);
        let rank = Bandit::<N>::rank(&action.x);
        click(state, &action, rank)
    }
}

/// Every rule, in few clicks.
pub(crate) fn every_rule() -> [Settings; rules::ALL.len()] {
    rules::ALL.map(|rule| Settings { rule, ..small() })
}

pub(crate) fn small() -> Settings {
    Settings {
        rule: &rules::a2c::A2c,
        batch_clicks: Some(16),
        every_clicks: Some(1),
        window_clicks: Some(64),
        recent_clicks: 20,
        ..Settings::default()
    }
}

/// `count` clicks of visitors served by the policy before any click, so that replays share them.
pub(crate) fn stream(count: u64) -> Vec<(u64, RecordedClick)> {
    let policy = Fold::initial(&small()).policy().clone();
    let mut world = Bandit::new(draws(5));
    // Sequences with gaps: erased messages leave some.
    (0..count).map(|i| (3 + 2 * i, world.visit(&policy))).collect()
}

pub(crate) fn folded(mut fold: Fold, clicks: &[(u64, RecordedClick)]) -> Fold {
    for (sequence, click) in clicks {
        assert!(matches!(fold.apply(*sequence, click), Applied::Updated(_)));
    }
    fold
}

#[test]
fn a_toy_bandit_is_learned() {
    let settings = Settings { learning_rate: Some(1e-3), ..small() };
    let (mut fold, mut world) = (Fold::initial(&settings), Bandit::new(draws(11)));
    let before = Bandit::<fn() -> f32>::worth(fold.policy());
    for sequence in 1..=600 {
        let click = world.visit(fold.policy());
        fold.apply(sequence, &click);
    }
    let after = Bandit::<fn() -> f32>::worth(fold.policy());
    assert!(after > before + 0.1, "{before} before, {after} after 600 clicks");
}

#[test]
fn the_same_clicks_give_the_same_bits_and_another_seed_others() {
    let clicks = stream(100);
    for settings in every_rule() {
        let fold = || folded(Fold::initial(&settings), &clicks);
        assert_eq!(fold(), fold());
        let other = folded(Fold::initial(&Settings { seed: 2, ..settings.clone() }), &clicks);
        assert_ne!(fold().policy(), other.policy());
    }
}

#[test]
fn updates_come_every_so_many_clicks() {
    let clicks = stream(12);
    let mut fold = Fold::initial(&Settings { every_clicks: Some(5), ..small() });
    for (nth, (sequence, click)) in clicks.iter().enumerate() {
        let before = fold.policy().clone();
        match fold.apply(*sequence, click) {
            Applied::Updated(_) => assert_eq!((nth + 1) % 5, 0),
            applied => assert_eq!((applied, &before), (Applied::Remembered, fold.policy())),
        }
    }
    assert_eq!(fold.learned.adam.updates, 2);
}

#[test]
fn the_slate_teaches_a_taste_that_ranks_do_not() {
    // Only the first and the third pick count, wherever somebody stands.
    let mut fold = Fold::initial(&Settings {
        rule: &rules::slate::Slate,
        learning_rate: Some(3e-3),
        window_clicks: Some(1024),
        ..small()
    });
    let (mut next, mut noise) = (draws(17), draws(18));
    for sequence in 1..=600 {
        let state = State(std::array::from_fn(|_| 0.7 + next()));
        let action = fold.policy().act(&state, std::array::from_fn(|_| normal(&mut noise)));
        let shown = click(state, &action, 1).impression.slate;
        let liked = |place: &usize| shown[*place].cosines[0] + 0.7 * shown[*place].cosines[2];
        let rank = 1 + (0..shown.len()).max_by(|a, b| liked(a).total_cmp(&liked(b))).unwrap();
        fold.apply(sequence, &click(state, &action, rank));
    }
    let [_, second, third, fourth, _] = fold.policy().leaning();
    assert!(third / 0.7 > 0.8 && second / 0.9 < 0.4 && fourth / 0.5 < 0.4, "{:?}", fold.policy().leaning());
}

#[test]
fn a_click_counts_once_however_often_it_comes() {
    let clicks = stream(3);
    let mut fold = folded(Fold::initial(&small()), &clicks);
    let before = fold.clone();
    for (sequence, click) in &clicks {
        assert_eq!(fold.apply(*sequence, click), Applied::Known);
    }
    assert_eq!(fold, before);
    assert_eq!((fold.clicks_applied(), fold.last_sequence()), (3, 7));
}

#[test]
fn the_recent_reward_looks_back_on_its_span_only() {
    let clicks = stream(30);
    let mut fold = Fold::initial(&small());
    assert_eq!(fold.mean_reward_recent(), None);
    fold = folded(fold, &clicks);
    let last = clicks[10..].iter().map(|(_, c)| f64::from(c.click.reward)).sum::<f64>() / 20.0;
    assert!((fold.mean_reward_recent().unwrap() - last).abs() < 1e-12);
}

#[test]
fn a_policy_of_other_last_bits_is_gone_on_from_and_another_one_is_not() {
    let clicks = stream(30);
    let mut fold = folded(Fold::initial(&small()), &clicks[..20]);
    let mut published = fold.policy().clone();
    for parameter in crate::network::pieces_mut(&mut published).flatten() {
        *parameter = f32::from_bits(parameter.to_bits() ^ 7);
    }
    assert!(fold.adopt(&published));
    assert_eq!(fold.policy(), &published);
    folded(fold.clone(), &clicks[20..]);

    let before = fold.clone();
    published.hidden1.weight[5] += 2.0 * SAME_POLICY;
    assert!(!fold.adopt(&published));
    published.hidden1.weight[5] = f32::NAN;
    assert!(!fold.adopt(&published));
    let other = Fold::initial(&Settings { sigma: Some(0.9), ..small() });
    assert!(!fold.adopt(other.policy()));
    assert_eq!(fold, before);
}

#[test]
fn a_learning_rate_that_blows_up_ends_in_a_refusal() {
    for rule in rules::ALL {
        let clicks = stream(200);
        let mut fold = Fold::initial(&Settings { rule, learning_rate: Some(f32::MAX), ..small() });
        let mut dropped = 0;
        for (sequence, click) in &clicks {
            dropped += u32::from(fold.apply(*sequence, click) == Applied::Dropped(NotFinite));
            assert_eq!(fold.policy().check(), Ok(()));
        }
        assert!(dropped > 0, "{}", rule.name());
    }
}

#[test]
fn an_update_that_is_not_finite_is_dropped_and_the_click_still_counts() {
    let clicks = stream(5);
    let mut fold = folded(Fold::initial(&small()), &clicks[..4]);
    fold.learned.policy.hidden1.weight.fill(f32::MAX);
    let before = fold.clone();
    assert_eq!(fold.apply(clicks[4].0, &clicks[4].1), Applied::Dropped(NotFinite));
    assert_eq!(fold.learned, before.learned);
    assert_eq!((fold.clicks_applied(), fold.last_sequence()), (5, clicks[4].0));
}

#[test]
fn an_action_that_no_policy_drew_is_passed_by() {
    let mut clicks = stream(2);
    let shown = &mut clicks[0].1.impression;
    shown.x[2] = shown.mean[2] + 20.0 * 1.5;
    let mut fold = Fold::initial(&small());
    let refused = fold.apply(clicks[0].0, &clicks[0].1);
    assert!(matches!(refused, Applied::Refused(Implausible { component: 2, .. })), "{refused:?}");
    assert_eq!((fold.clicks_applied(), fold.last_sequence(), fold.window.len()), (0, clicks[0].0, 0));
    fold.skip(clicks[0].0 + 1);
    assert_eq!(fold.last_sequence(), clicks[0].0 + 1);
    assert!(matches!(fold.apply(clicks[1].0, &clicks[1].1), Applied::Updated(_)));
}

/// Clicks, on slates of the initial policy, on whoever the pick `liked(n)` alone would have chosen at click n.
fn by_taste(count: u64, liked: impl Fn(u64) -> usize) -> Vec<(u64, RecordedClick)> {
    let mut clicks = stream(count);
    for (n, (_, recorded)) in clicks.iter_mut().enumerate() {
        let slate = &recorded.impression.slate;
        let resembles = |place: &usize| slate[*place].cosines[liked(n as u64)];
        let place = (0..slate.len()).max_by(|a, b| resembles(a).total_cmp(&resembles(b))).unwrap();
        (recorded.alias, recorded.click) = (
            slate[place].alias.clone(),
            Click { rank: place + 1, reward: reward::of_rank(place + 1).unwrap() },
        );
    }
    clicks
}

#[test]
fn learning_begins_again_where_visitors_taste_has_changed() {
    let settings = Settings { window_clicks: Some(2048), taste_clicks: Some(300), ..small() };
    let changes = |clicks: &[(u64, RecordedClick)]| {
        let mut fold = Fold::initial(&settings);
        let mut changes = Vec::new();
        for (n, (sequence, click)) in clicks.iter().enumerate() {
            match fold.apply(*sequence, click) {
                Applied::Updated(Figures { taste_changed: true, .. }) => {
                    // What is learned anew is the first update from the start, on nothing but the newest clicks.
                    assert_eq!((fold.window.len(), fold.learned.adam.updates), (300, 1));
                    changes.push(n);
                }
                Applied::Updated(_) => {}
                other => panic!("{other:?}"),
            }
        }
        (changes, fold)
    };
    assert_eq!(changes(&by_taste(1500, |_| 0)).0, [0; 0], "nothing has changed");
    let (found, _) = changes(&by_taste(1500, |n| if n < 800 { 0 } else { 2 }));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!((800..1100).contains(&found[0]), "{found:?}");

    // Nothing of another taste goes on serving, even where the first update from the start is dropped.
    let mut fold = Fold::initial(&settings);
    let initial = fold.policy().clone();
    fold.learned.policy = spread_policy(2, settings.exploration());
    for (sequence, mut click) in by_taste(1500, |n| if n < 800 { 0 } else { 2 }) {
        click.click.reward = f32::NAN;
        assert_eq!(fold.apply(sequence, &click), Applied::Dropped(NotFinite));
    }
    assert_eq!(fold.policy(), &initial);

    // A fold that was stopped in between comes to the same.
    let clicks = by_taste(1000, |n| if n < 800 { 0 } else { 2 });
    let (found, whole) = changes(&clicks);
    for stop in [found[0] - 1, found[0] + 1, found[0] + 20] {
        let halfway = folded(Fold::initial(&settings), &clicks[..stop]);
        let checkpoint = Checkpoint::open(&Checkpoint::seal(&halfway), &settings).unwrap();
        let from = checkpoint.read_from();
        let again = clicks[..stop].iter().filter(|(sequence, _)| *sequence >= from);
        let restored = Fold::restore(checkpoint, again.map(|(sequence, click)| (*sequence, click)));
        assert_eq!((restored.missing, &restored.fold), (0, &halfway));
        assert_eq!(folded(restored.fold, &clicks[stop..]), whole);
    }
}
