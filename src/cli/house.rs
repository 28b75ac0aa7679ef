//! The house: everything open while comments are taken in and released, one process per folder.
//!
//! `run` reads an input to its end and leaves; `serve` stays. Both open the same house, in the same
//! order, and release from it by the same steps.

use std::{
    fs,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context;
use jiff::Timestamp;

use super::{Failure, keys::Keys, models, plan_change::unknown_plan, rekey};
use crate::{
    config::Pipeline,
    domain::{Clock, SystemClock, Window},
    ledger::{Digest, Ledger, plan_text},
    log::{FolderLock, lock_folder},
    model::Compute,
    pipeline::{AccountRule, AdmitPlan, Labeller},
    release::{Archive, ModelFacts, PrivacyUnit, Releaser, Step, record_missing},
    store::Store,
};

/// Whatever reads comments, and what a release says of it.
pub(super) struct Reads {
    /// Redacts and labels.
    pub labeller: Arc<dyn Labeller>,
    /// What a release says of the classifier.
    pub facts: ModelFacts,
}

/// Everything open: one process per data folder.
pub(super) struct House {
    pub pipeline: Arc<Pipeline>,
    pub clock: Arc<dyn Clock>,
    pub keys: Keys,
    pub store: Store,
    pub ledger: Ledger,
    pub labeller: Arc<dyn Labeller>,
    facts: ModelFacts,
    stamps: Arc<HourClock>,
    _lock: FolderLock,
}

/// The clock of ledger entries: one reading for each round, cut to the hour. The ledger is public,
/// and how long counting and drawing took would tell of what was counted (arXiv 2112.05307).
pub(super) struct HourClock(Mutex<Timestamp>);

impl HourClock {
    /// A clock that stands at the hour of `now`.
    pub fn at(now: Timestamp) -> Self {
        let clock = Self(Mutex::new(Timestamp::UNIX_EPOCH));
        clock.set(now);
        clock
    }

    /// Moves on to the hour of `now`.
    fn set(&self, now: Timestamp) {
        let seconds = now.as_second();
        let hour = Timestamp::from_second(seconds - seconds.rem_euclid(3_600));
        let hour = hour.unwrap_or(Timestamp::UNIX_EPOCH);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = hour;
    }
}

impl Clock for HourClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The machine's hour, for commands that write to a ledger once.
pub(super) fn coarse_clock() -> Arc<dyn Clock> {
    Arc::new(HourClock::at(SystemClock.now()))
}

impl Reads {
    /// Loads the models and has them pass their canaries, before anything is made or read.
    pub fn load(pipeline: &Pipeline, compute: Compute) -> Result<Self, Failure> {
        let facts = models::facts(pipeline)?;
        let labeller = models::labeller(pipeline, compute)?;
        Ok(Self { labeller: Arc::new(labeller), facts })
    }
}

impl House {
    /// Opens and mends the folder: what a crash left half done is abandoned before anything else.
    pub fn open(
        pipeline: Arc<Pipeline>,
        clock: Arc<dyn Clock>,
        reads: Reads,
        quiet: bool,
    ) -> Result<Self, Failure> {
        let data = &pipeline.data;
        fs::create_dir_all(data)
            .with_context(|| format!("cannot create the data folder {}", data.display()))
            .map_err(Failure::usage)?;
        let lock = lock_folder(data).map_err(Failure::usage)?;
        let mut keys = Keys::open_or_create(&pipeline)?;
        let (store, recovered) = rekey::open_store(&pipeline, &mut keys)?;
        let origin = format!("undertone/{}", pipeline.plan.id);
        let stamps = Arc::new(HourClock::at(SystemClock.now()));
        let (ledger, found) =
            Ledger::open(data, &origin, keys.signing.clone(), stamps.clone() as Arc<dyn Clock>)?;
        if recovered.truncated_bytes + found.truncated_bytes > 0 {
            eprintln!(
                "undertone: an unfinished last frame was cut off; it had not been acknowledged"
            );
        }
        let Reads { labeller, facts } = reads;
        let mut house =
            Self { pipeline, clock, keys, store, ledger, labeller, facts, stamps, _lock: lock };
        house.releaser().check_agreement()?;
        house.record_plan()?;
        if house.releaser().recover(&found)? && !quiet {
            eprintln!("undertone: an unfinished release was abandoned; what it cost stays charged");
        }
        record_missing(&house.store, &mut house.ledger)?;
        Ok(house)
    }

    /// What admission goes by.
    pub fn admit_plan(&self) -> AdmitPlan {
        let plan = &self.pipeline.plan;
        AdmitPlan {
            key: self.keys.pseudonym.clone(),
            former: self.keys.former.clone(),
            told_from: self.store.told_from(),
            calendar: plan.calendar.clone(),
            places: self.pipeline.places.clone(),
            accounts: match plan.unit {
                PrivacyUnit::Resident => AccountRule::Required,
                PrivacyUnit::Comment => AccountRule::PerComment,
            },
        }
    }

    /// Whether nobody ever said anything here and nothing was ever charged: releasing now would
    /// cost the city its plan for nothing.
    pub fn is_untouched(&self) -> Result<bool, Failure> {
        let untouched = self.ledger.reserves().is_empty();
        let mut said = self.store.said(Window(0)..Window(u32::MAX));
        Ok(untouched && said.next().transpose()?.is_none())
    }

    /// How many windows the clock has closed.
    pub fn closed(&self) -> u32 {
        self.pipeline.plan.calendar.closed_at(self.clock.now())
    }

    /// Whether every question due after `closed` windows is answered.
    pub fn has_answered(&self, closed: u32) -> bool {
        let plan = &self.pipeline.plan;
        plan.due(closed).all(|(family, window)| {
            let id = plan.privacy.families()[family].id();
            self.ledger.answer(id, window).is_some()
        })
    }

    /// Closes what the clock has closed and answers every question that is due; `tell` hears of
    /// each release.
    pub fn release(&mut self, tell: impl Fn(&str)) -> Result<Vec<Step>, Failure> {
        let closed = self.closed();
        if closed == 0 {
            return Ok(Vec::new());
        }
        self.stamps.set(SystemClock.now());
        self.store.close_through(Window(closed - 1))?;
        let mut releaser = self.releaser();
        let mut steps = Vec::new();
        for due in releaser.due(closed) {
            let step = releaser.release(due)?;
            if let Step::Released(name) = &step {
                tell(name);
            }
            steps.push(step);
        }
        releaser.scrub(closed)?;
        rekey::forget_former(&self.pipeline, &mut self.store)?;
        Ok(steps)
    }

    fn releaser(&mut self) -> Releaser<'_> {
        Releaser {
            plan: &self.pipeline.plan,
            model: &self.facts,
            key: &self.keys.pseudonym,
            signer: &self.keys.signing,
            store: &mut self.store,
            ledger: &mut self.ledger,
            archive: Archive::of(&self.pipeline.data),
        }
    }

    /// Lets go of the folder.
    pub fn close(self) -> Result<(), Failure> {
        Ok(self.store.close()?)
    }

    /// Puts the plan into a new ledger; refuses a ledger that another plan opened.
    fn record_plan(&mut self) -> Result<(), Failure> {
        let (pipeline, ledger) = (&self.pipeline, &mut self.ledger);
        let plan = pipeline.plan.public();
        let digest = Digest::of(plan_text(&plan).as_bytes());
        match ledger.plan_digest() {
            Some(recorded) if recorded != digest => {
                Err(unknown_plan(pipeline, ledger.would_record(&plan)))
            }
            _ => Ok(ledger.record_plan(&plan).map(drop)?),
        }
    }
}
