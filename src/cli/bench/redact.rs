//! `undertone bench redact`: hiding personal data, ours beside Presidio and Rust crates.

use std::{ffi::OsString, ops::Range, path::PathBuf};

use anyhow::anyhow;
use serde::Deserialize;

use super::{
    super::{Failure, gold::GoldFile, out, redact::folder},
    engines::{self, Engine, Job},
    report::{Judged, Report},
    rounds::{self, Measured, Plan, Questions},
};
use crate::{
    domain::SystemClock,
    text::{GoldText, Scorecard},
};

/// Arguments of `bench redact`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  benches/peers/install.sh
  undertone bench redact fixtures/redaction/gold.jsonl
  undertone bench redact gold.jsonl --peers target/peers --rounds 5 --json

GOLD.jsonl has {\"text\",\"spans\":[{\"start\",\"end\",\"type\"}]} and may have \"keep\", one text per line, as
for `redact --scorecard`. Published or invented texts only: the peers are other people's programs.

Each engine is a program of its own: one JSON line in, one out, all loaded before the first round, in
turn. CPU time and peak memory are the kernel's, of the whole program, JSON included. The engines'
own words for what they find do not count: a character is hidden or it is not.
  recall  share of the characters that must go which were hidden
  full    share of the spans that must go which were hidden whole
  leak    share of the texts with such spans of which one was not
  over    share of the other characters that were hidden
Exit code 1 when an engine that is installed failed.")]
pub(in super::super) struct Args {
    /// Texts whose spans are known
    #[arg(value_name = "GOLD.jsonl")]
    gold: PathBuf,
    /// Folder of the installed peers; benches/peers/install.sh fills it [default: target/peers]
    #[arg(long, value_name = "DIR")]
    peers: Option<PathBuf>,
    /// Timed rounds after the one that warms up
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    rounds: u16,
    /// CPU time that a round should last: a fast engine gets the texts several times in one
    #[arg(long, value_name = "MS", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(10..=600_000))]
    round_ms: u32,
    /// Only the first N texts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// Threads that each engine may take
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1_024))]
    threads: u16,
    /// Count only spans of these types, parted by commas
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    types: Vec<String>,
    /// Folder of the model weights
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// Machine-readable output
    #[arg(long)]
    json: bool,
}

/// What an engine hid in a text, in code points; `None` where it refused the text.
type Hidden = Option<Vec<Range<usize>>>;

#[derive(Deserialize)]
struct Answer {
    id: usize,
    spans: Option<Vec<Found>>,
    error: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Found {
    start: usize,
    end: usize,
}

/// Runs the command.
pub(in super::super) fn run(args: &Args) -> Result<(), Failure> {
    let gold = gold(args)?;
    let (peers, missing) = engines::peers(args.peers.as_deref(), Job::Redact)?;
    let engines = [ours(args)?, peers].concat();
    let lines = lines(&gold);
    let questions = Questions { lines: lines.as_bytes(), texts: gold.len(), read: &hidden };
    let plan = Plan {
        rounds: args.rounds.into(),
        threads: args.threads.into(),
        round_cpu_s: f64::from(args.round_ms) / 1_000.0,
    };
    let say = |what: &str| eprintln!("bench: {what}");
    let (measured, failed) = rounds::measure(engines, &questions, plan, &SystemClock, say);
    let judge = |one| judged(args, &gold, one);
    let report = Report {
        gold: args.gold.display().to_string(),
        texts: gold.len(),
        plan,
        engines: measured.into_iter().map(judge).collect::<Result<_, _>>()?,
        not_measured: [missing, failed.clone()].concat(),
    };
    if args.json {
        out::json(&report.machine())?
    } else {
        out::text(&report.told())?
    }
    super::succeeded(&failed)
}

fn gold(args: &Args) -> Result<Vec<GoldText>, Failure> {
    let limit = args.limit.map_or(usize::MAX, |limit| limit as usize);
    let mut file = GoldFile::open(&args.gold)?;
    let mut gold = Vec::new();
    while gold.len() < limit
        && let Some(text) = file.next()
    {
        let (line, text) = text?;
        // Spans are checked before an hour is spent on measuring.
        Scorecard::default().add(&text, &[]).map_err(|e| file.fault(line, e))?;
        gold.push(text);
    }
    if gold.is_empty() {
        return Err(Failure::usage(anyhow!("{}: holds no text", args.gold.display())));
    }
    Ok(gold)
}

/// Ours, patterns alone and with the token classifier.
fn ours(args: &Args) -> Result<Vec<Engine>, Failure> {
    let models = folder(args.models.as_deref())?.into_os_string();
    let patterns: [OsString; 2] = ["redact".into(), "--patterns-only".into()];
    let whole: [OsString; 3] = ["redact".into(), "--models".into(), models];
    Ok(vec![
        engines::ours("undertone-patterns", "undertone, patterns alone", &patterns)?,
        engines::ours("undertone", "undertone, patterns and token classifier", &whole)?,
    ])
}

fn lines(gold: &[GoldText]) -> String {
    let line = |(id, gold): (usize, &GoldText)| {
        format!("{}\n", serde_json::json!({ "id": id, "text": gold.text }))
    };
    gold.iter().enumerate().map(line).collect()
}

/// Reads the answer to text `at`.
fn hidden(at: usize, answer: &str) -> Result<Hidden, String> {
    let Answer { id, spans, error } = serde_json::from_str(answer)
        .map_err(|_| "wants {\"id\",\"spans\"} or {\"id\",\"error\"}")?;
    if id != at {
        return Err(format!("has the id {id}, but text {at} was asked"));
    }
    match (spans, error) {
        (Some(spans), None) => {
            Ok(Some(spans.into_iter().map(|span| span.start..span.end).collect()))
        }
        (None, Some(_)) => Ok(None),
        _ => Err("has neither spans nor an error, or both".into()),
    }
}

/// Scores what an engine hid; a refused text is one in which nothing was hidden.
fn judged(args: &Args, gold: &[GoldText], one: Measured<Hidden>) -> Result<Judged, Failure> {
    let mut card = Scorecard::of_types(args.types.iter().cloned());
    for (gold, hidden) in gold.iter().zip(&one.answers) {
        card.add(gold, hidden.as_deref().unwrap_or_default()).map_err(Failure::internal)?;
    }
    let refused = one.answers.iter().filter(|hidden| hidden.is_none()).count();
    Ok(Judged { measured: one.without_answers(), card, refused })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_to_another_text_or_of_another_shape_is_refused() {
        let spans = r#"{"id": 3, "spans": [{"start": 1, "end": 4}, {"start": 6, "end": 9}]}"#;
        assert_eq!(hidden(3, spans), Ok(Some(vec![1..4, 6..9])));
        assert_eq!(hidden(3, r#"{"id": 3, "error": "too long"}"#), Ok(None));
        assert!(hidden(2, spans).unwrap_err().contains("text 2 was asked"));
        for bad in ["", "[]", r#"{"id": 3}"#, r#"{"id": 3, "spans": 7}"#, r#"{"spans": []}"#] {
            assert!(hidden(3, bad).is_err(), "{bad}");
        }
    }
}
