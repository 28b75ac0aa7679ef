//! `undertone bench encoder`: texts to vectors, ours beside ONNX Runtime and candle's stock model.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use anyhow::anyhow;

use super::{
    super::{Failure, out, redact::folder},
    encoder_report::{Compared, Report},
    engines::{self, Engine, Job, NotMeasured},
    identity::{self, Way},
    peak,
    rounds::{self, Measured, Plan, Questions},
    texts,
    vectors::{self, Vector},
};
use crate::{
    domain::SystemClock,
    model::{Isa, TokenCounter, linear_operations},
};

/// The engine that the others' cosines are taken to.
const EXACT: &str = "candle-stock";

/// Arguments of `bench encoder`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  benches/peers/install.sh target/peers encoder
  undertone bench encoder comments.jsonl --limit 300
  undertone bench encoder comments.jsonl --only int8-avx512vnni,int8-avx2 --limit 10000 --rounds 1

TEXTS.jsonl has {\"text\"}, one per line. Published or invented texts only: the peers are other people's
programs.

Each engine is a program of its own: one JSON line {\"id\",\"text\"} in, {\"id\",\"embedding\"} out, all loaded
before the first round, in turn. CPU time and peak memory are the kernel's, of the whole program: tokenizing
and JSON count, loading does not. Ours and the stock model are given one text at a time.
  cosine  to the vectors of candle's stock model in f32
  peak    operations of the linear layers a CPU second, over what products alone reach on that path
Every int8 path of ours must give the same bits, and so must the fastest on two threads and last text first.
Exit code 1 when one does not, or when an engine that is installed failed.")]
pub(in super::super) struct Args {
    /// Published or invented texts
    #[arg(value_name = "TEXTS.jsonl")]
    texts: PathBuf,
    /// Folder of the installed peers; benches/peers/install.sh fills it [default: target/peers]
    #[arg(long, value_name = "DIR")]
    peers: Option<PathBuf>,
    /// Only these engines, parted by commas
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    only: Vec<String>,
    /// Timed rounds after the one that warms up
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    rounds: u16,
    /// CPU time that a round should last: a fast engine gets the texts several times in one
    #[arg(long, value_name = "MS", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(10..=600_000))]
    round_ms: u32,
    /// Only the first N texts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Threads that each engine may take
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1_024))]
    threads: u16,
    /// Folder of the model weights
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// Machine-readable output
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(in super::super) fn run(args: &Args) -> Result<(), Failure> {
    let models = folder(args.models.as_deref())?;
    let texts = texts::read(&args.texts, args.limit)?;
    let (engines, missing) = engines(args, &models)?;
    let lines: Vec<String> = texts.iter().enumerate().map(texts::line).collect();
    let joined = lines.concat();
    let questions =
        Questions { lines: joined.as_bytes(), texts: texts.len(), read: &vectors::answer_to };
    let plan = Plan {
        rounds: args.rounds.into(),
        threads: args.threads.into(),
        round_cpu_s: f64::from(args.round_ms) / 1_000.0,
    };
    let say = |what: &str| eprintln!("bench: {what}");
    let (measured, mut failed) = rounds::measure(engines, &questions, plan, &SystemClock, say);
    let (ways, not_turned) = ways(&measured, &lines);
    failed.extend(not_turned);
    let operations_per_text = linear_operations(&models).map_err(Failure::model)? as f64
        * tokens(&models, &texts)? as f64
        / texts.len() as f64;
    let report = Report {
        file: args.texts.display().to_string(),
        texts: texts.len(),
        operations_per_text,
        plan,
        engines: compared(measured, operations_per_text)?,
        ways,
        not_measured: [missing, failed.clone()].concat(),
    };
    if args.json {
        out::json(&report.machine())?
    } else {
        out::text(&report.told())?
    }
    if !identity::holds(&report.ways) {
        return Err(Failure::check(anyhow!(
            "int8 gave other bits on another path; see the report"
        )));
    }
    super::succeeded(&failed)
}

fn tokens(models: &Path, texts: &[String]) -> Result<usize, Failure> {
    let counter = TokenCounter::load(models).map_err(Failure::model)?;
    texts.iter().map(|text| counter.count(text)).sum::<Result<_, _>>().map_err(Failure::model)
}

/// The id of ours on a path.
fn id_of(isa: Isa) -> String {
    format!("int8-{isa}")
}

/// Ours on every path of this machine and in `f32`, the stock model, and the peers.
fn engines(args: &Args, models: &Path) -> Result<(Vec<Engine>, Vec<NotMeasured>), Failure> {
    let own = |id: &str, name: &str, kind: &str, isa: Option<Isa>| {
        let mut arguments: Vec<OsString> =
            ["bench", "engine", "--kind", kind, "--models"].map(OsString::from).to_vec();
        arguments.push(models.into());
        arguments.extend(isa.map(|isa| format!("--isa={isa}").into()));
        engines::ours(id, name, &arguments)
    };
    let mut engines = Vec::new();
    for isa in Isa::available() {
        engines.push(own(&id_of(isa), &format!("undertone, int8, {isa}"), "int8", Some(isa))?);
    }
    engines.push(own("f32", "undertone, f32, the reference", "f32", None)?);
    let stock = own(EXACT, "candle's BertModel, f32, one text a call", "stock", None)?;
    engines.push(Engine { ours: false, ..stock });
    #[cfg(feature = "rust-bert")]
    {
        let other = own("rust-bert", "rust-bert, f32, one text a call", "rust-bert", None)?;
        engines.push(Engine { ours: false, ..other });
    }
    let (peers, missing) = engines::peers(args.peers.as_deref(), Job::Encoder)?;
    engines.extend(peers);
    if let Some(unknown) = args.only.iter().find(|id| engines.iter().all(|one| one.id != **id)) {
        let ids: Vec<_> = engines.iter().map(|one| one.id.as_str()).collect();
        return Err(Failure::usage(anyhow!(
            "no engine `{unknown}` here; there are {}",
            ids.join(", ")
        )));
    }
    engines.retain(|one| args.only.is_empty() || args.only.contains(&one.id));
    Ok((engines, missing))
}

/// The hashes of all int8 paths, and of the fastest the other way round.
fn ways(measured: &[Measured<Vector>], lines: &[String]) -> (Vec<Way>, Vec<NotMeasured>) {
    let paths: Vec<String> = Isa::ALL.into_iter().map(id_of).collect();
    let ours = || measured.iter().filter(|one| one.engine.ours && paths.contains(&one.engine.id));
    let way = |one: &Measured<Vector>| Way {
        how: one.engine.id.clone(),
        sha256: vectors::hash(&one.answers),
    };
    let mut ways: Vec<Way> = ours().map(way).collect();
    let mut failed = Vec::new();
    if let Some(fastest) = ours().next() {
        match identity::backwards(&fastest.engine, lines) {
            Ok(way) => ways.push(way),
            Err(error) => {
                let id = format!("{} last first", fastest.engine.id);
                failed.push(NotMeasured { id, why: error.to_string() });
            }
        }
    }
    (ways, failed)
}

/// Each engine beside the exact one, and beside the peak of its path.
fn compared(
    measured: Vec<Measured<Vector>>,
    operations_per_text: f64,
) -> Result<Vec<Compared>, Failure> {
    let exact = measured.iter().find(|one| one.engine.id == EXACT);
    let cosines: Vec<_> = measured
        .iter()
        .map(|one| exact.map(|exact| vectors::cosines(&one.answers, &exact.answers)))
        .collect();
    let mut all = Vec::with_capacity(measured.len());
    for (one, cosine) in measured.into_iter().zip(cosines) {
        let isa = Isa::ALL.into_iter().find(|isa| id_of(*isa) == one.engine.id);
        let peak = match isa {
            Some(isa) => peak::operations_per_cpu_s(isa).map_err(Failure::internal)?,
            None => None,
        };
        let rate = one.texts_per_cpu_s.median * operations_per_text;
        all.push(Compared {
            measured: one.without_answers(),
            cosine,
            operations_per_cpu_s: rate,
            peak_operations_per_cpu_s: peak,
        });
    }
    Ok(all)
}
