//! Replacing the pseudonym key of a pipeline that has run, so that no resident gains by it.
//!
//! The files and the journal change in an order that a crash cannot confuse: the new key waits in
//! `pseudonym.key.next`, the present one gets the second name `pseudonym.key.former`, the journal
//! says that the key was replaced, the new key moves over the present one, the ledger is told. The
//! journal decides: whoever opens it next brings the files after it.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use jiff::Timestamp;

use super::{
    Failure,
    amend::store_options,
    keys::{Keys, next_key, put_in_place, set_aside},
    plan_change::other_promises,
    vault::Vault,
};
use crate::{
    config::{KeyKind, Pipeline, read_key},
    domain::{PseudonymKey, Window, crash_point},
    ledger::{Digest, plan_text},
    log::remove_file,
    release::ReleasePlan,
    store::{Recovery, Rotation, Store, StoreError},
};

/// Opens the journal with the key it goes by, after finishing a rotation that was cut short, and
/// finds the key before that one while both live.
pub(super) fn open_store(
    pipeline: &Pipeline,
    keys: &mut Keys,
) -> Result<(Store, Recovery), Failure> {
    let path = pipeline.key_file(KeyKind::Pseudonym);
    let opened = match Store::open(&pipeline.data, store_options(pipeline, keys)) {
        Err(StoreError::OtherKey { found, .. }) if waits(&path, &found)? => {
            put_in_place(&path.with_extension("key.next"), &path)?;
            keys.pseudonym = read(&path)?;
            Store::open(&pipeline.data, store_options(pipeline, keys))
        }
        opened => opened,
    };
    let opened = opened.map_err(|error| match error {
        StoreError::OtherPlan { .. } => other_promises(pipeline).unwrap_or_else(|| error.into()),
        other => other.into(),
    })?;
    keys.former = former_key(&path, opened.0.rotation())?;
    Ok(opened)
}

/// Destroys the former key and every link to it once their period is over, also by the plan in
/// force now, which may have gained a longer span. Only for a journal that was found to be of the
/// ledger's age: an older one may not know that it needs the key.
pub(super) fn forget_former(pipeline: &Pipeline, store: &mut Store) -> Result<(), Failure> {
    let until = store.rotation().map(|rotation| needed_until(&pipeline.plan, rotation.told_from));
    if until.is_some_and(|until| store.first_open() >= until) {
        store.forget_former()?;
        crash_point("former_forgotten");
    }
    remove_unneeded(&pipeline.key_file(KeyKind::Pseudonym), store)
}

/// Check value of the key before the present one, where it lies beside it.
pub(super) fn former_check(pipeline: &Pipeline) -> Result<Option<String>, Failure> {
    let former = former_file(&pipeline.key_file(KeyKind::Pseudonym));
    former.exists().then(|| read(&former).map(|key| key.check_value())).transpose()
}

/// Replaces the key; returns when the former one will not be needed any more.
pub(super) fn rotate(pipeline: &Pipeline, now: Timestamp) -> Result<Window, Failure> {
    let mut vault = Vault::open(pipeline)?;
    let plan = Digest::of(plan_text(&pipeline.plan.public()).as_bytes());
    if vault.ledger.plan_digest() != Some(plan) {
        return Err(Failure::refused(anyhow!(
            "the plan in {} is not the one in force, so how long both keys must live is unknown: \
             put the plan back, or run it first",
            pipeline.file.display()
        )));
    }
    let path = pipeline.key_file(KeyKind::Pseudonym);
    let present = vault.keys.pseudonym.check_value();
    let rotation = rotation(&pipeline.plan, vault.store.first_open(), now, present)?;
    vault.store.check_rotation(&rotation)?;
    let until = rotation.until;
    let next = next_key(&path, KeyKind::Pseudonym)?;
    crash_point("key_next_written");
    remove_unneeded(&path, &vault.store)?; // of a rotation cut short before the journal knew
    set_aside(&path, &former_file(&path))?;
    crash_point("key_former_kept");
    vault.store.rekey(read(&next)?.check_value(), rotation)?;
    crash_point("rekeyed_synced");
    put_in_place(&next, &path)?;
    crash_point("key_moved");
    vault.ledger.record_rekey(until)?;
    vault.store.close()?;
    Ok(until)
}

/// How long both keys live, from public configuration and the clock alone: what was read before now
/// is dated, at the latest, in the window of now.
fn rotation(
    plan: &ReleasePlan,
    first_open: Window,
    now: Timestamp,
    former_check: String,
) -> Result<Rotation, Failure> {
    let last = plan.calendar.windows();
    if last.is_some_and(|windows| first_open.0 >= windows) {
        return Err(Failure::refused(anyhow!(
            "every window of the plan is closed: nothing will be read under another key"
        )));
    }
    let of_now = match plan.calendar.is_before_start(now) {
        true => 0,
        false => plan.calendar.window_at(now).or(last.map(Window)).map_or(u32::MAX, |w| w.0),
    };
    let told_from = of_now.saturating_add(1).max(first_open.0);
    let told_from = Window(last.map_or(told_from, |windows| told_from.min(windows)));
    Ok(Rotation { former_check, told_from, until: needed_until(plan, told_from) })
}

/// When nothing charged under the former key alone can limit anybody, or stands on record, any more.
///
/// # Privacy
/// A span that begins just before `told_from` is charged at most one window less than its length
/// later, perhaps to a resident known under the former key alone, and that charge limits them for a
/// period. Until all that is past, a resident who writes must be known under both keys.
fn needed_until(plan: &ReleasePlan, told_from: Window) -> Window {
    let spans = plan.privacy.families().iter().map(|family| {
        let spec = family.spec();
        spec.to_date_windows.unwrap_or(spec.every_windows)
    });
    let later = spans.max().unwrap_or(1).saturating_sub(1);
    let period = plan.privacy.budget().period_windows;
    let until = told_from.0.saturating_add(later).saturating_add(period);
    Window(plan.calendar.windows().map_or(until, |windows| until.min(windows)))
}

/// Removes the former key where no rotation needs it.
fn remove_unneeded(path: &Path, store: &Store) -> Result<(), Failure> {
    let former = former_file(path);
    match store.rotation().is_none() && former.exists() {
        true => remove_file(&former).map_err(Failure::internal),
        false => Ok(()),
    }
}

/// The former key, which must be there while it is needed.
fn former_key(path: &Path, rotation: Option<&Rotation>) -> Result<Option<PseudonymKey>, Failure> {
    let Some(rotation) = rotation else { return Ok(None) };
    let former = former_file(path);
    let key = read(&former)?;
    match key.check_value() == rotation.former_check {
        true => Ok(Some(key)),
        false => Err(Failure::refused(anyhow!(
            "{} is not the key before the present one, whose check value is {}: put that key there; \
             without it residents would be counted twice",
            former.display(),
            rotation.former_check
        ))),
    }
}

/// Whether the key that the journal goes by still waits to be put in place.
fn waits(path: &Path, found: &str) -> Result<bool, Failure> {
    let next = path.with_extension("key.next");
    Ok(next.exists() && read(&next)?.check_value() == found)
}

fn former_file(path: &Path) -> PathBuf {
    path.with_extension("key.former")
}

fn read(path: &Path) -> Result<PseudonymKey, Failure> {
    let key = read_key(path, KeyKind::Pseudonym).map_err(Failure::usage)?;
    Ok(PseudonymKey::new(*key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Overrides, load};

    /// Madrid's plan: sixteen windows, spans of four, a period of four.
    #[test]
    fn both_keys_live_for_the_longest_span_and_a_period_or_to_the_end_of_the_plan() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let pipeline = load(&root.join("pipelines/decide-madrid.toml"), Overrides::default());
        let plan = pipeline.unwrap().plan;
        // A comment of window 3 may be charged at 6, which limits its resident up to 9.
        assert_eq!(needed_until(&plan, Window(4)), Window(4 + 3 + 4));
        assert_eq!(needed_until(&plan, Window(12)), Window(16));
        let at = |instant: &str| {
            rotation(&plan, Window(0), instant.parse().unwrap(), "check".into()).unwrap().told_from
        };
        assert_eq!(at("1999-01-01T00:00:00Z"), Window(1));
        assert_eq!(at("2099-01-01T00:00:00Z"), Window(16));
        let over = rotation(&plan, Window(16), Timestamp::UNIX_EPOCH, "check".into());
        assert!(matches!(over, Err(Failure::Refused(_))));
    }
}
