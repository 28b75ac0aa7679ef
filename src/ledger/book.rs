//! The rules of the ledger: which fact may follow which.
//!
//! One state machine serves the writer, which refuses to break a rule, and the verifier, which
//! convicts whoever did. It does no I/O.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{
    Digest, Fact, OrderError, Outstanding, PLAN_PRIVACY_KEY, ReleaseId, ReleaseState, Reserve,
    VerifyingKey, amend::check_amendment, entry::rotation_message,
};
use crate::{domain::Window, privacy::StatedPlan};

/// Whose ledger it is.
#[derive(Clone, Debug)]
pub(super) struct Opened {
    pub(super) origin: String,
    /// Every key that ever signed, the present one last.
    pub(super) keys: Vec<VerifyingKey>,
}

impl Opened {
    /// The key that signs now.
    pub(super) fn key(&self) -> Option<&VerifyingKey> {
        self.keys.last()
    }
}

/// What the entries so far amount to.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    pub(super) opened: Option<Opened>,
    pub(super) plan: Option<(Digest, StatedPlan)>,
    /// The plan in force as it was recorded.
    plan_value: Value,
    pub(super) outstanding: Option<Outstanding>,
    pub(super) rekeyings: u32,
    pub(super) erasures: u32,
    releases: BTreeMap<ReleaseId, ReleaseState>,
    windows: BTreeMap<(String, Window), ReleaseId>,
    files: BTreeMap<String, Digest>,
    reserves: Vec<(ReleaseId, u32, Window)>,
}

impl Book {
    /// Where a release stands.
    pub(super) fn state(&self, release_id: &ReleaseId) -> ReleaseState {
        self.releases.get(release_id).cloned().unwrap_or_default()
    }

    /// Every release that was ever reserved.
    pub(super) fn releases(&self) -> impl Iterator<Item = (&ReleaseId, &ReleaseState)> {
        self.releases.iter()
    }

    /// Every reserve, in order.
    pub(super) fn reserves(&self) -> &[(ReleaseId, u32, Window)] {
        &self.reserves
    }

    /// The release that answered a question, under whichever plan it was asked.
    pub(super) fn answered(&self, family: &str, window: Window) -> Option<ReleaseId> {
        self.windows.get(&(family.to_owned(), window)).copied()
    }

    /// The first window for which nothing was ever reserved.
    pub(super) fn first_unreserved(&self) -> Window {
        let last = self.reserves.iter().map(|(_, _, window)| window.0).max();
        Window(last.map_or(0, |last| last.saturating_add(1)))
    }

    /// Committed files and their digests.
    pub(super) fn files(&self) -> &BTreeMap<String, Digest> {
        &self.files
    }

    /// The attempt that comes next for a release.
    pub(super) fn next_attempt(&self, release_id: &ReleaseId) -> u32 {
        match self.state(release_id) {
            ReleaseState::Abandoned { attempt } => attempt.saturating_add(1),
            _ => 1,
        }
    }

    /// Whether `fact` may follow.
    pub(super) fn admit(&self, fact: &Fact) -> Result<(), OrderError> {
        if self.opened.is_none() != matches!(fact, Fact::Open { .. }) {
            return Err(OrderError::Open);
        }
        self.admit_beside_outstanding(fact)?;
        match fact {
            Fact::Open { .. } | Fact::Rekey { .. } | Fact::Erase {} => Ok(()),
            Fact::Plan { plan_digest, plan } => self.admit_plan(plan_digest, plan),
            Fact::Rotate { key, endorsement } => self.admit_rotation(key, endorsement),
            Fact::Reserve(reserve) => self.admit_reserve(reserve),
            Fact::Commit { release_id, attempt, file, .. } => {
                self.admit_end(release_id, *attempt)?;
                let free = file_is_plain(file) && !self.files.contains_key(file);
                if free { Ok(()) } else { Err(OrderError::File(file.clone())) }
            }
            Fact::Publish { release_id } => match self.state(release_id) {
                ReleaseState::Committed { .. } => Ok(()),
                _ => Err(OrderError::NotCommitted(*release_id)),
            },
            Fact::Abandon { release_id, attempt, .. } => self.admit_end(release_id, *attempt),
        }
    }

    /// Takes an admitted fact in.
    pub(super) fn record(&mut self, index: u64, fact: &Fact) -> Result<(), OrderError> {
        match fact {
            Fact::Open { ledger_origin, key, .. } => {
                self.opened = Some(Opened { origin: ledger_origin.clone(), keys: vec![*key] });
            }
            Fact::Rotate { key, .. } => self.opened.iter_mut().for_each(|o| o.keys.push(*key)),
            Fact::Plan { plan_digest, plan } => {
                self.plan = Some((*plan_digest, read_plan(plan_digest, plan)?));
                self.plan_value = plan.clone();
            }
            Fact::Reserve(reserve) => self.record_reserve(index, reserve),
            Fact::Rekey { .. } => self.rekeyings = self.rekeyings.saturating_add(1),
            Fact::Erase {} => self.erasures = self.erasures.saturating_add(1),
            Fact::Commit { release_id, attempt, file, sha256 } => {
                if let Some(ended) = self.outstanding.take() {
                    self.windows.insert((ended.family, ended.window), *release_id);
                }
                self.files.insert(file.clone(), *sha256);
                let (attempt, file, sha256) = (*attempt, file.clone(), *sha256);
                let state = ReleaseState::Committed { attempt, file, sha256, index };
                self.releases.insert(*release_id, state);
            }
            Fact::Publish { release_id } => {
                if let ReleaseState::Committed { attempt, file, sha256, index } =
                    self.state(release_id)
                {
                    let state = ReleaseState::Published { attempt, file, sha256, index };
                    self.releases.insert(*release_id, state);
                }
            }
            Fact::Abandon { release_id, attempt, .. } => {
                self.outstanding = None;
                self.releases.insert(*release_id, ReleaseState::Abandoned { attempt: *attempt });
            }
        }
        Ok(())
    }

    /// The first plan is free; another may only add questions or end them.
    fn admit_plan(&self, digest: &Digest, plan: &Value) -> Result<(), OrderError> {
        let next = read_plan(digest, plan)?;
        next.check()?;
        let Some((_, present)) = &self.plan else { return Ok(()) };
        let present = (&self.plan_value, present);
        Ok(check_amendment(present, (plan, &next), self.first_unreserved())?)
    }

    /// A reserve is followed by its own commit or abandon, and by nothing else.
    fn admit_beside_outstanding(&self, fact: &Fact) -> Result<(), OrderError> {
        match (&self.outstanding, fact) {
            (None, _) | (Some(_), Fact::Commit { .. } | Fact::Abandon { .. }) => Ok(()),
            (Some(open), _) => {
                Err(OrderError::Outstanding { release_id: open.release_id, attempt: open.attempt })
            }
        }
    }

    /// Only the key in force can name its successor.
    fn admit_rotation(&self, next: &VerifyingKey, endorsement: &str) -> Result<(), OrderError> {
        let opened = self.opened.as_ref().ok_or(OrderError::Open)?;
        let signature: Option<[u8; 64]> =
            STANDARD.decode(endorsement).ok().and_then(|bytes| bytes.try_into().ok());
        let endorsed = match (opened.key(), signature) {
            (Some(key), Some(signature)) => {
                key.verifies(&rotation_message(&opened.origin, next), &signature)
            }
            _ => false,
        };
        if endorsed && !opened.keys.contains(next) { Ok(()) } else { Err(OrderError::Rotation) }
    }

    fn admit_reserve(&self, reserve: &Reserve) -> Result<(), OrderError> {
        let (digest, plan) = self.plan.as_ref().ok_or(OrderError::NoPlan)?;
        check_charge(reserve, digest, plan)?;
        self.check_run(reserve, plan)?;
        let Reserve { release_id, attempt, family, window, .. } = reserve;
        if *release_id != ReleaseId::of(family, *window, digest) {
            return Err(OrderError::Id(*release_id));
        }
        if let ReleaseState::Committed { .. } | ReleaseState::Published { .. } =
            self.state(release_id)
        {
            return Err(OrderError::Committed(*release_id));
        }
        if self.answered(family, *window).is_some() {
            return Err(OrderError::Window { family: family.clone(), window: *window });
        }
        let (release_id, found, expected) = (*release_id, *attempt, self.next_attempt(release_id));
        if found == expected {
            Ok(())
        } else {
            Err(OrderError::Attempt { release_id, found, expected })
        }
    }

    /// A running total is released window by window: its totals are decoded from all of them.
    fn check_run(&self, reserve: &Reserve, plan: &StatedPlan) -> Result<(), OrderError> {
        let family = &reserve.family;
        let declared = plan.family(family).map(|family| &family.declared);
        let Some(declared) = declared.filter(|spec| spec.to_date_windows.is_some()) else {
            return Ok(());
        };
        let ends_alone = (reserve.window, reserve.window);
        let (first, last) = declared.span_ending(reserve.window).unwrap_or(ends_alone);
        let missing = (first.0..last.0).find(|w| self.answered(family, Window(*w)).is_none());
        match missing {
            Some(window) => Err(OrderError::Run { family: family.clone(), window: Window(window) }),
            None => Ok(()),
        }
    }

    fn record_reserve(&mut self, index: u64, reserve: &Reserve) {
        let Reserve { release_id, attempt, family, window, .. } = reserve.clone();
        self.releases.insert(release_id, ReleaseState::Reserved { attempt });
        self.reserves.push((release_id, attempt, window));
        self.outstanding = Some(Outstanding { release_id, attempt, family, window, index });
    }

    fn admit_end(&self, release_id: &ReleaseId, attempt: u32) -> Result<(), OrderError> {
        match self.state(release_id) {
            ReleaseState::Reserved { attempt: open } if open == attempt => Ok(()),
            _ => Err(OrderError::NotReserved { release_id: *release_id, attempt }),
        }
    }
}

/// Reads the privacy plan out of a recorded plan.
pub(super) fn read_plan(digest: &Digest, plan: &Value) -> Result<StatedPlan, OrderError> {
    if *digest != Digest::of(plan.to_string().as_bytes()) {
        return Err(OrderError::PlanDigest);
    }
    let privacy = plan.get(PLAN_PRIVACY_KEY).cloned().unwrap_or(Value::Null);
    Ok(serde_json::from_value(privacy)?)
}

fn check_charge(reserve: &Reserve, digest: &Digest, plan: &StatedPlan) -> Result<(), OrderError> {
    let differs = |what| OrderError::Charge { family: reserve.family.clone(), what };
    let stated = plan.family(&reserve.family).ok_or_else(|| differs("the family's id"))?;
    let same = [
        ("the window: nothing is due there", stated.declared.span_ending(reserve.window).is_some()),
        ("plan_digest", reserve.plan_digest == *digest),
        (
            "sigma_units",
            stated.layers.iter().map(|l| l.sigma_units).eq(reserve.sigma_units.clone()),
        ),
        ("sensitivity_units", reserve.sensitivity_units == stated.sensitivity_units()),
        ("loss", reserve.loss.to_bits() == stated.loss_window.to_bits()),
        ("loss_period", reserve.loss_period.to_bits() == stated.loss_period.to_bits()),
        ("windows_max", reserve.windows_max == stated.declared.windows_max),
    ];
    match same.into_iter().find(|(_, same)| !same) {
        None => Ok(()),
        Some((what, _)) => Err(differs(what)),
    }
}

fn file_is_plain(file: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    (1..=120).contains(&file.len()) && !file.starts_with('.') && file.bytes().all(plain)
}
