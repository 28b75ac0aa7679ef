//! Whole runs and rules about the source, in one test binary.
#![allow(missing_docs)]

mod schema;
mod tidy;

#[cfg(feature = "pipeline")]
mod bad_input;
#[cfg(all(feature = "pipeline", feature = "crash-points"))]
mod canary;
#[cfg(all(feature = "pipeline", feature = "crash-points"))]
mod crash;
#[cfg(feature = "pipeline")]
mod ingest;
#[cfg(feature = "pipeline")]
mod plan;
#[cfg(feature = "pipeline")]
mod support;
#[cfg(feature = "pipeline")]
mod truth;
#[cfg(feature = "pipeline")]
mod whole_run;
