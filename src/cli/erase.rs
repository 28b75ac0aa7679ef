//! `undertone erase`: what one account wrote, destroyed at the resident's wish.

use std::io::{self, IsTerminal, Read};

use anyhow::anyhow;
use serde_json::json;
use zeroize::Zeroizing;

use super::{Failure, out, pipeline_arg::PipelineArg, vault::Vault};
use crate::{
    config::Pipeline,
    domain::{Sensitive, crash_point},
    release::PrivacyUnit,
};

/// A longer account is none, as for the sources.
const ACCOUNT_BYTES_MAX: u64 = 1_024;

/// Arguments of `erase`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone erase my-city.toml --source forum                asks for the account
  undertone erase my-city.toml --source forum < account.txt

The account comes from standard input, since arguments stay in the shell's history. What it wrote
goes out of every window that a later release could count; what was released stays, and so does
what it cost. Rows of the account that are read again count nothing; new ones count. The answer and
the ledger's entry are the same whether the account ever wrote or not.")]
pub(super) struct Args {
    #[command(flatten)]
    pipeline: PipelineArg,
    /// Name of the source that the account belongs to
    #[arg(long, value_name = "NAME")]
    source: String,
    /// Check everything and change nothing
    #[arg(long)]
    dry_run: bool,
    /// JSON for machines
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let pipeline = args.pipeline.load()?;
    refuse_elsewhere(&pipeline, &args.source)?;
    let account = read_account()?;
    let mut vault = Vault::open(&pipeline)?;
    let from = vault.store.scrubbed_until();
    if !args.dry_run {
        let keys = std::iter::once(&vault.keys.pseudonym).chain(&vault.keys.former);
        let names: Vec<_> = keys.map(|key| key.pseudonym_of(&pipeline.source, &account)).collect();
        vault.store.erase(&names)?;
        crash_point("erased");
        vault.ledger.record_erase()?;
    }
    vault.store.close()?;
    if args.json {
        return out::json(&json!({
            "source": args.source,
            "erased_from_window": from,
            "dry_run": args.dry_run,
        }));
    }
    let done = if args.dry_run { "would be erased" } else { "is erased" };
    out::text(&format!(
        "What this account wrote, if anything, {done} from window {} on. What was released before \
         stays as it is.\n",
        from.0
    ))
}

/// An account means somebody only at its own source, and nobody where rows name no account.
fn refuse_elsewhere(pipeline: &Pipeline, source: &str) -> Result<(), Failure> {
    let own = pipeline.source.as_str();
    if source != own {
        return Err(Failure::usage(anyhow!(
            "--source names `{source}`, and this pipeline reads `{own}` alone"
        )));
    }
    match pipeline.plan.unit {
        PrivacyUnit::Resident => Ok(()),
        PrivacyUnit::Comment => Err(Failure::usage(anyhow!(
            "rows of `{own}` name no account (source.unit = \"comment\"); take single comments \
             back with rows that delete them"
        ))),
    }
}

/// One account, trimmed as the sources trim theirs. No message repeats what was read.
fn read_account() -> Result<Sensitive<String>, Failure> {
    let input = io::stdin();
    if input.is_terminal() {
        eprint!("account (then Enter and Ctrl-D): ");
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * ACCOUNT_BYTES_MAX as usize));
    let limit = ACCOUNT_BYTES_MAX + 2; // and a line's end
    let read = input.lock().take(limit + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::usage(anyhow!("cannot read standard input: {error}")))?;
    let account = std::str::from_utf8(&bytes).map(str::trim).unwrap_or_default();
    let one = !account.is_empty() && !account.contains('\n') && account.len() as u64 <= limit - 2;
    match one {
        true => Ok(Sensitive::new(account.to_owned())),
        false => Err(Failure::usage(anyhow!(
            "standard input must hold one account: UTF-8, on one line, at most {ACCOUNT_BYTES_MAX} bytes"
        ))),
    }
}
