//! `undertone topics try`: what a sentence would be counted for.

use std::path::PathBuf;

use anyhow::anyhow;
use serde::Serialize;

use super::super::{
    Failure, compute_arg::ComputeArgs, language_arg::languages, models, out, redact,
};
use crate::{
    config::{Overrides, load},
    domain::{Sensitive, Topic},
    model::{Classifier, TopicSpec, built_in_topics},
    text::Policy,
};

/// Topics that are told.
const NEAREST: usize = 5;

/// Arguments of `topics try`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone topics try \"The bus never comes on Sundays\"
  undertone topics try \"When does the ferry run?\" --pipeline pipelines/demo.toml --json

  undertone topics try \"El autobús no pasa los domingos\" --language es

The sentence is redacted and read as one in the language given. Nothing is written.")]
pub(super) struct Args {
    /// The sentence
    text: String,
    /// Take the topics of this pipeline file
    #[arg(long, value_name = "FILE")]
    pipeline: Option<PathBuf>,
    /// Language of the sentence, by ISO 639-1 code
    #[arg(long, value_name = "CODE", default_value = "en")]
    language: String,
    /// Folder of the model weights
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// JSON for machines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    compute: ComputeArgs,
}

#[derive(Serialize)]
struct Told {
    counted: Vec<String>,
    nearest: Vec<Near>,
}

#[derive(Serialize)]
struct Near {
    id: String,
    probability: f32,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    if args.text.trim().is_empty() {
        return Err(Failure::usage(anyhow!("the sentence is empty")));
    }
    let compute = args.compute.compute();
    let language = args.language.as_str();
    let (folder, policy, specs, classifier) = match &args.pipeline {
        Some(file) => {
            let overrides = Overrides { models: args.models.clone(), ..Overrides::default() };
            let pipeline = load(file, overrides)?;
            let classifier = models::classifier(&pipeline, compute)?;
            (pipeline.models, pipeline.redaction, pipeline.topics, classifier)
        }
        None => {
            let folder = redact::folder(args.models.as_deref())?;
            let specs = built_in_topics(&folder).map_err(Failure::model)?;
            let languages = languages("--language", &[language])?;
            let classifier = Classifier::load(&folder, &specs, &languages, compute);
            let classifier = classifier.map_err(Failure::model)?;
            (folder, Policy::default(), specs, classifier)
        }
    };
    let redactor = models::redactor(&folder, policy, compute)?;
    let redacted = redactor.redact(&Sensitive::new(args.text.clone()));
    let reading = classifier.read_as(language, &redacted.text).map_err(Failure::usage)?;
    let id = |topic: Topic| name(&specs, topic);
    let mut nearest: Vec<Near> = reading
        .topics
        .iter()
        .map(|(topic, probability)| Near { id: id(*topic), probability: *probability })
        .collect();
    nearest.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    nearest.truncate(NEAREST);
    let counted = reading.labels.topics.iter().map(|topic| id(*topic)).collect();
    let told = Told { counted, nearest };
    if args.json { out::json(&told) } else { out::text(&text(&told)) }
}

fn name(specs: &[TopicSpec], topic: Topic) -> String {
    specs.get(usize::from(topic.0)).map_or("other", |spec| &spec.id).to_owned()
}

fn text(told: &Told) -> String {
    let mut text = format!("counted for: {}\n", told.counted.join(", "));
    for near in &told.nearest {
        text += &format!("  {:<32} {:.2}\n", near.id, near.probability);
    }
    text
}
