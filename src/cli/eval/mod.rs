//! `undertone eval`: every number of the model card, one command a data set.
//!
//! It reads published sets that are no part of the repository. What it is not: a place for residents'
//! texts, and no training; what is fitted here (heads over frozen vectors) is measured and dropped.

mod corpora;
mod emoji;
mod groups;
mod measure;
mod placeholders;
mod record;
mod report;
mod split;
mod stance;
mod tones;
mod topics;

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::{Failure, compute_arg::ComputeArgs, models, out, redact};
use crate::{
    model::{Classifier, Languages, TopicSpec, built_in_topics},
    text::Policy,
};
use corpora::ToneRow;
use report::{MARKDOWN_HEAD, Report};

/// Arguments of `eval`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone eval tweeteval --data DIR
  undertone eval all --data DIR --json > eval.json
  undertone eval all --data DIR --markdown
  undertone eval new-haven --data DIR --precision f32
  undertone eval record --data DIR --out models/evaluation.json

DIR holds the published sets, laid out as models/README.md says. An interval is 95 %: Wilson's for
a share, else a bootstrap of 1,000 resamples with a fixed seed. Nothing that is read is written.")]
pub(super) struct Args {
    /// What to measure
    #[arg(value_enum)]
    set: Set,
    /// Folder of the published sets
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Folder of the model weights
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// Where `record` writes
    #[arg(long, value_name = "FILE", required_if_eq("set", "record"))]
    out: Option<PathBuf>,
    /// JSON for machines
    #[arg(long)]
    json: bool,
    /// The figures as a Markdown table, as the model card has them
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    #[command(flatten)]
    compute: ComputeArgs,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Set {
    /// Tone of English posts: TweetEval's validation set
    Tweeteval,
    /// Tone of posts in six languages: UMSAB's validation sets
    Umsab,
    /// Tone of sentences about places: SentiHood's development set
    SentihoodTone,
    /// Aspects of places, by a fitted head
    SentihoodAspects,
    /// Twenty-five types of requests, by a fitted head
    NewHaven,
    /// Built-in topics: requests, civic posts, posts about nothing civic
    BuiltIn,
    /// German topics of cycling, by a fitted head
    Cycling,
    /// The sentences written here that no training saw
    Own,
    /// Built-in topics of proposals made to the city of Madrid, in Spanish
    Madrid,
    /// Tone of English posts with emoji, and without them: GoEmotions
    Emoji,
    /// Tone with personal data hidden beside the text as written
    Placeholders,
    /// Support and opposition from text, held against votes
    Stance,
    /// All of these
    All,
    /// How often tones are mistaken, written for releases to carry
    Record,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let folder = redact::folder(args.models.as_deref())?;
    let specs = built_in_topics(&folder).map_err(Failure::model)?;
    let classifier = Classifier::load(&folder, &specs, &Languages::all(), args.compute.compute());
    let classifier = classifier.map_err(Failure::model)?;
    let reports = match (args.set, &args.out) {
        (Set::Record, Some(path)) => record::write(&args.data, &classifier, &specs, path)?,
        (Set::All, _) => {
            let sets = Set::value_variants().iter();
            let sets = sets.filter(|set| !matches!(set, Set::All | Set::Record));
            let measured: Result<Vec<_>, _> =
                sets.map(|set| measured(*set, args, &folder, &classifier, &specs)).collect();
            measured?.into_iter().flatten().collect()
        }
        (set, _) => measured(set, args, &folder, &classifier, &specs)?,
    };
    if args.json {
        return out::json(&reports);
    }
    let lines = reports.iter().map(if args.markdown { Report::markdown } else { Report::told });
    let head = if args.markdown { MARKDOWN_HEAD } else { "" };
    out::text(&format!("{head}{}", lines.collect::<String>()))
}

fn measured(
    set: Set,
    args: &Args,
    folder: &Path,
    classifier: &Classifier,
    specs: &[TopicSpec],
) -> Result<Vec<Report>, Failure> {
    let data = args.data.as_path();
    Ok(match set {
        Set::Tweeteval => vec![tone(tones::TWEETEVAL, data, classifier, specs)?],
        Set::Umsab => {
            let sets = tones::UMSAB.into_iter();
            sets.map(|set| tone(set, data, classifier, specs)).collect::<Result<_, _>>()?
        }
        Set::SentihoodTone => vec![tone(tones::SENTIHOOD, data, classifier, specs)?],
        Set::SentihoodAspects => vec![topics::aspects(data, classifier)?],
        Set::NewHaven => vec![topics::types(data, classifier)?],
        Set::BuiltIn => topics::built_in(data, classifier, specs)?,
        Set::Cycling => vec![topics::cycling(data, classifier)?],
        Set::Own => {
            let of = tones::OWN.map(|set| own(set, folder, classifier, specs));
            of.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect()
        }
        Set::Madrid => madrid(data, folder, classifier, specs)?,
        Set::Emoji => vec![emoji::report(data, classifier, specs)?],
        Set::Placeholders => {
            let redactor = models::redactor(folder, Policy::default(), args.compute.compute())?;
            vec![placeholders::report(data, classifier, &redactor)?]
        }
        Set::Stance => vec![stance::report(data, classifier)?],
        Set::All | Set::Record => Vec::new(),
    })
}

/// Tone on a published set.
fn tone(
    set: tones::ToneSet,
    data: &Path,
    classifier: &Classifier,
    specs: &[TopicSpec],
) -> Result<Report, Failure> {
    tones::report(set, &set.rows(data)?, classifier, specs)
}

/// Built-in topics of proposals in Spanish.
fn madrid(
    data: &Path,
    folder: &Path,
    classifier: &Classifier,
    specs: &[TopicSpec],
) -> Result<Vec<Report>, Failure> {
    let rows = corpora::madrid(data, folder)?;
    let (none, about): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(topic, _)| topic.is_none());
    Ok(vec![
        topics::likeness("proposals, Madrid", &about, classifier, specs, "es")?,
        topics::likeness("proposals about no topic, Madrid", &none, classifier, specs, "es")?,
    ])
}

/// Tone and topics of the sentences of the models folder in one language.
fn own(
    set: tones::ToneSet,
    folder: &Path,
    classifier: &Classifier,
    specs: &[TopicSpec],
) -> Result<Vec<Report>, Failure> {
    let rows = corpora::own(folder, "check", set.language)?;
    let tones: Vec<ToneRow> =
        rows.iter().map(|(tone, _, text)| ToneRow { text: text.clone(), tone: *tone }).collect();
    let (none, about): (Vec<_>, Vec<_>) = rows
        .into_iter()
        .map(|(_, topic, text)| ((topic != "other").then_some(topic), text))
        .partition(|(topic, _)| topic.is_none());
    Ok(vec![
        tones::report(set, &tones, classifier, specs)?,
        topics::likeness(&format!("{}, topics", set.name), &about, classifier, specs, set.by)?,
        topics::likeness(&format!("{}, no topic", set.name), &none, classifier, specs, set.by)?,
    ])
}
