//! Policies as people handle them: found by name or file, judged by logged clicks, and made to serve.
//!
//! It owns what `avzeus` and the operators' console do alike, so that both say the same of the same clicks:
//!
//! - [`clicks`]: recorded clicks, checked in their order, from the stream or a file, and into files again
//! - [`Candidate`], [`PolicyFile`], [`Published`]: a policy that may serve, as a file, and as it stands in the bucket
//! - [`Gate`], [`Promotion`], [`roll_back`]: what the clicks say of a candidate, and the change of what serves
//! - [`values`], [`curve`], [`weights`], [`Earned`]: what policies are worth, how they moved, and what they do where
//!
//! It runs nowhere by itself and owns no data: what serves stands in the bucket `policy`.

mod candidate;
pub mod clicks;
pub mod curve;
mod earned;
mod error;
mod gate;
mod policy_file;
mod promotion;
mod published;
mod resampling;
pub mod values;
pub mod weights;

pub use candidate::Candidate;
pub use earned::Earned;
pub use error::PoliciesError;
pub use gate::Gate;
pub use policy_file::PolicyFile;
pub use promotion::{Conditions, Outcome, Promotion, SteppedBack, roll_back};
pub use published::{Published, published, versions};
pub use resampling::below;
