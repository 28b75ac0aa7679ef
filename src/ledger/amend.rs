//! When a plan may follow a plan: questions may be added or ended, nothing else may change.
//!
//! Budget, unit, identity of residents, schedule and key lists are what residents were promised and
//! what their charges are measured in, so they stay. A family keeps its place, since charges name it
//! by its index; a new one begins after every window that was reserved, so no closed window is asked
//! anything new.
//!
//! # Privacy
//! Every charge, under every plan, counts against the one budget: an amendment gives nobody a new
//! allowance.

use serde_json::Value;

use super::{PLAN_DEPLOYMENT_KEY, PLAN_PRIVACY_KEY, PLAN_TITLE_KEY};
use crate::{
    domain::Window,
    privacy::{StatedFamily, StatedPlan},
};

/// Why a plan may not follow the one in force.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AmendError {
    /// Something that was promised for good.
    #[error(
        "`{0}` of the plan changed; only questions can be added or ended. Put it back, or start a \
         new data folder"
    )]
    Promise(String),
    /// The budget.
    #[error(
        "the budget or the noise mechanism changed; only questions can be added or ended. Put it \
         back, or start a new data folder"
    )]
    Budget,
    /// A family that was dropped, moved or altered.
    #[error(
        "family `{0}` was changed, moved or removed; to end it, leave it in its place and give it \
         until_window"
    )]
    Family(String),
    /// A new family that would ask about windows that are past.
    #[error(
        "new family `{family}` needs from_window = {first} or later: earlier windows are closed"
    )]
    FromWindow {
        /// Which.
        family: String,
        /// The first window it may ask about.
        first: u32,
    },
    /// A family that would end later than it was said to.
    #[error(
        "family `{family}` ends at until_window = {until}, and what a later end would count may be \
         destroyed; ask the question anew under another id"
    )]
    Prolonged {
        /// Which.
        family: String,
        /// Its end.
        until: u32,
    },
    /// A family that would end in the past.
    #[error(
        "family `{family}` can end at until_window = {first} or later: earlier windows are released"
    )]
    UntilWindow {
        /// Which.
        family: String,
        /// The first window at which it may end.
        first: u32,
    },
}

/// Whether `next` may follow `present`, when nothing at or after window `first` was reserved.
pub(super) fn check_amendment(
    present: (&Value, &StatedPlan),
    next: (&Value, &StatedPlan),
    first: Window,
) -> Result<(), AmendError> {
    check_promises(present.0, next.0)?;
    let (old, new) = (present.1, next.1);
    let same_budget = old.budget == new.budget
        && old.voice_units == new.voice_units
        && old.mechanism == new.mechanism;
    if !same_budget {
        return Err(AmendError::Budget);
    }
    for (at, family) in old.families.iter().enumerate() {
        check_kept(family, new.families.get(at), first)?;
    }
    for family in new.families.iter().skip(old.families.len()) {
        if family.declared.from_window.is_none_or(|from| from < first.0) {
            let family = family.declared.id.clone();
            return Err(AmendError::FromWindow { family, first: first.0 });
        }
    }
    Ok(())
}

/// All but the privacy plan, the title and the facts about who deploys it is the same, to the last key.
fn check_promises(present: &Value, next: &Value) -> Result<(), AmendError> {
    let (Some(old), Some(new)) = (present.as_object(), next.as_object()) else {
        return Err(AmendError::Promise("format".to_owned()));
    };
    let free = [PLAN_PRIVACY_KEY, PLAN_DEPLOYMENT_KEY, PLAN_TITLE_KEY];
    let mut keys = old.keys().chain(new.keys()).filter(|key| !free.contains(&key.as_str()));
    match keys.find(|key| old.get(*key) != new.get(*key)) {
        Some(key) => Err(AmendError::Promise(key.clone())),
        None => Ok(()),
    }
}

/// A family may only come to an end, not before `first`, and not later than it was said to: what a
/// later end would count may be gone.
fn check_kept(
    old: &StatedFamily,
    new: Option<&StatedFamily>,
    first: Window,
) -> Result<(), AmendError> {
    let id = &old.declared.id;
    let changed = || AmendError::Family(id.clone());
    let new = new.ok_or_else(changed)?;
    if new == old {
        return Ok(());
    }
    let mut ended = old.clone();
    ended.declared.until_window = new.declared.until_window;
    let (true, Some(until)) = (*new == ended, new.declared.until_window) else {
        return Err(changed());
    };
    if until < first.0 {
        return Err(AmendError::UntilWindow { family: id.clone(), first: first.0 });
    }
    match old.declared.until_window {
        Some(before) if until > before => {
            Err(AmendError::Prolonged { family: id.clone(), until: before })
        }
        _ => Ok(()),
    }
}
