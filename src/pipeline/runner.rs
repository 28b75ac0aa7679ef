//! The runner: reads, labels in parallel, and commits in the order of the input.
//!
//! Rows wait in one bounded line, each with the promise of its labels; the front of the line is
//! settled first, so commits follow the input whatever thread was faster, and no row needs a
//! number. One task owns the store: it is the only writer.

use std::{collections::VecDeque, io, num::NonZeroUsize, sync::Arc};

use super::{
    AdmitPlan, IngestSummary, Labeller, Opened, Progress, SourceError, Stop,
    commit::Committer,
    in_flight::{InFlight, settle_first},
    labellers::Labellers,
    reader::{self, Gate, Message},
};
use crate::{
    domain::Clock,
    store::{Store, StoreError},
};

/// What a run over one source needs besides the source and the store.
pub struct Ingest<'a> {
    /// What admission goes by.
    pub plan: Arc<AdmitPlan>,
    /// Redacts and labels.
    pub labeller: Arc<dyn Labeller>,
    /// Judges dates in the future.
    pub clock: Arc<dyn Clock>,
    /// How many threads label.
    pub threads: NonZeroUsize,
    /// Watches.
    pub progress: &'a dyn Progress,
    /// Asks for an early end.
    pub stop: Stop,
    /// Bounds of the queues.
    pub limits: Limits,
}

/// The bounds of a run's queues.
///
/// # Units
/// Rows. A row holds at most about 64 KiB of text, so the defaults keep all rows on their way
/// below 50 MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Read and admitted, not yet taken up.
    pub queued_rows_max: NonZeroUsize,
    /// Being labelled, or waiting for rows before them.
    pub in_flight_rows_max: NonZeroUsize,
    /// Made durable together.
    pub batch_rows_max: NonZeroUsize,
}

impl Default for Limits {
    fn default() -> Self {
        let rows = |rows| NonZeroUsize::new(rows).unwrap_or(NonZeroUsize::MIN);
        Self {
            queued_rows_max: rows(256),
            in_flight_rows_max: rows(256),
            batch_rows_max: rows(256),
        }
    }
}

/// Why a run ended early; what it had committed stays, and a second run continues from there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The input cannot be read any further.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The input cannot be read back to set a cursor.
    #[error("cannot read the input again to mark how far it was read: {0}")]
    Bookmark(io::Error),
    /// The system gives no threads.
    #[error("cannot start the threads of the run: {0}")]
    Threads(io::Error),
    /// A defect in this program stopped a thread.
    #[error("the `{0}` stage broke off at an internal error; what was read before it is kept")]
    BrokenOff(&'static str),
}

/// Reads `opened` to its end, or until asked to stop, and makes every row durable in `store`.
///
/// A row whose event was applied before is not labelled again. To be called on a runtime that has
/// no other urgent work: commits wait for the disk on the calling thread.
///
/// # Errors
/// When the input, the store or a thread fails; rows in the store stay there.
pub async fn ingest(
    opened: Opened,
    store: &mut Store,
    ingest: Ingest<'_>,
) -> Result<IngestSummary, IngestError> {
    let Ingest { plan, labeller, clock, threads, progress, mut stop, limits } = ingest;
    let Opened { source, bookmark, from, .. } = opened;
    let in_flight_max = limits.in_flight_rows_max.get();
    let gate = Gate { plan, clock, first_open: store.first_open() };
    let mut rows =
        reader::start(source, gate, limits.queued_rows_max.get()).map_err(IngestError::Threads)?;
    let labellers =
        Labellers::start(&labeller, threads, in_flight_max).map_err(IngestError::Threads)?;
    let mut in_flight = VecDeque::new();
    let mut committer = Committer::new(store, bookmark, from, progress);
    let (mut reading, mut stopped, mut failed) = (true, false, None);
    while reading || !in_flight.is_empty() {
        tokio::select! {
            biased;
            () = stop.requested(), if reading => (reading, stopped) = (false, true),
            settled = settle_first(&mut in_flight), if !in_flight.is_empty() => {
                committer.take(settled?);
            }
            message = rows.recv(), if reading && in_flight.len() < in_flight_max => {
                match message.ok_or(IngestError::BrokenOff("read"))? {
                    Message::Row(row) => {
                        let applied = committer.is_applied(row.events())?;
                        in_flight.push_back(InFlight::start(row, applied, &labellers).await);
                    }
                    Message::End(end) => (reading, failed) = (false, end.err()),
                }
            }
        }
        let idle = in_flight.is_empty() && rows.is_empty();
        if committer.rows() >= limits.batch_rows_max.get() || (idle && committer.has_news()) {
            committer.commit()?;
        }
    }
    // What was read before an error of the input is kept.
    let summary = committer.end(stopped)?;
    failed.map_or(Ok(summary), |error| Err(error.into()))
}
