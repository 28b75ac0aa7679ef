//! Destroying what is no longer needed: the words of scrubbed windows, charges past their period.
//!
//! Each begins with a durable mark in the spine and can be done again from any point: opening the
//! journal finishes what a crash interrupted.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::{EventKey, OriginKey, Pseudonym, Window, crash_point},
    log::{self, AppendLog, Visibility, remove_file},
};

use super::{FileName, Journal, LINKS_PER_FRAME_MAX};
use crate::store::{
    Cursor, StoreError,
    charge::{self, Gathered},
    record::Record,
};

/// The most keys in one frame.
const KEYS_PER_FRAME_MAX: usize = 1 << 16;

/// What of the spine is carried over when it is written anew; charges are streamed.
#[derive(Default)]
struct Kept {
    created: Option<Record>,
    cursors: BTreeMap<(String, [u8; 16]), Cursor>,
    noted: BTreeSet<EventKey>,
    links: BTreeSet<(Pseudonym, Pseudonym)>,
}

impl Journal {
    /// Destroys what comments of the windows before `until` said, and keeps their keys.
    pub(in crate::store) fn scrub(&mut self, until: Window) -> Result<(), StoreError> {
        self.append(&Record::Scrubbed { until })?;
        crash_point("scrub_synced");
        self.finish_scrub()
    }

    /// Destroys charges for the windows before `before`.
    pub(in crate::store) fn forget_charges(&mut self, before: Window) -> Result<(), StoreError> {
        self.append(&Record::ChargesForgotten { before })?;
        crash_point("forget_synced");
        self.rewrite_spine()
    }

    /// Forgets the pseudonym key before the present one, and destroys what linked the two.
    pub(in crate::store) fn forget_former(&mut self, forgotten: &Record) -> Result<(), StoreError> {
        self.append(forgotten)?;
        crash_point("former_forgotten_synced");
        self.rewrite_spine()
    }

    /// Replaces the segments of scrubbed windows with their keys.
    pub(super) fn finish_scrub(&mut self) -> Result<(), StoreError> {
        let open = self.segments.split_off(&self.marks.scrubbed_until);
        let scrubbed = std::mem::replace(&mut self.segments, open);
        self.writing(|journal| {
            for (window, segment) in scrubbed {
                journal.keep_keys(window, &segment)?;
                crash_point("scrub_keys_kept");
                remove_file(segment.path())?;
                crash_point("scrub_segment_deleted");
            }
            Ok(())
        })
        .map(|_| ())
    }

    /// Writes the keys of a segment, sorted so that nothing tells in which order they came.
    fn keep_keys(&mut self, window: Window, segment: &AppendLog) -> Result<(), StoreError> {
        let (mut events, mut origins) = (BTreeSet::new(), BTreeSet::new());
        log::read_with(segment.path(), |_, body| {
            match Record::decode(body) {
                Some((_, Record::Comments { effects, .. })) => {
                    events.extend(effects.iter().map(|effect| effect.event));
                    origins.extend(effects.iter().map(|effect| effect.origin));
                }
                Some((_, Record::Seen { events: more, origins: also, .. })) => {
                    events.extend(more);
                    origins.extend(also);
                }
                _ => {}
            }
            Ok::<(), StoreError>(())
        })?;
        let name = FileName::Seen(window);
        let (mut seen, _) = AppendLog::open(&name.new_path(&self.folder), Visibility::Secret)?;
        for record in seen_records(window, &events, &origins) {
            seen.append(&record.encode(self.next_seq()))?;
        }
        seen.rename(&name.path(&self.folder))?;
        Ok(())
    }

    /// Writes the spine anew without what was destroyed or overtaken, and puts it in place.
    pub(super) fn rewrite_spine(&mut self) -> Result<(), StoreError> {
        self.writing(|journal| {
            let kept = journal.kept_of_spine()?;
            let path = FileName::Spine.new_path(&journal.folder);
            let (mut spine, _) = AppendLog::open(&path, Visibility::Secret)?;
            for record in journal.kept_records(kept) {
                let seq = journal.next_seq();
                spine.append(&record.encode(seq))?;
                journal.marks.take(seq, &record);
            }
            journal.copy_charges(&mut spine)?;
            journal.spine = spine.rename(&FileName::Spine.path(&journal.folder))?;
            crash_point("spine_rewritten");
            Ok(())
        })
        .map(|_| ())
    }

    fn kept_of_spine(&self) -> Result<Kept, StoreError> {
        let mut kept = Kept::default();
        log::read_with(self.spine.path(), |_, body| {
            match Record::decode(body) {
                Some((_, record @ Record::Created { .. })) => kept.created = Some(record),
                Some((_, Record::Progress { cursor, noted })) => {
                    kept.noted.extend(noted);
                    if let Some(cursor) = cursor {
                        let key = (cursor.source.as_str().to_owned(), cursor.input);
                        kept.cursors.insert(key, cursor);
                    }
                }
                Some((_, Record::Linked { links })) => kept.links.extend(links),
                _ => {}
            }
            Ok::<(), StoreError>(())
        })?;
        Ok(kept)
    }

    fn kept_records(&self, kept: Kept) -> Vec<Record> {
        let marks = self.marks;
        let mut records: Vec<Record> = kept.created.into_iter().collect();
        records.push(Record::Closed { first_open: marks.first_open });
        records.push(Record::Scrubbed { until: marks.scrubbed_until });
        records.push(Record::ChargesForgotten { before: marks.charges_from });
        records.extend(self.records_of_keys(&kept.links));
        if marks.erasures > 0 {
            records.push(Record::Erased { nth: marks.erasures, residents: Vec::new() });
        }
        let cursors = kept.cursors.into_values();
        records.extend(cursors.map(|c| Record::Progress { cursor: Some(c), noted: Vec::new() }));
        let noted: Vec<EventKey> = kept.noted.into_iter().collect();
        let noted = noted.chunks(KEYS_PER_FRAME_MAX).map(<[EventKey]>::to_vec);
        records.extend(noted.map(|noted| Record::Progress { cursor: None, noted }));
        records
    }

    /// What is left of rotations: of one whose period is over, that it was; of one in its period,
    /// everything.
    fn records_of_keys(&self, links: &BTreeSet<(Pseudonym, Pseudonym)>) -> Vec<Record> {
        let (marks, keys) = (self.marks, &self.keys);
        let nth = marks.rekeyings;
        let mut records = Vec::new();
        if nth > u32::from(keys.rotation.is_some()) {
            let former = keys.rotation.as_ref().map(|rotation| &rotation.former_check);
            let (key_check, told_from) = (former.unwrap_or(&keys.present), marks.told_from);
            records.push(Record::FormerForgotten { nth, key_check: key_check.clone(), told_from });
        }
        if let Some(rotation) = keys.rotation.clone() {
            records.push(Record::Rekeyed { nth, key_check: keys.present.clone(), rotation });
            let links: Vec<_> = links.iter().copied().collect();
            let frames = links.chunks(LINKS_PER_FRAME_MAX);
            records.extend(frames.map(|links| Record::Linked { links: links.to_vec() }));
        }
        records
    }

    /// Copies the charges that are remembered; what a crash left of one is none.
    fn copy_charges(&mut self, to: &mut AppendLog) -> Result<(), StoreError> {
        let (path, from) = (self.spine.path().to_owned(), self.marks.charges_from);
        let mut begun = Gathered::default();
        log::read_with(&path, |_, body| {
            let whole = match Record::decode(body) {
                Some((_, Record::Charged(charge))) => Some(charge),
                Some((_, Record::ChargedPart { part, before, of })) => begun.take(part, before, of),
                _ => None,
            };
            let Some(charge) = whole.filter(|charge| charge.window >= from) else { return Ok(()) };
            for frame in charge::frames(&charge) {
                to.append(&frame.encode(self.next_seq()))?;
            }
            Ok::<(), StoreError>(())
        })?;
        Ok(())
    }
}

/// Keys of both kinds in frames of bounded length; one frame at least, so that the file says
/// which window it stands for.
pub(super) fn seen_records(
    window: Window,
    events: &BTreeSet<EventKey>,
    origins: &BTreeSet<OriginKey>,
) -> Vec<Record> {
    let events: Vec<EventKey> = events.iter().copied().collect();
    let origins: Vec<OriginKey> = origins.iter().copied().collect();
    let frames = events.len().max(origins.len()).div_ceil(KEYS_PER_FRAME_MAX).max(1);
    let (mut events, mut origins) =
        (events.chunks(KEYS_PER_FRAME_MAX), origins.chunks(KEYS_PER_FRAME_MAX));
    (0..frames)
        .map(|_| Record::Seen {
            window,
            events: events.next().unwrap_or_default().to_vec(),
            origins: origins.next().unwrap_or_default().to_vec(),
        })
        .collect()
}
