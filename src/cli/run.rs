//! `undertone run`: comments in, signed differentially private releases out.

use std::{
    fs,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, anyhow};
use jiff::Timestamp;
use serde_json::json;

use super::{Failure, keys::Keys, models, out, progress::Bar, reading, summary};
use crate::{
    config::{Overrides, Pipeline, load},
    connectors::{self, Input, SourceSpec},
    domain::{Clock, FixedClock, SystemClock, Window},
    ledger::{Digest, Ledger, plan_text},
    log::{FolderLock, lock_folder},
    pipeline::{
        AccountRule, AdmitPlan, Ingest, IngestError, IngestSummary, Labeller, Limits,
        ModelLabeller, Stop, ingest,
    },
    release::{Archive, Document, ModelFacts, PrivacyUnit, Releaser, Step},
    store::{Store, StoreOptions},
};

/// Arguments of `run`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone run pipelines/demo.toml
  undertone run pipelines/bowling-green.toml --input polis-export/ --data data/bg
  zcat comments.jsonl.gz | undertone run my-city.toml --input -

A stopped run goes on where it was; running twice counts nothing twice and releases nothing twice.")]
pub(super) struct Args {
    /// The pipeline file
    pipeline: PathBuf,
    /// Folder of everything the run writes; left out, the one the pipeline file names
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// What to read (`-` for standard input); left out, the file's own source
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Folder of the model weights
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// GeoJSON of the neighbourhoods, instead of the one the pipeline file names
    #[arg(long, value_name = "FILE")]
    neighborhoods: Option<PathBuf>,
    /// Judge windows as if it were this instant (RFC 3339); left out, now
    #[arg(long, value_name = "TIME")]
    as_of: Option<Timestamp>,
    /// Threads that label; left out, one per core
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// JSON for machines: released facts on standard output, counts on standard error
    #[arg(long)]
    json: bool,
    /// No progress on standard error
    #[arg(long)]
    quiet: bool,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let overrides = Overrides {
        data: args.data.clone(),
        models: args.models.clone(),
        neighborhoods: args.neighborhoods.clone(),
    };
    let pipeline = load(&args.pipeline, overrides)?;
    let input = args.input.clone().or_else(|| pipeline.input.clone()).ok_or_else(|| {
        let file = pipeline.file.display();
        Failure::usage(anyhow!("{file}: source.path is missing; name the input with --input FILE"))
    })?;
    let clock: Arc<dyn Clock> = match args.as_of {
        Some(at) => Arc::new(FixedClock(at)),
        None => Arc::new(SystemClock),
    };
    let mut house = House::open(&pipeline, clock, args)?;
    let read = house.read(&input, args)?;
    report_reading(&read, args);
    if read.stopped {
        return Err(Failure::check(anyhow!(
            "stopped before the input ended; run the same command again to go on"
        )));
    }
    let released = house.release(args)?;
    house.close()?;
    tell(&pipeline.data, &released, args)
}

/// Everything open while a run works: one process per data folder.
struct House<'a> {
    pipeline: &'a Pipeline,
    clock: Arc<dyn Clock>,
    keys: Keys,
    store: Store,
    ledger: Ledger,
    labeller: Arc<ModelLabeller>,
    facts: ModelFacts,
    _lock: FolderLock,
}

impl<'a> House<'a> {
    /// Opens and mends the folder: what a crash left half done is abandoned before anything else.
    fn open(pipeline: &'a Pipeline, clock: Arc<dyn Clock>, args: &Args) -> Result<Self, Failure> {
        let data = &pipeline.data;
        let facts = models::facts(&pipeline.models)?;
        let policy = pipeline.redaction.clone();
        let labeller = models::labeller(&pipeline.models, policy, &pipeline.topics)?;
        fs::create_dir_all(data)
            .with_context(|| format!("cannot create the data folder {}", data.display()))
            .map_err(Failure::usage)?;
        let lock = lock_folder(data).map_err(Failure::usage)?;
        let keys = Keys::open_or_create(pipeline)?;
        let options = StoreOptions { key_check: keys.pseudonym.check_value(), plan_check: None };
        let (store, recovered) = Store::open(data, options)?;
        let origin = format!("undertone/{}", pipeline.plan.id);
        let signing = keys.signing.clone();
        let (mut ledger, found) = Ledger::open(data, &origin, signing, Arc::clone(&clock))?;
        record_plan(&mut ledger, pipeline)?;
        if recovered.truncated_bytes + found.truncated_bytes > 0 {
            eprintln!(
                "undertone: an unfinished last frame was cut off; it had not been acknowledged"
            );
        }
        let labeller = Arc::new(labeller);
        let mut house = Self { pipeline, clock, keys, store, ledger, labeller, facts, _lock: lock };
        if house.releaser().recover(&found)? && !args.quiet {
            eprintln!("undertone: an unfinished release was abandoned; what it cost stays charged");
        }
        Ok(house)
    }

    fn read(&mut self, input: &Path, args: &Args) -> Result<IngestSummary, Failure> {
        let plan = &self.pipeline.plan;
        let spec = SourceSpec {
            id: self.pipeline.source.clone(),
            input: if input == Path::new("-") { Input::Stdin } else { Input::File(input.into()) },
            format: self.pipeline.format.clone(),
        };
        let opened =
            connectors::open(&spec, &self.keys.pseudonym, &self.pipeline.digest, |bookmark| {
                bookmark.find_in(&self.store)
            });
        let opened = opened.map_err(ingest_failure)?;
        let bar = Bar::new(opened.bytes, args.quiet || args.json);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(Failure::internal)?;
        let labeller: Arc<dyn Labeller> = self.labeller.clone();
        let read = runtime.block_on(async {
            let ingest_with = Ingest {
                plan: Arc::new(AdmitPlan {
                    key: self.keys.pseudonym.clone(),
                    calendar: plan.calendar.clone(),
                    places: self.pipeline.places.clone(),
                    accounts: match plan.unit {
                        PrivacyUnit::Resident => AccountRule::Required,
                        PrivacyUnit::Comment => AccountRule::PerComment,
                    },
                }),
                labeller,
                clock: Arc::clone(&self.clock),
                threads: args.threads.unwrap_or_else(cores),
                progress: &bar,
                stop: Stop::at_signal().map_err(IngestError::Threads)?,
                limits: Limits::default(),
            };
            ingest(opened, &mut self.store, ingest_with).await
        });
        bar.done();
        read.map_err(ingest_failure)
    }

    /// Closes what the clock has closed and answers every question that is due.
    fn release(&mut self, args: &Args) -> Result<Vec<Step>, Failure> {
        let closed = self.pipeline.plan.calendar.closed_at(self.clock.now());
        if closed == 0 {
            return Ok(Vec::new());
        }
        self.store.close_through(Window(closed - 1))?;
        let mut releaser = self.releaser();
        let mut steps = Vec::new();
        for due in releaser.due(closed) {
            let step = releaser.release(due)?;
            if let (Step::Released(name), false) = (&step, args.quiet || args.json) {
                eprintln!("released {name}");
            }
            steps.push(step);
        }
        releaser.scrub(closed)?;
        Ok(steps)
    }

    fn releaser(&mut self) -> Releaser<'_> {
        Releaser {
            plan: &self.pipeline.plan,
            model: &self.facts,
            key: &self.keys.pseudonym,
            signer: &self.keys.signing,
            store: &mut self.store,
            ledger: &mut self.ledger,
            archive: Archive::of(&self.pipeline.data),
        }
    }

    fn close(self) -> Result<(), Failure> {
        Ok(self.store.close()?)
    }
}

fn ingest_failure(error: IngestError) -> Failure {
    match error {
        IngestError::Store(error) => error.into(),
        IngestError::Source(error) => Failure::usage(error),
        other => Failure::internal(other),
    }
}

/// Puts the plan into a new ledger; refuses a ledger that another plan opened.
fn record_plan(ledger: &mut Ledger, pipeline: &Pipeline) -> Result<(), Failure> {
    let plan = pipeline.plan.public();
    let digest = Digest::of(plan_text(&plan).as_bytes());
    match ledger.plan_digest() {
        Some(recorded) if recorded != digest => Err(Failure::refused(anyhow!(
            "the plan in {} is not the one this data folder was opened with: what residents were \
             promised would change. Put the plan back, or start a new folder with --data",
            pipeline.file.display()
        ))),
        _ => Ok(ledger.record_plan(&plan).map(drop)?),
    }
}

fn report_reading(read: &IngestSummary, args: &Args) {
    if args.json {
        eprintln!("{}", json!({ "read": read }));
    } else if !args.quiet {
        eprint!("{}", reading::readable(read));
    }
}

fn tell(data: &Path, steps: &[Step], args: &Args) -> Result<(), Failure> {
    let archive = Archive::of(data);
    let files = archive.releases().map_err(Failure::check)?;
    let documents: Vec<&Document> = files.iter().map(|file| file.envelope.document()).collect();
    if args.json {
        let new: Vec<_> = steps
            .iter()
            .filter_map(|step| match step {
                Step::Released(name) => Some(name),
                Step::Stood => None,
            })
            .collect();
        let all: Vec<_> = files.iter().map(|file| &file.name).collect();
        out::json(&json!({"data": data, "released": new, "releases": all}))?;
    } else {
        out::text(&summary::newest(&documents))?;
        if !files.is_empty() {
            out::text(&format!(
                "Releases: {} in {}. Verify: undertone ledger verify --data {}\n",
                files.len(),
                archive.folder().display(),
                data.display()
            ))?;
        }
    }
    match files.is_empty() {
        true => {
            Err(Failure::check(anyhow!("nothing released: no window is past its closing time")))
        }
        false => Ok(()),
    }
}

fn cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}
