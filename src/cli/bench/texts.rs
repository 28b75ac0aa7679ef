//! The texts that engines are asked: read from a file, and as lines of the protocol.

use std::path::Path;

use anyhow::anyhow;
use serde::Deserialize;

use super::super::{Failure, gold::GoldFile};

/// A line of the file; what else stands in it is passed over.
#[derive(Deserialize)]
struct TextLine {
    text: String,
}

/// The texts of a file, the first `limit` of them.
pub(super) fn read(file: &Path, limit: Option<u32>) -> Result<Vec<String>, Failure> {
    let limit = limit.map_or(usize::MAX, |limit| limit as usize);
    let lines = GoldFile::<TextLine>::open(file)?.take(limit);
    let texts = lines.map(|line| Ok(line?.1.text)).collect::<Result<Vec<_>, Failure>>()?;
    if texts.is_empty() {
        return Err(Failure::usage(anyhow!("{}: holds no text", file.display())));
    }
    Ok(texts)
}

/// A text as an engine is asked it; its place is its id.
pub(super) fn line((id, text): (usize, &String)) -> String {
    format!("{}\n", serde_json::json!({ "id": id, "text": text }))
}
