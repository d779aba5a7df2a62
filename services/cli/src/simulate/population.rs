//! Populations: what their visitors like, and when that changes.

use domain::taste::TasteRule;

use super::crowd::Crowd;

/// A population of visitors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Population {
    /// Each likes whoever resembles one face of the catalogue.
    OneFavourite,
    /// Each likes a falling mixture of their five picks.
    Blend,
    /// The first pick alone counts where the two first are far apart, else the mixture.
    Distance,
    /// A blend until half of the clicks are made, distance from then on.
    Shift,
}

/// What everybody likes for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Season {
    OneFavourite,
    Blend,
    Distance,
}

impl Population {
    /// Its name on the command line and in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Population::OneFavourite => "one-favourite",
            Population::Blend => "blend",
            Population::Distance => "distance",
            Population::Shift => "shift",
        }
    }

    /// What the visitor who comes after `clicks` of `all` clicks likes.
    pub(super) fn season(self, clicks: u64, all: u64) -> Season {
        match self {
            Population::OneFavourite => Season::OneFavourite,
            Population::Blend => Season::Blend,
            Population::Distance => Season::Distance,
            Population::Shift if 2 * clicks < all => Season::Blend,
            Population::Shift => Season::Distance,
        }
    }
}

impl Season {
    pub(super) const ALL: [Self; 3] = [Self::OneFavourite, Self::Blend, Self::Distance];

    /// The rule that gives a visitor of `crowd` their taste.
    pub(super) fn rule(self, crowd: &Crowd) -> TasteRule {
        match self {
            Season::OneFavourite => TasteRule::OneFavourite,
            Season::Blend => TasteRule::Blend,
            Season::Distance => crowd.distance_rule(),
        }
    }
}
