//! `undertone run`: comments in, signed differentially private releases out.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::anyhow;
use jiff::Timestamp;
use serde_json::json;

use super::{
    Failure,
    alerts::{self, Told},
    house::{House, Reads},
    out,
    pipeline_arg::PipelineArg,
    progress::Bar,
    reading, summary, values,
};
use crate::{
    config::Pipeline,
    connectors::{self, Format, Input, Prepared, SourceSpec, Surroundings},
    domain::{Clock, FixedClock, SystemClock},
    estimate::words::Language,
    ledger::read_entries,
    model::{Compute, Isa},
    pipeline::{Ingest, IngestError, IngestSummary, Limits, Stop, ingest},
    release::{Archive, Document, Step},
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
    #[arg(long, value_name = "TIME", value_parser = values::instant)]
    as_of: Option<Timestamp>,
    /// Release even when not one comment was accepted
    #[arg(long)]
    release_anyway: bool,
    /// Instructions that the models use: amx, avx512vnni, avx2 or portable; the labels are the same on
    /// each. Left out, the machine's fastest
    #[arg(long, value_name = "ISA")]
    isa: Option<Isa>,
    /// Threads that label; left out, one per core
    #[arg(long, value_name = "N", value_parser = values::threads)]
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
    let pipeline = Arc::new(args.pipeline.load()?);
    let input = input(&pipeline, args)?;
    // Before anything is made: a wrong path or field map leaves no keys and no ledger behind.
    let prepared = connectors::prepare(&SourceSpec {
        id: pipeline.source.clone(),
        input,
        format: pipeline.format.clone(),
    })
    .map_err(Failure::usage)?;
    let clock: Arc<dyn Clock> = match args.as_of {
        Some(at) => Arc::new(FixedClock(at)),
        None => Arc::new(SystemClock),
    };
    let compute = Compute { isa: args.isa, ..Compute::default() };
    let reads = Reads::load(&pipeline, compute)?;
    let mut house = House::open(Arc::clone(&pipeline), clock, reads, args.quiet)?;
    let read = read(&mut house, prepared, args)?;
    report_reading(&read, args);
    if read.stopped {
        return Err(Failure::check(anyhow!(
            "stopped before the input ended; run the same command again to go on"
        )));
    }
    if has_read_nothing(&house, &read)? && !args.release_anyway {
        return Err(Failure::check(anyhow!(
            "not one comment was accepted, so nothing was released and nothing was spent: compare \
             the counts above with [source] and [schedule] in {}. If the windows really are empty, \
             say --release-anyway",
            args.pipeline.pipeline.display()
        )));
    }
    let is_told = !args.quiet && !args.json;
    let released = house.release(|name| {
        if is_told {
            eprintln!("released {name}");
        }
    })?;
    house.close()?;
    let told = alerts::look(&pipeline, &Surroundings::of_the_machine())?;
    if !args.quiet && !args.json {
        told.new.iter().for_each(|one| eprint!("alert {}", alerts::line(one, Language::English)));
        alerts::report(&told);
    }
    tell(&pipeline.data, &released, &told, args)
}

/// What is read: the service of the pipeline, or the file that the command line or the pipeline names.
fn input(pipeline: &Pipeline, args: &Args) -> Result<Input, Failure> {
    let file = pipeline.file.display();
    let named = args.input.clone().or_else(|| pipeline.input.clone());
    match (&pipeline.format, named) {
        (Format::Remote(_), None) => Ok(Input::Service),
        (Format::Remote(_), Some(_)) => Err(Failure::usage(anyhow!(
            "{file}: its source is a service on the network, so there is no --input to read"
        ))),
        (_, Some(path)) if path == Path::new("-") => Ok(Input::Stdin),
        (_, Some(path)) => Ok(Input::File(path)),
        (_, None) => Err(Failure::usage(anyhow!(
            "{file}: source.path is missing; name the input with --input FILE"
        ))),
    }
}

/// Reads the whole input into the house, or until asked to stop.
fn read(house: &mut House, prepared: Prepared, args: &Args) -> Result<IngestSummary, Failure> {
    let pipeline = Arc::clone(&house.pipeline);
    let opened = prepared
        .start(&house.keys.pseudonym, &pipeline.digest, |bookmark| bookmark.find_in(&house.store));
    let opened = opened.map_err(ingest_failure)?;
    let bar = Bar::new(opened.bytes, args.quiet || args.json);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(Failure::internal)?;
    let read = runtime.block_on(async {
        let ingest_with = Ingest {
            plan: Arc::new(house.admit_plan()),
            labeller: Arc::clone(&house.labeller),
            clock: Arc::new(FixedClock(house.clock.now())),
            threads: args.threads.unwrap_or_else(cores),
            progress: &bar,
            stop: Stop::at_signal().map_err(IngestError::Threads)?,
            limits: Limits::default(),
        };
        ingest(opened, &mut house.store, ingest_with).await
    });
    bar.done();
    read.map_err(ingest_failure)
}

/// Whether neither this run nor one before it accepted any comment: a wrong field map or input,
/// most likely, which should not cost the city its plan.
fn has_read_nothing(house: &House, read: &IngestSummary) -> Result<bool, Failure> {
    let accepted = read.new + read.replaced + read.removed + read.duplicates + read.too_late;
    Ok(accepted == 0 && house.is_untouched()?)
}

fn ingest_failure(error: IngestError) -> Failure {
    match error {
        IngestError::Store(error) => error.into(),
        IngestError::Source(error) => Failure::usage(error),
        other => Failure::internal(other),
    }
}

fn report_reading(read: &IngestSummary, args: &Args) {
    if args.json {
        eprintln!("{}", json!({ "read": read }));
    } else if !args.quiet {
        eprint!("{}", reading::readable(read));
    }
}

fn tell(data: &Path, steps: &[Step], told: &Told, args: &Args) -> Result<(), Failure> {
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
        let (fired, undelivered) = (&told.new, told.undelivered);
        out::json(&json!({
            "data": data, "released": new, "releases": all, "alerts": fired, "alerts_undelivered": undelivered,
        }))?;
    } else {
        if !steps.iter().any(|step| matches!(step, Step::Released(_))) && !files.is_empty() {
            out::text("Nothing new to release. The newest releases:\n\n")?;
        }
        out::text(&summary::newest(&documents))?;
        if !files.is_empty() {
            let (data, pipeline) = (data.display(), args.pipeline.pipeline.display());
            out::text(&format!(
                "The newest of each kind; all {} stand in {}.\n\
                 All: undertone release list --data {data}\n\
                 Verify: undertone ledger verify --data {data}\n\
                 Dashboard: undertone serve {pipeline} --data {data}\n",
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

pub(super) fn cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}
