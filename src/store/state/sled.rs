//! The state in sled: a restart reads only what the journal gained since.
//!
//! sled 0.34 acknowledges before the disk does and may lose its tail, or not open, after a power
//! cut. That is accepted: each step carries the journal's sequence number, so a lost tail is
//! replayed, and a count and a sum over all entries, checked at every open, so a state that lost
//! anything else is noticed. Its panics are caught and count as failures.

use std::{
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use sha2::{Digest, Sha256};

use super::{Entry, State, StateError, Writes};
use crate::store::bytes::Fields;

const CACHE_BYTES: u64 = 4 << 20;
const LAYOUT: u8 = 1;

/// Holds the [`Summary`]; the keys of entries begin with a letter.
const SUMMARY_KEY: &[u8] = &[0];

/// An ordered map in a folder.
pub(crate) struct SledState {
    db: sled::Db,
    summary: Summary,
}

/// What the entries must add up to; changes in the same atomic step as they do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Summary {
    applied_seq: u64,
    entries: u64,
    /// Sum of the digests of all entries: independent of their order.
    sum: u64,
}

impl SledState {
    /// Opens or creates the state and checks every entry of it.
    pub(super) fn open(path: &Path) -> Result<Self, StateError> {
        let mut builder = DirBuilder::new();
        let made = builder.recursive(true).mode(0o700).create(path);
        made.map_err(|_| StateError::Engine("that its folder cannot be created"))?;
        let config = sled::Config::new()
            .path(path)
            .cache_capacity(CACHE_BYTES)
            .mode(sled::Mode::HighThroughput)
            .flush_every_ms(None);
        let db = guarded(|| config.open())?;
        let mut state = Self { db, summary: Summary::default() };
        state.summary = state.checked_summary()?;
        Ok(state)
    }

    fn checked_summary(&self) -> Result<Summary, StateError> {
        let written = match self.get(SUMMARY_KEY)? {
            Some(bytes) => Summary::decode(&bytes).ok_or(StateError::Mismatch)?,
            None => Summary::default(),
        };
        let mut found = Summary { applied_seq: written.applied_seq, ..Summary::default() };
        for entry in self.scan(&[]) {
            let (key, value) = entry?;
            if key != SUMMARY_KEY {
                found.add(&key, &value);
            }
        }
        if found == written { Ok(found) } else { Err(StateError::Mismatch) }
    }
}

impl State for SledState {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        Ok(guarded(|| self.db.get(key))?.map(|value| value.to_vec()))
    }

    fn scan<'a>(
        &'a self,
        prefix: &[u8],
    ) -> Box<dyn Iterator<Item = Result<Entry, StateError>> + 'a> {
        let mut entries = self.db.scan_prefix(prefix);
        let mut next = move || guarded(|| entries.next().transpose());
        let mut failed = false;
        Box::new(std::iter::from_fn(move || {
            if failed {
                return None;
            }
            let entry = next().transpose()?;
            failed = entry.is_err();
            Some(entry.map(|(key, value)| (key.to_vec(), value.to_vec())))
        }))
    }

    fn apply(&mut self, writes: &Writes, applied_seq: Option<u64>) -> Result<(), StateError> {
        let mut summary = self.summary;
        let mut batch = sled::Batch::default();
        for (key, value) in writes {
            if let Some(old) = self.get(key)? {
                summary.take(key, &old);
            }
            match value {
                Some(value) => {
                    summary.add(key, value);
                    batch.insert(key.as_slice(), value.as_slice());
                }
                None => batch.remove(key.as_slice()),
            }
        }
        summary.applied_seq = applied_seq.unwrap_or(summary.applied_seq);
        batch.insert(SUMMARY_KEY, summary.encode());
        guarded(|| self.db.apply_batch(batch))?;
        self.summary = summary;
        Ok(())
    }

    fn applied_seq(&self) -> u64 {
        self.summary.applied_seq
    }

    fn flush(&mut self) -> Result<(), StateError> {
        guarded(|| self.db.flush()).map(|_| ())
    }
}

impl Summary {
    fn add(&mut self, key: &[u8], value: &[u8]) {
        self.entries = self.entries.wrapping_add(1);
        self.sum = self.sum.wrapping_add(digest(key, value));
    }

    fn take(&mut self, key: &[u8], value: &[u8]) {
        self.entries = self.entries.wrapping_sub(1);
        self.sum = self.sum.wrapping_sub(digest(key, value));
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = vec![LAYOUT];
        for number in [self.applied_seq, self.entries, self.sum] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut from = Fields::new(bytes);
        if from.u8()? != LAYOUT {
            return None;
        }
        let summary = Self { applied_seq: from.u64()?, entries: from.u64()?, sum: from.u64()? };
        from.end(summary)
    }
}

fn digest(key: &[u8], value: &[u8]) -> u64 {
    let mut hash = Sha256::new();
    hash.update((key.len() as u64).to_be_bytes());
    hash.update(key);
    hash.update(value);
    let digest: [u8; 32] = hash.finalize().into();
    digest.first_chunk().map_or(0, |head| u64::from_be_bytes(*head))
}

/// Calls into sled, taking a panic for a failure: the whole state is set aside after either.
fn guarded<T>(call: impl FnOnce() -> sled::Result<T>) -> Result<T, StateError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(StateError::Engine(kind_of(&error))),
        Err(_) => Err(StateError::Panicked),
    }
}

/// The kind of a sled error: its text could quote a key.
fn kind_of(error: &sled::Error) -> &'static str {
    match error {
        sled::Error::CollectionNotFound(_) => "a missing collection",
        sled::Error::Unsupported(_) => "an unsupported operation",
        sled::Error::ReportableBug(_) => "a bug",
        sled::Error::Io(_) => "an input or output error",
        sled::Error::Corruption { .. } => "corruption",
    }
}
