//! Opening a store, and building its state from the journal.

use std::path::{Path, PathBuf};

use super::{
    Home, Journal, Store, StoreError, charge,
    index::View,
    record::Record,
    state::{MemoryState, StateError, apply_in_steps},
};

/// Writes that a replay gathers before it applies them.
const REPLAY_WRITES_MAX: usize = 16_384;

/// What the data must have been made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// Check value of the pseudonym key; data made with another key is refused.
    pub key_check: String,
    /// Check value of the plan; where both are known, data made under another plan is refused.
    pub plan_check: Option<String>,
}

/// What opening a store found and mended.
#[derive(Debug)]
#[non_exhaustive]
pub struct Recovery {
    /// Length of the torn ends cut off the journal: writes that were never acknowledged.
    pub truncated_bytes: u64,
    /// Journal frames applied to the state.
    pub replayed: u64,
    /// What became of the derived state.
    pub state: StateRecovery,
}

/// What became of the derived state when the store was opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum StateRecovery {
    /// It was there and sound; frames written after it were replayed.
    Kept,
    /// It was built from nothing: there was none, it was not complete, another version had made it,
    /// or a scrub had begun.
    Built,
    /// It was not usable; it was set aside and built again.
    Rebuilt {
        /// Why.
        cause: StateError,
        /// Where the old one lies now; delete it after a look.
        quarantined: Option<PathBuf>,
    },
}

impl Store {
    /// Opens or creates the store in `dir`: `dir/journal` is the truth, `dir/state` is derived.
    ///
    /// # Errors
    /// When another process has it open, it was made with another key or plan, the disk is on
    /// another machine, a journal file is damaged before its last frame, or the system refuses.
    pub fn open(dir: &Path, options: StoreOptions) -> Result<(Self, Recovery), StoreError> {
        Self::open_at(dir, &options, Home::Disk(dir.to_owned()))
    }

    /// Opens or creates the store with its derived state in memory: for tests and small cities.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_in_memory(
        dir: &Path,
        options: StoreOptions,
    ) -> Result<(Self, Recovery), StoreError> {
        Self::open_at(dir, &options, Home::Memory)
    }

    fn open_at(
        dir: &Path,
        options: &StoreOptions,
        home: Home,
    ) -> Result<(Self, Recovery), StoreError> {
        let (journal, truncated_bytes) = Journal::open(&dir.join("journal"), options)?;
        let mut store = Self { journal, state: Box::new(MemoryState::default()), home };
        let (replayed, state) = store.recover_state()?;
        Ok((store, Recovery { truncated_bytes, replayed, state }))
    }

    fn recover_state(&mut self) -> Result<(u64, StateRecovery), StoreError> {
        let marks = self.journal.marks();
        let cause = match self.home.open() {
            Ok(state) if state.applied_seq() > self.journal.last_seq() => StateError::Ahead,
            // A state without a mark may hold half of a replay, from before a scrub perhaps.
            Ok(state) if state.applied_seq() < marks.destroyed_seq.max(1) => {
                drop(state);
                return Ok((self.build()?, StateRecovery::Built));
            }
            // Nothing is wrong with it, so there is nothing to look at.
            Err(StateError::Layout) => return Ok((self.build()?, StateRecovery::Built)),
            Ok(state) => {
                self.state = state;
                match self.replay(self.state.applied_seq()) {
                    Err(StoreError::State(cause)) => cause,
                    replayed => return Ok((replayed?, StateRecovery::Kept)),
                }
            }
            Err(cause) => cause,
        };
        let (replayed, quarantined) = self.rebuild()?;
        Ok((replayed, StateRecovery::Rebuilt { cause, quarantined }))
    }

    /// Sets the failed state aside and builds another.
    pub(super) fn heal(&mut self) -> Result<(), StoreError> {
        self.rebuild().map(|_| ())
    }

    /// Destroys the state and builds another, so that no file keeps what was scrubbed.
    pub(super) fn build(&mut self) -> Result<u64, StoreError> {
        self.state = Box::new(MemoryState::default());
        self.home.destroy()?;
        self.state = self.home.open()?;
        self.replay(0)
    }

    fn rebuild(&mut self) -> Result<(u64, Option<PathBuf>), StoreError> {
        self.state = Box::new(MemoryState::default());
        let quarantined = self.home.quarantine()?;
        self.state = self.home.open()?;
        Ok((self.replay(0)?, quarantined))
    }

    /// Applies the frames numbered above `after`. The mark moves at the very end: a replay that is
    /// cut short starts again from where it began, and every record may be applied twice.
    fn replay(&mut self, after: u64) -> Result<u64, StoreError> {
        let (journal, state) = (&self.journal, &mut self.state);
        let mut gathered = super::Writes::new();
        let mut charges = charge::Gathered::default();
        let replayed = journal.replay(after, |record| {
            if let Record::ChargedPart { part, before, of } = record {
                if let Some(charge) = charges.take(part, before, of) {
                    charge::apply(&mut **state, &charge, None)?;
                }
                return Ok(());
            }
            let mut view = View::of(&**state);
            view.apply(&record);
            gathered.extend(view.into_writes());
            if gathered.len() >= REPLAY_WRITES_MAX {
                apply_in_steps(&mut **state, std::mem::take(&mut gathered), None)?;
            }
            Ok(())
        })?;
        if replayed > 0 || !gathered.is_empty() {
            apply_in_steps(&mut **state, gathered, Some(journal.last_seq()))?;
        }
        Ok(replayed)
    }
}
