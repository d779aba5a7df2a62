//! Who is drawn: the parameters that stay the same in every picture of a person.
//!
//! Lengths are in *head units*: half the width of an average head. The origin lies between the eyes, x (or u)
//! runs right, y (or v) runs down.

use super::draws::{Draws, Stream};

/// How the hair leaves the forehead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// No hair to speak of.
    Shaved,
    /// Hair at the sides and the back of the crown only.
    Receding,
    /// Combed back from the hairline.
    Back,
    /// Cut straight above the brows.
    Fringe,
    /// Falls to both sides of a parting in the middle.
    CentreParting,
    /// Sweeps across the forehead from a parting at one side.
    SideParting,
}

/// The hair of a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Hair {
    /// How it leaves the forehead.
    pub front: Front,
    /// Lower end at the sides; 0.1 (above the ears) to 2.3 (below the shoulders).
    pub length: f32,
    /// Thickness above the skull; 0.04 to 0.34.
    pub volume: f32,
    /// Sideways swing of the strands; 0 (straight) to 1.
    pub wave: f32,
    /// Tight curls, 0 or 1.
    pub curl: f32,
    /// Where the parting is; −0.6 to 0.6.
    pub parting: f32,
    /// Place on the ramp of natural hair colours, 0 (black) to 1 (white).
    pub colour: f32,
    /// Tied to a bun on top of the head.
    pub bun: bool,
}

/// Hair on the chin and lips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beard {
    /// Clean-shaven.
    None,
    /// A few days' growth.
    Stubble,
    /// Upper lip only.
    Moustache,
    /// Round the mouth and on the chin.
    Goatee,
    /// Cheeks, chin and upper lip.
    Full,
}

/// A pair of glasses.
#[derive(Clone, Debug, PartialEq)]
pub struct Glasses {
    /// Half width of a lens; 0.29 to 0.37.
    pub half_width: f32,
    /// Half height of a lens; 0.2 to 0.32.
    pub half_height: f32,
    /// Corner: 2 is an ellipse, 6 nearly a rectangle.
    pub squareness: f32,
    /// Thickness of the rim; 0.02 to 0.055.
    pub rim: f32,
    /// sRGB of the rim, `0xRRGGBB`.
    pub colour: u32,
}

/// A person who does not exist. Lengths in head units.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// Half width of the head; 0.88 to 1.02.
    pub head_width: f32,
    /// Where the chin ends; 1.38 to 1.6.
    pub chin: f32,
    /// Width of the jaw relative to the cheekbones; 0.64 to 0.98.
    pub jaw: f32,
    /// Squareness of the lower face, exponent of its superellipse; 1.95 to 2.9.
    pub squareness: f32,
    /// Height of the hairline; −1.02 to −0.82.
    pub hairline: f32,
    /// Relief of the cheekbones, 0 to 1.
    pub cheekbones: f32,
    /// Fullness of the cheeks below them, 0 (hollow) to 1.
    pub fullness: f32,
    /// Relief of the chin, 0 to 1.
    pub chin_relief: f32,
    /// Skin, 0 (palest) to 1 (darkest).
    pub skin: f32,
    /// Undertone, −1 (rosy) to 1 (olive).
    pub undertone: f32,
    /// Redness of cheeks and nose, 0 to 1.
    pub blush: f32,
    /// Freckles, 0 to 1.
    pub freckles: f32,
    /// Age, 0 (about 22) to 1 (about 70).
    pub age: f32,
    /// Half the distance between the pupils; 0.36 to 0.48.
    pub eye_spacing: f32,
    /// Half width of an eye; 0.175 to 0.24.
    pub eye_size: f32,
    /// Height of an eye relative to its width; 0.32 to 0.52.
    pub eye_opening: f32,
    /// Slant, positive with raised outer corners; −0.12 to 0.22.
    pub eye_slant: f32,
    /// Distance of the crease above the lid; 0 (single lid) to 0.09.
    pub eye_crease: f32,
    /// Place on the ramp of iris colours, 0 (dark brown) to 1 (grey).
    pub iris: f32,
    /// Height of the brows; −0.38 to −0.24.
    pub brow: f32,
    /// Half thickness of the brows; 0.022 to 0.08.
    pub brow_thickness: f32,
    /// Arch of the brows, 0 (straight) to 0.12.
    pub brow_arch: f32,
    /// Slope of the brows, positive with raised outer ends; −0.05 to 0.04.
    pub brow_slope: f32,
    /// Height of the nose's tip; 0.44 to 0.65.
    pub nose: f32,
    /// Half width between the wings; 0.12 to 0.24.
    pub nose_width: f32,
    /// How far the bridge stands out; 0.08 to 0.26.
    pub nose_bridge: f32,
    /// How far the tip stands out; 0.24 to 0.4.
    pub nose_tip: f32,
    /// Height of the mouth's line; 0.86 to 1.0.
    pub mouth: f32,
    /// Half width of the mouth; 0.25 to 0.4.
    pub mouth_width: f32,
    /// Height of the upper lip; 0.04 to 0.1.
    pub upper_lip: f32,
    /// Height of the lower lip; 0.06 to 0.14.
    pub lower_lip: f32,
    /// Strength of the lips' colour, 0 (as the skin) to 1 (made up).
    pub lip_colour: f32,
    /// Hue of the lips, 0 (brick) to 1 (berry).
    pub lip_hue: f32,
    /// Darkness of the lash line and shadow, 0 to 1.
    pub lashes: f32,
    /// Size of the ears; 0.8 to 1.05.
    pub ears: f32,
    /// Width of the neck; 0.46 to 0.66.
    pub neck: f32,
    /// Hair of the head.
    pub hair: Hair,
    /// Hair of the face.
    pub beard: Beard,
    /// Glasses, if worn.
    pub glasses: Option<Glasses>,
    /// Hue of the wardrobe in turns.
    pub wardrobe: f32,
    /// Seeds freckles and the fall of the hair.
    pub texture: u32,
}

impl Identity {
    /// The person that `seed` stands for; an adult.
    pub fn drawn(seed: u64) -> Self {
        let d = &mut Draws::new(seed, Stream::Identity);
        // One hidden trait makes jaw, brows, lips, beard and hair go together.
        let rugged = d.unit();
        let lean = |d: &mut Draws, low: f32, high: f32, pull: f32| {
            let t = pull * rugged + (1.0 - pull) * d.unit();
            low + (high - low) * t
        };
        let age = d.unit().powf(1.8);
        let skin = d.unit();
        let hair = hair(d, rugged, age, skin);
        let beard = if rugged > 0.5 && d.chance(0.62) {
            d.one_of(&[
                Beard::Stubble,
                Beard::Stubble,
                Beard::Moustache,
                Beard::Goatee,
                Beard::Full,
                Beard::Full,
            ])
        } else {
            Beard::None
        };
        Self {
            head_width: d.within(0.88, 1.02),
            chin: d.within(1.38, 1.6),
            jaw: lean(d, 0.64, 0.98, 0.35),
            squareness: lean(d, 1.95, 2.9, 0.5),
            hairline: d.within(-1.02, -0.82),
            cheekbones: d.unit(),
            fullness: d.unit(),
            chin_relief: d.unit(),
            skin,
            undertone: d.within(-1.0, 1.0),
            blush: d.unit(),
            freckles: if skin < 0.45 && d.chance(0.3) { d.within(0.3, 1.0) } else { 0.0 },
            age,
            eye_spacing: d.within(0.36, 0.48),
            eye_size: lean(d, 0.24, 0.175, 0.25),
            eye_opening: lean(d, 0.52, 0.32, 0.25),
            eye_slant: d.within(-0.12, 0.22),
            eye_crease: if d.chance(0.25) { 0.0 } else { d.within(0.03, 0.09) },
            iris: if skin > 0.5 { d.within(0.0, 0.4) } else { d.unit() },
            brow: lean(d, -0.38, -0.24, 0.4),
            brow_thickness: lean(d, 0.022, 0.08, 0.4),
            brow_arch: lean(d, 0.12, 0.0, 0.4),
            brow_slope: d.within(-0.05, 0.04),
            nose: d.within(0.44, 0.65),
            nose_width: d.within(0.12, 0.24),
            nose_bridge: d.within(0.08, 0.26),
            nose_tip: d.within(0.24, 0.4),
            mouth: d.within(0.86, 1.0),
            mouth_width: d.within(0.25, 0.4),
            upper_lip: lean(d, 0.1, 0.04, 0.3),
            lower_lip: lean(d, 0.14, 0.06, 0.3),
            lip_colour: if rugged < 0.5 && d.chance(0.6) { d.within(0.4, 1.0) } else { d.within(0.0, 0.35) },
            lip_hue: d.unit(),
            lashes: lean(d, 1.0, 0.2, 0.6),
            ears: d.within(0.8, 1.05),
            neck: lean(d, 0.46, 0.66, 0.7),
            hair,
            beard,
            glasses: d.chance(0.28).then(|| glasses(d)),
            wardrobe: d.unit(),
            texture: d.texture(),
        }
    }
}

fn hair(d: &mut Draws, rugged: f32, age: f32, skin: f32) -> Hair {
    let short = d.chance(0.12 + 0.8 * rugged);
    let curly = d.chance(if skin > 0.6 { 0.5 } else { 0.12 });
    let front = if short {
        let bare = rugged > 0.6 && d.chance(0.16 + 0.3 * age);
        if bare {
            d.one_of(&[Front::Shaved, Front::Receding])
        } else {
            d.one_of(&[Front::Back, Front::Back, Front::SideParting, Front::SideParting, Front::Fringe])
        }
    } else {
        let fronts =
            [Front::CentreParting, Front::SideParting, Front::SideParting, Front::Back, Front::Fringe];
        d.one_of(if rugged > 0.55 { &fronts[..4] } else { &fronts })
    };
    let length =
        if short { d.within(0.1, 0.4) } else { d.one_of(&[1.05, 1.35, 1.9, 2.3]) + d.within(-0.12, 0.12) };
    let bun = !short && front == Front::Back && d.chance(0.6);
    let natural = match (d.unit(), skin) {
        (u, s) if s > 0.55 => u * 0.28,
        (u, _) => u * 0.85,
    };
    Hair {
        front,
        length: if bun { 0.12 } else { length },
        volume: if curly {
            d.within(0.14, 0.34)
        } else if short {
            d.within(0.08, 0.24)
        } else {
            d.within(0.09, 0.22)
        },
        wave: if d.chance(0.45) { 0.0 } else { d.unit() },
        curl: if curly { 1.0 } else { 0.0 },
        parting: d.within(0.2, 0.6) * if d.chance(0.5) { 1.0 } else { -1.0 },
        colour: if age > 0.5 && d.chance(0.7) { d.within(0.86, 1.0) } else { natural },
        bun,
    }
}

fn glasses(d: &mut Draws) -> Glasses {
    Glasses {
        half_width: d.within(0.29, 0.37),
        half_height: d.within(0.2, 0.32),
        squareness: d.one_of(&[2.0, 2.4, 3.5, 6.0]),
        rim: d.within(0.02, 0.055),
        colour: d.one_of(&[0x161413, 0x2b1a12, 0x5b3218, 0x2a3550, 0x8a6a35, 0x777a80, 0x6b1f25]),
    }
}
