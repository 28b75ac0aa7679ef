//! The state in sled: a restart reads only what the journal gained since.
//!
//! sled 0.34 acknowledges before the disk does and may lose its tail, or not open, after a power
//! cut. That is accepted: each step carries the journal's sequence number, so a lost tail is
//! replayed, and a count and a sum over all entries, checked at every open, so a state that lost
//! anything else is noticed. Its panics are caught and count as failures. Its cache is small and its
//! entries are packed into leaves, so that its memory hardly follows the number of comments.

use std::{
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use sha2::{Digest, Sha256};

use super::{Entry, State, StateError, Writes, leaf::Leaf};
use crate::store::bytes::Fields;

const CACHE_BYTES: u64 = 4 << 20;
const LAYOUT: u8 = 3;

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

    /// Name and bytes of the leaf that a key belongs to; of the first leaf of the key's letter no bytes
    /// while it has none.
    fn leaf(&self, key: &[u8]) -> Result<(sled::IVec, Option<sled::IVec>), StateError> {
        let letter = &key[..key.len().min(1)];
        let found = guarded(|| self.db.range(letter..=key).next_back().transpose())?;
        Ok(found.map_or_else(|| (letter.into(), None), |(name, bytes)| (name, Some(bytes))))
    }

    /// Every leaf from one name on, with its name; an error is the last item.
    fn leaves(
        &self,
        from: &[u8],
    ) -> impl Iterator<Item = Result<(sled::IVec, Leaf), StateError>> + use<> {
        let mut leaves = self.db.range(from..);
        let next = move || loop {
            return match guarded(|| leaves.next().transpose()) {
                Ok(Some((name, _))) if name == SUMMARY_KEY => continue,
                Ok(Some((name, bytes))) => Some(opened(&bytes).map(|leaf| (name, leaf))),
                Ok(None) => None,
                Err(error) => Some(Err(error)),
            };
        };
        let mut failed = false;
        std::iter::from_fn(next).take_while(move |read| {
            let go_on = !failed;
            failed = read.is_err();
            go_on
        })
    }

    /// What is written that the entries add up to, once they do, and each lies where it is looked for.
    fn checked_summary(&self) -> Result<Summary, StateError> {
        let written = match guarded(|| self.db.get(SUMMARY_KEY))? {
            Some(bytes) => Summary::decode(&bytes)?,
            None => Summary::default(),
        };
        let mut found = Summary { applied_seq: written.applied_seq, ..Summary::default() };
        let mut last = Vec::new();
        for leaf in self.leaves(&[]) {
            let (name, leaf) = leaf?;
            if *name <= *last {
                return Err(StateError::Mismatch);
            }
            for (key, value) in leaf.to_entries() {
                if *key < *name || key <= last || key.first() != name.first() {
                    return Err(StateError::Mismatch);
                }
                found.add(&key, &value);
                last = key;
            }
        }
        if found == written { Ok(found) } else { Err(StateError::Mismatch) }
    }
}

/// Puts a leaf into the step.
fn close(open: Option<(sled::IVec, Leaf)>, batch: &mut sled::Batch) {
    let Some((name, leaf)) = open else { return };
    let leaves = leaf.cut(&name);
    if leaves.is_empty() {
        batch.remove(name);
    }
    for (name, bytes) in leaves {
        batch.insert(name, bytes);
    }
}

fn opened(bytes: &[u8]) -> Result<Leaf, StateError> {
    Leaf::decode(bytes).ok_or(StateError::Mismatch)
}

/// What a leaf gives, or why it gives nothing.
enum Either<I> {
    Entries(I),
    Failed(Option<StateError>),
}

impl<I: Iterator<Item = Entry>> Iterator for Either<I> {
    type Item = Result<Entry, StateError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Entries(entries) => entries.next().map(Ok),
            Self::Failed(error) => error.take().map(Err),
        }
    }
}

impl State for SledState {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        let Some(bytes) = self.leaf(key)?.1 else { return Ok(None) };
        Ok(opened(&bytes)?.get(key).map(<[u8]>::to_vec))
    }

    fn scan<'a>(
        &'a self,
        prefix: &[u8],
    ) -> Box<dyn Iterator<Item = Result<Entry, StateError>> + 'a> {
        let prefix = prefix.to_vec();
        let first = match self.leaf(&prefix) {
            Ok((name, _)) => name,
            Err(error) => return Box::new(std::iter::once(Err(error))),
        };
        let until = prefix.clone();
        let leaves = self.leaves(&first).take_while(move |read| match read {
            // Else it is named after all keys of this beginning.
            Ok((name, _)) => **name <= *until || name.starts_with(&until),
            Err(_) => true,
        });
        let entries = leaves.flat_map(|read| match read {
            Ok((_, leaf)) => Either::Entries(leaf.to_entries().into_iter()),
            Err(error) => Either::Failed(Some(error)),
        });
        let fits = move |entry: &Result<Entry, StateError>| {
            entry.as_ref().map_or(true, |(key, _)| key.starts_with(&prefix))
        };
        Box::new(entries.filter(fits))
    }

    fn apply(&mut self, writes: &Writes, applied_seq: Option<u64>) -> Result<(), StateError> {
        let mut summary = self.summary;
        let mut batch = sled::Batch::default();
        let mut open: Option<(sled::IVec, Leaf)> = None;
        // Writes are in order, so those of one leaf follow one another.
        for (key, value) in writes {
            let (name, bytes) = self.leaf(key)?;
            let mut leaf = match open.take() {
                Some((before, leaf)) if before == name => leaf,
                before => {
                    close(before, &mut batch);
                    bytes.map_or(Ok(Leaf::default()), |bytes| opened(&bytes))?
                }
            };
            if let Some(old) = leaf.get(key) {
                summary.take(key, old);
            }
            if let Some(value) = value {
                summary.add(key, value);
            }
            leaf.put(key, value.as_deref());
            open = Some((name, leaf));
        }
        close(open, &mut batch);
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

    fn decode(bytes: &[u8]) -> Result<Self, StateError> {
        let mut from = Fields::new(bytes);
        match from.u8() {
            Some(LAYOUT) => {}
            Some(_) => return Err(StateError::Layout),
            None => return Err(StateError::Mismatch),
        }
        let mut summary =
            || Some(Self { applied_seq: from.u64()?, entries: from.u64()?, sum: from.u64()? });
        let summary = summary().ok_or(StateError::Mismatch)?;
        from.end(summary).ok_or(StateError::Mismatch)
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
