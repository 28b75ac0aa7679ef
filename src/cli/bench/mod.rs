//! `undertone bench`: ours beside others, in one run on the same texts, as ratios.
//!
//! Every engine, ours too, is a program of its own that answers JSON lines; it is measured from
//! outside, so that the measure is the same for all. What it is not: a place for residents' texts.
//! The peers are other people's programs, so only published or invented texts may be given.

mod child;
mod engines;
mod rates;
mod redact;
mod report;
mod rounds;
mod usage;

use clap::Subcommand;

use super::Failure;

/// Arguments of `bench`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    job: Job,
}

#[derive(Subcommand)]
enum Job {
    /// Hiding personal data: speed, memory, recall and leak, beside Presidio and Rust crates
    Redact(redact::Args),
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    match &args.job {
        Job::Redact(args) => redact::run(args),
    }
}
