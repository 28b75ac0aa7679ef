//! `undertone report`: the dashboard's four rooms in one file, for a meeting or an archive.

use std::{fs, path::PathBuf};

use anyhow::anyhow;
use clap::ValueEnum;

use super::{Failure, out, pipeline_arg::PipelineArg};
use crate::{
    config::Pipeline,
    dashboard::{Gallery, Tongue},
    domain::{Clock as _, SystemClock},
    ledger::{CHECKPOINT_FILE, ENTRIES_FILE, LEDGER_FOLDER, read_entries},
    release::Archive,
};

/// Arguments of `report`.
#[derive(clap::Args)]
#[command(after_help = "\
The file holds the four rooms of the dashboard, Project, Neighbourhoods, Privacy and Plan, as of the
newest releases and about everything or one topic: charts, tables, downloads, and every signed release
file with the ledger, so that whoever opens it can check them without a network. Other topics, earlier
windows and a page for each release or entry are on the dashboard alone. It reads releases, the ledger
and public numbers alone.

Examples:
  undertone report pipelines/demo.toml --out riverton.html
  undertone report pipelines/demo.toml --out riverton.es.html --lang es
  undertone report pipelines/demo.toml --out riverfront.html --topic riverfront
  undertone report pipelines/demo.toml --data data/riverton --out -     to standard output")]
pub(super) struct Args {
    #[command(flatten)]
    pipeline: PipelineArg,
    /// Where to write the HTML file; `-` is standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Language
    #[arg(long, value_enum, default_value_t = Lang::En)]
    lang: Lang,
    /// Topic id that Project and Neighbourhoods answer about; left out, everything
    #[arg(long, value_name = "ID")]
    topic: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Lang {
    /// English
    En,
    /// Spanish
    Es,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let pipeline = args.pipeline.load()?;
    let tongue = match args.lang {
        Lang::En => Tongue::English,
        Lang::Es => Tongue::Spanish,
    };
    let topic = args.topic.as_deref();
    let topics = &pipeline.plan.keys.topics;
    if let Some(unknown) = topic.filter(|id| !topics.iter().any(|topic| topic.id == *id)) {
        let known: Vec<&str> = topics.iter().map(|topic| topic.id.as_str()).collect();
        return Err(Failure::usage(anyhow!(
            "--topic: the plan has no topic `{unknown}`; it has {}",
            known.join(", ")
        )));
    }
    let page = gallery(&pipeline)?.report(tongue, topic);
    if args.out.as_os_str() == "-" {
        return out::text(&page);
    }
    fs::write(&args.out, page)
        .map_err(|e| Failure::usage(anyhow!("cannot write {}: {e}", args.out.display())))
}

/// Everything public of a pipeline's data folder, as it is now.
fn gallery(pipeline: &Pipeline) -> Result<Gallery, Failure> {
    let folder = pipeline.data.join(LEDGER_FOLDER);
    let entries = match folder.join(ENTRIES_FILE).exists() {
        true => read_entries(&pipeline.data).map_err(Failure::check)?,
        false => Vec::new(),
    };
    let releases = Archive::of(&pipeline.data).published(&entries).map_err(Failure::check)?;
    let checkpoint = fs::read_to_string(folder.join(CHECKPOINT_FILE)).ok();
    Gallery::new(pipeline.exhibits(entries, checkpoint, releases, SystemClock.now()))
        .map_err(Failure::check)
}
