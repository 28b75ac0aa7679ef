//! `undertone bench ingest`: what load a service bears on this machine, and what it does beyond.
//!
//! It starts a service of its own on loopback, brings it invented comments as fast as they are
//! answered, then at a rate that it bears, then at ten times what it bore; kills it outright under load,
//! starts it again and counts whether every 202 was kept.

mod client;
mod load;
mod report;
mod town;

use std::{path::PathBuf, time::Duration};

use anyhow::anyhow;

use super::Failure;
use crate::cli::out;

use load::{Load, Pace};
use report::Report;
use town::Town;

/// Of the rate that was borne in a closed loop, so much is called sustainable.
const SUSTAINABLE: f64 = 0.7;

/// Under a sustainable load that lasts so long, the service is killed at three quarters of it.
const KILLED_AFTER: Duration = Duration::from_secs(4);

/// Arguments of `bench ingest`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone bench ingest --models models
  undertone bench ingest --models models --seconds 60 --overload-seconds 600 --json

Everything runs on loopback in a folder of its own, which is deleted at the end. The load comes from
the same machine and takes a share of its cores.")]
pub(super) struct Args {
    /// Folder of the model weights
    #[arg(long, value_name = "DIR", default_value = "models")]
    models: PathBuf,
    /// A folder that does not exist yet, for the service's data
    #[arg(long, value_name = "DIR", default_value = "data/bench-ingest")]
    data: PathBuf,
    /// Seconds of the closed loop, and of the sustainable load
    #[arg(long, value_name = "S", default_value_t = 30)]
    seconds: u64,
    /// Seconds of the overload
    #[arg(long, value_name = "S", default_value_t = 60)]
    overload_seconds: u64,
    /// How many times the sustainable rate the overload is
    #[arg(long, value_name = "N", default_value_t = 10)]
    overload: u32,
    /// Connections of the closed loop
    #[arg(long, value_name = "N", default_value_t = 4)]
    connections: usize,
    /// JSON for machines
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    if args.data.exists() {
        return Err(Failure::usage(anyhow!(
            "{} exists already; name a folder that does not, it is deleted at the end",
            args.data.display()
        )));
    }
    let report = measure(args);
    let _ = std::fs::remove_dir_all(&args.data); // what was measured counts more
    let report = report?;
    match args.json {
        true => out::json(&report)?,
        false => out::text(&report.readable())?,
    }
    report.verdict()
}

fn measure(args: &Args) -> Result<Report, Failure> {
    let town = Town::build(&args.data, &args.models)?;
    let mut service = town.start()?;
    let mut load = Load::new(town.token.clone());
    let seconds = Duration::from_secs(args.seconds);
    // The first answers pay for what is loaded lazily.
    load.run(&service, Pace::Closed { connections: args.connections }, seconds / 10)?;
    let closed = load.run(&service, Pace::Closed { connections: args.connections }, seconds)?;
    let sustainable = closed.accepted_per_s() * SUSTAINABLE;
    let steady = load.run(&service, Pace::Open { per_s: sustainable }, seconds)?;
    let over = sustainable * f64::from(args.overload);
    let overload_seconds = Duration::from_secs(args.overload_seconds);
    let overload = load.run(&service, Pace::Open { per_s: over }, overload_seconds)?;
    load.run_and_kill(&mut service, Pace::Open { per_s: sustainable }, KILLED_AFTER)?;
    let service = town.start()?;
    let kept = load.count_kept(&service)?;
    Ok(Report { closed, steady, overload, acknowledged: load.acknowledged(), kept })
}
