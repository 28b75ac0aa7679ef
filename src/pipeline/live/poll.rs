//! A source read into the live intake, round after round.
//!
//! The counterpart of [`super::super::ingest`] for a service that stays: rows share the room and the
//! keeper with those that come over HTTP. What a chunk of rows says and how far the source was read
//! become durable in one step, so a service that is killed asks again for what it had not kept.

use std::{
    collections::BTreeMap,
    io,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::mpsc::{self, error::TryRecvError};

use super::{Answer, Given, Intake, Unavailable};
use crate::{
    pipeline::{BadRow, Bookmark, Fetched, Opened, Position, Source, SourceError, Stop},
    store::Applied,
};

/// Reads one source into an intake.
pub struct Poll {
    intake: Arc<Intake>,
    tally: Arc<PollTally>,
    chunk_rows_max: usize,
    position: Position,
}

/// How a round ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundEnd {
    /// The source had no more.
    CaughtUp,
    /// It was asked to stop.
    Stopped,
}

/// Why a round ended early; what was kept stays, and the next round goes on from there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PollError {
    /// The source cannot be read any further.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Nothing is taken in any more.
    #[error(transparent)]
    Gone(#[from] Unavailable),
    /// The input cannot be read back to set a cursor.
    #[error("cannot read the input again to mark how far it was read: {0}")]
    Bookmark(io::Error),
    /// The system gives no thread.
    #[error("cannot start the thread that reads: {0}")]
    Threads(io::Error),
    /// A defect in this program stopped the thread that reads.
    #[error("reading broke off at an internal error; what was read before it is kept")]
    BrokenOff,
}

/// What reading the source came to since the service started: exact, so inside the boundary only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PollCounts {
    /// Rows by what became of them: `new` and the like, or why a row counts nowhere. A reason is
    /// one of this program's own words, never one of the source's.
    pub rows: BTreeMap<String, u64>,
    /// Rounds that read all there was.
    pub rounds: u64,
    /// Rounds that ended early.
    pub failures: u64,
    /// When the last round ended that read all there was.
    pub caught_up_at: Option<Timestamp>,
}

/// The counts, shared by whoever reads and whoever tells.
#[derive(Debug, Default)]
pub struct PollTally(Mutex<PollCounts>);

impl PollTally {
    /// The counts as they are now.
    pub fn counts(&self) -> PollCounts {
        self.lock().clone()
    }

    /// Notes that a round read all there was.
    pub fn caught_up(&self, now: Timestamp) {
        let mut counts = self.lock();
        counts.rounds += 1;
        counts.caught_up_at = Some(now);
    }

    /// Notes that a round ended early.
    pub fn failed(&self) {
        self.lock().failures += 1;
    }

    fn add(&self, outcomes: impl Iterator<Item = String>) {
        let mut counts = self.lock();
        outcomes.for_each(|outcome| *counts.rows.entry(outcome).or_default() += 1);
    }

    fn lock(&self) -> MutexGuard<'_, PollCounts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Rows that are made durable together.
#[derive(Default)]
struct Chunk {
    given: Vec<Given>,
    bad: Vec<BadRow>,
    position: Option<Position>,
}

impl Chunk {
    fn push(&mut self, fetched: Fetched) {
        let (Fetched::Comment { position, .. } | Fetched::Bad { position, .. }) = fetched;
        self.position = Some(position);
        match fetched {
            Fetched::Comment { raw, .. } => self.given.push(Given::Comment(raw)),
            Fetched::Bad { reason, .. } => self.bad.push(reason),
        }
    }

    fn rows(&self) -> usize {
        self.given.len() + self.bad.len()
    }
}

type Row = Result<Option<Fetched>, SourceError>;

impl Poll {
    /// Reads into `intake`, at most a quarter of its room at once, so that whoever sends by
    /// themselves find some too.
    pub fn new(intake: Arc<Intake>, waiting_rows_max: NonZeroUsize, tally: Arc<PollTally>) -> Self {
        let chunk_rows_max = waiting_rows_max.get().div_ceil(4);
        Self { intake, tally, chunk_rows_max, position: Position::default() }
    }

    /// How far the source was read, durably.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Reads `opened` to its end, or until asked to stop.
    ///
    /// # Errors
    /// When the source cannot be read any further, or nothing is taken in any more.
    pub async fn round(&mut self, opened: Opened, stop: &mut Stop) -> Result<RoundEnd, PollError> {
        let Opened { source, bookmark, from, .. } = opened;
        self.position = from;
        let mut rows = read(source, self.chunk_rows_max).map_err(PollError::Threads)?;
        loop {
            let first = tokio::select! {
                biased;
                () = stop.requested() => return Ok(RoundEnd::Stopped),
                row = rows.recv() => row.ok_or(PollError::BrokenOff)?,
            };
            let (chunk, end) = gather(first, &mut rows, self.chunk_rows_max);
            self.take(chunk, bookmark.as_ref()).await?;
            match end {
                None => {}
                Some(Ok(())) => return Ok(RoundEnd::CaughtUp),
                Some(Err(error)) => return Err(error),
            }
        }
    }

    /// Makes a chunk durable together with how far the source is read behind it.
    async fn take(&mut self, chunk: Chunk, bookmark: Option<&Bookmark>) -> Result<(), PollError> {
        let Chunk { given, bad, position } = chunk;
        let Some(position) = position else { return Ok(()) };
        let cursor = bookmark.filter(|_| position != self.position);
        let cursor = cursor.map(|bookmark| bookmark.cursor(position)).transpose();
        let cursor = cursor.map_err(PollError::Bookmark)?;
        let room = self.intake.room_when_free(given.len()).await?;
        let answers = self.intake.take_up_to(given, cursor, room).await?;
        self.position = position;
        self.tally.add(answers.iter().map(outcome).chain(bad.iter().map(word)));
        Ok(())
    }
}

/// What waits already, behind `first`, and how the source ended, where it did.
fn gather(
    first: Row,
    rows: &mut mpsc::Receiver<Row>,
    rows_max: usize,
) -> (Chunk, Option<Result<(), PollError>>) {
    let (mut chunk, mut next) = (Chunk::default(), first);
    loop {
        match next {
            Ok(Some(fetched)) => chunk.push(fetched),
            Ok(None) => return (chunk, Some(Ok(()))),
            Err(error) => return (chunk, Some(Err(error.into()))),
        }
        if chunk.rows() >= rows_max {
            return (chunk, None);
        }
        next = match rows.try_recv() {
            Ok(row) => row,
            Err(TryRecvError::Empty) => return (chunk, None),
            Err(TryRecvError::Disconnected) => return (chunk, Some(Err(PollError::BrokenOff))),
        };
    }
}

/// Starts reading `source` into a queue. A thread of its own, because a wait for the network cannot
/// be called off: a stopped round leaves it behind, and it ends at its next row or with the process.
fn read(mut source: Box<dyn Source>, rows_max: usize) -> io::Result<mpsc::Receiver<Row>> {
    let (sender, receiver) = mpsc::channel(rows_max);
    thread::Builder::new().name("poll".into()).spawn(move || {
        loop {
            let row = source.next();
            let last = !matches!(row, Ok(Some(_)));
            if sender.blocking_send(row).is_err() || last {
                return;
            }
        }
    })?;
    Ok(receiver)
}

fn outcome(answer: &Answer) -> String {
    match answer {
        Ok(Applied::New) => "new".to_owned(),
        Ok(Applied::Replaced) => "replaced".to_owned(),
        Ok(Applied::Removed) => "removed".to_owned(),
        Ok(Applied::Duplicate) => "duplicate".to_owned(),
        Ok(Applied::TooLate) => "too_late".to_owned(),
        Err(reason) => word(reason),
    }
}

fn word(reason: &impl Serialize) -> String {
    match serde_json::to_value(reason) {
        Ok(serde_json::Value::String(word)) => word,
        _ => "refused".to_owned(),
    }
}
