//! `undertone serve`: comments in over HTTP, releases out on schedule, from one open house.

mod herald;
mod keeper;
mod polling;
mod reload;
mod service;
#[cfg(test)]
mod tests;

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use anyhow::anyhow;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::{MissedTickBehavior, interval},
};

use super::{
    Failure,
    house::{House, Reads},
    out,
    pipeline_arg::PipelineArg,
    run::cores,
    values,
};
use crate::{
    connectors::Surroundings,
    domain::{Clock, FixedClock, SystemClock},
    model::{Compute, Isa},
};

use reload::Reloader;
use service::Serving;

/// The clock is looked at so often.
const TICK: Duration = Duration::from_secs(1);

/// Threads of the network's side; labelling has its own.
const NETWORK_THREADS: usize = 2;

/// Arguments of `serve`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone keys token create my-city.toml --name \"feedback portal\"     a token, shown once
  undertone serve my-city.toml
  curl -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \\
       -d @comment.json http://127.0.0.1:8801/v1/comments
  curl http://127.0.0.1:8802/v1/releases

Two listeners, named in [serve] of the pipeline file: inside for ingest, health and metrics, outside
for releases and the ledger. Both speak plain HTTP; a proxy in front speaks TLS. SIGTERM ends the
service once it has answered what it took in; SIGHUP reads tokens and bounds again. A source that is
a service ([source.service]) is asked in the background as well, every poll_every_s seconds.")]
pub(super) struct Args {
    #[command(flatten)]
    pipeline: PipelineArg,
    /// Stand at this instant, which is past, and let no time go by: for rehearsals over old data
    #[arg(long, value_name = "TIME", value_parser = values::instant)]
    as_of: Option<Timestamp>,
    /// Begin although windows of the plan have closed in which nothing was ever taken in
    #[arg(long)]
    release_anyway: bool,
    /// Instructions that the models use: amx, avx512vnni, avx2 or portable; left out, the fastest
    #[arg(long, value_name = "ISA")]
    isa: Option<Isa>,
    /// Threads that label; left out, one per core
    #[arg(long, value_name = "N", value_parser = values::threads)]
    threads: Option<NonZeroUsize>,
    /// What happens as JSON lines on standard output, for machines
    #[arg(long)]
    json: bool,
}

/// Tells what happens to whoever runs the service; never anything of a comment.
#[derive(Clone, Copy)]
struct Teller {
    json: bool,
}

impl Teller {
    /// An event in words, and its facts for machines.
    fn tell(self, words: &str, facts: &Value) {
        match self.json {
            // A closed pipe must not end the service.
            true => drop(out::json_line(facts)),
            false => eprintln!("undertone: {words}"),
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    if args.as_of.is_some_and(|at| at > SystemClock.now()) {
        return Err(Failure::refused(anyhow!(
            "--as-of lies in the future: windows would close, for good, before they happened"
        )));
    }
    let reloader = Reloader::new(&args.pipeline)?;
    let pipeline = Arc::new(args.pipeline.load()?);
    let clock: Arc<dyn Clock> = match args.as_of {
        Some(at) => Arc::new(FixedClock(at)),
        None => Arc::new(SystemClock),
    };
    let compute = Compute { isa: args.isa, ..Compute::default() };
    let reads = Reads::load(&pipeline, compute)?;
    let house = House::open(pipeline, clock, reads, args.json)?;
    refuse_windows_gone_by(&house, args)?;
    let teller = Teller { json: args.json };
    let threads = args.threads.unwrap_or_else(cores);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(NETWORK_THREADS)
        .enable_all()
        .build()
        .map_err(Failure::internal)?;
    let ended = runtime.block_on(async {
        let serving =
            Serving::start(house, threads, Surroundings::of_the_machine(), teller).await?;
        watch(serving, &reloader, teller).await
    });
    // Connections that were cut off are not waited for.
    runtime.shutdown_timeout(Duration::from_secs(1));
    ended
}

/// Windows that closed before the service first began would be released as silence, for good.
fn refuse_windows_gone_by(house: &House, args: &Args) -> Result<(), Failure> {
    let closed = house.closed();
    if closed == 0 || args.release_anyway || !house.is_untouched()? {
        return Ok(());
    }
    Err(Failure::usage(anyhow!(
        "{closed} of the plan's windows have closed and nothing was ever taken in, so they would be \
         released empty, for good: put schedule.starts_on of {} to a day to come, read what there \
         is with `undertone run` first, or say --release-anyway",
        house.pipeline.file.display()
    )))
}

/// Ticks the clock and hears signals until told to end.
async fn watch(serving: Serving, reloader: &Reloader, teller: Teller) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::internal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::internal)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(Failure::internal)?;
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => serving.reload(reloader),
            _ = ticks.tick() => if serving.turn().await.is_err() { break },
        }
    }
    teller.tell("ending; what was taken in is being answered", &json!({"event": "draining"}));
    serving.drain().await
}
