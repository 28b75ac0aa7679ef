//! Which data folder a command means.

use std::path::{Path, PathBuf};

use anyhow::anyhow;

use super::Failure;

/// `--data`, shared by the commands that read what a run wrote.
#[derive(clap::Args)]
pub(super) struct DataArg {
    /// Folder that a run wrote; left out, the only one under ./data
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl DataArg {
    /// The folder named, or the only one there is.
    pub fn folder(&self) -> Result<PathBuf, Failure> {
        match &self.data {
            Some(folder) if folder.join("ledger").is_dir() => Ok(folder.clone()),
            Some(folder) => Err(Failure::usage(anyhow!(
                "{} holds no ledger; give the folder that `undertone run` wrote",
                folder.display()
            ))),
            None => only_folder(Path::new("data")),
        }
    }
}

fn only_folder(data: &Path) -> Result<PathBuf, Failure> {
    if data.join("ledger").is_dir() {
        return Ok(data.to_owned());
    }
    let entries = std::fs::read_dir(data).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.join("ledger").is_dir()).collect();
    found.sort();
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(Failure::usage(anyhow!(
            "no data folder under ./data; name one with --data DIR, or run a pipeline first"
        ))),
        _ => {
            let names: Vec<_> = found.iter().map(|path| path.display().to_string()).collect();
            Err(Failure::usage(anyhow!(
                "several data folders; pick one with --data: {}",
                names.join(", ")
            )))
        }
    }
}
