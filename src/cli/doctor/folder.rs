//! The data folder and the secrets in it.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use super::Finding;
use crate::{
    cli::keys::holds_data,
    config::{KeyKind, Pipeline, TokenFile, read_key},
    domain::{Clock, SystemClock},
    ledger::{read_entries, verify},
    release::Archive,
};

/// Less free space than this is not enough for a quarter of journal and releases.
const FREE_BYTES_MIN: u64 = 1 << 30;

pub(super) fn findings(pipeline: &Pipeline) -> Vec<Finding> {
    let data = &pipeline.data;
    let mut findings = vec![owner(data), keys(pipeline), tokens(pipeline), space(data)];
    if holds_data(data) {
        findings.push(secrets(data));
        findings.push(ledger(data));
        findings.extend(clock(data));
    }
    findings
}

/// The folder must be closed to everybody but its owner.
fn owner(data: &Path) -> Finding {
    let Ok(found) = fs::metadata(data) else {
        let advice = "it is made, closed to others, by the first run";
        return Finding::look("data folder", format!("{} does not exist", data.display()), advice);
    };
    let mode = found.permissions().mode() & 0o777;
    let me = rustix::process::geteuid().as_raw();
    if found.uid() != me {
        let told = format!("{} belongs to uid {}, this is uid {me}", data.display(), found.uid());
        return Finding::wrong(
            "data folder",
            told,
            "run the doctor as the service's account, or chown",
        );
    }
    match mode & 0o077 {
        0 => Finding::well("data folder", format!("{} has mode {mode:03o}", data.display())),
        _ => Finding::wrong(
            "data folder",
            format!("{} has mode {mode:03o}: others can look in", data.display()),
            "chmod 700 on it",
        ),
    }
}

fn keys(pipeline: &Pipeline) -> Finding {
    let kinds = [KeyKind::Pseudonym, KeyKind::Signing];
    let missing = kinds.iter().filter(|kind| !pipeline.key_file(**kind).exists()).count();
    if missing > 0 && !holds_data(&pipeline.data) {
        let advice = "the first run draws them; back them up then";
        return Finding::look("keys", format!("{missing} of 2 are missing"), advice);
    }
    let bad = kinds.iter().find_map(|kind| read_key(&pipeline.key_file(*kind), *kind).err());
    match bad {
        None => Finding::well("keys", "both can be read by their owner alone"),
        Some(error) => Finding::wrong("keys", error.to_string(), "nothing can go on without them"),
    }
}

fn tokens(pipeline: &Pipeline) -> Finding {
    match TokenFile::read(&pipeline.token_file()) {
        Ok(file) if file.tokens.is_empty() => Finding::look(
            "tokens",
            "there is none, so nobody can bring comments to `undertone serve`",
            "undertone keys token create",
        ),
        Ok(file) => Finding::well("tokens", format!("{} senders", file.tokens.len())),
        Err(error) => {
            Finding::wrong("tokens", error.to_string(), "mend the file or make tokens anew")
        }
    }
}

/// Every file of journal and state must be closed to others.
fn secrets(data: &Path) -> Finding {
    let open = ["journal", "state", "keys"].iter().find_map(|name| first_open(&data.join(name)));
    match open {
        None => Finding::well("secrets", "journal, state and keys are closed to others"),
        Some(path) => {
            Finding::wrong("secrets", format!("others can read {path}"), "chmod 600 on it")
        }
    }
}

fn first_open(folder: &Path) -> Option<String> {
    for entry in fs::read_dir(folder).ok()?.flatten() {
        let (path, found) = (entry.path(), entry.metadata().ok()?);
        if found.is_dir() {
            if let Some(open) = first_open(&path) {
                return Some(open);
            }
        } else if found.permissions().mode() & 0o077 != 0 && is_secret(&path) {
            return Some(path.display().to_string());
        }
    }
    None
}

/// A folder of mode 0700 closes what is in it, whatever its files say: sled makes its own with the
/// usual mode.
fn is_secret(path: &Path) -> bool {
    let closed = |folder: &Path| {
        fs::metadata(folder).is_ok_and(|found| found.permissions().mode() & 0o077 == 0)
    };
    !path.ancestors().skip(1).any(closed)
}

fn space(data: &Path) -> Finding {
    let folder = data.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    match rustix::fs::statvfs(folder) {
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(found.f_frsize);
            let told = format!("{} MiB free beside {}", free >> 20, folder.display());
            match free >= FREE_BYTES_MIN {
                true => Finding::well("disk", told),
                false => Finding::wrong("disk", told, "make room: a full disk ends the service"),
            }
        }
        Err(error) => Finding::wrong("disk", error.to_string(), "look at the disk"),
    }
}

/// Whether the ledger holds together from its first entry to its signed head.
fn ledger(data: &Path) -> Finding {
    let report = verify(data, None, Archive::of(data).folder());
    match report.checks.iter().find(|check| !check.passed) {
        None => {
            let entries = read_entries(data).map_or(0, |entries| entries.len());
            Finding::well("ledger", format!("{entries} entries, every check holds"))
        }
        Some(check) => Finding::wrong(
            "ledger",
            format!("{}: {}", check.name, check.detail),
            "undertone ledger verify; put the newest copy back, never an older one",
        ),
    }
}

/// A clock behind the ledger would close windows late; one put back, twice.
fn clock(data: &Path) -> Option<Finding> {
    let last = read_entries(data).ok()?.last()?.at;
    let now = SystemClock.now();
    (now < last).then(|| {
        let told = format!("it says {now:.0}, and the ledger's last entry {last:.0}");
        Finding::wrong("clock", told, "set the clock, and keep it by NTP")
    })
}
