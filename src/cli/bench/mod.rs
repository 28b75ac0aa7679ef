//! `undertone bench`: ours beside others, in one run on the same texts, as ratios.
//!
//! Every engine, ours too, is a program of its own that answers JSON lines; it is measured from
//! outside, so that the measure is the same for all. What it is not: a place for residents' texts.
//! The peers are other people's programs, so only published or invented texts may be given.

mod child;
mod encoder;
mod encoder_report;
mod engine;
mod engines;
mod identity;
mod ingest;
mod parity;
mod peak;
mod pipeline;
mod rates;
mod ratios;
mod redact;
mod report;
mod rounds;
mod testimony;
mod texts;
mod town;
mod usage;
mod vectors;
mod whole;

use anyhow::anyhow;
use clap::Subcommand;

use super::Failure;
use engines::NotMeasured;

/// Arguments of `bench`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  benches/peers/install.sh                      the programs that ours stand beside
  undertone bench redact fixtures/redaction/gold.jsonl
  undertone bench ingest --models models
  undertone bench parity comments.jsonl --limit 2000

`undertone bench JOB --help` has more of each. Published or invented texts only: the peers are other
people's programs.")]
pub(super) struct Args {
    #[command(subcommand)]
    job: Job,
}

#[derive(Subcommand)]
enum Job {
    /// Hiding personal data: speed, memory, recall and leak, beside Presidio and Rust crates
    Redact(redact::Args),
    /// Texts to vectors: speed, memory and bits, beside ONNX Runtime and candle's stock model
    Encoder(encoder::Args),
    /// Labels and logits on the same weights: ours beside rust-bert and ONNX Runtime
    Parity(parity::Args),
    /// Comments to noisy counts, whole: ours beside Presidio, ONNX Runtime and OpenDP in Python
    Pipeline(pipeline::Args),
    /// Taking comments in over HTTP: latency, refusals and memory under load, and what a kill loses
    Ingest(ingest::Args),
    /// One encoder as a program, as `bench encoder` and `bench parity` start it
    #[command(hide = true)]
    Engine(engine::Args),
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    match &args.job {
        Job::Redact(args) => redact::run(args),
        Job::Encoder(args) => encoder::run(args),
        Job::Parity(args) => parity::run(args),
        Job::Pipeline(args) => pipeline::run(args),
        Job::Ingest(args) => ingest::run(args),
        Job::Engine(args) => engine::run(args),
    }
}

/// A peer that is not installed was said; one that broke is a failed check.
fn succeeded(failed: &[NotMeasured]) -> Result<(), Failure> {
    let ids: Vec<_> = failed.iter().map(|one| one.id.as_str()).collect();
    match ids.is_empty() {
        true => Ok(()),
        false => Err(Failure::check(anyhow!("not measured: {}; see the report", ids.join(", ")))),
    }
}
