//! Lloyd's iterations: everyone to the nearest centre, every centre to the mean of its people.
//!
//! Who is nearer to their centre than all centres can have moved meanwhile stays without being looked at (Hamerly 2010,
//! his two bounds in one): what comes out is the same, and late iterations, in which few change, cost little.

use super::products::{products, square};
use super::spread;

/// Iterations after which a start counts as settled.
const ITERATIONS: usize = 300;
/// A start counts as settled when the squared movement of its centres, summed, is at most this share of the
/// mean variance of a coordinate: scikit-learn's criterion and number.
const TOLERANCE: f64 = 1e-4;
/// People of one part. Sums are made in these parts, so that their order does not follow the threads'.
const PART: usize = 1024;
/// People whose products are held at once; their vectors are then still in the cache for the sums.
const TILE: usize = 32;

/// What the iterations came to.
pub(super) struct Settled {
    /// k means.
    pub(super) centres: Vec<Vec<f32>>,
    /// One group a person.
    pub(super) assignment: Vec<usize>,
    /// Sum of the squared distances to the means.
    pub(super) inertia: f64,
    pub(super) iterations: usize,
}

/// Some of the people, from one iteration to the next.
struct Part<'a> {
    vectors: &'a [&'a [f32]],
    /// Their squared lengths.
    squares: Vec<f32>,
    /// One group a person; none at first.
    groups: Vec<Option<usize>>,
    /// By how much another centre is farther from a person than their own, at least.
    leads: Vec<f64>,
    /// Each group's sum of vectors, and its members.
    sums: Vec<Vec<f64>>,
    members: Vec<usize>,
}

/// The centres of one iteration.
struct Centres<'a> {
    centres: &'a [Vec<f32>],
    /// Their squared lengths.
    squares: Vec<f32>,
    /// By how much the lead of a group's members may have shrunk since the last iteration.
    drifts: &'a [f64],
}

/// Iterates from `centres` on `threads` threads. A group that loses everyone keeps its centre.
pub(super) fn settle(vectors: &[&[f32]], mut centres: Vec<Vec<f32>>, threads: usize) -> Settled {
    let parts = vectors.chunks(PART).collect();
    let mut parts = spread(parts, threads, |part| Part::new(part, &centres));
    let squares: f64 = parts.iter().flat_map(|part| &part.squares).copied().map(f64::from).sum();
    let mut drifts = vec![0.0; centres.len()];
    let mut tolerance = None;
    let mut iterations = 0;
    loop {
        iterations += 1;
        let now = Centres {
            squares: centres.iter().map(|c| square(c)).collect(),
            centres: &centres,
            drifts: &drifts,
        };
        let moved = spread(parts.iter_mut().collect(), threads, |part| part.assign(&now));
        let sums: Vec<Vec<f64>> = (0..centres.len()).map(|group| sum(&parts, group)).collect();
        let tolerance = *tolerance.get_or_insert_with(|| TOLERANCE * variance(&sums, squares, vectors.len()));
        let mut explained = 0.0;
        let mut shifts = vec![0.0; centres.len()];
        for (group, (centre, sum)) in centres.iter_mut().zip(&sums).enumerate() {
            let members: usize = parts.iter().map(|part| part.members[group]).sum();
            if members == 0 {
                continue;
            }
            for (number, sum) in centre.iter_mut().zip(sum) {
                let mean = sum / members as f64;
                explained += sum * mean;
                let before = f64::from(*number);
                *number = mean as f32;
                shifts[group] += (f64::from(*number) - before).powi(2);
            }
        }
        if !moved.contains(&true) || shifts.iter().sum::<f64>() <= tolerance || iterations == ITERATIONS {
            let assignment = parts.into_iter().flat_map(|part| part.groups);
            let assignment =
                assignment.map(|group| group.expect("everyone has one since the first iteration"));
            let inertia = (squares - explained).max(0.0);
            return Settled { centres, assignment: assignment.collect(), inertia, iterations };
        }
        drifts = self::drifts(&shifts);
    }
}

/// The members' part in the next mean of `group`.
fn sum(parts: &[Part<'_>], group: usize) -> Vec<f64> {
    let mut sum = vec![0.0; parts[0].sums[group].len()];
    for part in parts {
        sum.iter_mut().zip(&part.sums[group]).for_each(|(sum, x)| *sum += x);
    }
    sum
}

/// What a centre's members lose of their lead at most, when centres moved by the roots of `shifts`: their own went
/// away from them, and whichever went farthest of the others came towards them.
fn drifts(shifts: &[f64]) -> Vec<f64> {
    let moves: Vec<f64> = shifts.iter().map(|shift| shift.sqrt()).collect();
    let of = |own: usize| {
        let others = moves.iter().enumerate().filter(|(group, _)| *group != own);
        moves[own] + others.map(|(_, other)| *other).fold(0.0, f64::max)
    };
    (0..moves.len()).map(of).collect()
}

/// Mean variance of a coordinate; `squares` is the sum of the vectors' squared lengths, `sums` those of the groups.
fn variance(sums: &[Vec<f64>], squares: f64, people: usize) -> f64 {
    let (n, dimension) = (people as f64, sums[0].len());
    let mean = |i: usize| sums.iter().map(|sum| sum[i]).sum::<f64>() / n;
    (squares / n - (0..dimension).map(|i| mean(i).powi(2)).sum::<f64>()) / dimension as f64
}

impl<'a> Part<'a> {
    fn new(vectors: &'a [&'a [f32]], centres: &[Vec<f32>]) -> Self {
        Self {
            vectors,
            squares: vectors.iter().map(|v| square(v)).collect(),
            groups: vec![None; vectors.len()],
            leads: vec![0.0; vectors.len()],
            sums: vec![vec![0.0; centres[0].len()]; centres.len()],
            members: vec![0; centres.len()],
        }
    }

    /// Everyone to the nearest centre; whether anybody changed.
    fn assign(&mut self, now: &Centres<'_>) -> bool {
        for (lead, group) in self.leads.iter_mut().zip(&self.groups) {
            *lead -= group.map_or(0.0, |group| now.drifts[group]);
        }
        let unsure: Vec<usize> = (0..self.leads.len()).filter(|&person| self.leads[person] <= 0.0).collect();
        let k = now.centres.len();
        let mut near = vec![0.0; TILE * k];
        let mut moved = false;
        for people in unsure.chunks(TILE) {
            let rows: Vec<&[f32]> = people.iter().map(|&person| self.vectors[person]).collect();
            products(&rows, now.centres, &mut near[..rows.len() * k]);
            for (&person, near) in people.iter().zip(near.chunks_exact(k)) {
                let (nearest, lead) = now.nearest(self.squares[person], near, self.vectors[person].len());
                self.leads[person] = lead;
                moved |= self.change(person, nearest);
            }
        }
        moved
    }

    /// Puts a person into `group`; whether they were in another or in none.
    fn change(&mut self, person: usize, group: usize) -> bool {
        let before = self.groups[person].replace(group);
        if before == Some(group) {
            return false;
        }
        let vector = self.vectors[person].iter().copied().map(f64::from);
        if let Some(before) = before {
            self.members[before] -= 1;
            self.sums[before].iter_mut().zip(vector.clone()).for_each(|(sum, x)| *sum -= x);
        }
        self.members[group] += 1;
        self.sums[group].iter_mut().zip(vector).for_each(|(sum, x)| *sum += x);
        true
    }
}

impl Centres<'_> {
    /// The nearest centre to x, and by how much it leads at least; `products` are x·c for each centre. ‖x − c‖² is
    /// smallest where x·c − ‖c‖²/2 is largest.
    fn nearest(&self, square: f32, products: &[f32], dimension: usize) -> (usize, f64) {
        let mut nearest = (0, f32::NEG_INFINITY);
        let mut second = f32::NEG_INFINITY;
        for (candidate, (product, of_centre)) in products.iter().zip(&self.squares).enumerate() {
            let closeness = product - of_centre / 2.0;
            if closeness > nearest.1 {
                second = nearest.1;
                nearest = (candidate, closeness);
            } else if closeness > second {
                second = closeness;
            }
        }
        // A product of n numbers is off by n·ε/2·‖x‖‖c‖ at most, in whatever order it is summed (Higham 2002, 3.1), and
        // so is a squared length: together less than this.
        let longest = self.squares.iter().copied().fold(square, f32::max);
        let off = 2.0 * dimension as f64 * f64::from(f32::EPSILON * longest);
        let squared = |closeness: f32| f64::from(square) - 2.0 * f64::from(closeness);
        let own = (squared(nearest.1) + off).max(0.0).sqrt();
        (nearest.0, (squared(second) - off).max(0.0).sqrt() - own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors that fall into few clusters or none, without chance.
    fn vectors(n: usize, clusters: usize) -> Vec<Vec<f32>> {
        let wobble = |i: usize, j: usize| ((i * i * 7 + i * 131 + j * j * 17 + i * j) as f32).sin();
        let number = |i: usize, j: usize| wobble(i, j) + if j == i % clusters { 2.0 } else { 0.0 };
        (0..n).map(|i| (0..24).map(|j| number(i, j)).collect()).collect()
    }

    /// The iterations by their definition: everyone is looked at in each.
    fn plainly(vectors: &[&[f32]], mut centres: Vec<Vec<f32>>, iterations: usize) -> Vec<usize> {
        let mut assignment = vec![];
        for _ in 0..iterations {
            let squared = |a: &[f32], b: &[f32]| -> f64 {
                a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
            };
            let nearest = |v: &&[f32]| {
                let distance = |group: usize| squared(v, &centres[group]);
                (0..centres.len()).min_by(|&a, &b| distance(a).total_cmp(&distance(b))).unwrap()
            };
            assignment = vectors.iter().map(nearest).collect::<Vec<usize>>();
            for (group, centre) in centres.iter_mut().enumerate() {
                let members = vectors.iter().zip(&assignment).filter(|(_, g)| **g == group).map(|(v, _)| *v);
                *centre = domain::embedding::mean(members).unwrap_or(centre.clone());
            }
        }
        assignment
    }

    #[test]
    fn whoever_is_not_looked_at_would_have_stayed() {
        let mut longest = 0;
        for clusters in [1, 3, 12] {
            let vectors = vectors(PART + 500, clusters);
            let vectors: Vec<&[f32]> = vectors.iter().map(Vec::as_slice).collect();
            // People close to one another: there is a long way to go.
            let centres: Vec<Vec<f32>> = vectors[..6].iter().map(|v| v.to_vec()).collect();
            let settled = settle(&vectors, centres.clone(), 2);
            assert!(
                settled.assignment == plainly(&vectors, centres, settled.iterations),
                "{clusters} clusters"
            );
            longest = longest.max(settled.iterations);
        }
        assert!(longest > 10, "in {longest} iterations nobody's bound was in use for long");
    }

    #[test]
    fn a_lead_shrinks_by_its_own_centres_move_and_the_farthest_other() {
        assert_eq!(drifts(&[9.0, 1.0, 4.0]), [5.0, 4.0, 5.0]);
        assert_eq!(drifts(&[9.0]), [3.0]);
    }
}
