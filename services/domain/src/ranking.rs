//! A visitor's answer: five of the nine groups, best first.

use crate::{GROUPS, PICKS};

/// Why a ranking was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RankingError {
    /// Not five picks.
    #[error("ranking must name {PICKS} groups, it names {0}")]
    Length(usize),
    /// A group the catalogue does not have.
    #[error("ranking names group {0}, the catalogue has groups 0 to {last}", last = GROUPS - 1)]
    UnknownGroup(i64),
    /// A group twice.
    #[error("ranking names group {0} twice, each may stand in it once")]
    Repeated(usize),
}

/// Five distinct groups, best first; each 0 to 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranking([usize; PICKS]);

impl Ranking {
    /// Checks the picks as a caller sent them.
    pub fn new(picks: &[i64]) -> Result<Self, RankingError> {
        let picks: [i64; PICKS] = picks.try_into().map_err(|_| RankingError::Length(picks.len()))?;
        let mut groups = [0usize; PICKS];
        for (i, &pick) in picks.iter().enumerate() {
            let group =
                usize::try_from(pick).ok().filter(|&g| g < GROUPS).ok_or(RankingError::UnknownGroup(pick))?;
            if groups[..i].contains(&group) {
                return Err(RankingError::Repeated(group));
            }
            groups[i] = group;
        }
        Ok(Self(groups))
    }

    /// The groups, best first.
    pub fn groups(&self) -> [usize; PICKS] {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_five_distinct_known_groups_pass() {
        assert_eq!(Ranking::new(&[8, 0, 3, 1, 5]).unwrap().groups(), [8, 0, 3, 1, 5]);
        assert_eq!(Ranking::new(&[1, 2, 3, 4]), Err(RankingError::Length(4)));
        assert_eq!(Ranking::new(&[1, 2, 3, 4, 9]), Err(RankingError::UnknownGroup(9)));
        assert_eq!(Ranking::new(&[1, 2, -3, 4, 5]), Err(RankingError::UnknownGroup(-3)));
        assert_eq!(Ranking::new(&[1, 2, 3, 2, 5]), Err(RankingError::Repeated(2)));
    }
}
