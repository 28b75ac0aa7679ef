//! `undertone classify`: language, sentiment and topics of JSON lines.

use std::path::PathBuf;

use serde::Serialize;

use super::{Failure, compute_arg::ComputeArgs, language_arg::languages, lines, models, redact};
use crate::{
    config::{Overrides, load},
    domain::{Sensitive, Topic},
    model::{Classifier, Reading, TopicSpec, built_in_topics},
    text::{RedactedText, Redactor},
};

/// Arguments of `classify`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone classify < comments.jsonl > labels.jsonl
  undertone classify --pipeline pipelines/demo.toml < comments.jsonl
  undertone classify --languages en,es < comments.jsonl
  undertone classify --raw < evaluation-set.jsonl

In  {\"id\",\"text\"}, one per line.
Out {\"id\",\"lang\",\"sentiment\":{\"negative\",\"neutral\",\"positive\"},\"topics\":[{\"id\",\"probability\"}]},
one per line in order: the topics that are counted, likeliest first. A comment that is withheld or
in a language that is not read has null sentiment. A bad line gives
{\"id\",\"line\",\"error\"}; where no line is answered the exit code is 1,
or 70 if a sound one was among them.")]
pub(super) struct Args {
    /// Folder of the model weights
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// Take topics, languages and redaction of this pipeline file
    #[arg(long, value_name = "FILE")]
    pipeline: Option<PathBuf>,
    /// Languages that are read: en, es or both, parted by commas
    #[arg(long, value_name = "CODES", value_delimiter = ',', default_value = "en")]
    #[arg(conflicts_with = "pipeline")]
    languages: Vec<String>,
    /// Do not redact first; for evaluation on public text
    #[arg(long)]
    raw: bool,
    /// Every topic with its probability, not only those that are counted
    #[arg(long)]
    all_topics: bool,
    #[command(flatten)]
    compute: ComputeArgs,
}

#[derive(Serialize)]
struct Classified {
    lang: &'static str,
    sentiment: Option<Tones>,
    topics: Vec<TopicRow>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    withheld: bool,
}

#[derive(Serialize)]
struct Tones {
    negative: f32,
    neutral: f32,
    positive: f32,
}

#[derive(Serialize)]
struct TopicRow {
    id: String,
    probability: f32,
}

/// What the command loads once.
struct Loaded {
    redactor: Option<Redactor>,
    classifier: Classifier,
    topics: Vec<TopicSpec>,
    all_topics: bool,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let compute = args.compute.compute();
    let policy = redact::policy(args.pipeline.as_deref())?;
    let (folder, topics, classifier) = match &args.pipeline {
        Some(file) => {
            let overrides = Overrides { models: args.models.clone(), ..Overrides::default() };
            let pipeline = load(file, overrides)?;
            let classifier = models::classifier(&pipeline, compute)?;
            (pipeline.models, pipeline.topics, classifier)
        }
        None => {
            let folder = redact::folder(args.models.as_deref())?;
            let topics = built_in_topics(&folder).map_err(Failure::model)?;
            let languages = languages("--languages", &args.languages)?;
            let classifier = Classifier::load(&folder, &topics, &languages, compute);
            let classifier = classifier.map_err(Failure::model)?;
            (folder, topics, classifier)
        }
    };
    let redactor = if args.raw { None } else { Some(models::redactor(&folder, policy, compute)?) };
    let loaded = Loaded { redactor, classifier, topics, all_topics: args.all_topics };
    lines::answer_each(|text| loaded.answer(&text))
}

impl Loaded {
    fn answer(&self, text: &Sensitive<String>) -> Result<Classified, String> {
        let text = match &self.redactor {
            Some(redactor) => redactor.redact(text).text,
            None => RedactedText::unredacted(text),
        };
        let reading = self.classifier.classify(&text).map_err(|error| error.to_string())?;
        let [negative, neutral, positive] = reading.sentiment;
        let read = reading.labels.sentiment != crate::domain::Sentiment::Unread;
        Ok(Classified {
            lang: reading.language.code(),
            sentiment: read.then_some(Tones { negative, neutral, positive }),
            topics: self.topics(&reading),
            withheld: text.is_withheld(),
        })
    }

    fn topics(&self, reading: &Reading) -> Vec<TopicRow> {
        let counted = |topic: &Topic| self.all_topics || reading.labels.topics.contains(topic);
        let row = |(topic, probability): &(Topic, f32)| TopicRow {
            id: self.topics.get(usize::from(topic.0)).map_or("other", |t| &t.id).to_owned(),
            probability: *probability,
        };
        let mut rows: Vec<TopicRow> =
            reading.topics.iter().filter(|(topic, _)| counted(topic)).map(row).collect();
        rows.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        let chances = reading.topics.iter().map(|(_, chance)| *chance);
        let probability = of_none(chances, self.classifier.topics_exclude());
        let other = Topic(self.topics.len() as u16);
        if reading.labels.topics.contains(&other) {
            rows.push(TopicRow { id: "other".into(), probability });
        }
        rows
    }
}

/// What is left for "other": all that the topics leave where they exclude one another, else what the
/// likeliest leaves.
fn of_none(chances: impl Iterator<Item = f32>, exclude: bool) -> f32 {
    match exclude {
        true => (1.0 - chances.sum::<f32>()).max(0.0),
        false => 1.0 - chances.fold(0.0, f32::max),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_gets_what_the_topics_leave() {
        let chances = || [0.3_f32, 0.3, 0.3].into_iter();
        assert!((of_none(chances(), true) - 0.1).abs() < 1e-6);
        assert!((of_none(chances(), false) - 0.7).abs() < 1e-6);
    }
}
