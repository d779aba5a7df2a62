//! What became of a picture.

/// The five outcomes; each has one name on the wire, in the ledger and as a metric label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A crop was stored.
    Stored,
    /// The crop was there.
    Known,
    /// MTCNN found no face.
    NoFace,
    /// It shows what an earlier picture of the person showed.
    Duplicate,
    /// It could not be had, or is no picture.
    Failed,
}

impl Outcome {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Known => "known",
            Self::NoFace => "no_face",
            Self::Duplicate => "duplicate",
            Self::Failed => "failed",
        }
    }

    /// The outcome that a record of the ledger tells. What was stored then is known now.
    pub(crate) fn recorded(name: &str) -> Option<Self> {
        match name {
            "stored" => Some(Self::Known),
            "no_face" => Some(Self::NoFace),
            "duplicate" => Some(Self::Duplicate),
            "failed" => Some(Self::Failed),
            _ => None,
        }
    }

    /// Whether the person has a crop of this picture.
    pub(crate) fn is_crop(self) -> bool {
        matches!(self, Self::Stored | Self::Known)
    }
}
