//! Standard output, which may be a closed pipe.

use std::io::{self, Write};

use serde::Serialize;

use super::Failure;

/// Writes text to standard output.
pub(super) fn text(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(closed)
}

/// Writes a value as readable JSON to standard output.
pub(super) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let body = serde_json::to_string_pretty(value).map_err(Failure::internal)?;
    text(&format!("{body}\n"))
}

/// Writes a value as one line of JSON to standard output.
#[cfg(feature = "pipeline")]
pub(super) fn json_line(value: &impl Serialize) -> Result<(), Failure> {
    let body = serde_json::to_string(value).map_err(Failure::internal)?;
    text(&format!("{body}\n"))
}

/// Tells a closed pipe from a failing disk.
pub(super) fn closed(error: io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        Failure::PipeClosed
    } else {
        Failure::Internal(anyhow::Error::new(error).context("cannot write standard output"))
    }
}
