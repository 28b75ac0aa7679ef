//! `undertone topics fit`: labelled texts in, a topic head out.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use clap::builder::NonEmptyStringValueParser;
use rayon::prelude::*;
use serde::Serialize;

use super::super::{
    Failure, compute_arg::ComputeArgs, language_arg::languages, models, out, redact,
};
use crate::{
    domain::Sensitive,
    model::{
        Classifier, Fitted, LabelledVector, Manifest, TOPIC_ROWS_MIN, built_in_topics,
        encoder_digest, fit_topic_head,
    },
    text::Policy,
};

/// Longest file of labelled texts.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// Most topics that one line names.
const NAMED_MAX: usize = 10;

/// Arguments of `topics fit`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone topics fit labelled.csv --out riverton-topics.json
  undertone topics fit issues.csv --text description --topics category --out topics.json
  undertone topics fit issues.csv --separator '|' --out topics.json --json
  undertone topics fit avisos.csv --language es --out madrid-topics.json
  undertone topics fit issues.csv --leave-out-rare --out topics.json

A row has a text and the topics it is about, parted by a semicolon; a row without a topic is about
none of them. Each topic needs eight rows at least, two hundred are better. A name becomes an id:
`Street lamps` is `street-lamps`. Texts are redacted as a pipeline does. Then name the file in the
pipeline file: [topics] head = \"riverton-topics.json\". The figures are of rows that the head they
judge has not seen.

The head is learnt from these texts without a formal privacy guarantee: take texts that are public.")]
pub(super) struct Args {
    /// Labelled texts: a CSV with a header
    #[arg(value_name = "CSV")]
    file: PathBuf,
    /// Where the head is written
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Column of the text
    #[arg(long, value_name = "COLUMN", default_value = "text")]
    text: String,
    /// Column of the topics
    #[arg(long, value_name = "COLUMN", default_value = "topics")]
    topics: String,
    /// What parts the topics of a row
    #[arg(long, value_name = "STRING", default_value = ";")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    separator: String,
    /// Leave out topics with fewer than eight rows; their rows stay, without that topic
    #[arg(long)]
    leave_out_rare: bool,
    /// Language that the head is for, by ISO 639-1 code: it reads with that language's encoder
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

/// Labelled texts, with the topics found among them.
struct Labelled {
    /// Id and name of each topic, by id.
    topics: Vec<(String, String)>,
    rows: Vec<(Sensitive<String>, Vec<usize>)>,
}

#[derive(Serialize)]
struct Told {
    rows: usize,
    penalty: f32,
    /// No row has two topics, so their chances add up to one with that of none.
    exclusive: bool,
    head_sha256: String,
    topics: Vec<TopicTold>,
}

#[derive(Serialize)]
struct TopicTold {
    id: String,
    rows: usize,
    threshold: f32,
    precision: f64,
    recall: f64,
    f1: f64,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let labelled = without_rare(read(args)?, args)?;
    let folder = redact::folder(args.models.as_deref())?;
    let compute = args.compute.compute();
    let language = args.language.as_str();
    let languages = languages("--language", &[language])?;
    let encoder = Manifest::open(&folder).and_then(|manifest| encoder_digest(&manifest, language));
    let encoder = encoder.map_err(Failure::model)?;
    let redactor = models::redactor(&folder, Policy::default(), compute)?;
    let built_in = built_in_topics(&folder).map_err(Failure::model)?;
    let classifier =
        Classifier::load(&folder, &built_in, &languages, compute).map_err(Failure::model)?;
    let vector = |(text, topics): &(Sensitive<String>, Vec<usize>)| {
        let unit = classifier.vector(language, &redactor.redact(text).text)?;
        Ok(LabelledVector { unit, topics: topics.clone() })
    };
    let rows: Result<Vec<_>, crate::model::ModelError> =
        labelled.rows.par_iter().map(vector).collect();
    let rows = rows.map_err(Failure::internal)?;
    let fitted = fit_topic_head(&encoder, &labelled.topics, &rows).map_err(Failure::usage)?;
    fs::write(&args.out, fitted.head.to_file())
        .map_err(|error| Failure::usage(anyhow!("{}: {error}", args.out.display())))?;
    let told = told(&fitted, &rows);
    if args.json { out::json(&told) } else { out::text(&text(&told, &args.out)) }
}

fn read(args: &Args) -> Result<Labelled, Failure> {
    let unfit = |what: String| Failure::usage(anyhow!("{}: {what}", args.file.display()));
    let size = fs::metadata(&args.file).map_err(|error| unfit(error.to_string()))?.len();
    if size > FILE_BYTES_MAX {
        return Err(unfit(format!("{size} bytes; at most {FILE_BYTES_MAX} are read")));
    }
    let mut file = csv::Reader::from_path(&args.file).map_err(|error| unfit(error.to_string()))?;
    let header = file.headers().map_err(|error| unfit(error.to_string()))?.clone();
    let column = |name: &str| {
        let known = || header.iter().collect::<Vec<_>>().join(", ");
        let at = header.iter().position(|column| column == name);
        at.ok_or_else(|| unfit(format!("it has no column `{name}`; it has {}", known())))
    };
    let (text, topics) = (column(&args.text)?, column(&args.topics)?);
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut written: Vec<(Sensitive<String>, BTreeSet<String>)> = Vec::new();
    for (at, record) in file.records().enumerate() {
        // An error of a row may quote it, so only its place is told.
        let record = record.map_err(|_| unfit(format!("row {}: not a row of CSV", at + 1)))?;
        let mut ids = BTreeSet::new();
        for name in record.get(topics).unwrap_or("").split(&args.separator) {
            let name = name.trim();
            if !name.is_empty() && name.to_lowercase() != "other" {
                let id = id(name).ok_or_else(|| {
                    unfit(format!("row {}: a topic has no letter or digit", at + 1))
                })?;
                names.entry(id.clone()).or_insert_with(|| name.to_owned());
                ids.insert(id);
            }
        }
        let text = record.get(text).unwrap_or("").trim();
        if !text.is_empty() {
            written.push((Sensitive::new(text.to_owned()), ids));
        }
    }
    let order: Vec<&String> = names.keys().collect();
    let rows = written.into_iter().map(|(text, ids)| {
        (text, ids.iter().filter_map(|id| order.binary_search(&id).ok()).collect())
    });
    Ok(Labelled { rows: rows.collect(), topics: names.clone().into_iter().collect() })
}

/// The texts without the topics that have too few rows, where the caller wants them left out.
fn without_rare(labelled: Labelled, args: &Args) -> Result<Labelled, Failure> {
    let rows = |at: usize| labelled.rows.iter().filter(|(_, topics)| topics.contains(&at)).count();
    let counts: Vec<usize> = (0..labelled.topics.len()).map(rows).collect();
    let ids = labelled.topics.iter().map(|(id, _)| id).zip(&counts);
    let rare: Vec<String> = ids
        .filter(|(_, count)| **count < TOPIC_ROWS_MIN)
        .map(|(id, count)| format!("{id} ({count})"))
        .collect();
    if rare.is_empty() {
        return Ok(labelled);
    }
    let told = format!("fewer than {TOPIC_ROWS_MIN} rows: {}", named(&rare));
    if !args.leave_out_rare || rare.len() == counts.len() {
        let leave = match rare.len() == counts.len() {
            true => "",
            false => ", or leave them out with --leave-out-rare",
        };
        return Err(Failure::usage(anyhow!(
            "{}: topics with {told}. Add rows, give their rows the label of a wider topic{leave}",
            args.file.display()
        )));
    }
    eprintln!("undertone: left out, with {told}");
    Ok(labelled.keeping(|at| counts[at] >= TOPIC_ROWS_MIN))
}

/// The first topics of a list, and how many more there are.
fn named(topics: &[String]) -> String {
    let first = topics.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
    match topics.len().saturating_sub(NAMED_MAX) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

impl Labelled {
    /// The same rows with only the topics at the positions that `stays` says.
    fn keeping(self, stays: impl Fn(usize) -> bool) -> Self {
        let kept: Vec<usize> = (0..self.topics.len()).filter(|at| stays(*at)).collect();
        let rows = self.rows.into_iter().map(|(text, topics)| {
            (text, topics.iter().filter_map(|at| kept.binary_search(at).ok()).collect())
        });
        let topics = kept.iter().map(|at| self.topics[*at].clone()).collect();
        Self { rows: rows.collect(), topics }
    }
}

/// The id that a name stands for: lower case, and a hyphen for whatever is no letter or digit.
fn id(name: &str) -> Option<String> {
    let parts: Vec<String> = name
        .to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    let id: String = parts.join("-").chars().take(60).collect();
    let id = id.trim_matches('-').to_owned();
    (!id.is_empty()).then_some(id)
}

fn told(fitted: &Fitted, rows: &[LabelledVector]) -> Told {
    let topics = fitted.head.topics().iter().enumerate().map(|(at, topic)| {
        let (mut both, mut truth, mut given) = (0_u32, 0_u32, 0_u32);
        for (row, chances) in rows.iter().zip(&fitted.unseen) {
            let (has, is) = (row.topics.contains(&at), chances[at] >= topic.threshold);
            both += u32::from(has && is);
            truth += u32::from(has);
            given += u32::from(is);
        }
        let share = |of: u32| if of == 0 { 0.0 } else { f64::from(both) / f64::from(of) };
        TopicTold {
            id: topic.id.clone(),
            rows: truth as usize,
            threshold: topic.threshold,
            precision: share(given),
            recall: share(truth),
            f1: if truth + given == 0 {
                0.0
            } else {
                2.0 * f64::from(both) / f64::from(truth + given)
            },
        }
    });
    Told {
        rows: rows.len(),
        penalty: fitted.penalty,
        exclusive: fitted.head.is_exclusive(),
        head_sha256: fitted.head.digest().to_owned(),
        topics: topics.collect(),
    }
}

fn text(told: &Told, path: &Path) -> String {
    let mut text = format!(
        "{} rows, {} topics; each figure is of rows that its head has not seen\n  {:<32} {:>6} \
         {:>9} {:>9} {:>6} {:>6}\n",
        told.rows,
        told.topics.len(),
        "topic",
        "rows",
        "threshold",
        "precision",
        "recall",
        "F1"
    );
    for topic in &told.topics {
        text += &format!(
            "  {:<32} {:>6} {:>9.2} {:>9.2} {:>6.2} {:>6.2}\n",
            topic.id, topic.rows, topic.threshold, topic.precision, topic.recall, topic.f1
        );
    }
    let mean: f64 =
        told.topics.iter().map(|topic| topic.f1).sum::<f64>() / told.topics.len() as f64;
    text += &format!("  mean F1 {mean:.3}\n");
    if told.exclusive {
        text += "no row has two topics: their chances add up to one with that of none\n";
    }
    text + &format!("wrote {}; name it in the pipeline file: [topics] head\n", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(folder: &Path, body: &str) -> Args {
        let file = folder.join("labelled.csv");
        fs::write(&file, body).unwrap();
        Args {
            file,
            out: folder.join("head.json"),
            text: "text".into(),
            topics: "topics".into(),
            separator: ";".into(),
            leave_out_rare: false,
            language: "en".into(),
            models: None,
            json: false,
            compute: ComputeArgs::default(),
        }
    }

    #[test]
    fn rows_are_read_with_their_topics_and_empty_texts_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let body = "topics,text\nStreet lamps; Noise,dark and loud\n,about nothing\nNoise,\n\
                    other,either\nnoise,too loud\n";
        let labelled = read(&args(folder.path(), body)).unwrap();
        let names = [("noise", "Noise"), ("street-lamps", "Street lamps")];
        assert_eq!(labelled.topics, names.map(|(id, name)| (id.to_owned(), name.to_owned())));
        let topics: Vec<_> = labelled.rows.iter().map(|(_, topics)| topics.clone()).collect();
        assert_eq!(topics, [vec![0, 1], vec![], vec![], vec![0]]);
    }

    #[test]
    fn file_without_the_column_is_refused_with_the_columns_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let refused = read(&args(folder.path(), "body,topics\na,b\n")).err().unwrap().to_string();
        assert!(refused.contains("no column `text`") && refused.contains("body, topics"));
    }

    /// Eight rows about noise, of which two are also about lamps, and one about bins.
    fn with_rare_topics(folder: &Path) -> Args {
        let rows: String = (0..8)
            .map(|at| format!("Noise{},text {at}\n", if at < 2 { ";Lamps" } else { "" }))
            .collect();
        args(folder, &format!("topics,text\n{rows}Bins,full\n"))
    }

    #[test]
    fn topics_with_too_few_rows_are_refused_all_at_once_with_their_counts() {
        let folder = tempfile::tempdir().unwrap();
        let args = with_rare_topics(folder.path());
        let refused = without_rare(read(&args).unwrap(), &args).err().unwrap().to_string();
        assert!(refused.contains("fewer than 8 rows: bins (1), lamps (2)"), "{refused}");
        assert!(refused.contains("--leave-out-rare"), "{refused}");
    }

    #[test]
    fn rare_topics_left_out_leave_their_rows_behind_and_at_least_one_topic() {
        let folder = tempfile::tempdir().unwrap();
        let mut args = with_rare_topics(folder.path());
        args.leave_out_rare = true;
        let labelled = without_rare(read(&args).unwrap(), &args).unwrap();
        assert_eq!(labelled.topics, [("noise".to_owned(), "Noise".to_owned())]);
        let topics: Vec<_> = labelled.rows.iter().map(|(_, topics)| topics.clone()).collect();
        assert_eq!(topics, [vec![vec![0]; 8], vec![Vec::new()]].concat());
        let mut args = self::args(folder.path(), "topics,text\nBins,full\n");
        args.leave_out_rare = true;
        let refused = without_rare(read(&args).unwrap(), &args).err().unwrap().to_string();
        assert!(refused.contains("bins (1)") && !refused.contains("--leave"), "{refused}");
    }

    #[test]
    fn long_list_of_topics_is_cut_and_counted() {
        let topics: Vec<String> = (0..12).map(|at| format!("t{at} (1)")).collect();
        assert!(named(&topics).ends_with("t9 (1) and 2 more"));
    }

    #[test]
    fn id_of_a_name_is_plain() {
        assert_eq!(id("Trash & Recycling (bins)").unwrap(), "trash-recycling-bins");
        assert_eq!(id("—"), None);
    }
}
