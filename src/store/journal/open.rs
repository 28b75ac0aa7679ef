//! Opening a journal: recover each file, check whose it is, finish what a crash interrupted.

use std::{collections::BTreeMap, fs, path::Path};

use crate::{
    domain::{Pseudonym, Window},
    log::{self, AppendLog, LogError, Visibility, lock_folder},
};

use super::{FileName, Journal, KeyNames, Marks, names};
use crate::store::{StoreError, StoreOptions, record::Record};

/// What the spine says when it is opened.
struct Spine {
    log: AppendLog,
    /// The plan it was created under, where one was named.
    created: Option<Option<String>>,
    keys: KeyNames,
    marks: Marks,
    last_seq: u64,
    /// Whether charges or links lie in it that were to be destroyed.
    is_stale: bool,
    /// Residents whose erasure was begun and perhaps not finished.
    erasing: Vec<Pseudonym>,
    truncated_bytes: u64,
}

impl Journal {
    /// Opens or creates the journal in `folder`; also returns the length of all torn ends cut off.
    pub(in crate::store) fn open(
        folder: &Path,
        options: &StoreOptions,
    ) -> Result<(Self, u64), StoreError> {
        let lock = lock_folder(folder)?;
        names::remove_half_written(folder)?;
        let names = names::list(folder)?;
        if !names.is_empty() && names[0] != FileName::Spine {
            return Err(StoreError::SpineMissing(folder.to_owned()));
        }
        let spine = Spine::open(folder)?;
        match &spine.created {
            Some(plan) => refuse_other(folder, &spine.keys.present, plan.as_ref(), options)?,
            None if names.len() > 1 => return Err(StoreError::SpineMissing(folder.to_owned())),
            None => {}
        }
        let is_new = spine.created.is_none();
        let (is_stale, mut truncated_bytes) = (spine.is_stale, spine.truncated_bytes);
        let mut journal = Self {
            folder: folder.to_owned(),
            spine: spine.log,
            segments: BTreeMap::new(),
            last_seq: spine.last_seq,
            marks: spine.marks,
            keys: spine.keys,
            failed: false,
            _lock: lock,
        };
        for name in names {
            truncated_bytes += journal.open_file(name)?;
        }
        if is_new {
            let (key_check, plan_check) = (options.key_check.clone(), options.plan_check.clone());
            journal.append(&Record::Created { key_check, plan_check })?;
        }
        journal.finish_scrub()?;
        if !spine.erasing.is_empty() {
            journal.finish_erase(&spine.erasing)?;
        } else if is_stale {
            journal.rewrite_spine()?;
        }
        Ok((journal, truncated_bytes))
    }

    /// Checks every frame of a file, and keeps it open where it may grow.
    fn open_file(&mut self, name: FileName) -> Result<u64, StoreError> {
        let path = name.path(&self.folder);
        let mut last_seq = self.last_seq;
        let on_frame = |offset, body: &[u8]| {
            let readable = Record::decode(body).filter(|(_, record)| belongs(name, record));
            let (seq, _) =
                readable.ok_or_else(|| StoreError::Unreadable { path: path.clone(), offset })?;
            last_seq = last_seq.max(seq);
            Ok::<(), StoreError>(())
        };
        let truncated_bytes = match name {
            FileName::Spine => 0, // read already
            FileName::Seen(_) => refuse_torn(&path, log::read_with(&path, on_frame)?)?,
            FileName::Window(window) => {
                let (log, truncated) = AppendLog::open_with(&path, Visibility::Secret, on_frame)?;
                self.segments.insert(window, log);
                truncated
            }
        };
        self.last_seq = last_seq;
        Ok(truncated_bytes)
    }
}

impl Spine {
    fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = FileName::Spine.path(folder);
        let (mut created, mut marks, mut last_seq) = (None, Marks::new(), 0);
        let (mut keys, mut erasing) = (KeyNames::default(), Vec::new());
        let (mut oldest_charge, mut has_links) = (Window(u32::MAX), false);
        let (log, truncated_bytes) =
            AppendLog::open_with(&path, Visibility::Secret, |offset, body| {
                let readable = Record::decode(body).filter(|(_, r)| belongs(FileName::Spine, r));
                let (seq, record) = readable
                    .ok_or_else(|| StoreError::Unreadable { path: path.clone(), offset })?;
                marks.take(seq, &record);
                keys.take(&record);
                last_seq = last_seq.max(seq);
                match record {
                    Record::Created { plan_check, .. } => created = Some(plan_check),
                    Record::Charged(charge) | Record::ChargedPart { part: charge, .. } => {
                        oldest_charge = oldest_charge.min(charge.window);
                    }
                    Record::Linked { .. } => has_links = true,
                    Record::Erased { residents, .. } => erasing = residents,
                    _ => {}
                }
                Ok::<(), StoreError>(())
            })?;
        let stale_links = has_links && keys.rotation.is_none();
        let is_stale = oldest_charge < marks.charges_from || stale_links;
        Ok(Self { log, created, keys, marks, last_seq, is_stale, erasing, truncated_bytes })
    }
}

/// Whether a record may lie in a file of that name: a file moved over another is noticed.
fn belongs(name: FileName, record: &Record) -> bool {
    match (name, record) {
        (FileName::Window(of), Record::Comments { window, .. } | Record::Seen { window, .. })
        | (FileName::Seen(of), Record::Seen { window, .. }) => of == *window,
        (FileName::Spine, Record::Comments { .. } | Record::Seen { .. }) => false,
        (name, _) => name == FileName::Spine,
    }
}

/// A file of keys is synced before it gets its name: a torn end can only be damage.
fn refuse_torn(path: &Path, torn_bytes: u64) -> Result<u64, LogError> {
    if torn_bytes == 0 {
        return Ok(0);
    }
    let whole = fs::metadata(path).map_err(LogError::io("look at", path))?.len();
    Err(LogError::Damaged { path: path.to_owned(), offset: whole.saturating_sub(torn_bytes) })
}

fn refuse_other(
    folder: &Path,
    key: &str,
    plan: Option<&String>,
    options: &StoreOptions,
) -> Result<(), StoreError> {
    let folder = folder.to_owned();
    if key != options.key_check {
        let (found, given) = (key.to_owned(), options.key_check.clone());
        return Err(StoreError::OtherKey { folder, found, given });
    }
    match (plan, &options.plan_check) {
        (Some(found), Some(given)) if found != given => {
            let (found, given) = (found.clone(), given.clone());
            Err(StoreError::OtherPlan { folder, found, given })
        }
        _ => Ok(()),
    }
}
