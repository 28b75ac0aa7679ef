//! The state in memory: built at every start. For tests, and as the yardstick for the other one.

use std::{collections::BTreeMap, ops::Bound};

use super::{Entry, State, StateError, Writes};

/// An ordered map in memory.
#[derive(Default)]
pub(crate) struct MemoryState {
    entries: BTreeMap<Vec<u8>, Vec<u8>>,
    applied_seq: u64,
}

impl State for MemoryState {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.entries.get(key).cloned())
    }

    fn scan<'a>(
        &'a self,
        prefix: &[u8],
    ) -> Box<dyn Iterator<Item = Result<Entry, StateError>> + 'a> {
        let prefix = prefix.to_vec();
        let from = (Bound::Included(prefix.clone()), Bound::Unbounded);
        let entries = self.entries.range(from).take_while(move |(key, _)| key.starts_with(&prefix));
        Box::new(entries.map(|(key, value)| Ok((key.clone(), value.clone()))))
    }

    fn apply(&mut self, writes: &Writes, applied_seq: Option<u64>) -> Result<(), StateError> {
        for (key, value) in writes {
            match value {
                Some(value) => self.entries.insert(key.clone(), value.clone()),
                None => self.entries.remove(key),
            };
        }
        self.applied_seq = applied_seq.unwrap_or(self.applied_seq);
        Ok(())
    }

    fn applied_seq(&self) -> u64 {
        self.applied_seq
    }

    fn flush(&mut self) -> Result<(), StateError> {
        Ok(())
    }
}
