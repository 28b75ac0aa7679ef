//! The audit: looks for the resident that the program promises to hide.
//!
//! It runs the real path (store, odometer, ledger, mechanism, release files) on a town that does
//! not exist, many times with and many times without one resident, the canary, who speaks in every
//! window. From the released files alone it bounds from below how well the canary can be told, and
//! compares that with the promise. It also compares the released noise with the exact distribution.
//!
//! What it is not: a proof. It finds a program that breaks its promise by much, not one that breaks
//! it by little; the proof is in the sensitivity and the charge. It reads no resident's data.
//!
//! # Source
//! Nasr et al., "Tight auditing of differentially private machine learning", arXiv 2302.07956 (mu
//! from both error rates); Clopper and Pearson (1934).

mod bounds;
mod error;
mod filter;
mod plans;
mod report;
mod sampler;
mod shape;
mod subject;
mod tally;
#[cfg(test)]
mod tests;
mod town;
mod trials;
mod verdict;

use std::path::PathBuf;

pub use error::AuditError;
pub use report::{CurvePoint, FilterVerdict, PairVerdict, PlanVerdict, Report, ShapeVerdict};

use subject::Subject;
use tally::Counting;
use trials::{Course, Scratch};
use verdict::Shared;

use crate::{
    privacy::{LIBRARY_NAME, LIBRARY_VERSION},
    release::ReleasePlan,
};

/// How thorough an audit is.
pub struct Settings<'a> {
    /// Trials without the canary, and as many with it, for each plan.
    pub trials_per_side: u32,
    /// Numbers that the sampler draws at each noise it is looked at with.
    pub sampler_draws: usize,
    /// Chance that any check of a correct program fails, over the whole report.
    pub false_alarm: f64,
    /// Threads; 1 runs in the caller's own.
    pub threads: usize,
    /// A folder that is not there; it is made for the trials and removed after them.
    pub folder: PathBuf,
    /// Whether the time is up; asked between trials.
    pub is_over: &'a (dyn Fn() -> bool + Sync),
    /// Told how many steps were done, out of [`Settings::steps`].
    pub progress: &'a (dyn Fn(u32) + Sync),
}

impl Settings<'_> {
    /// Steps of an audit of `plans` plans.
    pub fn steps(trials_per_side: u32, plans: u32) -> u32 {
        let trials = trials_per_side.saturating_mul(2).saturating_mul(plans);
        trials.saturating_add(sampler::SIGMAS.len() as u32)
    }
}

/// Number of plans that [`audit`] looks at when none is given.
pub const BUILT_IN_PLANS: u32 = 2;

/// Audits `plan`, or the built-in plans of rho 0.1 and rho 0.5.
///
/// # Errors
/// When a trial could not be carried out. A check that fails is in the report.
pub fn audit(plan: Option<&ReleasePlan>, settings: &Settings<'_>) -> Result<Report, AuditError> {
    let subjects = match plan {
        Some(plan) => vec![Subject::new(plan.id.clone(), plans::without_end(plan)?)?],
        None => plans::built_in()?,
    };
    examine(&subjects, settings)
}

fn examine(subjects: &[Subject], settings: &Settings<'_>) -> Result<Report, AuditError> {
    let countings: Vec<Counting<'_>> = subjects.iter().map(Counting::of).collect();
    let shared = Shared::of(settings.false_alarm, &countings, sampler::SIGMAS.len());
    let folder = Scratch::create(settings.folder.clone())
        .map_err(|source| AuditError::Folder { path: settings.folder.clone(), source })?;
    let step = || (settings.progress)(1);
    let sampler = sampler::run(settings.sampler_draws, shared.noise, &step)?;
    let mut plans = Vec::new();
    for (at, counting) in countings.iter().enumerate() {
        let course = Course {
            trials_per_side: settings.trials_per_side,
            threads: settings.threads,
            folder: &folder.path().join(format!("plan-{at}")),
            is_over: settings.is_over,
            progress: settings.progress,
        };
        plans.push(verdict::on_plan(counting, &course.run(counting)?, shared)?);
    }
    let wanted = u64::from(settings.trials_per_side);
    let cut_short = plans.iter().any(|p| p.trials_without.min(p.trials_with) < wanted);
    let holds = sampler.iter().all(|shape| shape.holds) && plans.iter().all(PlanVerdict::holds);
    let enough = plans.iter().all(PlanVerdict::has_enough_trials);
    Ok(Report {
        enough,
        format: "undertone-audit/1".into(),
        program: format!("undertone {}", env!("CARGO_PKG_VERSION")),
        library: format!("{LIBRARY_NAME} {LIBRARY_VERSION}"),
        false_alarm: settings.false_alarm,
        false_alarm_bound: shared.bound,
        false_alarm_noise: shared.noise,
        cut_short,
        plans,
        sampler,
        holds,
    })
}

impl PlanVerdict {
    /// Trials a side from which halved noise would be noticed: the bound on mu narrows with the root of
    /// their number, and at the default confidence must come within sqrt(2 rho) of the truth.
    pub fn trials_needed(&self) -> u64 {
        (110.0 / (2.0 * self.rho)).ceil() as u64
    }

    /// Whether there were as many.
    pub fn has_enough_trials(&self) -> bool {
        self.trials_without.min(self.trials_with) >= self.trials_needed()
    }

    /// Whether every check of this plan holds.
    pub fn holds(&self) -> bool {
        self.filters.iter().all(|filter| filter.holds)
            && self.shapes.iter().all(|shape| shape.holds)
            && self.pairs.iter().all(|pairs| pairs.holds)
    }
}
