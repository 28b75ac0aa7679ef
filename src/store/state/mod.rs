//! The derived state: an ordered map from bytes to bytes that changes in atomic steps.
//!
//! It is a cache of what replaying the journal yields. Nothing here is trusted to survive: a state
//! that fails, panics or disagrees with itself is set aside and built again.

#[cfg(test)]
mod conformance;
mod home;
mod leaf;
mod memory;
mod sled;

use std::collections::BTreeMap;

pub(super) use home::Home;
pub(super) use memory::MemoryState;

/// Keys with their new values; `None` removes the key.
pub(super) type Writes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// The most writes in one step: an engine may hold every page a step touches until it is done.
const STEP_WRITES_MAX: usize = 1024;

/// One key with its value.
pub(super) type Entry = (Vec<u8>, Vec<u8>);

/// Why the derived state cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// Its engine reported an error; the text is the kind only, never a key or a value.
    #[error("its engine reported {0}")]
    Engine(&'static str),
    /// Its engine panicked.
    #[error("its engine panicked")]
    Panicked,
    /// Its entries do not add up to its own checksum, or one of them means nothing.
    #[error("its entries do not match its checksum")]
    Mismatch,
    /// Its layout is that of another version.
    #[error("its layout is another version's")]
    Layout,
    /// It was built from frames that the journal does not have.
    #[error("it is ahead of the journal")]
    Ahead,
}

/// An ordered map with atomic steps; two implementors, one conformance suite.
pub(super) trait State: Send + Sync {
    /// The value of `key`.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError>;

    /// The entries whose keys begin with `prefix`, in ascending order of keys, one at a time.
    fn scan<'a>(
        &'a self,
        prefix: &[u8],
    ) -> Box<dyn Iterator<Item = Result<Entry, StateError>> + 'a>;

    /// Applies all writes or none, together with the new mark where one is given.
    fn apply(&mut self, writes: &Writes, applied_seq: Option<u64>) -> Result<(), StateError>;

    /// The last mark that was applied; 0 at first.
    fn applied_seq(&self) -> u64;

    /// Tries to make what was applied last past the end of the process.
    fn flush(&mut self) -> Result<(), StateError>;
}

/// Applies writes in steps of bounded size; the mark moves with the last one. A crash in between
/// leaves the mark where it was, and the journal's records, applied again, yield the same.
pub(super) fn apply_in_steps(
    state: &mut dyn State,
    mut writes: Writes,
    applied_seq: Option<u64>,
) -> Result<(), StateError> {
    while let Some((key, _)) = writes.iter().nth(STEP_WRITES_MAX) {
        let later = writes.split_off(&key.clone());
        state.apply(&writes, None)?;
        writes = later;
    }
    state.apply(&writes, applied_seq)
}
