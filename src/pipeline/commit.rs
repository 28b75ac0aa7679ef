//! The last step of a run: batches, the cursor behind them, and the count of everything.

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    task,
};

use super::{
    Bookmark, Dated, IngestError, IngestSummary, Position, Progress,
    in_flight::{Outcome, Settled},
    label::Labelled,
    reader::Refusal,
};
use crate::{
    domain::{Contribution, EventKey, Sentiment, crash_point},
    store::{Applied, Batch, Store, StoreError},
};

/// Collects settled rows and makes them durable in their order.
pub(super) struct Committer<'a> {
    store: &'a mut Store,
    bookmark: Option<Bookmark>,
    progress: &'a dyn Progress,
    contributions: Vec<Contribution>,
    notes: Vec<Note>,
    rows: usize,
    position: Position,
    summary: IngestSummary,
}

/// How a row was read; counted only when the contribution is not a duplicate.
struct Note {
    line: u64,
    dated: Dated,
    unread: bool,
    withheld: bool,
    panicked: bool,
}

impl Note {
    fn new(line: u64, dated: Dated) -> Self {
        Self { line, dated, unread: false, withheld: false, panicked: false }
    }

    fn read(self, Labelled { reading, panicked }: &Labelled) -> Self {
        let unread = reading.labels.sentiment == Sentiment::Unread;
        let withheld = reading.withheld;
        Self { unread: unread && !withheld, withheld, panicked: *panicked, ..self }
    }
}

impl<'a> Committer<'a> {
    pub fn new(
        store: &'a mut Store,
        bookmark: Option<Bookmark>,
        position: Position,
        progress: &'a dyn Progress,
    ) -> Self {
        let summary = IngestSummary { lines_passed: position.lines, ..IngestSummary::default() };
        let (contributions, notes, rows) = (Vec::new(), Vec::new(), 0);
        Self { store, bookmark, progress, contributions, notes, rows, position, summary }
    }

    /// Whether the event was applied under one of its names.
    pub fn is_applied<'e>(
        &self,
        mut events: impl Iterator<Item = &'e EventKey>,
    ) -> Result<bool, StoreError> {
        events.try_fold(false, |applied, event| Ok(applied || self.store.is_applied(event)?))
    }

    /// Rows taken since the last commit.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether one of them says something.
    pub fn has_news(&self) -> bool {
        !self.contributions.is_empty()
    }

    /// Counts a row and puts what it says into the batch.
    pub fn take(&mut self, Settled { line, position, dated, outcome }: Settled) {
        let (summary, note) = (&mut self.summary, Note::new(line, dated));
        summary.rows += 1;
        match outcome {
            Outcome::Refused(Refusal::Bad(reason)) => {
                summary.bad_rows.entry(reason).or_default().add(line);
            }
            Outcome::Refused(Refusal::Rejected(reason)) => {
                summary.rejected.entry(reason).or_default().add(line);
            }
            Outcome::AppliedBefore => summary.duplicates += 1,
            Outcome::TakenBack(contribution) => self.batch(contribution, note),
            Outcome::Said(contribution, labelled) => {
                self.batch(contribution, note.read(&labelled));
            }
        }
        self.rows += 1;
        self.position = position;
    }

    fn batch(&mut self, contribution: Contribution, note: Note) {
        self.contributions.push(contribution);
        self.notes.push(note);
    }

    /// Makes the batch, and the cursor behind its last row, durable.
    pub fn commit(&mut self) -> Result<(), IngestError> {
        let cursor = self.bookmark.as_ref().map(|bookmark| bookmark.cursor(self.position));
        let cursor = cursor.transpose().map_err(IngestError::Bookmark)?;
        let batch = Batch { contributions: std::mem::take(&mut self.contributions), cursor };
        crash_point("batch_labelled");
        let applied = waiting_for_disk(|| self.store.commit(batch))?;
        for (applied, note) in applied.into_iter().zip(self.notes.drain(..)) {
            self.summary.add_applied(applied);
            if applied == Applied::New {
                self.summary.add_dated(note.dated, note.line);
            }
            if matches!(applied, Applied::New | Applied::Replaced) {
                self.summary.unread += u64::from(note.unread);
                self.summary.withheld += u64::from(note.withheld);
                self.summary.label_panics += u64::from(note.panicked);
            }
        }
        crash_point("batch_committed");
        self.rows = 0;
        self.progress.advanced(&self.summary.counts(self.position.offset));
        Ok(())
    }

    /// Commits what is left and gives the account of the run.
    pub fn end(mut self, stopped: bool) -> Result<IngestSummary, IngestError> {
        if self.rows > 0 {
            self.commit()?;
        }
        self.summary.stopped = stopped;
        Ok(self.summary)
    }
}

/// Lets the runtime know that `work` blocks, where it can make room for that.
fn waiting_for_disk<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => task::block_in_place(work),
        _ => work(),
    }
}
