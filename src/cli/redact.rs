//! `undertone redact`: personal data out of JSON lines.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use serde::Serialize;

use super::{Failure, lines, models};
use crate::{config::load_policy, model::find_models, text::Policy};

/// Arguments of `redact`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone redact < comments.jsonl > redacted.jsonl
  echo '{\"id\":1,\"text\":\"Call Ana Ruiz at 607-555-0134\"}' | undertone redact

In  {\"id\",\"text\"}, one per line.
Out {\"id\",\"redacted\",\"spans\":[{\"start\",\"end\",\"type\",\"score\",\"recognizer\"}]}, one per line in
order; offsets in Unicode code points, end exclusive. A bad line gives {\"id\",\"error\"}.")]
pub(super) struct Args {
    /// Folder of the model weights
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// Take the [redaction] table of this pipeline file
    #[arg(long, value_name = "FILE")]
    pipeline: Option<PathBuf>,
    /// Patterns alone, without the token classifier
    #[arg(long)]
    patterns_only: bool,
}

#[derive(Serialize)]
struct Redacted {
    redacted: String,
    spans: Vec<SpanRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    withheld: Option<&'static str>,
}

#[derive(Serialize)]
struct SpanRow {
    start: usize,
    end: usize,
    r#type: &'static str,
    score: f32,
    recognizer: &'static str,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let policy = policy(args.pipeline.as_deref())?;
    let redactor = if args.patterns_only {
        models::patterns(policy)?
    } else {
        models::redactor(&folder(args.models.as_deref())?, policy)?
    };
    lines::answer_each(|text| {
        let redaction = redactor.redact(&text);
        let row = |found: crate::text::CodePointSpan| SpanRow {
            start: found.start,
            end: found.end,
            r#type: found.span.kind.as_str(),
            score: found.span.score,
            recognizer: found.span.recognizer,
        };
        Ok(Redacted {
            spans: redaction.code_points(&text).into_iter().map(row).collect(),
            withheld: redaction.withheld.map(|reason| reason.as_str()),
            redacted: redaction.text.as_str().to_owned(),
        })
    })
}

/// The policy of a pipeline file, or the default.
pub(super) fn policy(pipeline: Option<&Path>) -> Result<Policy, Failure> {
    match pipeline {
        Some(file) => Ok(load_policy(file)?),
        None => Ok(Policy::default()),
    }
}

/// The folder of the weights, named or found.
pub(super) fn folder(named: Option<&Path>) -> Result<PathBuf, Failure> {
    named.map(Path::to_owned).or_else(|| find_models(Path::new("models"))).ok_or_else(|| {
        Failure::usage(anyhow!("no models folder nearby; name one with --models DIR"))
    })
}
