//! The data folder and the secrets in it.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use super::Finding;
use crate::{
    cli::keys::holds_data,
    config::{KeyKind, Pipeline, TokenFile, read_key},
    connectors::Surroundings,
    domain::{Clock, SystemClock},
    ledger::{read_entries, verify},
    release::Archive,
};

/// Less free space than this is not enough for a quarter of journal and releases.
const FREE_BYTES_MIN: u64 = 1 << 30;

pub(super) fn findings(pipeline: &Pipeline) -> Vec<Finding> {
    let data = &pipeline.data;
    let mut findings = vec![owner(data), keys(pipeline), tokens(pipeline), space(data)];
    findings.extend(webhooks(pipeline));
    if holds_data(data) {
        findings.push(secrets(data));
        findings.push(ledger(data));
        findings.extend(clock(data));
    }
    findings
}

/// Nobody but its owner may change what is in the folder; releases and ledger may be read.
fn owner(data: &Path) -> Finding {
    let Ok(found) = fs::metadata(data) else {
        let advice = "the first run makes it";
        return Finding::look("data folder", format!("{} does not exist", data.display()), advice);
    };
    let mode = found.permissions().mode() & 0o777;
    let me = rustix::process::geteuid().as_raw();
    if found.uid() != me {
        let told = format!("{} belongs to uid {}, this is uid {me}", data.display(), found.uid());
        let advice = "run the doctor as the service's account, or chown";
        return Finding::wrong("data folder", told, advice);
    }
    let told = format!("{} has mode {mode:03o}", data.display());
    match mode & 0o022 {
        0 => Finding::well("data folder", told),
        _ => Finding::wrong(
            "data folder",
            format!("{told}: others can change it"),
            "chmod go-w on it",
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

/// Whether each receiver of alerts may be told: its address, and its secret. Nobody is asked.
fn webhooks(pipeline: &Pipeline) -> Option<Finding> {
    let named = pipeline
        .alerts
        .iter()
        .filter_map(|subscription| Some((&subscription.alert.id, subscription.webhook.as_ref()?)));
    let named: Vec<_> = named.collect();
    let surroundings = Surroundings::of_the_machine();
    let bad = named.iter().find_map(|(id, webhook)| Some((id, webhook.open(&surroundings).err()?)));
    Some(match bad {
        _ if named.is_empty() => return None,
        None => {
            let hosts: Vec<String> = named.iter().map(|(_, webhook)| webhook.host()).collect();
            Finding::well("webhooks", format!("signed, to {}", hosts.join(", ")))
        }
        Some((id, error)) => Finding::wrong(
            "webhooks",
            format!("alert `{id}`: {error}"),
            "mend it: until then its alerts are kept, and told in their file alone",
        ),
    })
}

/// Every file of journal, state and keys must be closed to others, by itself or by a folder.
fn secrets(data: &Path) -> Finding {
    let open = ["journal", "state", "keys"].iter().find_map(|name| first_open(&data.join(name)));
    match open {
        None => Finding::well("secrets", "journal, state and keys are closed to others"),
        Some(path) => {
            let told = format!("others can read {}", path.display());
            Finding::wrong("secrets", told, "chmod 600 on it, 700 on its folder")
        }
    }
}

/// A file below `folder` that others can read; nobody reaches into a folder that is closed.
fn first_open(folder: &Path) -> Option<PathBuf> {
    let is_open =
        |path: &Path| fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0);
    if !is_open(folder) {
        return None;
    }
    let mut paths = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    paths.find_map(|path| match path.is_dir() {
        true => first_open(&path),
        false => is_open(&path).then_some(path),
    })
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
