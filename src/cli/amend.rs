//! `undertone amend`: a question added to a running plan, or one brought to its end.

use anyhow::anyhow;
use serde_json::{Value, json};

use super::{
    Failure,
    keys::Keys,
    out,
    pipeline_arg::PipelineArg,
    plan_change::{Changed, recorded},
    vault::Vault,
};
use crate::{
    config::Pipeline,
    domain::Window,
    ledger::{Digest, plan_text},
    privacy::{FamilySpec, StatedPlan},
    store::StoreOptions,
};

/// Arguments of `amend`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone amend pipelines/demo.toml --dry-run    what would change, and what it would cost
  undertone amend pipelines/demo.toml              record it; the next run asks the new question

To add a question, append a [[family]] with from_window and a share that no other family has. To end
one, give it until_window; one period later its share is free again. Nothing else of a plan can
change: residents' spent allowances go on counting against the one budget.")]
pub(super) struct Args {
    #[command(flatten)]
    pipeline: PipelineArg,
    /// Say what would change and record nothing
    #[arg(long)]
    dry_run: bool,
    /// JSON for machines
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let pipeline = args.pipeline.load()?;
    let mut vault = Vault::open(&pipeline)?;
    let (ledger, store) = (&mut vault.ledger, &vault.store);
    let before = ledger.plan().cloned();
    let plan = pipeline.plan.public();
    let mut change =
        Change::between(before.as_ref(), &pipeline.plan.privacy.stated(), store.first_open());
    if let Some(recorded) = recorded(&pipeline.data) {
        change.labels = Changed::between(&recorded, &plan).labels;
    }
    check_windows(&change, store.first_open())?;
    let differs = ledger.plan_digest() != Some(Digest::of(plan_text(&plan).as_bytes()));
    if differs {
        ledger.would_record(&plan).map_err(refused)?;
    }
    let records = differs && !args.dry_run;
    if records {
        ledger.record_plan(&plan).map_err(refused)?;
    }
    match args.json {
        true => out::json(&change.facts(records)),
        false => out::text(&change.readable(differs, records)),
    }
}

/// What data of this pipeline must have been made with: the key, and the promises of the plan.
pub(super) fn store_options(pipeline: &Pipeline, keys: &Keys) -> StoreOptions {
    let promises = Digest::of(plan_text(&pipeline.plan.promises()).as_bytes());
    StoreOptions { key_check: keys.pseudonym.check_value(), plan_check: Some(promises.to_string()) }
}

fn refused(error: crate::ledger::LedgerError) -> Failure {
    Failure::refused(error)
}

/// A question may not reach back into a window that has closed.
fn check_windows(change: &Change, first_open: Window) -> Result<(), Failure> {
    let early = change.added.iter().find(|family| family.from_window.unwrap_or(0) < first_open.0);
    match early {
        Some(family) => Err(Failure::refused(anyhow!(
            "new family `{}` needs from_window = {first} or later: windows before {first} are closed",
            family.id,
            first = first_open.0,
        ))),
        None => Ok(()),
    }
}

/// What a new plan changes.
struct Change {
    added: Vec<FamilySpec>,
    ended: Vec<(String, u32)>,
    /// Keys of the pipeline file that changed and promise nothing.
    labels: Vec<String>,
    /// Percent of the budget that no family has from the first open window on.
    unassigned_percent: u8,
    first_open: Window,
}

impl Change {
    fn between(old: Option<&StatedPlan>, new: &StatedPlan, first_open: Window) -> Self {
        let old = |id: &str| old.and_then(|plan| plan.family(id)).map(|family| &family.declared);
        let declared = || new.families.iter().map(|family| &family.declared);
        let ended = |family: &FamilySpec| {
            let until = family.until_window?;
            let ends = old(&family.id).is_some_and(|before| before.until_window != Some(until));
            ends.then(|| (family.id.clone(), until))
        };
        Self {
            added: declared().filter(|family| old(&family.id).is_none()).cloned().collect(),
            ended: declared().filter_map(ended).collect(),
            labels: Vec::new(),
            unassigned_percent: new.unassigned_percent(first_open.0),
            first_open,
        }
    }

    fn facts(&self, recorded: bool) -> Value {
        json!({
            "recorded": recorded,
            "added": self.added,
            "ended": self.ended.iter().map(|(id, until)| json!({"id": id, "until_window": until}))
                .collect::<Vec<_>>(),
            "unassigned_percent": self.unassigned_percent,
            "first_open_window": self.first_open.0,
        })
    }

    fn readable(&self, differs: bool, recorded: bool) -> String {
        if !differs {
            return format!(
                "Nothing to amend: the ledger knows the plan in the file.\n\
                 Left for questions to come: {} % of the budget, from window {} on.\n",
                self.unassigned_percent, self.first_open.0
            );
        }
        let mut text = String::new();
        for family in &self.added {
            text += &format!(
                "adds   {:<12} {} % of the budget, from window {}\n",
                family.id,
                family.share_percent,
                family.from_window.unwrap_or(0)
            );
        }
        for (id, until) in &self.ended {
            text += &format!("ends   {id:<12} its last window is {}\n", until.saturating_sub(1));
        }
        for label in &self.labels {
            text += &format!("label  {label}\n");
        }
        text += &format!("left   {:<12} {} % of the budget\n", "", self.unassigned_percent);
        text += match recorded {
            false => "Nothing was recorded; leave out --dry-run to record it.\n",
            true => "Recorded in the ledger. Residents keep what they have spent.\n",
        };
        text
    }
}
