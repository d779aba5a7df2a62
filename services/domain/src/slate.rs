//! Scoring everyone and keeping the ten best (README, "Score").

use pulp::Arch;

use crate::catalogue::CosineTable;
use crate::{PICKS, Ranking, SLATE};

/// A person with their score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// Index into the catalogue's people.
    pub person: usize,
    /// score(p) = cos(rp_{g1}, v_p) + Σ w_j · cos(rp_{gj}, v_p).
    pub score: f32,
}

/// People scored at a time: five rows of this many f32 stay in the first-level cache.
const BLOCK: usize = 1024;

/// Scores whose highest is found at a time.
const LANES: usize = 16;

/// The ten highest scores, best first; a tie goes to the lower index. O(P) with five multiply-adds a
/// person: a block is scored into a buffer by code the compiler vectorises, and only those sixteen of it whose
/// maximum beats the tenth best so far are looked at person by person.
pub fn top_ten(table: &CosineTable, ranking: &Ranking, weights: &[f32; PICKS]) -> Vec<Scored> {
    top_ten_without(table, ranking, weights, &[])
}

/// The same, passing over those in `hidden`: the next best take their places.
pub fn top_ten_without(
    table: &CosineTable,
    ranking: &Ranking,
    weights: &[f32; PICKS],
    hidden: &[usize],
) -> Vec<Scored> {
    let rows: [&[f32]; PICKS] = ranking.groups().map(|g| table.row(g));
    // In the widest registers that the machine has. Each score is the same sum in the same order in any of them.
    let best = Arch::new().dispatch(
        #[inline(always)]
        || best_of(table.people(), rows, weights, hidden),
    );
    best.kept[..best.len].to_vec()
}

#[inline(always)]
fn best_of(people: usize, rows: [&[f32]; PICKS], weights: &[f32; PICKS], hidden: &[usize]) -> Best {
    let mut best = Best::default();
    let mut scores = [0.0f32; BLOCK];
    for start in (0..people).step_by(BLOCK) {
        let end = (start + BLOCK).min(people);
        let scores = &mut scores[..end - start];
        let highest = score_block(rows.map(|row| &row[start..end]), weights, scores);
        if best.len < SLATE || highest > best.lowest() {
            for (nth, scores) in scores.chunks(LANES).enumerate() {
                if best.len == SLATE && highest_of(scores) <= best.lowest() {
                    continue;
                }
                for (offset, &score) in scores.iter().enumerate() {
                    let person = start + nth * LANES + offset;
                    if !hidden.contains(&person) {
                        best.offer(Scored { person, score });
                    }
                }
            }
        }
    }
    best
}

/// Fills `scores` and returns the highest.
#[inline(always)]
fn score_block(rows: [&[f32]; PICKS], weights: &[f32; PICKS], scores: &mut [f32]) -> f32 {
    let n = scores.len();
    // Slices of one length let the compiler drop every bounds check from the loop.
    let [a, b, c, d, e] = rows.map(|row| &row[..n]);
    let [wa, wb, wc, wd, we] = *weights;
    for i in 0..n {
        scores[i] = wa * a[i] + wb * b[i] + wc * c[i] + wd * d[i] + we * e[i];
    }
    highest_of(scores)
}

/// Returns the highest of `scores`.
#[inline(always)]
fn highest_of(scores: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = scores.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &score) in lanes.iter_mut().zip(chunk) {
            *lane = larger(*lane, score);
        }
    }
    let tail = rest.iter().copied().fold(f32::NEG_INFINITY, larger);
    // Halves are compared with halves, so that the last sixteen are not compared one after the other.
    for half in [8, 4, 2, 1] {
        for lane in 0..half {
            lanes[lane] = larger(lanes[lane], lanes[lane + half]);
        }
    }
    larger(lanes[0], tail)
}

/// A maximum that compiles to one instruction; `f32::max` also orders NaN, which no cosine is.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// The best so far, in order.
#[derive(Default)]
struct Best {
    kept: [Scored; SLATE],
    len: usize,
}

impl Default for Scored {
    fn default() -> Self {
        Self { person: 0, score: f32::NEG_INFINITY }
    }
}

impl Best {
    fn lowest(&self) -> f32 {
        self.kept[self.len - 1].score
    }

    fn offer(&mut self, candidate: Scored) {
        if self.len == SLATE {
            // Later people never displace an equal score, so ties stay with the lower index.
            if candidate.score <= self.lowest() {
                return;
            }
        } else {
            self.len += 1;
        }
        let mut place = self.len - 1;
        while place > 0 && candidate.score > self.kept[place - 1].score {
            self.kept[place] = self.kept[place - 1];
            place -= 1;
        }
        self.kept[place] = candidate;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GROUPS;

    /// Sorting everyone is the straightforward form that the fast one must agree with.
    fn by_sorting(
        table: &CosineTable,
        ranking: &Ranking,
        weights: &[f32; PICKS],
        hidden: &[usize],
    ) -> Vec<usize> {
        let mut all: Vec<(f32, usize)> = (0..table.people())
            .filter(|person| !hidden.contains(person))
            .map(|p| {
                let rows = ranking.groups().map(|g| table.row(g)[p]);
                let [a, b, c, d, e] = std::array::from_fn(|j| weights[j] * rows[j]);
                (a + b + c + d + e, p)
            })
            .collect();
        all.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
        all.into_iter().take(SLATE).map(|(_, p)| p).collect()
    }

    #[test]
    fn agrees_with_sorting_everyone_also_with_ties_and_odd_sizes() {
        let weights = [1.0, 0.45, 0.35, 0.25, 0.15];
        let ranking = Ranking::new(&[3, 1, 8, 0, 5]).unwrap();
        for people in [1, 9, 10, 11, 1023, 1024, 1025, 5000] {
            // Few distinct values, so that ties are common.
            let cosines = (0..people * GROUPS).map(|i| ((i * 7919) % 13) as f32 / 13.0).collect();
            let table = CosineTable::new(people, cosines).unwrap();
            let places = |slate: Vec<Scored>| slate.iter().map(|s| s.person).collect::<Vec<_>>();
            let found = places(top_ten(&table, &ranking, &weights));
            assert_eq!(found, by_sorting(&table, &ranking, &weights, &[]), "{people} people");
            let hidden = [found[0], found[found.len() / 2], people - 1, people + 7];
            let without = places(top_ten_without(&table, &ranking, &weights, &hidden));
            assert_eq!(without, by_sorting(&table, &ranking, &weights, &hidden), "{people} people");
            assert!(hidden.iter().all(|person| !without.contains(person)));
        }
    }
}
