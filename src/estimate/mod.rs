//! What may be said from released tables. All of it is post-processing of public numbers: it costs
//! no privacy and could be done by any reader of a release.
//!
//! Every statement carries its interval; places whose difference the noise could explain are said
//! to be alike.

mod city;
mod comparison;
mod coverage;
mod difference;
mod groups;

pub use city::{city_wide, unread_voices};
pub use comparison::{
    Comparison, NoiseCorrelation, Pair, between_places, between_windows, noise_correlation,
    opinion_name,
};
pub use coverage::{
    CoverageError, CoverageReport, CoverageRow, ExampleRow, ThresholdRow, coverage,
};
pub use difference::{CONFIDENCE, Net, difference, simultaneous_quantile};
pub use groups::{Ranked, ranking};
