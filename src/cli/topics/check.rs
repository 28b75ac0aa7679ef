//! `undertone topics check`: topics whose phrases are nearer to another topic.

use std::path::PathBuf;

use anyhow::anyhow;
use serde::Serialize;

use super::super::{Failure, compute_arg::ComputeArgs, models, out};
use crate::{
    config::{Overrides, load},
    model::{Overlap, TopicSpec, overlaps},
};

/// Share of a topic's phrases from which it overlaps another.
const SHARE_MIN: f64 = 0.25;

/// Arguments of `topics check`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone topics check pipelines/demo.toml
  undertone topics check pipelines/demo.toml --json

A phrase is a topic's description or one of its examples. A topic overlaps another when a quarter of
its phrases lie nearer to that one. Then write other examples, or make one topic of the two.")]
pub(super) struct Args {
    /// Pipeline file
    #[arg(value_name = "PIPELINE")]
    pipeline: PathBuf,
    /// Folder of the model weights
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// JSON for machines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    compute: ComputeArgs,
}

#[derive(Serialize)]
struct Pair<'a> {
    topic: &'a str,
    taken_for: &'a str,
    share: f64,
    likeness: f64,
    overlaps: bool,
    phrases: &'a [String],
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let overrides = Overrides { models: args.models.clone(), ..Overrides::default() };
    let pipeline = load(&args.pipeline, overrides)?;
    if pipeline.topic_head.is_some() {
        let why = "a fitted head has no phrases to compare; `undertone topics fit` tells how well \
                   it tells its topics apart";
        return Err(Failure::usage(anyhow!("{}: topics.head: {why}", args.pipeline.display())));
    }
    let classifier = models::classifier(&pipeline, args.compute.compute())?;
    let found = overlaps(&classifier, &pipeline.topics).map_err(Failure::internal)?;
    let pairs: Vec<Pair<'_>> = found.iter().map(|pair| told(pair, &pipeline.topics)).collect();
    if args.json {
        out::json(&pairs)?;
    } else {
        out::text(&text(&pairs))?;
    }
    match pairs.iter().filter(|pair| pair.overlaps).count() {
        0 => Ok(()),
        1 => Err(Failure::check(anyhow!("1 topic overlaps another"))),
        count => Err(Failure::check(anyhow!("{count} topics overlap another"))),
    }
}

fn told<'a>(pair: &'a Overlap, topics: &'a [TopicSpec]) -> Pair<'a> {
    Pair {
        topic: &topics[pair.topic].id,
        taken_for: &topics[pair.taken_for].id,
        share: pair.share,
        likeness: pair.likeness,
        overlaps: pair.share >= SHARE_MIN,
        phrases: &pair.phrases,
    }
}

fn text(pairs: &[Pair<'_>]) -> String {
    let (over, near): (Vec<_>, Vec<_>) = pairs.iter().partition(|pair| pair.overlaps);
    let mut text = String::new();
    for pair in &over {
        text += &format!(
            "{} overlaps {}: {:.0} % of its phrases are nearer to it (likeness {:.2})\n",
            pair.topic,
            pair.taken_for,
            100.0 * pair.share,
            pair.likeness
        );
        pair.phrases.iter().for_each(|phrase| text += &format!("    {phrase}\n"));
    }
    if over.is_empty() {
        text += "no topic overlaps another\n";
    }
    if !near.is_empty() {
        text += "single phrases that are nearer to another topic:\n";
    }
    for pair in &near {
        for phrase in pair.phrases {
            text += &format!("  {} -> {}: {phrase}\n", pair.topic, pair.taken_for);
        }
    }
    text
}
