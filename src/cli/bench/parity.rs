//! `undertone bench parity`: the same weights through other libraries, label by label and logit by logit.

use std::{
    ffi::OsString,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use serde::Serialize;

use super::{
    super::{Failure, out, redact::folder},
    child::{ChildError, Running},
    engines::{self, Engine, Job, NotMeasured},
    testimony::{self, Distance},
    texts,
};
use crate::model::{Classifier, Compute, Languages, Testimony, built_in_topics};

/// The engine that all others are held against.
const REFERENCE: &str = "f32";
/// The one whose bytes are not exact, and so may differ by more than rounding.
const BYTES: &str = "int8";

/// Arguments of `bench parity`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  benches/peers/install.sh target/peers parity
  undertone bench parity comments.jsonl --limit 2000
  benches/peers/libtorch.sh target/libtorch      # says how to build with rust-bert

TEXTS.jsonl has {\"text\"}, one per line. Published or invented texts only: the peers are other people's
programs. Placeholders, accounts and links are left out of what every engine reads.

The reference is our own encoder in f32, which candle computes. rust-bert is there in a build with the
feature `rust-bert`; ONNX Runtime runs a graph written from the same weights, and works out the tone in
numpy. Labels follow from logits and vectors by the classifier's own rules, over the built-in topics.
Exit code 1 when an engine in f32 differs by more than rounding, or one that is installed failed.")]
pub(in super::super) struct Args {
    /// Published or invented texts
    #[arg(value_name = "TEXTS.jsonl")]
    texts: PathBuf,
    /// Folder of the installed peers; benches/peers/install.sh fills it [default: target/peers]
    #[arg(long, value_name = "DIR")]
    peers: Option<PathBuf>,
    /// Only the first N texts
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Folder of the model weights
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// Machine-readable output
    #[arg(long)]
    json: bool,
}

/// An engine beside the reference.
#[derive(Serialize)]
struct Compared {
    id: String,
    name: String,
    #[serde(flatten)]
    distance: Distance,
}

/// All that a run found.
#[derive(Serialize)]
struct Report {
    file: String,
    texts: usize,
    reference: &'static str,
    engines: Vec<Compared>,
    not_measured: Vec<NotMeasured>,
}

/// Runs the command.
pub(in super::super) fn run(args: &Args) -> Result<(), Failure> {
    let models = folder(args.models.as_deref())?;
    let texts = texts::read(&args.texts, Some(args.limit))?;
    let topics = built_in_topics(&models).map_err(Failure::model)?;
    let classifier = Classifier::load(&models, &topics, &Languages::english(), Compute::default())
        .map_err(Failure::model)?;
    let read: Result<Vec<_>, _> = texts.iter().map(|text| classifier.words("en", text)).collect();
    let read = read.map_err(Failure::model)?;
    let lines: String = read.iter().enumerate().map(texts::line).collect();
    let reference = own(REFERENCE, "undertone, f32, the reference", &models)?;
    let said =
        ask(&reference, &lines).map_err(|e| Failure::internal(anyhow!("{REFERENCE}: {e}")))?;
    let expected = testimony::labels(&classifier, &said.1).map_err(Failure::model)?;
    let (engines, not_measured) = others(args, &models)?;
    let (mut compared, mut failed) = (Vec::new(), Vec::new());
    for engine in engines {
        eprintln!("bench: {}", engine.id);
        match ask(&engine, &lines) {
            Ok((name, found)) => {
                let labels = testimony::labels(&classifier, &found).map_err(Failure::model)?;
                let distance = Distance::between((&found, &labels), (&said.1, &expected));
                compared.push(Compared { id: engine.id, name, distance });
            }
            Err(error) => failed.push(NotMeasured { id: engine.id, why: error.to_string() }),
        }
    }
    let report = Report {
        file: args.texts.display().to_string(),
        texts: texts.len(),
        reference: REFERENCE,
        engines: compared,
        not_measured: [not_measured, failed.clone()].concat(),
    };
    if args.json {
        out::json(&report)?
    } else {
        out::text(&report.told())?
    }
    let far = report.engines.iter().filter(|one| one.id != BYTES && !one.distance.is_rounding());
    let far: Vec<_> = far.map(|one| one.id.as_str()).collect();
    if !far.is_empty() {
        let far = far.join(", ");
        return Err(Failure::check(anyhow!("not the same computation as the reference: {far}")));
    }
    super::succeeded(&failed)
}

/// Ours of this kind, saying tones too.
fn own(kind: &str, name: &str, models: &Path) -> Result<Engine, Failure> {
    let mut arguments: Vec<OsString> =
        ["bench", "engine", "--tone", "--kind", kind, "--models"].map(OsString::from).to_vec();
    arguments.push(models.into());
    engines::ours(kind, name, &arguments)
}

/// Everything but the reference.
fn others(args: &Args, models: &Path) -> Result<(Vec<Engine>, Vec<NotMeasured>), Failure> {
    let (peers, mut missing) = engines::peers(args.peers.as_deref(), Job::Parity)?;
    let mut engines = vec![own(BYTES, "undertone, int8", models)?];
    if cfg!(feature = "rust-bert") {
        engines.push(own("rust-bert", "rust-bert through libtorch, f32", models)?);
    } else {
        let why =
            "this build lacks the feature `rust-bert`; benches/peers/libtorch.sh has the recipe";
        missing.push(NotMeasured { id: "rust-bert".into(), why: why.into() });
    }
    engines.extend(peers);
    Ok((engines, missing))
}

/// What an engine calls itself, and what it says of every text.
fn ask(engine: &Engine, lines: &str) -> Result<(String, Vec<Testimony>), ChildError> {
    let mut running = Running::start(engine, 1)?;
    let answers = running.ask(lines.as_bytes(), 1)?;
    let read = |(at, line): (usize, &String)| {
        let what = testimony::answer_to(at, line);
        what.map_err(|what| ChildError::Answer { at: at + 1, what })
    };
    let said = answers.iter().enumerate().map(read).collect::<Result<_, _>>()?;
    let name = running.name.clone().unwrap_or_else(|| engine.name.clone());
    running.end()?;
    Ok((name, said))
}

impl Report {
    /// For people.
    fn told(&self) -> String {
        let mut told = format!(
            "{} texts of {}, beside our encoder in f32\n\n{:12} {:>12} {:>12}  {:>19}  {:>19}\n{:38}  \
             {:>9} {:>9}  {:>9} {:>9}\n",
            self.texts,
            self.file,
            "",
            "same tone",
            "same topics",
            "logits differ by",
            "cosine",
            "",
            "mean",
            "at most",
            "mean",
            "least",
        );
        for Compared { id, distance, .. } in &self.engines {
            let share = |equal: usize| {
                format!("{:.2} %", 100.0 * equal as f64 / distance.texts.max(1) as f64)
            };
            let _ = writeln!(
                told,
                "{id:12} {:>12} {:>12}  {:>9.6} {:>9.6}  {:>9.7} {:>9.7}",
                share(distance.tones_equal),
                share(distance.topics_equal),
                distance.logit_difference_mean,
                distance.logit_difference_max,
                distance.cosine_mean,
                distance.cosine_min,
            );
        }
        for NotMeasured { id, why } in &self.not_measured {
            let _ = writeln!(told, "not measured: {id}: {why}");
        }
        told
    }
}
