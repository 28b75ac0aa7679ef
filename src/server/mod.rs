//! Two listeners in one process: the inside one takes comments in, the outside one shows releases.
//!
//! What comes in at the inside is labelled and forgotten by `pipeline`, which this floor never
//! looks into: it reads requests, proves senders, holds bounds and answers. The outside serves one
//! immutable picture at a time, made from releases and the ledger alone, and exchanged at public
//! instants; it has no way to the store. Neither listener writes a log of requests.
//!
//! Not here: TLS, which a proxy in front of the socket speaks; whatever reads a comment; the
//! order of a release.

mod body;
mod clouds;
mod deletion;
mod doors;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod inside;
mod kept;
mod line;
mod metrics;
mod openapi;
mod outcome;
mod outside;
mod page;
mod problem;
mod rates;
mod reaction;
mod rows;
mod senders;
mod showing;
mod shown;
#[cfg(test)]
mod tests;
mod webhook;

pub use doors::{Door, DoorError, Pass};
pub use inside::{Inside, InsideParts, Reloaded};
pub use openapi::{inside_document, outside_document};
pub use outside::Outside;
pub use senders::Senders;
pub use showing::Showing;
pub use shown::{Shown, ShownError, ShownRelease};
