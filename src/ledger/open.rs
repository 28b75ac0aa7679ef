//! Opening a ledger: read everything, believe nothing, change nothing until it holds together.

use std::{fs, path::Path, sync::Arc};

use super::{
    CHECKPOINT_FILE, Checkpoint, CheckpointError, Digest, ENTRIES_FILE, Entry, Fact, LEDGER_FOLDER,
    Ledger, LedgerError, Outstanding, ReleaseId, ReleaseState, SigningKey, Tree, VerifyingKey,
    book::Book,
};
use crate::{
    domain::Clock,
    log::{self, AppendLog, LogError, Visibility},
    privacy::{LIBRARY_NAME, LIBRARY_VERSION},
};

/// What opening found, for the releaser to finish.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Length of a torn last frame that was cut off.
    pub truncated_bytes: u64,
    /// A reserve without output: delete what it may have written, then abandon it.
    pub outstanding: Option<Outstanding>,
    /// Committed releases that were not published, in no particular order: publish them.
    pub unpublished: Vec<ReleaseId>,
    /// Entries that a crash had left unsigned and that are signed now.
    pub signed_entries: u64,
}

impl Ledger {
    /// Opens the ledger of the data folder `dir`, or begins it as `origin` signed by `key`.
    ///
    /// # Errors
    /// When an entry is damaged or breaks a rule, the key or the name is another, or the entries
    /// are fewer or others than a signed checkpoint says. The files are then left as they were.
    pub fn open(
        dir: &Path,
        origin: &str,
        key: SigningKey,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, Recovery), LedgerError> {
        check_origin(origin)?;
        let folder = dir.join(LEDGER_FOLDER);
        fs::create_dir_all(&folder).map_err(LogError::io("create", &folder))?;
        let path = folder.join(ENTRIES_FILE);
        let (frames, chain) = replay(&path)?;
        chain.check_identity(origin, &key.verifying_key())?;
        let signed = chain.check_checkpoint_file(&folder, origin, &key.verifying_key())?;
        let (log, recovered) = AppendLog::open(&path, Visibility::Public)?;
        if recovered.frames != frames {
            return Err(LedgerError::Changed);
        }
        let mut ledger =
            Self { folder, origin: origin.to_owned(), log, key, clock, chain, broken: false };
        ledger.begin()?;
        let signed_entries = ledger.len() - signed;
        if signed_entries > 1 {
            return Err(LedgerError::Unsigned { entries: ledger.len(), signed });
        }
        if signed_entries > 0 {
            ledger.sign_head()?;
        }
        let recovery = Recovery {
            truncated_bytes: recovered.truncated_bytes,
            outstanding: ledger.chain.book.outstanding.clone(),
            unpublished: ledger.unpublished(),
            signed_entries,
        };
        Ok((ledger, recovery))
    }

    /// Writes the first entry of an empty ledger.
    fn begin(&mut self) -> Result<(), LedgerError> {
        if !self.is_empty() {
            return Ok(());
        }
        self.append(Fact::Open {
            ledger_origin: self.origin.clone(),
            key: self.key.verifying_key(),
            program: format!("undertone {}", env!("CARGO_PKG_VERSION")),
            library: format!("{LIBRARY_NAME} {LIBRARY_VERSION}"),
        })?;
        Ok(())
    }

    fn unpublished(&self) -> Vec<ReleaseId> {
        let committed = |state: &ReleaseState| matches!(state, ReleaseState::Committed { .. });
        self.chain.book.releases().filter(|(_, s)| committed(s)).map(|(id, _)| *id).collect()
    }
}

/// The entries of the ledger of `dir`, without a lock and without changing anything.
///
/// # Errors
/// When the file is missing or damaged, or an entry cannot be read.
pub fn read_entries(dir: &Path) -> Result<Vec<Entry>, LedgerError> {
    read_entries_within(dir, u64::MAX)
}

/// Reads the entries that begin within the first `bytes_max` of the ledger's file, as [`read_entries`]
/// does: the ledger as it stood when the file was that long.
///
/// # Errors
/// As [`read_entries`].
pub fn read_entries_within(dir: &Path, bytes_max: u64) -> Result<Vec<Entry>, LedgerError> {
    let mut entries = Vec::new();
    log::read_with(&dir.join(LEDGER_FOLDER).join(ENTRIES_FILE), |offset, body| {
        if offset < bytes_max {
            let index = entries.len() as u64;
            let entry = Entry::parse(body);
            entries.push(entry.map_err(|source| LedgerError::Entry { index, source })?);
        }
        Ok::<(), LedgerError>(())
    })?;
    Ok(entries)
}

/// Entries replayed: their tree, the digest of the last and what they amount to.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) tree: Tree,
    pub(super) prev: Digest,
    pub(super) book: Book,
}

impl Chain {
    fn new() -> Self {
        Self { tree: Tree::default(), prev: Digest::ZERO, book: Book::default() }
    }

    /// Takes in the body of an entry that is durable.
    pub(super) fn take(&mut self, body: &[u8], fact: &Fact) -> Result<(), LedgerError> {
        let index = self.tree.size();
        self.book.record(index, fact).map_err(|source| LedgerError::Order { index, source })?;
        self.tree.push(body);
        self.prev = Digest::of(body);
        Ok(())
    }

    fn check_identity(&self, origin: &str, key: &VerifyingKey) -> Result<(), LedgerError> {
        let Some(opened) = &self.book.opened else { return Ok(()) };
        if opened.origin != origin {
            let (found, expected) = (opened.origin.clone(), origin.to_owned());
            return Err(LedgerError::OriginDiffers { found, expected });
        }
        match opened.key() {
            Some(found) if found != key => Err(LedgerError::Key { found: *found, given: *key }),
            _ => Ok(()),
        }
    }

    /// Compares with the checkpoint file; returns how many entries it signs, 0 when it is missing.
    fn check_checkpoint_file(
        &self,
        folder: &Path,
        origin: &str,
        key: &VerifyingKey,
    ) -> Result<u64, LedgerError> {
        let path = folder.join(CHECKPOINT_FILE);
        match fs::read(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && self.tree.size() <= 1 => Ok(0),
            Err(e) => Err(LogError::io("read", &path)(e).into()),
            Ok(bytes) => {
                let note = String::from_utf8_lossy(&bytes);
                let checkpoint = self.open_checkpoint(&note, origin, key)?;
                self.check_checkpoint(&checkpoint)?;
                Ok(checkpoint.size)
            }
        }
    }

    /// Whether these entries continue those of `checkpoint`.
    /// A crash between a rotation and its checkpoint leaves one that an earlier key signed.
    fn open_checkpoint(
        &self,
        note: &str,
        origin: &str,
        key: &VerifyingKey,
    ) -> Result<Checkpoint, CheckpointError> {
        let earlier = self.book.opened.iter().flat_map(|opened| &opened.keys);
        let mut opened = earlier.filter_map(|key| Checkpoint::open(note, origin, key).ok());
        opened.next_back().map_or_else(|| Checkpoint::open(note, origin, key), Ok)
    }

    pub(super) fn check_checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), LedgerError> {
        let (entries, signed) = (self.tree.size(), checkpoint.size);
        match self.tree.root_at(signed) {
            None => Err(LedgerError::Rollback { entries, signed }),
            Some(root) if root != checkpoint.root => Err(LedgerError::Fork { signed }),
            Some(_) => Ok(()),
        }
    }
}

/// Reads and replays the entries of a file, which may not be there yet.
fn replay(path: &Path) -> Result<(Vec<Vec<u8>>, Chain), LedgerError> {
    let mut chain = Chain::new();
    let there = path.try_exists().map_err(LogError::io("look at", path))?;
    let frames = if there { log::read(path)?.frames } else { Vec::new() };
    for (index, body) in (0..).zip(&frames) {
        let entry = Entry::parse_next(body, index, &chain.prev)
            .map_err(|source| LedgerError::Entry { index, source })?;
        chain.book.admit(&entry.fact).map_err(|source| LedgerError::Order { index, source })?;
        chain.take(body, &entry.fact)?;
    }
    Ok((frames, chain))
}

fn check_origin(origin: &str) -> Result<(), LedgerError> {
    let plain = origin.bytes().all(|b| b.is_ascii_graphic() && b != b'+');
    let fits = (1..=100).contains(&origin.len());
    if plain && fits { Ok(()) } else { Err(LedgerError::Origin(origin.to_owned())) }
}
