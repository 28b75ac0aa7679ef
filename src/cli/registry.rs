//! `undertone release registry`: the pipeline's entry in the registry of deployments.

use std::path::{Path, PathBuf};

use anyhow::anyhow;

use super::{Failure, out};
use crate::{ledger::read_entries, release::RegistryEntry};

/// Writes the entry of a data folder to a file or to standard output.
pub(super) fn write(folder: &Path, to: Option<&PathBuf>, as_json: bool) -> Result<(), Failure> {
    let entries = read_entries(folder).map_err(Failure::check)?;
    let entry = RegistryEntry::from_ledger(&entries).map_err(Failure::check)?;
    if as_json {
        return out::json(&entry);
    }
    let text = serde_saphyr::to_string(&entry).map_err(Failure::internal)?;
    match to {
        None => out::text(&text),
        Some(path) => std::fs::write(path, text)
            .map_err(|e| Failure::usage(anyhow!("cannot write {}: {e}", path.display()))),
    }
}
