//! Which engines there are: ours, and the peers that a folder says are installed.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use serde::{Deserialize, Serialize};

use super::super::Failure;

/// Where `install.sh` puts the peers unless told otherwise.
const FOLDER: &str = "target/peers";
/// What installs them.
const INSTALL: &str = "benches/peers/install.sh";

/// A program that answers JSON lines.
#[derive(Clone, Debug)]
pub(super) struct Engine {
    /// What it is called on the command line and in files.
    pub id: String,
    /// What people read until it gives its own name.
    pub name: String,
    pub program: OsString,
    pub arguments: Vec<OsString>,
    /// Whether it is ours: others are compared to it.
    pub ours: bool,
}

/// An engine that is not in the report, and why.
#[derive(Clone, Debug, Serialize)]
pub(super) struct NotMeasured {
    pub id: String,
    pub why: String,
}

/// This very program with these arguments.
pub(super) fn ours(id: &str, name: &str, arguments: &[OsString]) -> Result<Engine, Failure> {
    let program = env::current_exe().map_err(|e| {
        Failure::internal(anyhow::Error::new(e).context("this program does not find itself"))
    })?;
    Ok(Engine {
        id: id.into(),
        name: name.into(),
        program: program.into(),
        arguments: arguments.to_vec(),
        ours: true,
    })
}

/// What stands in `peers.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Installed {
    peers: Vec<Peer>,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Peer {
    Here {
        id: String,
        #[serde(default)]
        job: Job,
        command: Vec<String>,
    },
    Missing {
        id: String,
        #[serde(default)]
        job: Job,
        missing: String,
    },
}

/// What a peer does, and so which command it is measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Job {
    /// Hides personal data.
    #[default]
    Redact,
    /// Makes vectors of texts.
    Encoder,
    /// Makes vectors of texts, and says the tone's logits.
    Parity,
    /// Makes noisy counts of comments.
    Pipeline,
}

/// The peers of a folder that do this job; without one named, a missing folder means that none is installed.
pub(super) fn peers(
    named: Option<&Path>,
    wanted: Job,
) -> Result<(Vec<Engine>, Vec<NotMeasured>), Failure> {
    let folder = named.map_or_else(|| PathBuf::from(FOLDER), Path::to_owned);
    let file = folder.join("peers.json");
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(_) if named.is_none() => {
            let why = format!("none in {FOLDER}; `{INSTALL}` installs them");
            return Ok((Vec::new(), vec![NotMeasured { id: "peers".into(), why }]));
        }
        Err(error) => {
            let (file, folder) = (file.display(), folder.display());
            let why = format!("{file}: {error}; `{INSTALL} {folder}` installs the peers");
            return Err(Failure::usage(anyhow!(why)));
        }
    };
    listed(&text, wanted).map_err(|error| Failure::usage(error.context(file.display().to_string())))
}

fn listed(text: &str, wanted: Job) -> Result<(Vec<Engine>, Vec<NotMeasured>), anyhow::Error> {
    let Installed { peers } = serde_json::from_str(text).map_err(|error| {
        anyhow!(
            "{error}; wants {{\"peers\": [{{\"id\", \"job\", \"command\": […]}}]}}, as `{INSTALL}` writes it"
        )
    })?;
    let (mut here, mut missing) = (Vec::new(), Vec::new());
    for peer in peers {
        match peer {
            Peer::Here { job, .. } | Peer::Missing { job, .. } if job != wanted => {}
            Peer::Here { id, command, .. } => {
                let mut words = command.into_iter().map(OsString::from);
                let program =
                    words.next().ok_or_else(|| anyhow!("the command of `{id}` is empty"))?;
                let (name, arguments) = (id.clone(), words.collect());
                here.push(Engine { id, name, program, arguments, ours: false });
            }
            Peer::Missing { id, missing: why, .. } => missing.push(NotMeasured { id, why }),
        }
    }
    Ok((here, missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_here_or_missing_for_a_reason() {
        let text = r#"{"peers": [{"id": "a", "command": ["/x", "y"]},
            {"id": "b", "missing": "pip failed"},
            {"id": "c", "job": "encoder", "command": ["/z"]}]}"#;
        let (encoders, none) = listed(text, Job::Encoder).unwrap();
        assert!(encoders.len() == 1 && encoders[0].id == "c" && none.is_empty());
        let (here, missing) = listed(text, Job::Redact).unwrap();
        assert_eq!((here.len(), missing.len()), (1, 1));
        assert_eq!((here[0].program.to_str(), here[0].arguments.len()), (Some("/x"), 1));
        assert!(here[0].id == "a" && !here[0].ours);
        assert_eq!((missing[0].id.as_str(), missing[0].why.as_str()), ("b", "pip failed"));
        for bad in [r#"{"peers": [{"id": "a"}]}"#, r#"{"peers": [{"id": "a", "command": []}]}"#] {
            assert!(listed(bad, Job::Redact).is_err(), "{bad}");
        }
    }
}
