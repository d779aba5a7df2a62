//! MTCNN (Zhang et al. 2016): three nets, each surer and dearer than the one before, in the exact
//! cascade of facenet-pytorch 2.6.0.
//!
//! 1. P-Net looks at every 12×12 window of a pyramid of shrunken pictures ([`pyramid`]).
//! 2. R-Net looks at what P-Net took for faces, 24×24.
//! 3. O-Net looks at what R-Net left, 48×48, and adds the landmarks ([`crops`]).
//!
//! After each net its offsets move the boxes, and overlapping boxes are dropped ([`nms`]).

mod boxes;
mod crops;
mod nets;
mod nms;
mod pyramid;

use std::time::Duration;

use image::RgbImage;

use self::boxes::Candidate;
use self::crops::CropBatch;
use self::nets::Net;
use self::nms::{Overlap, suppress};
use self::pyramid::Pyramid;
use crate::config::VisionConfig;
use crate::error::Result;
use crate::face::Face;
use crate::onnx_runtime::OnnxRuntime;
use crate::profile::Cascade;

/// Side of R-Net's and O-Net's input in pixels.
const R_SIDE: usize = 24;
const O_SIDE: usize = 48;
/// Overlap above which a box is dropped: within a pyramid level, and everywhere else.
const LEVEL_OVERLAP: f32 = 0.5;
const STAGE_OVERLAP: f32 = 0.7;

/// What a caller may choose about detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DetectorSettings {
    /// Side of the smallest face to look for, in pixels; small is slow.
    pub min_face: u32,
}

impl Default for DetectorSettings {
    /// facenet-pytorch's 20 pixels.
    fn default() -> Self {
        DetectorSettings { min_face: 20 }
    }
}

/// Finds faces. Opens its own nets; for several threads, open several detectors.
pub struct Detector {
    cascade: Cascade,
    settings: DetectorSettings,
    pnet: Net,
    rnet: Net,
    onet: Net,
    pyramid: Pyramid,
    crops: CropBatch,
}

impl Detector {
    /// Open the three nets.
    pub fn open(
        runtime: &OnnxRuntime,
        config: &VisionConfig,
        settings: DetectorSettings,
    ) -> Result<Detector> {
        let cascade = Cascade::mtcnn();
        let [pnet, rnet, onet] = Net::open_all(runtime, config, &cascade)?;
        let norm = [cascade.mean, cascade.scale];
        Ok(Detector {
            settings,
            pnet,
            rnet,
            onet,
            pyramid: Pyramid::new(norm),
            crops: CropBatch::new(norm),
            cascade,
        })
    }

    /// Every face of the picture, largest box first. A picture too small for the smallest face has
    /// none.
    pub fn detect(&mut self, image: &RgbImage) -> Result<Vec<Face>> {
        let proposals = self.propose(image)?;
        let refined = self.refine(image, &proposals)?;
        let mut faces = self.decide(image, &refined)?;
        // `argsort` ascending, then reversed: of equal areas the later comes first.
        faces.reverse();
        faces.sort_by(|a, b| b.area().total_cmp(&a.area()));
        Ok(faces)
    }

    /// Time this detector has spent inside its nets: what is left of a detection when all else costs nothing.
    pub fn in_nets(&self) -> Duration {
        self.pnet.spent + self.rnet.spent + self.onet.spent
    }

    /// First stage: squares that P-Net takes for faces.
    fn propose(&mut self, image: &RgbImage) -> Result<Vec<[f32; 4]>> {
        let mut candidates = Vec::new();
        for scale in pyramid::scales(image, self.settings.min_face, self.cascade.factor) {
            let threshold = self.cascade.thresholds[0];
            let mut level = self.pyramid.level(&mut self.pnet, image, scale, threshold)?;
            suppress(&mut level, LEVEL_OVERLAP, Overlap::Union, |c| c);
            candidates.append(&mut level);
        }
        suppress(&mut candidates, STAGE_OVERLAP, Overlap::Union, |c| c);
        Ok(candidates.iter().map(|c| boxes::squared(boxes::shifted(c.bounds, c.offsets))).collect())
    }

    /// Second stage: squares that R-Net still takes for faces.
    fn refine(&mut self, image: &RgbImage, proposals: &[[f32; 4]]) -> Result<Vec<[f32; 4]>> {
        let threshold = self.cascade.thresholds[1];
        let mut candidates = Vec::new();
        self.crops.run(&mut self.rnet, image, proposals, R_SIDE, |squares, answer| {
            let offsets = answer.rows::<4>("offsets", squares.len())?;
            let probability = answer.rows::<1>("probability", squares.len())?;
            for ((&bounds, &offsets), &[score]) in squares.iter().zip(offsets).zip(probability) {
                if score > threshold {
                    candidates.push(Candidate { bounds, score, offsets });
                }
            }
            Ok(())
        })?;
        suppress(&mut candidates, STAGE_OVERLAP, Overlap::Union, |c| c);
        Ok(candidates.iter().map(|c| boxes::squared(boxes::regressed(c.bounds, c.offsets))).collect())
    }

    /// Third stage: the faces, with landmarks.
    fn decide(&mut self, image: &RgbImage, refined: &[[f32; 4]]) -> Result<Vec<Face>> {
        let threshold = self.cascade.thresholds[2];
        let mut candidates = Vec::new();
        self.crops.run(&mut self.onet, image, refined, O_SIDE, |squares, answer| {
            let offsets = answer.rows::<4>("offsets", squares.len())?;
            let landmarks = answer.rows::<10>("landmarks", squares.len())?;
            let probability = answer.rows::<1>("probability", squares.len())?;
            let answers = offsets.iter().zip(landmarks).zip(probability);
            for (&square, ((&offsets, landmarks), &[score])) in squares.iter().zip(answers) {
                if score > threshold {
                    let bounds = boxes::regressed(square, offsets);
                    let candidate = Candidate { bounds, score, offsets };
                    candidates.push((candidate, boxes::points(square, landmarks)));
                }
            }
            Ok(())
        })?;
        suppress(&mut candidates, STAGE_OVERLAP, Overlap::Smaller, |(candidate, _)| candidate);
        Ok(candidates
            .into_iter()
            .map(|(candidate, landmarks)| Face {
                bounds: candidate.bounds,
                probability: candidate.score,
                landmarks,
            })
            .collect())
    }
}
