//! The auditor's check of a whole ledger and the releases it names. It takes no lock, changes
//! nothing, and needs neither the model nor the store.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde::Serialize;

use super::{
    CHECKPOINT_FILE, Checkpoint, Digest, ENTRIES_FILE, Entry, Fact, LEDGER_FOLDER, Reserve, Tree,
    VerifyingKey,
    book::{Book, read_plan},
};
use crate::{
    log,
    privacy::{Rho, loss_of_levels},
};

/// One named check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// Whether it holds.
    pub passed: bool,
    /// What was found: where it failed, or how much was looked at.
    pub detail: String,
}

/// Every check of a ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// In the order they were made.
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether every check holds.
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.passed)
    }

    fn add(&mut self, name: &'static str, outcome: Outcome) {
        let (passed, detail) = match outcome {
            Ok(detail) => (true, detail),
            Err(detail) => (false, detail),
        };
        self.checks.push(Check { name, passed, detail });
    }
}

/// A detail to print, of a check that holds or of one that fails.
type Outcome = Result<String, String>;

/// Verifies the ledger of the data folder `dir` and the files in `releases_dir`.
///
/// Without `expected_key` the ledger's own first entry names the key: that shows that the ledger
/// holds together, not whose it is.
pub fn verify(dir: &Path, expected_key: Option<VerifyingKey>, releases_dir: &Path) -> Report {
    let mut report = Report { checks: Vec::new() };
    let folder = dir.join(LEDGER_FOLDER);
    let frames = match read_frames(&folder.join(ENTRIES_FILE)) {
        Ok(frames) => frames,
        Err(detail) => {
            report.add("frames", Err(detail));
            return report;
        }
    };
    report.add("frames", Ok(format!("{} whole frames", frames.len())));
    let entries = match read_chain(&frames) {
        Ok(entries) => entries,
        Err(detail) => {
            report.add("chain", Err(detail));
            return report;
        }
    };
    report.add("chain", Ok(format!("{} entries, each naming the one before", entries.len())));
    report.add("checkpoint", check_checkpoint(&folder, &frames, &entries, expected_key));
    report.add("plans", check_plans(&entries));
    report.add("losses", check_losses(&entries));
    let (book, outcome) = check_order(&entries);
    report.add("order", outcome);
    report.add("releases", check_releases(book.files(), releases_dir));
    report
}

pub(super) fn read_frames(path: &Path) -> Result<Vec<Vec<u8>>, String> {
    let recovered = log::read(path).map_err(|error| error.to_string())?;
    if recovered.truncated_bytes > 0 {
        let end = fs::metadata(path).map_or(0, |metadata| metadata.len());
        let offset = end.saturating_sub(recovered.truncated_bytes);
        return Err(format!("the frame at byte {offset} is torn or damaged"));
    }
    if recovered.frames.is_empty() {
        return Err("the ledger has no entries".to_owned());
    }
    Ok(recovered.frames)
}

fn read_chain(frames: &[Vec<u8>]) -> Result<Vec<Entry>, String> {
    let mut prev = Digest::ZERO;
    let mut entries = Vec::with_capacity(frames.len());
    for (index, body) in (0..).zip(frames) {
        let entry = Entry::parse_next(body, index, &prev);
        entries.push(entry.map_err(|error| format!("entry {index}: {error}"))?);
        prev = Digest::of(body);
    }
    Ok(entries)
}

fn check_checkpoint(
    folder: &Path,
    frames: &[Vec<u8>],
    entries: &[Entry],
    expected_key: Option<VerifyingKey>,
) -> Outcome {
    let Some(Fact::Open { ledger_origin, .. }) = entries.first().map(|entry| &entry.fact) else {
        return Err("entry 0 does not open the ledger".to_owned());
    };
    let keys = signing_keys(entries);
    let Some(key) = keys.last() else { return Err("the ledger names no key".to_owned()) };
    if let Some(expected) = expected_key.filter(|expected| !keys.contains(expected)) {
        let (key, expected) = (key.to_base64(), expected.to_base64());
        return Err(format!("the ledger is signed by {key}, expected {expected}"));
    }
    let path = folder.join(CHECKPOINT_FILE);
    let bytes = fs::read(&path).map_err(|error| format!("cannot read the checkpoint: {error}"))?;
    let note = String::from_utf8(bytes).map_err(|_| "the checkpoint is not text".to_owned())?;
    let head = Checkpoint::open(&note, ledger_origin, key).map_err(|error| error.to_string())?;
    let mut tree = Tree::default();
    frames.iter().for_each(|body| tree.push(body));
    let Some(root) = tree.root_at(head.size) else {
        return Err(format!("{} entries are signed, {} are left", head.size, tree.size()));
    };
    if root != head.root {
        return Err(format!("the first {} entries are not those that were signed", head.size));
    }
    match tree.size() - head.size {
        unsigned @ 0..=1 => Ok(format!(
            "{} entries signed by {}, {unsigned} not yet; {}",
            head.size,
            key.to_base64(),
            if expected_key.is_some() {
                "the expected key, or its successor by rotation"
            } else {
                "no --key given, so this does not prove whose ledger it is"
            }
        )),
        unsigned => Err(format!("{unsigned} entries from number {} are unsigned", head.size)),
    }
}

/// Every key that the entries name, the present one last. That each named the next is checked with
/// the order of entries.
pub fn signing_keys(entries: &[Entry]) -> Vec<VerifyingKey> {
    let key = |entry: &Entry| match &entry.fact {
        Fact::Open { key, .. } | Fact::Rotate { key, .. } => Some(*key),
        _ => None,
    };
    entries.iter().filter_map(key).collect()
}

fn check_plans(entries: &[Entry]) -> Outcome {
    let mut plans = 0;
    for entry in entries {
        if let Fact::Plan { plan_digest, plan } = &entry.fact {
            let fail = |error: String| format!("entry {}: {error}", entry.index);
            let stated = read_plan(plan_digest, plan).map_err(|error| fail(error.to_string()))?;
            stated.check().map_err(|error| fail(error.to_string()))?;
            plans += 1;
        }
    }
    Ok(format!("plans recorded: {plans}, within budget, every loss recomputed"))
}

fn check_losses(entries: &[Entry]) -> Outcome {
    let mut reserves = 0;
    for entry in entries {
        if let Fact::Reserve(reserve) = &entry.fact {
            check_loss(reserve).map_err(|error| format!("entry {}: {error}", entry.index))?;
            reserves += 1;
        }
    }
    Ok(format!("{reserves} charges recomputed to the bit"))
}

/// The loss of a whole period is part of the plan: recomputed with it, and compared with it.
fn check_loss(reserve: &Reserve) -> Result<(), String> {
    let loss = loss_of_levels(&reserve.sigma_units, reserve.sensitivity_units)
        .map_err(|error| error.to_string())?;
    let same = |stated: Rho, found: Rho, what| match stated.to_bits() == found.to_bits() {
        true => Ok(()),
        false => Err(format!("{what} is {} but works out as {}", stated.get(), found.get())),
    };
    same(reserve.loss, loss, "the loss")
}

fn check_order(entries: &[Entry]) -> (Book, Outcome) {
    let mut book = Book::default();
    for entry in entries {
        let fact = &entry.fact;
        if let Err(error) = book.admit(fact).and_then(|()| book.record(entry.index, fact)) {
            return (book, Err(format!("entry {}: {error}", entry.index)));
        }
    }
    let open = match &book.outstanding {
        Some(open) => format!("attempt {} at {} stands open", open.attempt, open.release_id),
        None => "none stands open".to_owned(),
    };
    let releases = book.releases().count();
    (book, Ok(format!("{releases} releases, {open}")))
}

fn check_releases(files: &BTreeMap<String, Digest>, releases_dir: &Path) -> Outcome {
    for (file, sha256) in files {
        let bytes = fs::read(releases_dir.join(file))
            .map_err(|error| format!("cannot read release `{file}`: {error}"))?;
        if Digest::of(&bytes) != *sha256 {
            return Err(format!("release `{file}` is not the one that was committed"));
        }
    }
    let present = list(releases_dir).map_err(|error| format!("cannot list releases: {error}"))?;
    match present.iter().find(|name| !files.contains_key(*name)) {
        Some(name) => Err(format!("`{name}` lies among the releases, but no commit names it")),
        None => Ok(format!("{} files as committed, no other", files.len())),
    }
}

fn list(folder: &Path) -> std::io::Result<BTreeSet<String>> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(error),
        Ok(found) => {
            found.map(|file| Ok(file?.file_name().to_string_lossy().into_owned())).collect()
        }
    }
}
