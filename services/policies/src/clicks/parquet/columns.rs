//! The columns of a click, and where each gets its cells from.

use proto::convert::impression::RecordedClick;

use crate::clicks::SequencedClick;

/// How a column gets its cells.
#[derive(Clone, Copy)]
pub(super) enum Cells {
    Whole(fn(&SequencedClick) -> u64),
    Time(fn(&SequencedClick) -> u64),
    Number(fn(&SequencedClick) -> f32),
    Text(fn(&SequencedClick) -> String),
    Wholes(fn(&RecordedClick) -> Vec<u64>),
    Numbers(fn(&RecordedClick) -> Vec<f32>),
    Texts(fn(&RecordedClick) -> Vec<String>),
}

/// Every column, in order.
pub(in crate::clicks) const COLUMNS: [(&str, Cells); 22] = [
    ("sequence", Cells::Whole(|c| c.sequence)),
    ("recommendation", Cells::Text(|c| c.click.impression.recommendation.clone())),
    ("alias", Cells::Text(|c| c.click.alias.to_string())),
    ("rank", Cells::Whole(|c| c.click.click.rank as u64)),
    ("reward", Cells::Number(|c| c.click.click.reward)),
    ("clicked_at_ms", Cells::Time(|c| c.click.clicked_at_ms)),
    ("made_at_ms", Cells::Time(|c| c.click.impression.made_at_ms)),
    ("catalogue_version", Cells::Text(|c| c.click.impression.catalogue_version.clone())),
    ("policy_version", Cells::Whole(|c| c.click.impression.policy_version)),
    ("log_density", Cells::Number(|c| c.click.impression.log_density)),
    ("ranking", Cells::Wholes(|c| c.impression.ranking.groups().map(|g| g as u64).to_vec())),
    ("state", Cells::Numbers(|c| c.impression.state.0.to_vec())),
    ("x", Cells::Numbers(|c| c.impression.x.to_vec())),
    ("mean", Cells::Numbers(|c| c.impression.mean.to_vec())),
    ("log_variance", Cells::Numbers(|c| c.impression.log_variance.to_vec())),
    ("slate_alias", Cells::Texts(|c| c.impression.slate.iter().map(|e| e.alias.to_string()).collect())),
    ("slate_score", Cells::Numbers(|c| c.impression.slate.iter().map(|e| e.score).collect())),
    ("slate_cosines", Cells::Numbers(|c| c.impression.slate.iter().flat_map(|e| e.cosines).collect())),
    ("arm_policy", Cells::Texts(|c| c.impression.arms.iter().map(|arm| arm.policy.clone()).collect())),
    ("arm_version", Cells::Wholes(|c| c.impression.arms.iter().map(|arm| arm.version).collect())),
    ("arm_share", Cells::Numbers(|c| c.impression.arms.iter().map(|arm| arm.share).collect())),
    ("arm_log_density", Cells::Numbers(|c| c.impression.arms.iter().map(|arm| arm.log_density).collect())),
];
