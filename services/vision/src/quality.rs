//! How well a face can be seen: measured when it is cut (`services/domain/README.md`, "Quality"). Nothing is judged here.

use domain::quality::Quality;
use image::RgbImage;

use crate::Face;

/// Where the base of the nose lies between the eyes (0) and the mouth (1) of a face that looks straight ahead: as in the
/// mean face that five-point chips are aligned to ([`crate::align`]).
const NOSE_BASE: f32 = 0.53;
/// How far the tip of the nose stands out, in distances from the eyes to the mouth. Gee and Cipolla, "Determining the
/// gaze of faces in images" (1994), section 3: R_n.
const NOSE_DEPTH: f32 = 0.6;

/// The quality of `face` (in pixels of its source picture), whose 160×160 crop is `crop`.
pub fn measure(face: &Face, crop: &RgbImage) -> Quality {
    let Pose { yaw, pitch, roll } = pose(&face.landmarks);
    let face_side = face.width().min(face.height()).max(0.0);
    Quality { face_side, sharpness: sharpness(crop), yaw, pitch, roll }
}

/// Variance of the Laplacian (0 −1 0; −1 4 −1; 0 −1 0) of the brightness: Pech-Pacheco et al., "Diatom autofocusing in
/// brightfield microscopy" (2000), LAPV. 0 for a picture without an inner pixel.
fn sharpness(crop: &RgbImage) -> f32 {
    let (width, height) = crop.dimensions();
    let luma = |x: u32, y: u32| {
        let [red, green, blue] = crop.get_pixel(x, y).0.map(f32::from);
        0.299 * red + 0.587 * green + 0.114 * blue
    };
    let (mut count, mut sum, mut squares) = (0.0_f64, 0.0, 0.0);
    for y in 1..height.saturating_sub(1) {
        for x in 1..width.saturating_sub(1) {
            let around = luma(x - 1, y) + luma(x + 1, y) + luma(x, y - 1) + luma(x, y + 1);
            let edge = f64::from(4.0 * luma(x, y) - around);
            (count, sum, squares) = (count + 1.0, sum + edge, squares + edge * edge);
        }
    }
    if count == 0.0 { 0.0 } else { (squares / count - (sum / count).powi(2)) as f32 }
}

/// Angles in degrees.
struct Pose {
    yaw: f32,
    pitch: f32,
    roll: f32,
}

/// Gee and Cipolla's weak-perspective model. The roll is the slope of the line between the eyes. Turned upright, with
/// lengths in distances from the eyes' middle to the mouth's, the tip of the nose lies (n_x, n_y) from its base, and
///
/// ```text
/// yaw = asin(n_x / R_n)      pitch = asin(−n_y / R_n)
/// ```
///
/// Landmarks that are no face (eyes or mouth in one point) look straight ahead.
fn pose(landmarks: &[[f32; 2]; 5]) -> Pose {
    let [left_eye, right_eye, nose, left_mouth, right_mouth] = *landmarks;
    let roll = (right_eye[1] - left_eye[1]).atan2(right_eye[0] - left_eye[0]);
    let eyes = middle(left_eye, right_eye);
    let (sin, cos) = roll.sin_cos();
    let upright = |[x, y]: [f32; 2]| {
        let (x, y) = (x - eyes[0], y - eyes[1]);
        [x * cos + y * sin, y * cos - x * sin]
    };
    let (mouth, nose) = (upright(middle(left_mouth, right_mouth)), upright(nose));
    let length = mouth[0].hypot(mouth[1]);
    let angle = |tip: f32, base: f32| {
        let out = (tip - base) / (length * NOSE_DEPTH);
        if out.is_finite() { out.clamp(-1.0, 1.0).asin().to_degrees() } else { 0.0 }
    };
    Pose {
        yaw: angle(nose[0], NOSE_BASE * mouth[0]),
        pitch: -angle(nose[1], NOSE_BASE * mouth[1]),
        roll: roll.to_degrees(),
    }
}

fn middle(a: [f32; 2], b: [f32; 2]) -> [f32; 2] {
    [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean face of the five-point chip.
    const AHEAD: [[f32; 2]; 5] = [[47.5, 46.6], [100.5, 46.6], [74.0, 76.5], [50.4, 103.0], [97.6, 103.0]];

    #[test]
    fn a_face_that_looks_straight_ahead_has_no_angles() {
        let Pose { yaw, pitch, roll } = pose(&AHEAD);
        assert!(yaw.abs() < 0.5 && pitch.abs() < 0.5 && roll == 0.0, "{yaw} {pitch} {roll}");
    }

    #[test]
    fn the_nose_tells_where_a_face_turns_and_the_eyes_how_it_tilts() {
        let nose = |dx: f32, dy: f32| {
            let mut moved = AHEAD;
            moved[2] = [AHEAD[2][0] + dx, AHEAD[2][1] + dy];
            pose(&moved)
        };
        assert!(nose(10.0, 0.0).yaw > 10.0 && nose(-10.0, 0.0).yaw < -10.0);
        assert!(nose(0.0, -10.0).pitch > 10.0 && nose(0.0, 10.0).pitch < -10.0);
        // A quarter of a right angle, clockwise in a picture whose y grows downwards.
        let (sin, cos) = 22.5_f32.to_radians().sin_cos();
        let turned = pose(&AHEAD.map(|[x, y]| [x * cos - y * sin, x * sin + y * cos]));
        assert!((turned.roll - 22.5).abs() < 0.01 && turned.yaw.abs() < 0.5, "{}", turned.roll);
    }

    #[test]
    fn landmarks_in_one_point_have_finite_angles() {
        let Pose { yaw, pitch, roll } = pose(&[[5.0, 5.0]; 5]);
        assert_eq!([yaw, pitch, roll], [0.0, 0.0, 0.0]);
    }

    #[test]
    fn a_blurred_picture_is_less_sharp() {
        let sharp = RgbImage::from_fn(160, 160, |x, y| image::Rgb([(((x / 8 + y / 8) % 2) * 255) as u8; 3]));
        let blurred = image::imageops::blur(&sharp, 2.0);
        assert!(sharpness(&sharp) > 4.0 * sharpness(&blurred));
        assert_eq!(sharpness(&RgbImage::new(160, 160)), 0.0);
        assert_eq!(sharpness(&RgbImage::new(1, 1)), 0.0);
    }
}
