//! Who plays whom: the identity seeds of the people on the roster and of the strangers in their folders.

use super::DrawnRoster;
use crate::portrait::Identity;

/// How many are looked at for each place on the roster.
const CANDIDATES: u64 = 8;
/// Unlikeness from which two people are no doubles; a random pair is about 1 apart.
const NO_DOUBLE: f32 = 0.8;

/// The identity seeds of the roster: each person the least like those before among a few candidates, so that
/// no two of them are doubles (Mitchell's best-candidate sampling).
pub(super) fn cast(settings: &DrawnRoster) -> Vec<u64> {
    let mut chosen: Vec<(u64, Identity)> = Vec::with_capacity(settings.people);
    for person in 0..settings.people as u64 {
        let best = (0..CANDIDATES)
            .map(|i| scatter(settings.seed, person, (1 << 32) + i))
            .map(|seed| (seed, Identity::drawn(seed)))
            .max_by(|(_, a), (_, b)| {
                let apart = |who: &Identity| {
                    chosen.iter().map(|(_, other)| who.unlikeness(other)).fold(f32::INFINITY, f32::min)
                };
                apart(a).total_cmp(&apart(b))
            });
        chosen.extend(best);
    }
    chosen.into_iter().map(|(seed, _)| seed).collect()
}

/// Somebody who is not on the roster, and no double of `person` either.
pub(super) fn stranger(settings: &DrawnRoster, row: usize, nth: usize, person: &Identity) -> u64 {
    let candidate = |i: u64| scatter(settings.seed, row as u64, (1 << 33) + ((nth as u64) << 16) + i);
    (0..64)
        .map(candidate)
        .find(|&seed| Identity::drawn(seed).unlikeness(person) >= NO_DOUBLE)
        .unwrap_or_else(|| candidate(0))
}

/// An unrelated seed for every (seed, a, b): the finaliser of SplitMix64 (Steele et al. 2014).
pub(super) fn scatter(seed: u64, a: u64, b: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ a.wrapping_mul(0xD1B5_4A32_D192_ED03) ^ b;
    for _ in 0..2 {
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_on_the_roster_or_planted_beside_them_is_a_double() {
        let settings = DrawnRoster::default();
        let people: Vec<Identity> = cast(&settings).into_iter().map(Identity::drawn).collect();
        assert_eq!(people.len(), settings.people);
        for (row, person) in people.iter().enumerate() {
            let planted = Identity::drawn(stranger(&settings, row, 0, person));
            assert!(planted.unlikeness(person) >= NO_DOUBLE);
            assert!(people[..row].iter().all(|other| other.unlikeness(person) > 0.4));
        }
    }
}
