//! `undertone doctor`: whether a machine is fit to hold what residents write.
//!
//! It changes nothing. A finding says what was looked at, whether it is well, and what to do.

mod folder;
mod machine;

use anyhow::anyhow;
use serde::Serialize;

use super::{Failure, out, pipeline_arg::PipelineArg};
use crate::{config::Pipeline, model::Manifest};

/// Arguments of `doctor`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone doctor my-city.toml
  undertone doctor my-city.toml --json | jq '.findings[] | select(.state != \"well\")'

It looks at permissions, clock, disk, swap, core dumps, egress, listeners, tokens, receivers of
alerts, model checksums and the ledger's head.

Run it as the account that runs the service. Exit code 1 when something is wrong; what is only worth
a look is marked so and does not fail.")]
pub(super) struct Args {
    #[command(flatten)]
    pipeline: PipelineArg,
    /// JSON for machines
    #[arg(long)]
    json: bool,
}

/// How one thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// As it should be.
    Well,
    /// Perhaps meant so: worth a look.
    Look,
    /// To be mended before residents' comments come near.
    Wrong,
}

/// What was looked at and found.
#[derive(Clone, Debug, Serialize)]
struct Finding {
    what: &'static str,
    state: State,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Finding {
    fn well(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, state: State::Well, found: found.into(), advice: None }
    }

    fn look(what: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what, state: State::Look, found: found.into(), advice: Some(advice.into()) }
    }

    fn wrong(what: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what, state: State::Wrong, found: found.into(), advice: Some(advice.into()) }
    }
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let pipeline = args.pipeline.load()?;
    let mut findings = vec![Finding::well("pipeline", pipeline.file.display().to_string())];
    findings.extend(folder::findings(&pipeline));
    findings.push(models(&pipeline));
    findings.extend(machine::findings(&pipeline));
    let wrong = findings.iter().filter(|finding| finding.state == State::Wrong).count();
    match args.json {
        true => out::json(&serde_json::json!({"wrong": wrong, "findings": findings}))?,
        false => out::text(&readable(&findings))?,
    }
    match wrong {
        0 => Ok(()),
        _ => Err(Failure::check(anyhow!("{wrong} findings are wrong: mend them before serving"))),
    }
}

/// Whether the weights are those that the manifest names.
fn models(pipeline: &Pipeline) -> Finding {
    let verified = Manifest::open(&pipeline.models).and_then(|manifest| {
        manifest.verify()?;
        Ok(manifest.files().count())
    });
    match verified {
        Ok(files) => Finding::well("models", format!("{files} files as their checksums say")),
        Err(error) => Finding::wrong(
            "models",
            error.to_string(),
            "put the models folder back as it was released",
        ),
    }
}

fn readable(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { what, state, found, advice } in findings {
        let mark = match state {
            State::Well => "well ",
            State::Look => "look ",
            State::Wrong => "WRONG",
        };
        text += &format!("{mark}  {what:<14} {found}\n");
        if let Some(advice) = advice {
            text += &format!("       {:<14} -> {advice}\n", "");
        }
    }
    text
}
