//! Neck, shoulders and what is worn on them.

use super::colour::Colour;
use super::curve::{bell, cover, ease, mix, round_min};
use super::face::skin_colour;
use super::identity::Identity;
use super::light::{Light, unit};
use super::noise;
use super::sitting::Sitting;

/// Where the neck meets the shoulders, head units below the eyes.
const NECK_BASE: f32 = 1.76;

/// The upper body of one picture.
pub(super) struct Torso {
    skin: Colour,
    cloth: Colour,
    trim: Colour,
    neck: f32,
    chin: f32,
    neckline: f32,
    texture: u32,
}

impl Torso {
    pub(super) fn of(who: &Identity, sitting: &Sitting) -> Self {
        let o = sitting.outfit;
        let hue = who.wardrobe + 0.12 * (o * 17.0).sin();
        let (saturation, lightness) = (0.10 + 0.35 * (o * 7.3).fract(), 0.16 + 0.62 * (o * 3.7).fract());
        let cloth = Colour::hsl(hue, saturation, lightness);
        Self {
            skin: skin_colour(who),
            cloth,
            trim: cloth * 0.72,
            neck: who.neck,
            chin: who.chin,
            neckline: mix(0.0, 0.42, (o * 5.1).fract()) * ease(0.64, 0.5, who.neck),
            texture: sitting.texture,
        }
    }

    /// The body at (x, y) of the upright plane; `head_x` is where the head leans to.
    pub(super) fn at(
        &self,
        (x, y): (f32, f32),
        head_x: f32,
        light: &Light,
        pixel: f32,
    ) -> Option<(Colour, f32)> {
        if y < 0.6 {
            return None;
        }
        let lean = x - head_x * ease(2.2, 1.0, y);
        let half_neck = self.neck + 0.5 * ease(1.3, 1.95, y).powi(3);
        let m = x.abs();
        let shoulder_top = NECK_BASE - 0.06 + 0.12 * m * m - 0.10 * bell((m - self.neck) / 0.3);
        let neck = lean.abs() - half_neck;
        let body = shoulder_top - y;
        let soft = pixel * 1.5;
        let alpha = cover(round_min(neck, body, 0.12), soft);
        if alpha <= 0.0 {
            return None;
        }
        // The garment starts at an oval round the neck, deeper in front when the neckline is open.
        let dip = 0.16 + self.neckline;
        let oval = ((m / (self.neck + 0.17)).hypot((y - NECK_BASE + 0.12) / dip) - 1.0) * dip;
        let worn = cover(body - soft, soft) * cover(-oval, soft) * ease(NECK_BASE - 0.2, NECK_BASE - 0.1, y);
        let mut seen = Colour::BLACK;
        if worn < 1.0 {
            seen = seen + self.throat(lean, y, half_neck, light) * (1.0 - worn);
        }
        if worn > 0.0 {
            seen = seen + self.garment(x, y, oval, light) * worn;
        }
        Some((seen, alpha))
    }

    fn throat(&self, lean: f32, y: f32, half_neck: f32, light: &Light) -> Colour {
        let round = (lean / half_neck).clamp(-1.0, 1.0);
        let n_neck = unit([round * 1.1, 0.10, 1.0 - 0.5 * round * round]);
        let under_chin = ease(self.chin + 0.55, self.chin - 0.1, y + 0.25 * lean * lean);
        let tendon =
            1.0 - 0.10 * bell((lean.abs() - 0.25 * ease(1.2, 2.0, y) - 0.08) / 0.05) * ease(1.3, 1.8, y);
        self.skin.under(light.on(n_neck, [0.4, 0.25, 0.2])) * (mix(0.92, 0.40, under_chin) * tendon)
    }

    /// `oval` is the distance beyond the neckline.
    fn garment(&self, x: f32, y: f32, oval: f32, light: &Light) -> Colour {
        let fall = (x / 2.2).clamp(-1.0, 1.0);
        let fold = noise::smooth(x * 1.8 + y, y * 1.1, self.texture) * 0.22;
        let n_cloth = unit([fall * 1.1 + fold, -0.55 * ease(2.4, 1.8, y), 0.85]);
        let weave = 1.0 + 0.03 * noise::smooth(x * 70.0, y * 70.0, self.texture);
        let mut cloth = self.cloth;
        let hem = bell((oval - 0.045) / 0.03);
        cloth = cloth.mix(self.trim, 0.75 * hem);
        let shade = mix(0.55, 1.0, ease(0.0, 0.25, oval));
        cloth.under(light.on(n_cloth, [0.15; 3])) * (weave * shade)
    }
}
