//! Whole runs and rules about the source, in one test binary.
#![allow(missing_docs)]

mod boundary;
mod schema;
#[cfg(feature = "pipeline")]
mod silent;
mod tidy;

#[cfg(feature = "pipeline")]
mod audit;
#[cfg(feature = "pipeline")]
mod bad_input;
#[cfg(feature = "pipeline")]
mod bench;
#[cfg(feature = "pipeline")]
mod bench_encoder;
#[cfg(feature = "pipeline")]
mod bench_pipeline;
#[cfg(all(feature = "pipeline", feature = "crash-points"))]
mod canary;
#[cfg(all(feature = "pipeline", feature = "crash-points"))]
mod crash;
#[cfg(feature = "pipeline")]
mod dashboard;
#[cfg(feature = "pipeline")]
mod doctor;
#[cfg(feature = "pipeline")]
mod erase;
#[cfg(feature = "pipeline")]
mod every_key;
#[cfg(feature = "pipeline")]
mod forgery;
#[cfg(feature = "pipeline")]
mod growth;
#[cfg(feature = "pipeline")]
mod ingest;
#[cfg(feature = "pipeline")]
mod left_behind;
#[cfg(all(feature = "pipeline", feature = "mutants"))]
mod mutants;
#[cfg(all(feature = "pipeline", feature = "mutants"))]
mod neighbours;
#[cfg(feature = "pipeline")]
mod plan;
#[cfg(feature = "pipeline")]
mod reading_back;
#[cfg(feature = "pipeline")]
mod records;
#[cfg(feature = "pipeline")]
mod redaction;
#[cfg(feature = "pipeline")]
mod rekey;
#[cfg(all(feature = "pipeline", feature = "crash-points"))]
mod rekey_crash;
#[cfg(feature = "pipeline")]
mod serve;
#[cfg(feature = "pipeline")]
mod sources;
#[cfg(feature = "pipeline")]
mod support;
#[cfg(feature = "pipeline")]
mod truth;
#[cfg(feature = "pipeline")]
mod whole_run;
