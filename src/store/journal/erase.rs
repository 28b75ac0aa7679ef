//! Destroying what chosen residents said: segments written anew without them.
//!
//! It begins with a durable mark in the spine that names them, and can be done again from any
//! point: opening the journal finishes what a crash interrupted. The last step takes the names out.

use std::collections::BTreeSet;

use crate::{
    domain::{Pseudonym, Window, crash_point},
    log::{self, AppendLog, Visibility},
};

use super::{FileName, Journal, compact::seen_records};
use crate::store::{StoreError, record::Record};

impl Journal {
    /// Destroys what `residents` said in every window that is not scrubbed, and keeps the keys.
    pub(in crate::store) fn erase(&mut self, residents: &[Pseudonym]) -> Result<(), StoreError> {
        let nth = self.marks.erasures.saturating_add(1);
        self.append(&Record::Erased { nth, residents: residents.to_vec() })?;
        crash_point("erase_synced");
        self.finish_erase(residents)
    }

    /// Writes every segment anew, whoever is in it: what is done must not tell who wrote.
    pub(super) fn finish_erase(&mut self, residents: &[Pseudonym]) -> Result<(), StoreError> {
        let windows: Vec<Window> = self.segments.keys().copied().collect();
        self.writing(|journal| {
            for window in windows {
                journal.rewrite_segment(window, residents)?;
                crash_point("erase_segment_rewritten");
            }
            Ok(())
        })?;
        self.rewrite_spine()
    }

    /// Moves a segment's comments of `residents` among the keys that are merely known, sorted so
    /// that nothing tells whose they were or in which order they came.
    fn rewrite_segment(
        &mut self,
        window: Window,
        residents: &[Pseudonym],
    ) -> Result<(), StoreError> {
        let name = FileName::Window(window);
        let path = name.path(&self.folder);
        let (mut segment, _) = AppendLog::open(&name.new_path(&self.folder), Visibility::Secret)?;
        let (mut events, mut origins) = (BTreeSet::new(), BTreeSet::new());
        log::read_with(&path, |_, body| {
            match Record::decode(body) {
                Some((_, Record::Comments { window, effects })) => {
                    let (gone, effects): (Vec<_>, Vec<_>) = effects
                        .into_iter()
                        .partition(|effect| residents.contains(&effect.resident));
                    events.extend(gone.iter().map(|effect| effect.event));
                    origins.extend(gone.iter().map(|effect| effect.origin));
                    let kept = Record::Comments { window, effects };
                    segment.append(&kept.encode(self.next_seq()))?;
                }
                Some((_, Record::Seen { events: more, origins: also, .. })) => {
                    events.extend(more);
                    origins.extend(also);
                }
                _ => {}
            }
            Ok::<(), StoreError>(())
        })?;
        for record in seen_records(window, &events, &origins) {
            segment.append(&record.encode(self.next_seq()))?;
        }
        self.segments.insert(window, segment.rename(&path)?);
        Ok(())
    }
}
