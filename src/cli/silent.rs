//! `undertone release silent`: what may be said of those who did not post.

use anyhow::anyhow;
use serde_json::json;

use super::{Failure, out, pipeline_arg::PipelineArg};
use crate::{
    config::Pipeline,
    domain::NamedKey,
    estimate::{
        Said,
        silent::{OddsFactor, Participation, Subject},
        words::{Language, in_all_languages},
    },
    ledger::read_entries,
    release::{Archive, Document},
};

/// Arguments of `release silent`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone release silent pipelines/demo.toml --topic riverfront
  undertone release silent pipelines/demo.toml --topic riverfront --odds 3 --lang es
  undertone release silent pipelines/demo.toml --neighborhood old-quay --json

Reads published releases and the public numbers of the pipeline file ([census], [[survey]],
[[target]]): it costs no privacy. A share is of those who take a side.")]
pub(super) struct Args {
    #[command(flatten)]
    pipeline: PipelineArg,
    /// Topic id; left out, all topics together
    #[arg(long, value_name = "ID")]
    topic: Option<String>,
    /// Neighbourhood id; left out, the whole city
    #[arg(long, value_name = "ID")]
    neighborhood: Option<String>,
    /// By what factor silent residents' odds may differ from those of the people who posted; your claim
    #[arg(long, value_name = "G", default_value = "2")]
    odds: OddsFactor,
    /// Language of the sentences: en or es
    #[arg(long, value_name = "LANG", default_value = "en")]
    lang: Language,
    /// JSON for machines, with the sentences in every language
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let pipeline = args.pipeline.load()?;
    let keys = &pipeline.plan.keys;
    known("topic", args.topic.as_deref(), &keys.topics)?;
    known("neighborhood", args.neighborhood.as_deref(), &keys.neighborhoods)?;
    let files = published(&pipeline)?;
    let documents: Vec<&Document> = files.iter().map(|file| file.envelope.document()).collect();
    let subject = Subject { neighborhood: args.neighborhood.clone(), topic: args.topic.clone() };
    let said = Said::of(&documents, &pipeline.public, &subject, args.odds);
    if args.json {
        let sentences = in_all_languages(&said.messages);
        return out::json(
            &json!({"said": said, "sentences": sentences, "public": pipeline.public}),
        );
    }
    out::text(&readable(&said, &pipeline, args.lang))
}

fn published(pipeline: &Pipeline) -> Result<Vec<crate::release::ReleaseFile>, Failure> {
    let data = &pipeline.data;
    if !data.join("ledger").is_dir() {
        return Err(Failure::usage(anyhow!(
            "{} holds no ledger; run `undertone run {}` first, or name another folder with --data",
            data.display(),
            pipeline.file.display()
        )));
    }
    let entries = read_entries(data).map_err(Failure::check)?;
    let found = Archive::of(data).published(&entries).map_err(Failure::check)?;
    if found.is_empty() {
        return Err(Failure::check(anyhow!("nothing has been released in this folder yet")));
    }
    Ok(found)
}

fn known(what: &str, id: Option<&str>, keys: &[NamedKey]) -> Result<(), Failure> {
    match id {
        Some(id) if !keys.iter().any(|key| key.id == id) => {
            let ids: Vec<&str> = keys.iter().map(|key| key.id.as_str()).collect();
            let ids = ids.join(", ");
            Err(Failure::usage(anyhow!("the plan has no {what} `{id}`; it has: {ids}")))
        }
        _ => Ok(()),
    }
}

fn readable(said: &Said, pipeline: &Pipeline, language: Language) -> String {
    let names = [&said.about.place, &said.about.topic];
    let title: Vec<&str> = names
        .into_iter()
        .flatten()
        .map(String::as_str)
        .chain([pipeline.plan.title.as_str()])
        .collect();
    let mut text = format!("{}\n", title.join(" · "));
    for message in &said.messages {
        text += &format!("  {}\n", message.text(language));
    }
    if let (Some(found), None) = (&said.participation, &said.subject.neighborhood) {
        text += &participation(found, language);
    }
    if let Some(found) = &said.reweighted {
        let all = found.effective_voices * found.design_effect;
        let (effect, like) = (found.design_effect, found.effective_voices);
        text += &language.pick(
            format!("  weights: Kish design effect {effect:.2}, so {all:.0} voices say as much as {like:.0} of equal weight\n"),
            format!("  pesos: efecto de diseño de Kish {effect:.2}; {all:.0} voces dicen tanto como {like:.0} de igual peso\n"),
        );
    }
    if let Some(census) = &pipeline.public.census {
        let source = &census.source;
        text += &language.pick(format!("  census: {source}\n"), format!("  censo: {source}\n"));
    }
    for reason in &said.left_out {
        let reason = reason.text(language);
        text +=
            &language.pick(format!("  left out: {reason}\n"), format!("  no se dice: {reason}\n"));
    }
    text + language.pick(
        "  The ranges cover the privacy noise, and where a survey is used its own error; not the \
         classifier's mistakes.\n",
        "  Los rangos cubren el ruido de privacidad y, donde se usa una encuesta, su propio error; no los \
         errores del clasificador.\n",
    )
}

/// A table of rates with their intervals.
fn participation(found: &Participation, language: Language) -> String {
    let title = language.pick("heard, of all residents", "oídos, de todos los residentes");
    let of = language.pick("of", "de");
    let mut text = format!("\n  {title}\n");
    for place in &found.places {
        let clip = |share: f64| 100.0 * share.clamp(0.0, 1.0);
        text += &format!(
            "  {:<26} {:>5.1} % [{:.1}, {:.1}]  {:>6.0} ± {:.0} {of} {}\n",
            place.name,
            clip(place.rate.value),
            clip(place.rate.low),
            clip(place.rate.high),
            place.heard.value.max(0.0),
            place.heard.half_width(),
            place.residents
        );
    }
    text + "\n"
}
