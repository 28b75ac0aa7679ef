//! What may be said of the residents who did not post: from released tables and public numbers.
//!
//! No weight finds the silent majority: when opponents are likelier to post than supporters, the
//! voices are off in every neighbourhood alike. So each statement here names what it assumes:
//! [`Participation`] nothing, [`TippingPoint`] nothing, [`declared_odds`] a factor that the reader
//! names, [`Anchored`] that the same kind of people go on posting. None reads a comment, and none changes the sensitivity of a release: weights apply to
//! released cells, never to residents.

mod anchor;
mod bounds;
mod participation;
mod public;
mod score;
mod sides;
#[cfg(test)]
mod simulation;
mod weights;

pub use anchor::{Anchored, NotAnchored};
pub use bounds::{
    OddsFactor, OddsFactorError, Span, TippingPoint, declared_odds, no_assumption, tipping_point,
};
pub use participation::{Extremes, Heard, Participation, ParticipationError};
pub use public::{AreaResult, Census, PublicError, PublicNumbers, Survey};
pub use score::{Aim, Score, Target, Verdict, score};
pub use sides::{Sides, Subject};
pub use weights::{Margin, Reweighted, WeightError, design_effect, weights};
