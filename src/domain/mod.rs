//! Value types that every floor shares. No I/O, no clock but the [`Clock`] trait, no randomness.
//!
//! The type states carry the promise: [`RawComment`] -> `RedactedText` -> [`Labels`] ->
//! [`Contribution`] -> `ExactCounts` -> `NoisyCounts` -> `Release`. What lies left of [`Labels`]
//! holds a resident's words and is never written anywhere.

mod calendar;
mod cell;
mod clock;
mod comment;
mod contribution;
mod crash;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod ids;
mod labels;
mod level;
pub mod mutant;
mod pseudonym;
mod sensitive;

pub use calendar::{Calendar, CalendarError, Window};
pub use cell::{Cell, CellSchema, Grouping, KeySet, NamedKey, Neighborhood, Topic};
pub use clock::{Clock, FixedClock, SystemClock};
pub use comment::{Action, Place, RawComment};
pub use contribution::Contribution;
pub use crash::{crash_point, panic_point};
pub use ids::{SourceId, SourceIdError};
pub use labels::{Labels, Sentiment, TOPICS_PER_COMMENT_MAX};
pub use level::{District, DistrictError, Level};
pub use pseudonym::{EventKey, Identity, OriginKey, Pseudonym, PseudonymKey};
pub use sensitive::Sensitive;

/// One resident's whole mass in one window and one query family, in fixed-point units.
///
/// 60 divides by 1..=6, so a voice splits evenly over up to six cells.
///
/// # Units
/// 60 units = one voice.
pub const VOICE_UNITS: u32 = 60;
