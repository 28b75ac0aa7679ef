//! `undertone audit`: tries to tell whether one resident took part, and says how far it got.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use super::{Failure, out, values};
use crate::{
    audit::{self, AuditError, BUILT_IN_PLANS, Settings},
    config::{Overrides, load},
    domain::{Clock, SystemClock},
    estimate::coverage,
};

/// Arguments of `audit`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone audit
  undertone audit --json --trials 20000 > audit.json
  undertone audit pipelines/demo.toml --seconds-max 240
  undertone audit --coverage

It runs the real store, ledger and mechanism on a town that does not exist, with and without one
resident who speaks in every window, and looks at the released files alone. It reads no comment and
no data folder: of a pipeline file it takes the plan. Exit code 1 says that a check failed.")]
pub(super) struct Args {
    /// The pipeline file whose plan is audited; left out, built-in plans of rho 0.1 and 0.5
    pipeline: Option<PathBuf>,
    /// Trials without the resident, and as many with, for each plan
    #[arg(long, value_name = "N", default_value_t = 5_000)]
    trials: u32,
    /// Stop after this time and judge what was done
    #[arg(long, value_name = "S")]
    seconds_max: Option<u32>,
    /// Chance that any check of a correct program fails
    #[arg(long, value_name = "P", default_value_t = 1e-6)]
    false_alarm: f64,
    /// Threads; left out, one per core
    #[arg(long, value_name = "N", value_parser = values::threads)]
    threads: Option<NonZeroUsize>,
    /// Folder for the trials, best in memory; left out, /dev/shm or the system's temporary folder
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Simulate instead how often each kind of interval holds, at epsilon 1, 2 and 4 on the demo
    /// city's sizes, with the noise of releases; takes a minute or two
    #[arg(long, conflicts_with_all = ["pipeline", "seconds_max", "threads", "folder"])]
    coverage: bool,
    /// JSON for machines
    #[arg(long)]
    json: bool,
    /// No progress on standard error
    #[arg(long)]
    quiet: bool,
}

/// Numbers drawn at each noise that the sampler is looked at with, per trial of a side.
const DRAWS_PER_TRIAL: usize = 20;

/// More draws than this say little more, and take their time even of a short audit.
const DRAWS_MAX: usize = 100_000;

/// Repetitions of a simulation of coverage.
const REPETITIONS: u32 = 1000;

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    if args.coverage {
        return simulate(args.json);
    }
    if !(args.false_alarm > 0.0 && args.false_alarm < 0.5) {
        return Err(Failure::usage(anyhow!("--false-alarm is a chance above 0 and below 0.5")));
    }
    let pipeline = args.pipeline.as_deref().map(|path| load(path, Overrides::default()));
    let pipeline = pipeline.transpose()?;
    let plan = pipeline.as_ref().map(|pipeline| &pipeline.plan);
    let bar = bar(args, if plan.is_some() { 1 } else { BUILT_IN_PLANS });
    let ends_at =
        args.seconds_max.map(|seconds| SystemClock.now().as_second() + i64::from(seconds));
    let settings = Settings {
        trials_per_side: args.trials,
        sampler_draws: DRAWS_PER_TRIAL.saturating_mul(args.trials as usize).min(DRAWS_MAX),
        false_alarm: args.false_alarm,
        threads: args
            .threads
            .or_else(|| std::thread::available_parallelism().ok())
            .map_or(1, NonZeroUsize::get),
        folder: folder(args),
        is_over: &|| ends_at.is_some_and(|at| SystemClock.now().as_second() >= at),
        progress: &|steps| bar.inc(u64::from(steps)),
    };
    let report = audit::audit(plan, &settings);
    bar.finish_and_clear();
    let report = report.map_err(failure)?;
    if args.json {
        out::json(&report)?;
    } else {
        out::text(&report.to_string())?;
    }
    match (report.holds, report.enough) {
        (true, true) => Ok(()),
        (true, false) => Err(Failure::check(anyhow!(
            "too few trials to tell anything: raise --trials or --seconds-max"
        ))),
        (false, _) => Err(Failure::check(anyhow!(
            "the audit failed: publish nothing with this build until the cause is known"
        ))),
    }
}

fn simulate(as_json: bool) -> Result<(), Failure> {
    let report = coverage(REPETITIONS, &[1.0, 2.0, 4.0]).map_err(Failure::internal)?;
    if as_json {
        out::json(&report)?
    } else {
        out::text(&report.text())?
    }
    if report.holds() {
        return Ok(());
    }
    Err(Failure::check(anyhow!("an interval holds more or less often than it should")))
}

fn failure(error: AuditError) -> Failure {
    match error {
        AuditError::Folder { .. } | AuditError::Rhythm { .. } => Failure::usage(error),
        other => Failure::internal(other),
    }
}

fn bar(args: &Args, plans: u32) -> ProgressBar {
    let template = "{bar:24} {percent:>3} %  {pos} of {len} trials  {elapsed} elapsed, {eta} left";
    let style = ProgressStyle::with_template(template);
    let bar = ProgressBar::new(u64::from(Settings::steps(args.trials, plans)))
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    if args.quiet {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    bar
}

/// A folder of this process alone: where it exists, in memory, as every trial waits for its disk.
fn folder(args: &Args) -> PathBuf {
    let memory = Path::new("/dev/shm");
    let parent = match &args.folder {
        Some(folder) => folder.clone(),
        None if memory.is_dir() => memory.to_owned(),
        None => std::env::temp_dir(),
    };
    let started = SystemClock.now().duration_since(Timestamp::UNIX_EPOCH).as_nanos();
    parent.join(format!("undertone-audit-{}-{started}", std::process::id()))
}
