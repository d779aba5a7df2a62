//! Made-up names: given names that any adult may bear, and family names that nobody does.

const GIVEN: [&str; 32] = [
    "Aoi", "Robin", "Sora", "Noor", "Haru", "Jules", "Nao", "Quinn", "Hikaru", "Remy", "Makoto", "Sasha",
    "Rin", "Eden", "Kaoru", "Milan", "Akira", "Noa", "Tsubasa", "Ariel", "Kei", "Luca", "Yuki", "Toni",
    "Ren", "Kim", "Subaru", "Andrea", "Chihiro", "Skyler", "Asahi", "Imani",
];
const FAMILY: [&str; 32] = [
    "Hoshinami",
    "Lanternfield",
    "Kumobashi",
    "Vandermoor",
    "Tsukigata",
    "Okonveru",
    "Kazemori",
    "Silverbrook",
    "Amagishi",
    "Lindqvara",
    "Yukitani",
    "Montrevelle",
    "Morikage",
    "Adebrooke",
    "Shiomizu",
    "Castelmire",
    "Nijikawa",
    "Featherstow",
    "Kiribata",
    "Zelenvale",
    "Umibara",
    "Marrowgate",
    "Hanasumi",
    "Brightwater",
    "Iwazora",
    "Solvarez",
    "Fuyuzora",
    "Thistledown",
    "Natsukage",
    "Petrivane",
    "Akibare",
    "Rosenquill",
];

/// How many people can be told apart by name.
pub(super) const HOW_MANY: usize = GIVEN.len() * FAMILY.len();

/// Display name of a person.
pub(super) fn name(person: usize) -> String {
    let round = person / GIVEN.len();
    let family = (person * 5 + round * 3 + person % 2 * 2) % FAMILY.len();
    format!("{} {}", GIVEN[person % GIVEN.len()], FAMILY[family])
}

/// The same as an id of the roster.
pub(super) fn id(person: usize) -> String {
    name(person).to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_people_share_an_id() {
        let ids: std::collections::BTreeSet<String> = (0..HOW_MANY).map(id).collect();
        assert_eq!(ids.len(), HOW_MANY);
        let plain = |id: &String| id.len() <= 64 && id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        assert!(ids.iter().all(plain));
    }
}
