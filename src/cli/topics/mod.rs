//! `undertone topics`: fit a city's own topics, try them, find those that overlap.

mod check;
mod fit;
mod nearest;

use clap::Subcommand;

use super::Failure;

/// Arguments of `topics`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone topics try \"The bus never comes on Sundays\"
  undertone topics try \"When does the ferry run?\" --pipeline pipelines/demo.toml
  undertone topics check pipelines/demo.toml
  undertone topics fit labelled.csv --out riverton-topics.json")]
pub(super) struct Args {
    #[command(subcommand)]
    job: Job,
}

#[derive(Subcommand)]
enum Job {
    /// Learn topics from labelled texts: a head over the frozen encoder, in minutes
    Fit(fit::Args),
    /// The topics nearest to a sentence
    Try(nearest::Args),
    /// Warn of topics that the classifier can hardly tell apart; exits 1 if there are any
    Check(check::Args),
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    match &args.job {
        Job::Fit(args) => fit::run(args),
        Job::Try(args) => nearest::run(args),
        Job::Check(args) => check::run(args),
    }
}
