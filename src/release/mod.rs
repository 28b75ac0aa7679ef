//! Releases: the only thing that leaves the boundary.
//!
//! [`ReleasePlan`] says what will be asked, in public and before any data. [`Releaser`] carries one
//! question through the order that cannot overspend: charge, reserve, count, draw, write, commit,
//! publish, scrub. [`Document`] is what a reader gets; [`Envelope`] signs it.
//!
//! What this is not: a query engine. Nothing is ever asked that the plan did not declare.

mod archive;
mod check;
mod document;
mod envelope;
mod estimates;
mod interval;
mod model_card;
mod plan;
#[cfg(feature = "pipeline")]
mod releaser;
mod statement;
mod table;
mod tables;
#[cfg(feature = "pipeline")]
mod tally;

pub use archive::{Archive, ArchiveError, ReleaseFile};
pub use check::check_documents;
pub use document::{
    CellRow, Document, EstimateRow, Facts, FamilyFacts, LedgerFacts, LevelTable, PipelineFacts,
    RunningTotal, WindowFacts, schema_json,
};
pub use envelope::{Envelope, EnvelopeError, Signature};
pub use estimates::{Measure, Opinion};
pub use interval::{Interval, net_sentiment, ratio_limits, voices};
pub use model_card::ModelFacts;
pub use plan::{PrivacyUnit, ReleasePlan};
#[cfg(feature = "pipeline")]
pub use releaser::{Due, ReleaseError, Releaser, Step};
pub use statement::{LevelScale, LossFacts, PrivacyStatement};
pub use table::{csv, csvw};
pub use tables::DocumentError;
