//! The command line: one file per command. Standard output holds what was asked for and, of a run,
//! released numbers only; counts of what was read go to standard error, inside the boundary.
#![allow(clippy::print_stderr)] // the one place that talks to a person

#[cfg(feature = "pipeline")]
mod alerts;
#[cfg(feature = "pipeline")]
mod amend;
#[cfg(feature = "pipeline")]
mod audit;
#[cfg(feature = "pipeline")]
mod bench;
#[cfg(feature = "pipeline")]
mod classify;
mod compare;
#[cfg(feature = "pipeline")]
mod compute_arg;
mod data_folder;
#[cfg(feature = "pipeline")]
mod doctor;
#[cfg(feature = "pipeline")]
mod erase;
#[cfg(feature = "pipeline")]
mod eval;
#[cfg(feature = "pipeline")]
mod explain;
mod failure;
#[cfg(feature = "pipeline")]
mod gold;
#[cfg(feature = "pipeline")]
mod house;
#[cfg(feature = "pipeline")]
mod keys;
#[cfg(feature = "pipeline")]
mod language_arg;
mod ledger;
#[cfg(feature = "pipeline")]
mod lines;
#[cfg(feature = "pipeline")]
mod models;
mod numbers;
mod out;
#[cfg(feature = "pipeline")]
mod pipeline_arg;
#[cfg(feature = "pipeline")]
mod plan;
#[cfg(feature = "pipeline")]
mod plan_arithmetic;
#[cfg(feature = "pipeline")]
mod plan_change;
#[cfg(feature = "pipeline")]
mod plan_text;
#[cfg(feature = "pipeline")]
mod progress;
#[cfg(feature = "pipeline")]
mod reading;
#[cfg(feature = "pipeline")]
mod redact;
mod registry;
#[cfg(feature = "pipeline")]
mod rekey;
mod release;
#[cfg(feature = "pipeline")]
mod report;
#[cfg(feature = "pipeline")]
mod run;
#[cfg(feature = "pipeline")]
mod scorecard;
#[cfg(feature = "pipeline")]
mod serve;
#[cfg(feature = "pipeline")]
mod silent;
mod summary;
#[cfg(feature = "pipeline")]
mod token;
#[cfg(feature = "pipeline")]
mod topics;
#[cfg(feature = "pipeline")]
mod values;
#[cfg(feature = "pipeline")]
mod vault;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

/// Tells a city what its residents think without telling anyone who thinks it.
#[derive(Parser)]
#[command(name = "undertone", version, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  undertone run pipelines/demo.toml            the demo city, from comments to signed releases
  undertone serve pipelines/demo.toml          its dashboard, on http://127.0.0.1:8802/
  undertone plan pipelines/demo.toml           what the plan costs and how sharp it will be
  undertone ledger verify --data data/riverton check every charge, signature and file

Exit codes: 0 done, 1 nothing released or a check failed, 2 bad arguments or configuration,
70 internal error, 78 refused to protect privacy.";

#[derive(Subcommand)]
enum Command {
    /// Read comments, classify them and release what the plan declares
    #[cfg(feature = "pipeline")]
    Run(run::Args),
    /// Take comments in over HTTP, release on schedule and show what was released
    #[cfg(feature = "pipeline")]
    Serve(serve::Args),
    /// Hide personal data: JSON lines {"id","text"} in, {"id","redacted","spans"} out
    #[cfg(feature = "pipeline")]
    Redact(redact::Args),
    /// Label comments: JSON lines {"id","text"} in, language, sentiment and topics out
    #[cfg(feature = "pipeline")]
    Classify(classify::Args),
    /// Show what a release plan costs and how sharp it will be, before any data
    #[cfg(feature = "pipeline")]
    Plan(plan::Args),
    /// Add a question to a running plan, or end one
    #[cfg(feature = "pipeline")]
    Amend(amend::Args),
    /// List, show or export what was released
    Release(release::Args),
    /// Write the dashboard's four rooms and the signed files as one self-contained HTML file
    #[cfg(feature = "pipeline")]
    Report(report::Args),
    /// Show or verify the ledger of what was spent
    Ledger(ledger::Args),
    /// Try to tell whether one resident took part, and check the noise; reads nobody's data
    #[cfg(feature = "pipeline")]
    Audit(audit::Args),
    /// Measure ours beside others on the same texts, as ratios; reads no resident's
    #[cfg(feature = "pipeline")]
    Bench(bench::Args),
    /// Measure the models on published sets: every number of the model card
    #[cfg(feature = "pipeline")]
    Eval(eval::Args),
    /// Fit a city's own topics, try them on a sentence, or find those that overlap
    #[cfg(feature = "pipeline")]
    Topics(topics::Args),
    /// Create, show or rotate a pipeline's secret keys
    #[cfg(feature = "pipeline")]
    Keys(keys::Args),
    /// Look whether this machine is fit to hold what residents write; changes nothing
    #[cfg(feature = "pipeline")]
    Doctor(doctor::Args),
    /// Erase what one account wrote from every window not yet destroyed
    #[cfg(feature = "pipeline")]
    Erase(erase::Args),
}

/// Parses the arguments, runs the command and says how it ended.
pub fn main() -> ExitCode {
    #[cfg(feature = "pipeline")]
    if let Err(error) = harden() {
        eprintln!("undertone: {error}");
        return error.exit_code();
    }
    let cli = Cli::parse();
    let done = match cli.command {
        #[cfg(feature = "pipeline")]
        Command::Run(args) => run::run(&args),
        #[cfg(feature = "pipeline")]
        Command::Serve(args) => serve::run(&args),
        #[cfg(feature = "pipeline")]
        Command::Redact(args) => redact::run(&args),
        #[cfg(feature = "pipeline")]
        Command::Classify(args) => classify::run(&args),
        #[cfg(feature = "pipeline")]
        Command::Plan(args) => plan::run(&args),
        #[cfg(feature = "pipeline")]
        Command::Amend(args) => amend::run(&args),
        Command::Release(args) => release::run(&args),
        #[cfg(feature = "pipeline")]
        Command::Report(args) => report::run(&args),
        Command::Ledger(args) => ledger::run(&args),
        #[cfg(feature = "pipeline")]
        Command::Audit(args) => audit::run(&args),
        #[cfg(feature = "pipeline")]
        Command::Bench(args) => bench::run(&args),
        #[cfg(feature = "pipeline")]
        Command::Eval(args) => eval::run(&args),
        #[cfg(feature = "pipeline")]
        Command::Topics(args) => topics::run(&args),
        #[cfg(feature = "pipeline")]
        Command::Keys(args) => keys::run(&args),
        #[cfg(feature = "pipeline")]
        Command::Doctor(args) => doctor::run(&args),
        #[cfg(feature = "pipeline")]
        Command::Erase(args) => erase::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.is_quiet() {
                eprintln!("undertone: {failure}");
            }
            failure.exit_code()
        }
    }
}

/// Makes a panic tell its place only, and core dumps impossible, before anything is read.
#[cfg(feature = "pipeline")]
fn harden() -> Result<(), Failure> {
    crate::pipeline::install_quiet_panic_hook(|site| eprintln!("undertone: {site}"));
    crate::pipeline::refuse_core_dumps().map_err(|error| {
        Failure::refused(anyhow::anyhow!("the system does not let core dumps be refused: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    /// Commands without an example, by their whole name; those for machines are hidden.
    fn without_examples(command: &clap::Command, path: &str) -> Vec<String> {
        let name = format!("{path} {}", command.get_name());
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let missing = (!help.contains("Examples:")).then(|| name.clone());
        let below = command.get_subcommands().filter(|below| !below.is_hide_set());
        missing.into_iter().chain(below.flat_map(|below| without_examples(below, &name))).collect()
    }

    #[test]
    fn every_command_shows_examples() {
        let missing = without_examples(&Cli::command(), "");
        assert!(missing.is_empty(), "no examples: {missing:?}");
    }
}
