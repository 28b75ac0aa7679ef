//! The journal: the secret half of the truth, as files of frames.
//!
//! `window-000012.log` holds what comments of window 12 said and is deleted when the window is
//! scrubbed; `seen-000012.log` then holds the keys that keep duplicates harmless; `spine.log` holds
//! what belongs to no window: cursors, marks, charges. A comment belongs to one window for good, so
//! the files can be replayed one after the other. Frames of all files share one sequence of numbers.
//!
//! A batch is written and synced window by window, the spine last. A crash in between leaves a part
//! of an unacknowledged batch; its events come again and are known by their keys.

mod compact;
mod erase;
mod key_names;
mod names;
mod open;

use std::{
    collections::BTreeMap,
    panic::resume_unwind,
    path::PathBuf,
    thread::{self, ScopedJoinHandle},
};

use crate::{
    domain::{Pseudonym, Window, crash_point},
    log::{self, AppendLog, FolderLock, LogError, Visibility},
};

use super::{
    StoreError,
    record::{Effect, Record},
};
use key_names::KeyNames;
use names::FileName;

/// The most links between pseudonyms in one frame.
const LINKS_PER_FRAME_MAX: usize = 1 << 16;

/// What of the spine must be at hand at all times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks {
    /// The oldest window that takes comments.
    pub(super) first_open: Window,
    /// Windows before this one hold keys only.
    pub(super) scrubbed_until: Window,
    /// Charges for windows before this one are gone.
    pub(super) charges_from: Window,
    /// Rows dated before this window may have been counted under a key that is gone.
    pub(super) told_from: Window,
    /// How often the pseudonym key was replaced.
    pub(super) rekeyings: u32,
    /// How often somebody's record was erased.
    pub(super) erasures: u32,
    /// Number of the last frame that asks for something to be destroyed.
    pub(super) destroyed_seq: u64,
}

/// The open journal; its single writer.
pub(super) struct Journal {
    folder: PathBuf,
    spine: AppendLog,
    segments: BTreeMap<Window, AppendLog>,
    last_seq: u64,
    marks: Marks,
    keys: KeyNames,
    /// Set while a write is under way: stays set when it fails, and refuses every later one.
    failed: bool,
    _lock: FolderLock,
}

impl Journal {
    /// Closed, scrubbed, forgotten.
    pub(super) fn marks(&self) -> Marks {
        self.marks
    }

    /// The pseudonym keys it goes by.
    pub(super) fn keys(&self) -> &KeyNames {
        &self.keys
    }

    /// The latest window that holds comments.
    pub(super) fn last_window(&self) -> Option<Window> {
        self.segments.keys().next_back().copied()
    }

    /// The number of the last frame written.
    pub(super) fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// Makes a batch durable, and returns the number of its last frame. Links go first: what is
    /// written under a new pseudonym is never on the disk without the way back to the former one.
    pub(super) fn commit(
        &mut self,
        links: &[(Pseudonym, Pseudonym)],
        effects: BTreeMap<Window, Vec<Effect>>,
        progress: Option<Record>,
    ) -> Result<u64, StoreError> {
        self.writing(|journal| {
            for links in links.chunks(LINKS_PER_FRAME_MAX) {
                journal.append_spine(&Record::Linked { links: links.to_vec() })?;
                crash_point("journal_links_synced");
            }
            let touched: Vec<Window> = effects.keys().copied().collect();
            for (window, effects) in effects {
                journal.append_comments(window, effects)?;
            }
            journal.sync_segments(&touched)?;
            if let Some(progress) = progress {
                journal.append_spine(&progress)?;
                crash_point("journal_spine_synced");
            }
            Ok(())
        })
    }

    /// Makes one record of the spine durable, and returns its number.
    pub(super) fn append(&mut self, record: &Record) -> Result<u64, StoreError> {
        self.writing(|journal| journal.append_spine(record))
    }

    /// Makes the frames of one charge durable, and returns the number of the last.
    pub(super) fn charge(
        &mut self,
        frames: impl Iterator<Item = Record>,
    ) -> Result<u64, StoreError> {
        self.writing(|journal| {
            for frame in frames {
                journal.append_spine(&frame)?;
                crash_point("charge_frame_synced");
            }
            Ok(())
        })
    }

    /// Hands every record numbered above `after` to `on_record`, file by file.
    pub(super) fn replay(
        &self,
        after: u64,
        mut on_record: impl FnMut(Record) -> Result<(), StoreError>,
    ) -> Result<u64, StoreError> {
        let mut records = 0;
        for name in names::list(&self.folder)? {
            let path = name.path(&self.folder);
            log::read_with(&path, |offset, body| {
                let (seq, record) = Record::decode(body)
                    .ok_or_else(|| StoreError::Unreadable { path: path.clone(), offset })?;
                if seq > after {
                    records += 1;
                    on_record(record)?;
                }
                Ok::<(), StoreError>(())
            })?;
        }
        Ok(records)
    }

    /// Runs a write; whatever fails in it leaves the journal refusing every later write.
    fn writing(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<(), StoreError>,
    ) -> Result<u64, StoreError> {
        if self.failed {
            return Err(StoreError::Failed);
        }
        self.failed = true;
        write(self)?;
        self.failed = false;
        Ok(self.last_seq)
    }

    fn append_comments(&mut self, window: Window, effects: Vec<Effect>) -> Result<(), StoreError> {
        let body = Record::Comments { window, effects }.encode(self.next_seq());
        self.segment(window)?.append(&body)?;
        crash_point("journal_segment_written");
        Ok(())
    }

    /// Syncs the segments that a batch touched, all at once: a batch read from an archive may touch
    /// every open window, and the disk serves syncs together faster than in turn.
    fn sync_segments(&mut self, touched: &[Window]) -> Result<(), LogError> {
        let segments = self.segments.iter_mut().filter(|(window, _)| touched.contains(window));
        let mut segments: Vec<&mut AppendLog> = segments.map(|(_, segment)| segment).collect();
        // What comes in live touches one window nearly always, and needs no thread for it.
        let results = match segments.as_mut_slice() {
            [segment] => vec![segment.sync()],
            _ => sync_together(segments),
        };
        for result in results {
            result?;
            crash_point("journal_segment_synced");
        }
        Ok(())
    }

    fn append_spine(&mut self, record: &Record) -> Result<(), StoreError> {
        let seq = self.next_seq();
        self.spine.append(&record.encode(seq))?;
        self.spine.sync()?;
        self.marks.take(seq, record);
        self.keys.take(record);
        Ok(())
    }

    fn next_seq(&mut self) -> u64 {
        self.last_seq += 1;
        self.last_seq
    }

    fn segment(&mut self, window: Window) -> Result<&mut AppendLog, LogError> {
        use std::collections::btree_map::Entry;
        match self.segments.entry(window) {
            Entry::Occupied(open) => Ok(open.into_mut()),
            Entry::Vacant(missing) => {
                let path = FileName::Window(window).path(&self.folder);
                let (log, _) = AppendLog::open(&path, Visibility::Secret)?;
                Ok(missing.insert(log))
            }
        }
    }
}

impl Marks {
    fn new() -> Self {
        let start = Window(0);
        Self {
            first_open: start,
            scrubbed_until: start,
            charges_from: start,
            told_from: start,
            rekeyings: 0,
            erasures: 0,
            destroyed_seq: 0,
        }
    }

    /// Moves the marks that a record moves; none ever goes back.
    fn take(&mut self, seq: u64, record: &Record) {
        let raise = |mark: &mut Window, to: &Window| *mark = (*mark).max(*to);
        let destroys = match record {
            Record::Closed { first_open } => {
                raise(&mut self.first_open, first_open);
                false
            }
            Record::Scrubbed { until } => {
                raise(&mut self.scrubbed_until, until);
                true
            }
            Record::ChargesForgotten { before } => {
                raise(&mut self.charges_from, before);
                true
            }
            Record::Rekeyed { nth, .. } => {
                self.rekeyings = self.rekeyings.max(*nth);
                false
            }
            Record::FormerForgotten { nth, told_from, .. } => {
                self.rekeyings = self.rekeyings.max(*nth);
                raise(&mut self.told_from, told_from);
                true
            }
            Record::Erased { nth, .. } => {
                self.erasures = self.erasures.max(*nth);
                true
            }
            _ => false,
        };
        if destroys {
            self.destroyed_seq = self.destroyed_seq.max(seq);
        }
    }
}

fn sync_together(segments: Vec<&mut AppendLog>) -> Vec<Result<(), LogError>> {
    thread::scope(|scope| {
        let syncs: Vec<_> =
            segments.into_iter().map(|segment| scope.spawn(|| segment.sync())).collect();
        let ends = syncs.into_iter().map(ScopedJoinHandle::join);
        ends.map(|end| end.unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}
