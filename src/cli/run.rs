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

use super::{
    Failure, alerts, keys::Keys, models, out, pipeline_arg::PipelineArg, progress::Bar, reading,
    rekey, summary,
};
use crate::{
    config::Pipeline,
    connectors::{self, Input, Prepared, SourceSpec},
    domain::{Clock, FixedClock, SystemClock, Window},
    estimate::{Fired, words::Language},
    ledger::{Digest, Ledger, plan_text, read_entries},
    log::{FolderLock, lock_folder},
    model::{Compute, Isa},
    pipeline::{
        AccountRule, AdmitPlan, Ingest, IngestError, IngestSummary, Labeller, Limits,
        ModelLabeller, Stop, ingest,
    },
    release::{Archive, Document, ModelFacts, PrivacyUnit, Releaser, Step, record_missing},
    store::Store,
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
    #[command(flatten)]
    pipeline: PipelineArg,
    /// What to read (`-` for standard input); left out, the file's own source
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Judge windows as if it were this instant, which is past, such as 2026-03-10T00:00:00Z; left out, now. Rows
    /// dated after it count in its window, for good
    #[arg(long, value_name = "TIME")]
    as_of: Option<Timestamp>,
    /// Release even when not one comment was accepted
    #[arg(long)]
    release_anyway: bool,
    /// Instructions that the models use: amx, avx512vnni, avx2 or portable; the labels are the same on
    /// each. Left out, the machine's fastest
    #[arg(long, value_name = "ISA")]
    isa: Option<Isa>,
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
    if args.as_of.is_some_and(|at| at > SystemClock.now()) {
        return Err(Failure::refused(anyhow!(
            "--as-of lies in the future: windows would close, for good, before they happened"
        )));
    }
    let pipeline = args.pipeline.load()?;
    let input = args.input.clone().or_else(|| pipeline.input.clone()).ok_or_else(|| {
        let file = pipeline.file.display();
        Failure::usage(anyhow!("{file}: source.path is missing; name the input with --input FILE"))
    })?;
    // Before anything is made: a wrong path or field map leaves no keys and no ledger behind.
    let prepared = connectors::prepare(&SourceSpec {
        id: pipeline.source.clone(),
        input: if input == Path::new("-") { Input::Stdin } else { Input::File(input) },
        format: pipeline.format.clone(),
    })
    .map_err(Failure::usage)?;
    let clock: Arc<dyn Clock> = match args.as_of {
        Some(at) => Arc::new(FixedClock(at)),
        None => Arc::new(SystemClock),
    };
    let mut house = House::open(&pipeline, clock, args)?;
    let read = house.read(prepared, args)?;
    report_reading(&read, args);
    if read.stopped {
        return Err(Failure::check(anyhow!(
            "stopped before the input ended; run the same command again to go on"
        )));
    }
    if house.has_read_nothing(&read)? && !args.release_anyway {
        return Err(Failure::check(anyhow!(
            "not one comment was accepted, so nothing was released and nothing was spent: compare \
             the counts above with [source] and [schedule] in {}. If the windows really are empty, \
             say --release-anyway",
            args.pipeline.pipeline.display()
        )));
    }
    let released = house.release(args)?;
    house.close()?;
    let (_, new) = alerts::look(&pipeline)?;
    if !args.quiet && !args.json {
        new.iter().for_each(|one| eprint!("alert {}", alerts::line(one, Language::English)));
    }
    tell(&pipeline.data, &released, &new, args)
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
        let compute = Compute { isa: args.isa, ..Compute::default() };
        let labeller = models::labeller(&pipeline.models, policy, &pipeline.topics, compute)?;
        fs::create_dir_all(data)
            .with_context(|| format!("cannot create the data folder {}", data.display()))
            .map_err(Failure::usage)?;
        let lock = lock_folder(data).map_err(Failure::usage)?;
        let mut keys = Keys::open_or_create(pipeline)?;
        let (store, recovered) = rekey::open_store(pipeline, &mut keys)?;
        let origin = format!("undertone/{}", pipeline.plan.id);
        let signing = keys.signing.clone();
        let (ledger, found) = Ledger::open(data, &origin, signing, coarse_clock())?;
        if recovered.truncated_bytes + found.truncated_bytes > 0 {
            eprintln!(
                "undertone: an unfinished last frame was cut off; it had not been acknowledged"
            );
        }
        let labeller = Arc::new(labeller);
        let mut house = Self { pipeline, clock, keys, store, ledger, labeller, facts, _lock: lock };
        house.releaser().check_agreement()?;
        record_plan(&mut house.ledger, pipeline)?;
        if house.releaser().recover(&found)? && !args.quiet {
            eprintln!("undertone: an unfinished release was abandoned; what it cost stays charged");
        }
        record_missing(&house.store, &mut house.ledger)?;
        Ok(house)
    }

    fn read(&mut self, prepared: Prepared, args: &Args) -> Result<IngestSummary, Failure> {
        let plan = &self.pipeline.plan;
        let opened = prepared.start(&self.keys.pseudonym, &self.pipeline.digest, |bookmark| {
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
                    former: self.keys.former.clone(),
                    told_from: self.store.told_from(),
                    calendar: plan.calendar.clone(),
                    places: self.pipeline.places.clone(),
                    accounts: match plan.unit {
                        PrivacyUnit::Resident => AccountRule::Required,
                        PrivacyUnit::Comment => AccountRule::PerComment,
                    },
                }),
                labeller,
                clock: Arc::new(FixedClock(self.clock.now())),
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

    /// Whether neither this run nor one before it accepted any comment: a wrong field map or input,
    /// most likely, which should not cost the city its plan.
    fn has_read_nothing(&self, read: &IngestSummary) -> Result<bool, Failure> {
        let accepted = read.new + read.replaced + read.removed + read.duplicates + read.too_late;
        let untouched = self.ledger.reserves().is_empty();
        let mut said = self.store.said(Window(0)..Window(u32::MAX));
        Ok(accepted == 0 && untouched && said.next().transpose()?.is_none())
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
        rekey::forget_former(self.pipeline, &mut self.store)?;
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

/// The clock of ledger entries: one reading of the machine's, cut to the hour. The ledger is public,
/// and how long counting and drawing took would tell of what was counted (arXiv 2112.05307).
pub(super) fn coarse_clock() -> Arc<dyn Clock> {
    let seconds = SystemClock.now().as_second();
    let hour = Timestamp::from_second(seconds - seconds.rem_euclid(3600));
    Arc::new(FixedClock(hour.unwrap_or(Timestamp::UNIX_EPOCH)))
}

/// Puts the plan into a new ledger; refuses a ledger that another plan opened.
fn record_plan(ledger: &mut Ledger, pipeline: &Pipeline) -> Result<(), Failure> {
    let plan = pipeline.plan.public();
    let digest = Digest::of(plan_text(&plan).as_bytes());
    match ledger.plan_digest() {
        Some(recorded) if recorded != digest => Err(match ledger.would_record(&plan) {
            Ok(()) => Failure::refused(anyhow!(
                "the plan in {file} adds or ends questions that the ledger does not know: \
                 `undertone amend {file}` shows what that costs and records it",
                file = pipeline.file.display()
            )),
            Err(error) => Failure::refused(anyhow!(
                "the plan in {} is not the one this data folder was opened with: what residents \
                 were promised would change ({error}). Put the plan back, or start a new folder \
                 with --data",
                pipeline.file.display()
            )),
        }),
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

fn tell(data: &Path, steps: &[Step], fired: &[Fired], args: &Args) -> Result<(), Failure> {
    let archive = Archive::of(data);
    let entries = read_entries(data).map_err(Failure::check)?;
    let files = archive.published(&entries).map_err(Failure::check)?;
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
        out::json(&json!({"data": data, "released": new, "releases": all, "alerts": fired}))?;
    } else {
        if !steps.iter().any(|step| matches!(step, Step::Released(_))) && !files.is_empty() {
            out::text("Nothing new to release. The newest releases:\n\n")?;
        }
        out::text(&summary::newest(&documents))?;
        if !files.is_empty() {
            let data = data.display();
            out::text(&format!(
                "The newest of each kind; all {} stand in {}.\n\
                 All: undertone release list --data {data}\n\
                 Verify: undertone ledger verify --data {data}\n",
                files.len(),
                archive.folder().display(),
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
