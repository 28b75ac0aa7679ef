//! `undertone ledger`: what was spent, and whether every check holds.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::Subcommand;

use super::{Failure, data_folder::DataArg, out};
use crate::{
    ledger::{
        Check, Fact, Report, VerifyingKey, VerifyingKeyError, read_entries, verify, verify_kept,
    },
    release::{Archive, check_documents},
};

/// Arguments of `ledger`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone ledger show --data data/riverton
  undertone ledger verify --data data/riverton
  undertone ledger verify --data data/riverton --key KEY   also pin the city's public key
  undertone ledger verify --data data/riverton --checkpoint kept.txt   and a head you kept")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Every entry
    #[command(after_help = "\
Examples:
  undertone ledger show --data data/riverton
  undertone ledger show --data data/riverton --json")]
    Show {
        #[command(flatten)]
        data: DataArg,
        /// JSON for machines
        #[arg(long)]
        json: bool,
    },
    /// Recompute every charge and check chain, signatures, sums and files; exits 0 only if all hold
    #[command(after_help = "\
Examples:
  undertone ledger verify --data data/riverton
  undertone ledger verify --data data/riverton --key KEY               the key that the city published
  undertone ledger verify --data data/riverton --checkpoint kept.txt   shows a ledger put back or forked

Needs the public files alone: DATA/ledger and DATA/releases.")]
    Verify {
        #[command(flatten)]
        data: DataArg,
        /// The city's public key as published, base64 or the verifier line of `keys show`; left out,
        /// the ledger's own is used
        #[arg(long, value_name = "KEY", value_parser = pinned)]
        key: Option<Pinned>,
        /// A checkpoint of this ledger that you kept: shows one that was put back or forked
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
        /// JSON for machines
        #[arg(long)]
        json: bool,
    },
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::Show { data, json } => show(data, *json),
        Command::Verify { data, key, checkpoint, json } => {
            check(data, key.as_ref(), checkpoint.as_deref(), *json)
        }
    }
}

fn show(data: &DataArg, as_json: bool) -> Result<(), Failure> {
    let entries = read_entries(&data.folder()?).map_err(Failure::check)?;
    if as_json {
        return out::json(&entries);
    }
    let mut table = format!("{:>5}  {:<20} {:<8} what\n", "index", "at", "kind");
    for entry in &entries {
        let at = entry.at.strftime("%Y-%m-%d %H:%M:%SZ");
        let (kind, what) = described(&entry.fact);
        table += &format!("{:>5}  {at:<20} {kind:<8} {what}\n", entry.index);
    }
    out::text(&table)
}

/// A key that the caller knows from elsewhere, with the ledger's name where the line gives it.
#[derive(Clone)]
struct Pinned {
    key: VerifyingKey,
    ledger: Option<String>,
}

fn pinned(text: &str) -> Result<Pinned, VerifyingKeyError> {
    let text = text.trim();
    if let Ok(key) = VerifyingKey::from_base64(text) {
        return Ok(Pinned { key, ledger: None });
    }
    let (name, key) = VerifyingKey::from_verifier(text)?;
    Ok(Pinned { key, ledger: Some(name) })
}

fn check(
    data: &DataArg,
    pinned: Option<&Pinned>,
    kept: Option<&Path>,
    as_json: bool,
) -> Result<(), Failure> {
    let folder = data.folder()?;
    let archive = Archive::of(&folder);
    let mut report = verify(&folder, pinned.map(|pinned| pinned.key), archive.folder());
    if let Some(name) = pinned.and_then(|pinned| pinned.ledger.as_deref()) {
        report.checks.push(ledger_name(name, &folder));
    }
    if let Some(file) = kept {
        let note = std::fs::read_to_string(file)
            .map_err(|e| Failure::usage(anyhow!("cannot read {}: {e}", file.display())))?;
        report.checks.push(verify_kept(&folder, &note));
    }
    report.checks.push(release_contents(&archive, &folder));
    if as_json {
        out::json(&report)?;
    } else {
        out::text(&readable(&report))?;
    }
    match report.passed() {
        true => Ok(()),
        false => {
            Err(Failure::check(anyhow!("the ledger does not verify: see the failed checks above")))
        }
    }
}

/// Whether the ledger is the one that the verifier line names.
fn ledger_name(expected: &str, folder: &Path) -> Check {
    let entries = read_entries(folder).unwrap_or_default();
    let named = entries.iter().find_map(|entry| match &entry.fact {
        Fact::Open { ledger_origin, .. } => Some(ledger_origin.as_str()),
        _ => None,
    });
    let found = named.unwrap_or("nothing");
    let detail = format!("the ledger is named {found}, the key's line {expected}");
    Check { name: "name", passed: found == expected, detail }
}

/// What each release file says, against the plan and the charge that the ledger has.
fn release_contents(archive: &Archive, folder: &Path) -> Check {
    let checked = read_entries(folder)
        .map_err(|error| error.to_string())
        .and_then(|entries| check_documents(&entries, archive));
    let (passed, detail) = match checked {
        Ok(detail) => (true, detail),
        Err(detail) => (false, detail),
    };
    Check { name: "release contents", passed, detail }
}

/// Kind and gist of an entry.
fn described(fact: &Fact) -> (&'static str, String) {
    match fact {
        Fact::Open { ledger_origin, library, .. } => {
            ("open", format!("{ledger_origin}, {library}"))
        }
        Fact::Plan { plan_digest, .. } => ("plan", plan_digest.to_string()),
        Fact::Rotate { key, .. } => {
            ("rotate", format!("signed by {} from here on", key.to_base64()))
        }
        Fact::Reserve(reserve) => (
            "reserve",
            format!(
                "{} window {} attempt {}: rho {:.6} of {:.6} a period, sigma {:?} units",
                reserve.family,
                reserve.window.0,
                reserve.attempt,
                reserve.loss.get(),
                reserve.loss_period.get(),
                reserve.sigma_units,
            ),
        ),
        Fact::Commit { file, sha256, .. } => ("commit", format!("{file} sha256 {sha256}")),
        Fact::Publish { release_id } => ("publish", release_id.to_string()),
        Fact::Abandon { release_id, attempt, .. } => {
            ("abandon", format!("{release_id} attempt {attempt}; its charge stays"))
        }
        Fact::Rekey { until } => (
            "rekey",
            format!("pseudonym key replaced; both keys live until window {} is open", until.0),
        ),
        Fact::Erase {} => ("erase", "one account's record, if there was any".to_owned()),
    }
}

fn readable(report: &Report) -> String {
    let mut text = String::new();
    for check in &report.checks {
        let mark = if check.passed { "ok  " } else { "FAIL" };
        text += &format!("{mark}  {:<28} {}\n", check.name, check.detail);
    }
    let verdict = if report.passed() { "every check holds" } else { "NOT verified" };
    text + &format!("{verdict}\n")
}
