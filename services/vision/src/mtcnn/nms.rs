//! Non-maximum suppression: of boxes that overlap much, only the most probable stays.

use super::boxes::Candidate;

/// What share of two boxes their overlap is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overlap {
    /// Intersection over union, as torchvision's `nms`.
    Union,
    /// Intersection over the smaller box, edges counted as pixels, as `nms_numpy(…, 'Min')`.
    Smaller,
}

impl Overlap {
    fn edge(self) -> f32 {
        match self {
            Overlap::Union => 0.0,
            Overlap::Smaller => 1.0,
        }
    }
}

/// Boxes that were kept, as columns, so that one box is held against many at a time.
#[derive(Default)]
struct Kept {
    x1: Vec<f32>,
    y1: Vec<f32>,
    x2: Vec<f32>,
    y2: Vec<f32>,
    area: Vec<f32>,
}

/// How many kept boxes are compared before the answer is looked at.
const STEP: usize = 64;

/// Sort by falling score (equal scores stay in order) and drop every candidate whose overlap with a
/// better one that stays exceeds `threshold`.
pub(crate) fn suppress<T>(
    candidates: &mut Vec<T>,
    threshold: f32,
    overlap: Overlap,
    candidate: impl Fn(&T) -> &Candidate,
) {
    candidates.sort_by(|a, b| candidate(b).score.total_cmp(&candidate(a).score));
    let mut kept = Kept::default();
    candidates.retain(|item| {
        let stays = !kept.any_overlaps(candidate(item).bounds, threshold, overlap);
        if stays {
            kept.push(candidate(item).bounds, overlap);
        }
        stays
    });
}

impl Kept {
    fn push(&mut self, [x1, y1, x2, y2]: [f32; 4], overlap: Overlap) {
        self.x1.push(x1);
        self.y1.push(y1);
        self.x2.push(x2);
        self.y2.push(y2);
        self.area.push(area([x1, y1, x2, y2], overlap));
    }

    fn any_overlaps(&self, bounds: [f32; 4], threshold: f32, overlap: Overlap) -> bool {
        let [x1, y1, x2, y2] = bounds;
        let own = area(bounds, overlap);
        let edge = overlap.edge();
        let steps = self
            .x1
            .chunks(STEP)
            .zip(self.y1.chunks(STEP))
            .zip(self.x2.chunks(STEP).zip(self.y2.chunks(STEP)))
            .zip(self.area.chunks(STEP));
        for (((kx1, ky1), (kx2, ky2)), areas) in steps {
            let mut over = false;
            for i in 0..kx1.len() {
                let w = larger(0.0, smaller(x2, kx2[i]) - larger(x1, kx1[i]) + edge);
                let h = larger(0.0, smaller(y2, ky2[i]) - larger(y1, ky1[i]) + edge);
                let shared = w * h;
                let base = match overlap {
                    Overlap::Union => areas[i] + own - shared,
                    Overlap::Smaller => smaller(areas[i], own),
                };
                over |= shared / base > threshold;
            }
            if over {
                return true;
            }
        }
        false
    }
}

fn area([x1, y1, x2, y2]: [f32; 4], overlap: Overlap) -> f32 {
    let edge = overlap.edge();
    (x2 - x1 + edge) * (y2 - y1 + edge)
}

// Plain comparisons become one instruction each; `f32::min` and `max` also mind NaN.
fn smaller(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(bounds: [f32; 4], score: f32) -> Candidate {
        Candidate { bounds, score, offsets: [0.0; 4] }
    }

    fn scores(mut candidates: Vec<Candidate>, threshold: f32, overlap: Overlap) -> Vec<f32> {
        suppress(&mut candidates, threshold, overlap, |c| c);
        candidates.iter().map(|c| c.score).collect()
    }

    #[test]
    fn the_better_of_two_that_overlap_stays() {
        let boxes = vec![
            boxed([0.0, 0.0, 10.0, 10.0], 0.8),
            boxed([1.0, 0.0, 11.0, 10.0], 0.9), // 90/110 with the first
            boxed([30.0, 0.0, 40.0, 10.0], 0.7),
        ];
        assert_eq!(scores(boxes, 0.7, Overlap::Union), [0.9, 0.7]);
    }

    #[test]
    fn an_overlap_of_exactly_the_threshold_stays() {
        let boxes = vec![boxed([0.0, 0.0, 4.0, 2.0], 0.9), boxed([0.0, 0.0, 2.0, 2.0], 0.8)];
        assert_eq!(scores(boxes, 0.5, Overlap::Union), [0.9, 0.8]);
    }

    #[test]
    fn a_small_box_inside_a_large_one_goes_only_by_the_smaller() {
        let boxes = vec![boxed([0.0, 0.0, 99.0, 99.0], 0.9), boxed([10.0, 10.0, 19.0, 19.0], 0.8)];
        assert_eq!(scores(boxes.clone(), 0.7, Overlap::Union), [0.9, 0.8]);
        assert_eq!(scores(boxes, 0.7, Overlap::Smaller), [0.9]);
    }

    #[test]
    fn what_was_dropped_drops_nothing() {
        // A chain: b overlaps a and c, a and c do not overlap enough.
        let chain = vec![
            boxed([0.0, 0.0, 10.0, 10.0], 0.9),
            boxed([4.0, 0.0, 14.0, 10.0], 0.8),
            boxed([8.0, 0.0, 18.0, 10.0], 0.7),
        ];
        assert_eq!(scores(chain, 0.4, Overlap::Union), [0.9, 0.7]);
    }
}
