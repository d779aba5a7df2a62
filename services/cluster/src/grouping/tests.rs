use std::collections::HashSet;

use rayon::ThreadPoolBuilder;

use super::*;

/// `n` unit vectors around nine axes, wobbling deterministically; the axis of person i is i % 9.
fn nine_clusters(n: usize, dimension: usize) -> Vec<Vec<f32>> {
    let wobbling = |i: usize| {
        let mut v: Vec<f32> = (0..dimension).map(|j| 0.1 * ((i * 31 + j * 17) as f32).sin()).collect();
        v[i % 9] += 1.0;
        domain::embedding::unit(&v).unwrap()
    };
    (0..n).map(wobbling).collect()
}

/// More clusters than groups: many ways to divide them, and most are not the best.
fn many_clusters(n: usize) -> Vec<Vec<f32>> {
    let number =
        |i: usize, j: usize| f32::from(u8::from(j == i % 23)) + 0.15 * ((i * 37 + j * 11) as f32).sin();
    (0..n).map(|i| (0..24).map(|j| number(i, j)).collect()).collect()
}

fn views(vectors: &[Vec<f32>]) -> Vec<&[f32]> {
    vectors.iter().map(Vec::as_slice).collect()
}

fn different(groups: &[usize]) -> usize {
    groups.iter().collect::<HashSet<_>>().len()
}

fn squared(a: &[f32], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (f64::from(*a) - b).powi(2)).sum()
}

/// The means of the groups; an empty one has none.
fn means(vectors: &[&[f32]], assignment: &[usize], k: usize) -> Vec<Option<Vec<f64>>> {
    let mean = |group: usize| {
        let members: Vec<&[f32]> =
            vectors.iter().zip(assignment).filter(|(_, of)| **of == group).map(|(v, _)| *v).collect();
        let sum = |j: usize| members.iter().map(|v| f64::from(v[j])).sum::<f64>();
        (!members.is_empty()).then(|| (0..vectors[0].len()).map(|j| sum(j) / members.len() as f64).collect())
    };
    (0..k).map(mean).collect()
}

/// Sum of the squared distances to the groups' means, by the definition.
fn inertia(vectors: &[&[f32]], assignment: &[usize]) -> f64 {
    let means = means(vectors, assignment, assignment.iter().max().unwrap() + 1);
    vectors.iter().zip(assignment).map(|(v, &group)| squared(v, means[group].as_ref().unwrap())).sum()
}

/// Lloyd's iterations by their definition, until nobody moves.
fn lloyd(vectors: &[&[f32]], mut centres: Vec<Vec<f64>>) -> Vec<usize> {
    let mut assignment = vec![];
    loop {
        let nearest = |v: &&[f32]| {
            let distance = |group: usize| squared(v, &centres[group]);
            (0..centres.len()).min_by(|&a, &b| distance(a).total_cmp(&distance(b))).unwrap()
        };
        let next: Vec<usize> = vectors.iter().map(nearest).collect();
        if next == assignment {
            return assignment;
        }
        assignment = next;
        let means = means(vectors, &assignment, centres.len());
        for (centre, mean) in centres.iter_mut().zip(means) {
            *centre = mean.unwrap_or(centre.clone());
        }
    }
}

#[test]
fn nine_clear_clusters_are_found_and_found_again() {
    // Twelve and 21 numbers fill no whole register; the larger crowds are seeded on a sample.
    for (n, dimension) in [(90, 12), (90, 21), (600, 12), (3 * MOST_SAMPLED, 16)] {
        let vectors = nine_clusters(n, dimension);
        let groups = group(&views(&vectors), 7, 10).unwrap();
        for i in 0..n {
            assert_eq!(groups[i], groups[i % 9]);
        }
        assert_eq!(different(&groups[..9]), 9);
        assert_eq!(groups, group(&views(&vectors), 7, 10).unwrap());
    }
}

#[test]
fn the_number_of_cores_changes_nothing() {
    let vectors = many_clusters(3 * MOST_SAMPLED);
    let views = views(&vectors);
    let on = |threads: usize| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| fit(&views, 5, 3, 2)).unwrap()
    };
    let one = on(1);
    for threads in [2, 3] {
        let several = on(threads);
        assert_eq!(one.assignment, several.assignment);
        assert_eq!(one.inertia.to_bits(), several.inertia.to_bits());
    }
}

#[test]
fn another_seed_is_another_try_and_more_starts_are_never_worse() {
    let vectors = many_clusters(400);
    let views = views(&vectors);
    assert_ne!(fit(&views, 9, 1, 1).unwrap(), fit(&views, 9, 2, 1).unwrap());
    let few = fit(&views, 9, 1, 1).unwrap().inertia;
    assert!(fit(&views, 9, 1, 10).unwrap().inertia <= few);
}

#[test]
fn inertia_is_the_squared_distance_to_the_groups_means() {
    for vectors in [nine_clusters(60, 12), many_clusters(2000)] {
        let views = views(&vectors);
        let fit = fit(&views, 9, 1, 3).unwrap();
        let plain = inertia(&views, &fit.assignment);
        assert!((fit.inertia - plain).abs() < 1e-3 * plain, "{} {plain}", fit.inertia);
    }
}

#[test]
fn lloyd_by_its_definition_moves_nobody_of_clear_clusters() {
    for n in [90, 3 * MOST_SAMPLED] {
        let vectors = nine_clusters(n, 16);
        let views = views(&vectors);
        let ours = fit(&views, 9, 5, 3).unwrap();
        let centres = means(&views, &ours.assignment, 9).into_iter().map(Option::unwrap).collect();
        assert!(ours.assignment == lloyd(&views, centres), "{n} people");
    }
}

#[test]
fn lloyd_by_its_definition_finds_nothing_better() {
    let vectors = many_clusters(400);
    let views = views(&vectors);
    let best = |k: usize| {
        let start = |start: usize| {
            let centre = |group: usize| views[(start * 53 + group * 149) % 400];
            let centres = (0..k).map(|group| centre(group).iter().copied().map(f64::from).collect());
            inertia(&views, &lloyd(&views, centres.collect()))
        };
        (0..10).map(start).fold(f64::INFINITY, f64::min)
    };
    for k in [2, 9, 23] {
        let (ours, plain) = (fit(&views, k, 1, 10).unwrap().inertia, best(k));
        println!("{k} groups: inertia {ours:.3}, by definition {plain:.3}");
        assert!(ours <= 1.005 * plain);
    }
}

#[test]
fn people_who_look_the_same_still_make_nine_groups() {
    // The larger crowd goes through a sample.
    for n in [10, 2000] {
        let vectors = vec![domain::embedding::unit(&[1.0, 2.0, 3.0]).unwrap(); n];
        let groups = group(&views(&vectors), 1, 3).unwrap();
        assert_eq!((groups.len(), different(&groups)), (n, 9));
        assert!(fit(&views(&vectors), 9, 1, 3).unwrap().inertia < 1e-6);
    }
}

#[test]
fn two_faces_over_and_over_are_two_groups() {
    let faces = [vec![1.0, 0.0], vec![0.0, 1.0]];
    let vectors: Vec<Vec<f32>> = (0..1000).map(|i| faces[i % 2].clone()).collect();
    for k in [2, 9] {
        let fit = fit(&views(&vectors), k, 1, 2).unwrap();
        assert!(fit.inertia < 1e-6 && fit.assignment.iter().all(|&group| group < k));
        assert_ne!(fit.assignment[0], fit.assignment[1]);
    }
}

#[test]
fn fewer_people_than_groups_are_groups_of_one() {
    let vectors = nine_clusters(4, 12);
    let fit = fit(&views(&vectors), 9, 1, 2).unwrap();
    assert_eq!(different(&fit.assignment), 4);
    assert!(fit.inertia < 1e-6 && fit.assignment.iter().all(|&group| group < 9));
    assert_eq!(group(&views(&vectors), 1, 2).unwrap().len(), 4);
}

#[test]
fn one_group_holds_everyone() {
    let vectors = nine_clusters(700, 12);
    let fit = fit(&views(&vectors), 1, 1, 2).unwrap();
    assert_eq!(fit.assignment, [0; 700]);
    let plain = inertia(&views(&vectors), &fit.assignment);
    assert!((fit.inertia - plain).abs() < 1e-3 * plain);
}

#[test]
fn what_cannot_be_grouped_is_refused_with_the_mend() {
    let one: &[f32] = &[1.0, 0.0];
    for (vectors, k, starts, words) in [
        (vec![], 9, 1, "nobody to group"),
        (vec![&[][..], &[][..]], 9, 1, "nobody to group"),
        (vec![one], 0, 1, "at least one"),
        (vec![one], 1, 0, "AVZEUS_CLUSTER_STARTS"),
        (vec![one, &[1.0]], 2, 1, "vector 1 holds 1 numbers and the first holds 2"),
        (vec![one, &[f32::NAN, 1.0]], 2, 1, "vector 1 is not finite"),
        (vec![&[f32::INFINITY, 1.0], one], 2, 1, "vector 0 is not finite"),
        (vec![one, one, &[1e19, 1.0]], 2, 1, "vector 2 is not finite or far too long"),
    ] {
        let refused = fit(&vectors, k, 1, starts).unwrap_err();
        assert!(refused.to_string().contains(words), "{refused}");
        assert_eq!(refused.class(), Class::BadInput);
    }
}
