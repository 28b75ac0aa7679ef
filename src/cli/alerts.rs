//! `undertone release alerts`: released changes beyond their intervals, told once each.

use serde_json::json;

use super::{Failure, out, pipeline_arg::PipelineArg};
use crate::{
    config::Pipeline,
    estimate::{Fired, words::Language},
    ledger::read_entries,
    pipeline::{alert_file, tell_once},
    release::{Archive, Document},
};

/// Arguments of `release alerts`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone release alerts pipelines/demo.toml
  undertone release alerts pipelines/demo.toml --lang es --new
  undertone release alerts pipelines/demo.toml --json

Every [[alert]] of the pipeline file has a file of JSON lines in DATA/alerts, which a run adds to as
well. One fires when a released change lies beyond an interval that holds for all changes of that
release at once; no count, exact or noisy, makes one fire.")]
pub(super) struct Args {
    #[command(flatten)]
    pipeline: PipelineArg,
    /// Only what no earlier call or run has told
    #[arg(long)]
    new: bool,
    /// Language of the sentences: en or es
    #[arg(long, value_name = "LANG", default_value = "en")]
    lang: Language,
    /// JSON for machines
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let pipeline = args.pipeline.load()?;
    let (all, new) = look(&pipeline)?;
    let told = if args.new { &new } else { &all };
    if args.json {
        return out::json(&json!({"alerts": told, "new": new.len()}));
    }
    if pipeline.alerts.is_empty() {
        let file = pipeline.file.display();
        return out::text(&format!(
            "{file} has no [[alert]]; pipelines/every-key.toml shows one.\n"
        ));
    }
    let mut text = String::new();
    for one in told {
        text += &line(one, args.lang);
    }
    if told.is_empty() {
        text += "No released change lies beyond its interval.\n";
    }
    for alert in &pipeline.alerts {
        text += &format!("{}: {}\n", alert.id, alert_file(&pipeline.data, &alert.id).display());
    }
    out::text(&text)
}

/// `mood: Old Quay became more negative …`
pub(super) fn line(fired: &Fired, language: Language) -> String {
    format!("{}: {}\n", fired.alert, fired.message().text(language))
}

/// Looks at everything published and adds what is new to the files: all alerts, and the new ones.
pub(super) fn look(pipeline: &Pipeline) -> Result<(Vec<Fired>, Vec<Fired>), Failure> {
    if pipeline.alerts.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let data = &pipeline.data;
    let entries = read_entries(data).map_err(Failure::check)?;
    let files = Archive::of(data).published(&entries).map_err(Failure::check)?;
    let documents: Vec<&Document> = files.iter().map(|file| file.envelope.document()).collect();
    let (mut all, mut new) = (Vec::new(), Vec::new());
    for alert in &pipeline.alerts {
        let fired = alert.fired(&documents);
        new.extend(tell_once(data, &alert.id, &fired).map_err(Failure::check)?);
        all.extend(fired);
    }
    Ok((all, new))
}
