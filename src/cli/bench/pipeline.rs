//! `undertone bench pipeline`: comments in, noisy counts out: ours beside Presidio, ONNX Runtime and OpenDP in Python.

use std::{
    ffi::OsString,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    super::{Failure, out, redact::folder},
    engines::{self, Engine, Job, NotMeasured},
    rates::Range,
    ratios::{Ratio, grouped, ratios, tell_ratios},
    rounds::Measured,
    texts,
    town::TOWN,
    whole::{self, Took, WholeError},
};
use crate::domain::SystemClock;

/// The rows' accounts and places; neither says anything.
const ACCOUNTS: usize = 1_000;
const PLACES: usize = 8;
/// Long after both windows of the town; the rows lie in the first.
const AS_OF: &str = "2026-04-01T00:00:00Z";

/// What this measurement adds to the [`TOWN`], beside its places.
const QUESTIONS: &str = r#"
[[family]]
id = "pulse"
name = "mood by neighbourhood"
by = ["neighborhood", "sentiment"]
windows_max = 1
share_percent = 50

[[family]]
id = "topics"
name = "mood by topic"
by = ["topic", "sentiment"]
windows_max = 1
share_percent = 50
"#;

/// Arguments of `bench pipeline`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  benches/peers/install.sh target/peers pipeline
  undertone bench pipeline comments.jsonl --limit 3000
  undertone bench pipeline comments.jsonl --limit 3000 --threads 2 --rounds 1 --json

TEXTS.jsonl has {\"text\"}, one per line. Published or invented texts only: the peer is other people's
programs. Each text becomes a comment of one of 1,000 accounts in one of eight places, in one week.

Ours is `undertone run` into a folder of its own: personal data hidden, tone and topics told, one voice
for each resident and question, every row in a synced journal, noise, signed releases and the ledger.
The peer hides with Presidio in batches, tells tone and topics with ONNX Runtime int8 on the same weights,
keeps its rows in SQLite and adds OpenDP's noise to counts by place and by topic.

Each program is measured whole, from its start to its end. What a run over one row takes, its loading,
is taken off before comments are counted a second, and told beside it.
Exit code 1 when a program failed or released nothing.")]
pub(in super::super) struct Args {
    /// Published or invented texts
    #[arg(value_name = "TEXTS.jsonl")]
    texts: PathBuf,
    /// Folder of the installed peers; benches/peers/install.sh fills it [default: target/peers]
    #[arg(long, value_name = "DIR")]
    peers: Option<PathBuf>,
    /// Rounds, every program once in each
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,
    /// Only the first N texts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    limit: Option<u32>,
    /// Threads that each program may take
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1_024))]
    threads: u16,
    /// Folder of the model weights
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// A folder that does not exist yet, for comments and data; deleted at the end
    #[arg(long, value_name = "DIR", default_value = "data/bench-pipeline")]
    data: PathBuf,
    /// Machine-readable output
    #[arg(long)]
    json: bool,
}

/// All that a run found.
#[derive(Serialize)]
struct Report<'a> {
    file: String,
    comments: usize,
    rounds: u16,
    threads: u16,
    engines: Vec<Row<'a>>,
    ratios: Vec<Ratio<'a>>,
    not_measured: &'a [NotMeasured],
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    name: &'a str,
    comments_per_cpu_s: &'a Range,
    comments_per_wall_s: &'a Range,
    memory_mib_peak: f64,
    start_cpu_s: f64,
}

/// Runs the command.
pub(in super::super) fn run(args: &Args) -> Result<(), Failure> {
    let models = folder(args.models.as_deref())?;
    let models = fs::canonicalize(&models).map_err(Failure::internal)?;
    let texts = texts::read(&args.texts, args.limit)?;
    let town = Town::build(&args.data, &texts)?;
    let (peers, missing) = engines::peers(args.peers.as_deref(), Job::Pipeline)?;
    let program = engines::ours("undertone", "undertone run", &[])?;
    let mut subjects = vec![Subject::of(program, Kind::Ours(models))];
    subjects.extend(peers.into_iter().map(|peer| Subject::of(peer, Kind::Peer)));
    let mut failed = Vec::new();
    for round in 0..=args.rounds {
        subjects.retain_mut(|subject| {
            let what = match round {
                0 => "one row, for what loading takes".to_owned(),
                round => format!("round {round} of {}", args.rounds),
            };
            eprintln!("bench: {}: {what}", subject.engine.id);
            let rows = if round == 0 { &town.one } else { &town.all };
            let done = subject.round(&town, rows, args.threads.into());
            let told = |why: &anyhow::Error| NotMeasured {
                id: subject.engine.id.clone(),
                why: format!("{why:#}"),
            };
            done.inspect_err(|why| failed.push(told(why))).is_ok()
        });
    }
    let measured: Vec<_> =
        subjects.into_iter().filter_map(|subject| subject.measured(texts.len())).collect();
    let not_measured = [missing, failed.clone()].concat();
    let report = Report {
        file: args.texts.display().to_string(),
        comments: texts.len(),
        rounds: args.rounds,
        threads: args.threads,
        engines: measured.iter().map(row).collect(),
        ratios: ratios(measured.iter()),
        not_measured: &not_measured,
    };
    if args.json {
        out::json(&report)?
    } else {
        out::text(&report.told())?
    }
    super::succeeded(&failed)
}

/// Files of the comments in a folder of their own, deleted at the end.
struct Town {
    folder: PathBuf,
    pipeline: PathBuf,
    one: PathBuf,
    all: PathBuf,
}

impl Town {
    fn build(folder: &Path, texts: &[String]) -> Result<Self, Failure> {
        if folder.exists() {
            return Err(Failure::usage(anyhow!(
                "{} exists already; name a folder that does not, it is deleted at the end",
                folder.display()
            )));
        }
        let named = |name: &str| folder.join(name);
        let town = Self {
            pipeline: named("bench.toml"),
            one: named("one.jsonl"),
            all: named("all.jsonl"),
            folder: folder.to_owned(),
        };
        let write = || -> anyhow::Result<()> {
            fs::create_dir_all(folder)?;
            let places: Vec<_> =
                (0..PLACES).map(|at| format!("{{ id = \"p{at}\", name = \"P{at}\" }}")).collect();
            let places = format!("[neighborhoods]\nlist = [{}]\n", places.join(", "));
            fs::write(&town.pipeline, format!("{TOWN}\n{places}{QUESTIONS}"))?;
            let rows: Vec<String> = texts.iter().enumerate().map(comment).collect();
            fs::write(&town.one, rows.first().map(String::as_str).unwrap_or_default())?;
            fs::write(&town.all, rows.concat())?;
            Ok(())
        };
        let refused = || format!("cannot write {}", folder.display());
        write().with_context(refused).map_err(Failure::usage)?;
        Ok(town)
    }

    /// A name in it that nothing has yet.
    fn fresh(&self, id: &str, round: usize) -> PathBuf {
        self.folder.join(format!("{id}-{round}"))
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder); // what was measured counts more
    }
}

fn comment((id, text): (usize, &String)) -> String {
    let account = format!("a{}", id % ACCOUNTS);
    let place = format!("P{}", id % PLACES);
    let posted_at = "2026-03-03T10:00:00Z";
    let row = json!({"id": id, "account": account, "text": text, "posted_at": posted_at, "neighborhood": place});
    format!("{row}\n")
}

/// A program in the measurement.
struct Subject {
    engine: Engine,
    kind: Kind,
    /// Over one row.
    loading: Option<Took>,
    rounds: Vec<Took>,
}

enum Kind {
    /// This program, with the folder of its models.
    Ours(PathBuf),
    Peer,
}

impl Subject {
    fn of(engine: Engine, kind: Kind) -> Self {
        Self { engine, kind, loading: None, rounds: Vec::new() }
    }

    fn round(&mut self, town: &Town, rows: &Path, threads: usize) -> anyhow::Result<()> {
        let data =
            town.fresh(&self.engine.id, self.rounds.len() + usize::from(self.loading.is_some()));
        let mut engine = self.engine.clone();
        engine.arguments.extend(self.arguments(town, rows, &data, threads));
        let took = whole::run(&engine, threads, &SystemClock)?;
        let _ = fs::remove_dir_all(&data); // the whole folder is removed at the end
        if released(&took.output).is_none() {
            return Err(WholeError::Failed("it released nothing".into()).into());
        }
        match self.loading {
            None => self.loading = Some(took),
            Some(_) => self.rounds.push(took),
        }
        Ok(())
    }

    fn arguments(&self, town: &Town, rows: &Path, data: &Path, threads: usize) -> Vec<OsString> {
        let Kind::Ours(models) = &self.kind else {
            return vec![rows.into(), data.into()];
        };
        let mut arguments: Vec<OsString> = vec!["run".into()];
        arguments.push(town.pipeline.as_os_str().to_owned());
        let named: [(&str, OsString); 5] = [
            ("--input", rows.into()),
            ("--data", data.into()),
            ("--models", models.into()),
            ("--as-of", AS_OF.into()),
            ("--threads", threads.to_string().into()),
        ];
        for (name, value) in named {
            arguments.extend([name.into(), value]);
        }
        arguments.extend(["--json".into(), "--quiet".into()]);
        arguments
    }

    /// Its figures, comments a second beyond what loading takes.
    fn measured(self, comments: usize) -> Option<Measured<()>> {
        let Took { wall_s, cpu_s, memory_mib_peak, .. } = self.loading?;
        let per = |of: fn(&Took) -> f64, loading: f64| {
            // One row is among those of loading. Less than the kernel's tick cannot be told from it.
            Range::of(
                self.rounds
                    .iter()
                    .map(|took| (comments - 1) as f64 / (of(took) - loading).max(0.01))
                    .collect(),
            )
        };
        Some(Measured {
            texts_per_cpu_s: per(|took| took.cpu_s, cpu_s)?,
            texts_per_wall_s: per(|took| took.wall_s, wall_s)?,
            memory_mib_peak: self
                .rounds
                .iter()
                .map(|took| took.memory_mib_peak)
                .fold(memory_mib_peak, f64::max),
            start_cpu_s: cpu_s,
            name: self.engine.name.clone(),
            engine: self.engine,
            answers: Vec::new(),
        })
    }
}

/// How many releases a program says it made, of {"released": [...]}; none where that is empty.
fn released(output: &str) -> Option<usize> {
    let said: Value = serde_json::from_str(output.trim()).ok()?;
    said.get("released")?.as_array().map(Vec::len).filter(|count| *count > 0)
}

fn row(measured: &Measured<()>) -> Row<'_> {
    Row {
        id: &measured.engine.id,
        name: &measured.name,
        comments_per_cpu_s: &measured.texts_per_cpu_s,
        comments_per_wall_s: &measured.texts_per_wall_s,
        memory_mib_peak: measured.memory_mib_peak,
        start_cpu_s: measured.start_cpu_s,
    }
}

impl Report<'_> {
    /// For people.
    fn told(&self) -> String {
        let mut told = format!(
            "{} comments of {}, {} rounds in turn, threads: {}\n\n{:20} {:>22} {:>16} {:>10} {:>6} {:>12}\n",
            self.comments,
            self.file,
            self.rounds,
            self.threads,
            "",
            "comments/CPU second",
            "range",
            "wall",
            "MiB",
            "start CPU s",
        );
        for one in &self.engines {
            let Range { median, min, max, .. } = one.comments_per_cpu_s;
            let _ = writeln!(
                told,
                "{:20} {:>22} {:>16} {:>10} {:>6.0} {:>12.1}",
                one.id,
                grouped(*median),
                format!("{}-{}", grouped(*min), grouped(*max)),
                grouped(one.comments_per_wall_s.median),
                one.memory_mib_peak,
                one.start_cpu_s,
            );
        }
        tell_ratios(&mut told, &self.ratios);
        for NotMeasured { id, why } in self.not_measured {
            let _ = writeln!(told, "not measured: {id}: {why}");
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_counted_and_none_is_none() {
        assert_eq!(released("{\"released\": [1, 2]}\n"), Some(2));
        assert_eq!(released("{\"released\": []}"), None);
        assert_eq!(released("no JSON"), None);
    }

    #[test]
    fn loading_is_taken_off_before_comments_are_counted() {
        let engine = engines::ours("a", "a", &[]).unwrap();
        let took = |s: f64| Took { wall_s: s, cpu_s: s, memory_mib_peak: s, output: String::new() };
        let mut subject = Subject::of(engine, Kind::Peer);
        subject.loading = Some(took(2.0));
        subject.rounds = vec![took(12.0), took(7.0)];
        let measured = subject.measured(101).unwrap();
        assert_eq!(measured.texts_per_cpu_s.rounds, [10.0, 20.0]);
        assert_eq!((measured.memory_mib_peak, measured.start_cpu_s), (12.0, 2.0));
    }
}
