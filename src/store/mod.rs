//! What residents said, without their words: the journal (truth, secret) and a state derived from it.
//!
//! Every contribution is acknowledged when its journal frame is on the disk. The derived state
//! answers questions and may be lost at any time: it follows the journal by sequence number, and is
//! set aside and built again when it fails, panics, or does not add up. The store decides what an
//! event does to its own comment; it never counts, bounds or releases anything, and it never sees
//! text or an account.
//!
//! # Privacy
//! Everything here is secret (folders 0700, files 0600). What one contribution does depends on
//! that comment and the public closing of windows alone, never on another resident.

mod batch;
mod bytes;
mod charge;
mod decide;
mod erase;
mod error;
mod index;
mod journal;
mod open;
mod record;
mod rotation;
mod said;
mod state;
#[cfg(test)]
mod tests;

use crate::domain::{EventKey, SourceId, Window, crash_point};

pub use batch::{Applied, BATCH_MAX, Batch, Charge, Cursor, Said, Spent};
pub use error::StoreError;
pub use open::{Recovery, StateRecovery, StoreOptions};
pub use rotation::Rotation;
pub use state::StateError;

use decide::Decided;
use index::View;
use journal::Journal;
use record::Record;
use state::{Home, State, Writes, apply_in_steps};

/// The single writer of one data folder.
pub struct Store {
    journal: Journal,
    state: Box<dyn State>,
    home: Home,
}

impl Store {
    /// Whether the event was applied: such an event may be skipped before it is classified.
    ///
    /// # Errors
    /// When the derived state fails.
    pub fn is_applied(&self, event: &EventKey) -> Result<bool, StoreError> {
        Ok(View::of(&*self.state).has_event(event)?)
    }

    /// Applies a batch and returns, durably, what each contribution did.
    ///
    /// An event applied before is a duplicate. A creation of a known comment changes nothing. An
    /// edit or deletion acts while the window its comment counts in is open, and stays in that
    /// window; a comment taken back stays so. An edit or deletion may come before the creation.
    ///
    /// # Errors
    /// When a new comment names a closed window or the batch is malformed (nothing is then
    /// applied), or when the journal cannot be written.
    pub fn commit(&mut self, batch: Batch) -> Result<Vec<Applied>, StoreError> {
        if batch.contributions.len() > BATCH_MAX {
            return Err(StoreError::BatchTooLong { contributions: batch.contributions.len() });
        }
        let (decided, writes) = match self.decide(&batch) {
            Err(StoreError::State(_)) => {
                self.heal()?;
                self.decide(&batch)?
            }
            decided => decided?,
        };
        if writes.is_empty() {
            return Ok(decided.applied);
        }
        let Decided { effects, links, noted, applied } = decided;
        let has_progress = batch.cursor.is_some() || !noted.is_empty();
        let progress = has_progress.then_some(Record::Progress { cursor: batch.cursor, noted });
        let seq = self.journal.commit(&links, effects, progress)?;
        self.apply(writes, seq)?;
        crash_point("state_applied");
        Ok(applied)
    }

    /// How far an input was read, as of the last batch that said so.
    ///
    /// # Errors
    /// When the derived state fails.
    pub fn cursor(&self, source: &SourceId, input: [u8; 16]) -> Result<Option<Cursor>, StoreError> {
        Ok(View::of(&*self.state).cursor(source, input)?)
    }

    /// The oldest window that takes comments.
    pub fn first_open(&self) -> Window {
        self.journal.marks().first_open
    }

    /// The oldest window whose comments have not been scrubbed.
    pub fn scrubbed_until(&self) -> Window {
        self.journal.marks().scrubbed_until
    }

    /// Closes every window up to and including `window`, durably and for good; a window closed
    /// before stays closed.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn close_through(&mut self, window: Window) -> Result<(), StoreError> {
        let first_open = Window(window.0.saturating_add(1));
        if first_open <= self.first_open() {
            return Ok(());
        }
        let seq = self.journal.append(&Record::Closed { first_open })?;
        crash_point("closed_synced");
        self.apply(Writes::new(), seq)
    }

    /// Destroys the charges for windows before `before`, on disk too.
    ///
    /// # Errors
    /// When the journal cannot be written or the state not rebuilt.
    pub fn forget_charges_before(&mut self, before: Window) -> Result<(), StoreError> {
        if before <= self.journal.marks().charges_from {
            return Ok(());
        }
        self.journal.forget_charges(before)?;
        self.build().map(|_| ())
    }

    /// Destroys what comments of the windows before `until` said, in the journal and in the state,
    /// and keeps the keys of their events and comments, so that duplicates stay no-ops, and the
    /// odometer.
    ///
    /// # Errors
    /// When one of these windows is open, the journal cannot be written, or the state not rebuilt.
    ///
    /// # Privacy
    /// Files are deleted, not overwritten; on flash and on copy-on-write file systems only disk
    /// encryption makes the old blocks unreadable.
    pub fn scrub(&mut self, until: Window) -> Result<(), StoreError> {
        let first_open = self.first_open();
        if until > first_open {
            return Err(StoreError::StillOpen { until, first_open });
        }
        if until <= self.scrubbed_until() {
            return Ok(());
        }
        self.journal.scrub(until)?;
        self.build().map(|_| ())
    }

    /// Saves the derived state so that the next start replays less; durability does not need it.
    ///
    /// # Errors
    /// When the derived state cannot be written.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        Ok(self.state.flush()?)
    }

    /// Flushes and lets go of the folder.
    ///
    /// # Errors
    /// As [`Store::flush`]; everything acknowledged is durable even then.
    pub fn close(mut self) -> Result<(), StoreError> {
        self.flush()
    }

    fn decide(&self, batch: &Batch) -> Result<(Decided, Writes), StoreError> {
        let mut view = View::of(&*self.state);
        let mut decided = Decided::default();
        for contribution in &batch.contributions {
            decided.push(&mut view, self.first_open(), contribution)?;
        }
        if let Some(cursor) = &batch.cursor {
            view.put_cursor(cursor);
        }
        Ok((decided, view.into_writes()))
    }

    /// Brings the state up to what the journal now says; a state that cannot is built again.
    fn apply(&mut self, writes: Writes, seq: u64) -> Result<(), StoreError> {
        match apply_in_steps(&mut *self.state, writes, Some(seq)) {
            Ok(()) => Ok(()),
            Err(_) => self.heal(),
        }
    }
}
