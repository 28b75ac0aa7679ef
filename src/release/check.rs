//! Whether each committed file says what the ledger paid for, and nothing else.
//!
//! A release is put together again from the recorded plan, the charge and its own noisy integers;
//! it must come out byte for byte. So its privacy statement, key lists, intervals and opinions
//! cannot be other than those that follow. What is not checked: the model's facts, which are taken from
//! the file itself.

use std::collections::HashMap;

use super::{
    Archive, Document, Envelope, Facts, LedgerFacts, PipelineFacts, RecordedPlan, WindowFacts,
};
use crate::ledger::{Entry, Fact, Reserve, signing_keys};

/// Checks every file that a commit names against the reserve that the commit ends.
///
/// # Errors
/// With the first file that is not what the ledger says.
pub fn check_documents(entries: &[Entry], archive: &Archive) -> Result<String, String> {
    let keys: Vec<String> = signing_keys(entries).into_iter().map(|key| key.to_base64()).collect();
    let (mut origin, mut plan, mut paid, mut files) = (None, None, None, 0);
    // What each family released so far: a running total is decoded from it.
    let mut released: HashMap<String, HashMap<u32, Vec<i64>>> = HashMap::new();
    for entry in entries {
        match &entry.fact {
            Fact::Open { ledger_origin, .. } => origin = Some(ledger_origin.clone()),
            Fact::Plan { plan: recorded, .. } => {
                let read: RecordedPlan = serde_json::from_value(recorded.clone())
                    .map_err(|error| format!("entry {}: the plan: {error}", entry.index))?;
                read.privacy
                    .check_keys(&read.keys)
                    .map_err(|error| format!("entry {}: the plan: {error}", entry.index))?;
                plan = Some(read);
            }
            Fact::Reserve(reserve) => paid = Some((entry, reserve)),
            Fact::Commit { file, .. } => {
                let found = archive.release(file).map_err(|error| error.to_string())?;
                if !keys.iter().any(|key| key == found.envelope.key()) {
                    return Err(format!("{file} is signed by another key than the ledger's"));
                }
                let (Some(origin), Some(plan), Some((paid, reserve))) = (&origin, &plan, paid)
                else {
                    return Err(format!("{file} was committed before anything was reserved"));
                };
                let ledger = LedgerFacts {
                    origin: origin.clone(),
                    reserve_index: paid.index,
                    attempt: reserve.attempt,
                    plan_sha256: reserve.plan_digest.to_string(),
                };
                plan.schedule
                    .check_closed(reserve.window, paid.at)
                    .map_err(|error| format!("{file}: {error}"))?;
                let before = released.entry(reserve.family.clone()).or_default();
                check(&found.envelope, plan, reserve, ledger, before)
                    .map_err(|error| format!("{file}: {error}"))?;
                before.insert(reserve.window.0, found.envelope.document().noisy_units());
                files += 1;
            }
            _ => {}
        }
    }
    Ok(format!("{files} releases signed, each following from its plan, its charge and its noise"))
}

fn check(
    envelope: &Envelope,
    plan: &RecordedPlan,
    reserve: &Reserve,
    ledger: LedgerFacts,
    earlier: &HashMap<u32, Vec<i64>>,
) -> Result<(), String> {
    let found = envelope.document();
    let family = plan.privacy.family(&reserve.family).ok_or("its family is not in the plan")?;
    let last = reserve.window;
    let Some((first, last)) = family.declared.span_ending(last) else {
        return Err(format!("no release of `{}` is due at window {}", reserve.family, last.0));
    };
    let units = found.noisy_units();
    let run = if family.coefficients.is_empty() { last.0..last.0 } else { first.0..last.0 };
    let before = |window: u32| {
        let found = earlier.get(&window).cloned();
        found.ok_or_else(|| format!("its running total lacks the release of window {window}"))
    };
    let earlier = run.map(before).collect::<Result<Vec<_>, _>>()?;
    let facts = Facts {
        pipeline: PipelineFacts { id: plan.pipeline.clone(), title: plan.title.clone() },
        unit: plan.unit,
        keys: plan.keys.clone(),
        budget: plan.privacy.budget.clone(),
        family: family.clone(),
        window: WindowFacts::new(&plan.schedule.calendar()?, first, last),
        ledger,
        release_id: reserve.release_id,
        earlier,
    };
    let expected =
        Document::new(facts, &units, found.model.clone()).map_err(|error| error.to_string())?;
    let expected = serde_json::to_string(&expected).map_err(|error| error.to_string())?;
    match expected == envelope.body() {
        true => Ok(()),
        false => Err("what it says does not follow from its plan, charge and noise".to_owned()),
    }
}
