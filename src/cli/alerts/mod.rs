//! `undertone release alerts`: released changes beyond their intervals, told once each.

#[cfg(test)]
pub(super) mod receiver;
mod telling;
#[cfg(test)]
pub(super) mod tests;

use serde_json::json;

use super::{Failure, out, pipeline_arg::PipelineArg};
use crate::{
    connectors::Surroundings,
    estimate::{Fired, words::Language},
    pipeline::alert_file,
};

pub(super) use telling::{Told, look, tell};

/// Arguments of `release alerts`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone release alerts pipelines/demo.toml
  undertone release alerts pipelines/demo.toml --lang es --new
  undertone release alerts pipelines/demo.toml --json

Every [[alert]] of the pipeline file has a file of JSON lines in DATA/alerts, which `run` and `serve`
add to as well. One fires when a released change lies beyond an interval that holds for all changes of
that release at once; no count, exact or noisy, makes one fire. An [alert.webhook] is told the same,
signed; what it did not take is kept and sent again, by this command too. Where the folder is served,
an alert is told once its release is shown outside, never before.")]
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
    let found = look(&pipeline, &Surroundings::of_the_machine())?;
    let told = if args.new { &found.new } else { &found.all };
    if args.json {
        return out::json(&json!({
            "alerts": told,
            "new": found.new.len(),
            "delivered": found.delivered,
            "undelivered": found.undelivered,
            "not_shown_yet": found.not_shown_yet,
        }));
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
        text += args.lang.pick(
            "No released change lies beyond its interval.\n",
            "Ningún cambio publicado sale de su intervalo.\n",
        );
    }
    for subscription in &pipeline.alerts {
        let id = &subscription.alert.id;
        text += &format!("{id}: {}\n", alert_file(&pipeline.data, id).display());
    }
    out::text(&text)?;
    report(&found);
    Ok(())
}

/// Says on standard error what became of the webhooks, and what alerts may not tell yet.
pub(super) fn report(told: &Told) {
    let Told { delivered, undelivered, not_shown_yet, faults, .. } = told;
    if delivered + undelivered > 0 {
        eprintln!("webhooks: {delivered} alerts delivered, {undelivered} kept for the next time");
    }
    faults.iter().for_each(|fault| eprintln!("undertone: {fault}"));
    if *not_shown_yet > 0 {
        eprintln!(
            "{not_shown_yet} releases are not shown by `undertone serve` yet; alerts tell of them \
             when they are"
        );
    }
}

/// `mood: Old Quay became more negative …`
pub(super) fn line(fired: &Fired, language: Language) -> String {
    format!("{}: {}\n", fired.alert, fired.message().text(language))
}
