//! `undertone redact`: personal data out of JSON lines, why, and how well.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use serde::Serialize;

use super::{Failure, compute_arg::ComputeArgs, explain, lines, models, scorecard};
use crate::{
    config::load_policy,
    domain::Sensitive,
    model::{find_models, no_models},
    text::{CodePointSpan, Policy, Redaction},
};

/// Arguments of `redact`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone redact < comments.jsonl > redacted.jsonl
  echo '{\"id\":1,\"text\":\"Call Ana Ruiz at 607-555-0134\"}' | undertone redact
  undertone redact --explain < comments.jsonl
  undertone redact --scorecard gold.jsonl --pipeline pipelines/demo.toml

In  {\"id\",\"text\"}, one per line.
Out {\"id\",\"redacted\",\"spans\":[{\"start\",\"end\",\"type\",\"score\",\"recognizer\"}]}, one per line in
order; offsets in Unicode code points, end exclusive. A bad line gives
{\"id\",\"line\",\"error\"}; the exit code is 1 where every line was bad.

GOLD.jsonl has {\"text\",\"spans\":[{\"start\",\"end\",\"type\"}]} and may have \"keep\" (spans that must
stay), \"tag\" (its case) and \"lang\", one text per line.")]
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
    /// Tell for every finding who made it, in which view, how it was checked and what was done
    #[arg(long, conflicts_with = "scorecard")]
    explain: bool,
    /// Read no input; score on these texts whose spans are known
    #[arg(long, value_name = "GOLD.jsonl")]
    scorecard: Option<PathBuf>,
    /// Count only spans of these types in the scorecard, parted by commas
    #[arg(long, value_name = "TYPES", value_delimiter = ',', requires = "scorecard")]
    types: Vec<String>,
    /// Machine-readable output of --explain or --scorecard
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    compute: ComputeArgs,
}

/// What is printed of one text.
#[derive(Serialize)]
pub(super) struct Redacted {
    pub redacted: String,
    spans: Vec<SpanRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withheld: Option<&'static str>,
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
        models::redactor(&folder(args.models.as_deref())?, policy, args.compute.compute())?
    };
    match &args.scorecard {
        Some(gold) => scorecard::run(&redactor, gold, &args.types, args.json),
        None if args.explain => explain::run(&redactor, args.json),
        None => lines::answer_each(|text| Ok(Redacted::of(&redactor.redact(&text), &text))),
    }
}

impl Redacted {
    pub(super) fn of(redaction: &Redaction, text: &Sensitive<String>) -> Self {
        let row = |found: CodePointSpan| SpanRow {
            start: found.start,
            end: found.end,
            r#type: found.span.kind.as_str(),
            score: found.span.score,
            recognizer: found.span.recognizer,
        };
        Self {
            spans: redaction.code_points(text).into_iter().map(row).collect(),
            withheld: redaction.withheld.map(|reason| reason.as_str()),
            redacted: redaction.text.as_str().to_owned(),
        }
    }
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
        let none = no_models(Path::new("models"));
        Failure::usage(anyhow!("found {none}; name one with --models DIR"))
    })
}
