//! Releases: the only thing that leaves the boundary.
//!
//! [`ReleasePlan`] says what will be asked, in public and before any data. [`Releaser`] carries one
//! question through the order that cannot overspend: charge, reserve, count, draw, write, commit,
//! publish, scrub. [`Document`] is what a reader gets; [`Envelope`] signs it.
//!
//! What this is not: a query engine. Nothing is ever asked that the plan did not declare.

#[cfg(feature = "pipeline")]
mod agreement;
mod archive;
mod check;
mod deployment;
mod document;
mod envelope;
mod estimates;
mod interval;
mod model_card;
mod plan;
mod recorded;
mod registry;
#[cfg(all(feature = "pipeline", feature = "mutants"))]
mod rehearsal;
#[cfg(feature = "pipeline")]
mod releaser;
#[cfg(all(test, feature = "pipeline"))]
mod releaser_tests;
mod statement;
mod table;
mod tables;
#[cfg(feature = "pipeline")]
mod tally;

#[cfg(feature = "pipeline")]
pub use agreement::{check_agreement, is_unfinished, record_missing};
pub use archive::{Archive, ArchiveError, ReleaseFile};
pub use check::check_documents;
pub use deployment::Deployment;
pub use document::{
    CellRow, Document, EstimateRow, Facts, FamilyFacts, LedgerFacts, LevelTable, PipelineFacts,
    RunningTotal, WindowFacts, schema_json,
};
pub use envelope::{Envelope, EnvelopeError, Signature};
pub use estimates::{Measure, Opinion};
pub use interval::{Interval, net_sentiment, ratio_limits, voices};
pub use model_card::{Evaluation, ModelFacts, ToneErrors};
pub use plan::{PrivacyUnit, ReleasePlan};
pub use recorded::{RecordedPlan, Schedule};
pub use registry::{RegistryEntry, RegistryError};
#[cfg(all(feature = "pipeline", feature = "mutants"))]
pub use rehearsal::{Rehearsal, Rehearsed};
#[cfg(feature = "pipeline")]
pub use releaser::{Due, ReleaseError, Releaser, Step};
pub use statement::{LevelScale, LossFacts, PrivacyStatement};
pub use table::{Table, csv_field, rounded, rounded_end};
pub use tables::DocumentError;
