//! What may be said from released tables. All of it is post-processing of public numbers: it costs
//! no privacy and could be done by any reader of a release.
//!
//! Every statement carries its interval; places whose difference the noise could explain are said
//! to be alike. [`silent`] says what may be said of those who did not post, [`words`] says it in
//! sentences.

mod alerts;
mod city;
mod comparison;
mod correction;
mod coverage;
mod difference;
mod groups;
#[cfg(test)]
pub(crate) mod known;
mod left_out;
mod said;
pub mod silent;
pub mod words;

pub use alerts::{Alert, Fired};
pub use city::{city_wide, unread_voices};
pub use comparison::{
    Comparison, NoiseCorrelation, Pair, between_places, between_windows, noise_correlation,
    opinion_name,
};
pub use correction::{
    Corrected, Doubt, corrected, corrected_city, corrected_places, correction_matrices,
};
pub use coverage::{
    CoverageError, CoverageReport, CoverageRow, ExampleRow, ThresholdRow, coverage,
};
pub use difference::{CONFIDENCE, Net, difference, simultaneous_quantile};
pub use groups::{Ranked, ranking};
pub use left_out::LeftOut;
pub use said::{DeclaredOdds, Said};
