//! Undertone tells a city what its residents think without telling anyone who thinks it.
//!
//! The floors, from the ground up, are drawn in `docs/ARCHITECTURE.md`: a module names only the
//! modules below it. Two wings, `text` and `model`, see what residents wrote; `privacy` to
//! `estimate` never do; they meet in `pipeline` only.
#![deny(unsafe_code)]

#[cfg(feature = "pipeline")]
pub mod audit;
pub mod cli;
#[cfg(feature = "pipeline")]
pub mod config;
#[cfg(feature = "pipeline")]
pub mod connectors;
#[cfg(feature = "pipeline")]
pub mod dashboard;
pub mod domain;
pub mod estimate;
#[cfg(all(test, feature = "pipeline"))]
mod fuzz;
pub mod ledger;
pub mod log;
#[cfg(feature = "pipeline")]
pub mod model;
#[cfg(feature = "pipeline")]
pub mod pipeline;
pub mod privacy;
pub mod release;
#[cfg(feature = "pipeline")]
pub mod server;
#[cfg(feature = "pipeline")]
pub mod store;
#[cfg(feature = "pipeline")]
pub mod text;
