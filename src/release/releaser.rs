//! Carries one question through the order that can neither overspend nor draw twice.

use std::{fs, io, path::PathBuf};

use super::{
    Archive, ArchiveError, Document, DocumentError, Envelope, Facts, LedgerFacts, ModelFacts,
    PipelineFacts, ReleasePlan, WindowFacts,
    tally::{Entered, Question, entered},
};
use crate::{
    domain::{
        PseudonymKey, Window, crash_point,
        mutant::{Mutant, active},
    },
    ledger::{
        AbandonReason, Digest, Ledger, LedgerError, OrderError, Receipt, Recovery, ReserveRequest,
        SigningKey,
    },
    log::{LogError, Visibility, remove_file, write_atomic},
    privacy::{Family, LossError, Mechanism, MechanismError},
    store::{Charge, Store, StoreError},
};

/// Owns the release side of one data folder while it works.
pub struct Releaser<'a> {
    /// What was declared.
    pub plan: &'a ReleasePlan,
    /// The classifier's facts, copied into every release.
    pub model: &'a ModelFacts,
    /// Orders cells; the same key that made the pseudonyms.
    pub key: &'a PseudonymKey,
    /// Signs releases.
    pub signer: &'a SigningKey,
    /// Residents' contributions and charges.
    pub store: &'a mut Store,
    /// The public ledger.
    pub ledger: &'a mut Ledger,
    /// Where releases go.
    pub archive: Archive,
}

/// Marks, in a charge's attempt, the witness that a draw for that attempt may have happened.
pub(super) const DRAWN: u32 = 1 << 31;

/// A charge of nobody, durable between the reservation and the draw: the journal's own memory of
/// what the ledger must hold.
fn witness(question: &Question<'_>, attempt: u32) -> Charge {
    Charge {
        release_id: question.release_id.bytes(),
        attempt: attempt | DRAWN,
        window: question.window,
        family: question.index as u16,
        costs: Vec::new(),
    }
}

/// One question that is past its closing time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Index of the family in the plan.
    pub family: usize,
    /// The window the release is dated by.
    pub window: Window,
}

/// What became of a due question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Released now, into this file.
    Released(String),
    /// It had been released before; nothing was drawn or charged.
    Stood,
}

/// Why a release was not made. Nothing leaves on any of these.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger refused or failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The mechanism refused.
    #[error(transparent)]
    Mechanism(#[from] MechanismError),
    /// A loss could not be computed.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// A file could not be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The folder could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The ledger was put back.
    #[error(
        "the journal knows of a release that the ledger does not: the ledger was lost or put back \
         to an older copy. Put the newest copy back; drawing again would average the noise away"
    )]
    LedgerOlder,
    /// The journal was put back.
    #[error(
        "the ledger knows of a charge that the journal does not: the journal was lost or put back \
         to an older copy. Put the newest copy back; residents would be counted beyond their \
         allowance"
    )]
    JournalOlder,
    /// What would be counted has been destroyed.
    #[error("window {0} was scrubbed: its counts are gone and zeros must not be released for them")]
    Scrubbed(u32),
    /// A receipt without its charge.
    #[error("the journal has no charge for a reserved release: restore the journal from a backup")]
    ChargeMissing,
    /// No span of the family ends with this window.
    #[error("no release of this family is due at window {0}")]
    NotDue(u32),
    /// A running total lacks one of its releases.
    #[error("window {0} of this running total was never released: its releases come in order")]
    EarlierMissing(u32),
    /// An earlier release cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The noisy numbers make no release.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The window has not been closed in the store.
    #[error("window {0} is still open")]
    StillOpen(u32),
}

impl Releaser<'_> {
    /// Brings ledger and files to agreement after a crash: output without a commit is deleted and
    /// its reservation abandoned; what was committed is published. Returns whether a reservation
    /// was abandoned.
    ///
    /// # Errors
    /// When a file or the ledger cannot be changed.
    pub fn recover(&mut self, found: &Recovery) -> Result<bool, ReleaseError> {
        self.remove_uncommitted()?;
        for release_id in &found.unpublished {
            self.ledger.publish(*release_id)?;
        }
        let Some(open) = &found.outstanding else { return Ok(false) };
        self.ledger.abandon(open.release_id, open.attempt, AbandonReason::Interrupted)?;
        Ok(true)
    }

    /// Refuses a journal and a ledger of different ages: see [`check_agreement`](super::check_agreement).
    ///
    /// # Errors
    /// When one of the two is older than the other.
    pub fn check_agreement(&self) -> Result<(), ReleaseError> {
        super::check_agreement(self.store, self.ledger)
    }

    /// The questions due once `closed` windows are past their closing time, released or not.
    pub fn due(&self, closed: u32) -> Vec<Due> {
        self.plan.due(closed).map(|(family, window)| Due { family, window }).collect()
    }

    /// Answers one question, at most once.
    ///
    /// # Privacy
    /// The order is the proof: residents charged (durable), charge reserved in the ledger
    /// (durable), exact counts read, noise drawn once, file written, digest committed, published.
    ///
    /// # Errors
    /// When a step fails; the next start abandons what was left half done.
    pub fn release(&mut self, due: Due) -> Result<Step, ReleaseError> {
        if self.store.first_open() <= due.window {
            return Err(ReleaseError::StillOpen(due.window.0));
        }
        let (plan, key, index) = (self.plan, self.key, due.family);
        let family = &plan.privacy.families()[index];
        if self.ledger.answer(family.id(), due.window).is_some() && !active(Mutant::RetryRedraws) {
            return Ok(Step::Stood);
        }
        let release_id = self.ledger.release_id(family, due.window)?;
        let earlier = self.earlier(family, due.window)?;
        let entered = self.entered(family, due.window)?;
        let question = Question { plan, key, index, window: due.window, release_id, entered };
        let attempt = self.ledger.next_attempt(&release_id);
        self.charge(&question, attempt)?;
        let request = ReserveRequest { family, window: due.window, attempt };
        let receipt = self.ledger.reserve(request)?;
        crash_point("reserved");
        self.store.charge(witness(&question, attempt))?;
        crash_point("witnessed");
        let exact = question.exact_counts(self.store, &receipt)?;
        let noisy = Mechanism::new(family).release(exact)?;
        let plan_digest = self.ledger.plan_digest().ok_or(LedgerError::from(OrderError::NoPlan))?;
        let facts = self.facts(family, &receipt, plan_digest, earlier);
        let document = Document::new(facts, noisy.units(), self.model.clone())?;
        let name = document.file_name();
        let sealed = Envelope::seal(document, self.signer);
        fs::create_dir_all(self.archive.folder())
            .map_err(|source| ReleaseError::Read { path: self.archive.folder().into(), source })?;
        write_atomic(&self.archive.folder().join(&name), sealed.bytes(), Visibility::Public)?;
        crash_point("output_renamed");
        let _proof = self.ledger.commit(receipt, &name, Digest::of(sealed.bytes()))?;
        crash_point("committed");
        self.ledger.publish(release_id)?;
        crash_point("published");
        Ok(Step::Released(name))
    }

    /// Destroys the contributions of every window that no later release will count.
    ///
    /// # Errors
    /// When the store cannot.
    pub fn scrub(&mut self, closed: u32) -> Result<(), ReleaseError> {
        let still_needed = |family: &Family| family.spec().needed_from(closed);
        let over = self.plan.calendar.windows().is_some_and(|windows| closed >= windows);
        let needed = self.plan.privacy.families().iter().map(still_needed).min();
        let keep_from = if over { closed } else { needed.unwrap_or(closed) };
        self.store.scrub(Window(keep_from))?;
        let period = self.plan.privacy.budget().period_windows;
        self.store.forget_charges_before(Window(closed.saturating_sub(period)))?;
        Ok(())
    }

    fn facts(
        &self,
        family: &Family,
        receipt: &Receipt,
        plan_digest: Digest,
        earlier: Vec<Vec<i64>>,
    ) -> Facts {
        let (plan, last) = (self.plan, receipt.window());
        let (first, last) = family.span_ending(last).unwrap_or((last, last));
        Facts {
            pipeline: PipelineFacts { id: plan.id.clone(), title: plan.title.clone() },
            unit: plan.unit,
            keys: plan.keys.clone(),
            budget: plan.privacy.budget().clone(),
            family: family.stated(),
            window: WindowFacts::new(&plan.calendar, first, last),
            ledger: LedgerFacts {
                origin: self.ledger.origin().to_owned(),
                reserve_index: receipt.index(),
                attempt: receipt.attempt(),
                plan_sha256: plan_digest.to_string(),
            },
            release_id: receipt.release_id(),
            earlier,
        }
    }

    /// Of a running total: whom the releases of its run before `window` counted.
    fn entered(&self, family: &Family, window: Window) -> Result<Entered, ReleaseError> {
        entered(family, window, |window| {
            let (release_id, attempt) = self
                .ledger
                .answering_attempt(family.id(), window)
                .ok_or(ReleaseError::EarlierMissing(window.0))?;
            let charge = self.store.charge_of(release_id.bytes(), attempt)?;
            charge.ok_or(ReleaseError::ChargeMissing)
        })
    }

    /// Of a running total: what the releases of its run before `window` said.
    fn earlier(&self, family: &Family, window: Window) -> Result<Vec<Vec<i64>>, ReleaseError> {
        let (first, last) = family.span_ending(window).ok_or(ReleaseError::NotDue(window.0))?;
        if family.spec().to_date_windows.is_none() {
            return Ok(Vec::new());
        }
        let release = |window: u32| {
            let (file, _) = self
                .ledger
                .answer(family.id(), Window(window))
                .ok_or(ReleaseError::EarlierMissing(window))?;
            Ok(self.archive.release(&file)?.envelope.document().noisy_units())
        };
        (first.0..last.0).map(release).collect()
    }

    /// Charges the admitted residents, unless this very attempt was already charged before a crash.
    fn charge(&mut self, question: &Question<'_>, attempt: u32) -> Result<(), ReleaseError> {
        if self.store.charge_of(question.release_id.bytes(), attempt)?.is_none() {
            let charge = question.charge(self.store, attempt)?;
            self.store.charge(charge)?;
        }
        Ok(())
    }

    /// Deletes release files that no commit names: a draw that was never committed must not be seen.
    /// What is not a release file is left alone; `ledger verify` complains of it.
    fn remove_uncommitted(&self) -> Result<(), ReleaseError> {
        let folder = self.archive.folder();
        let read = |source| ReleaseError::Read { path: folder.into(), source };
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(read(source)),
        };
        for entry in entries {
            let path = entry.map_err(read)?.path();
            let name =
                path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let ours = name.ends_with(".json") || name.ends_with(".new");
            if ours && path.is_file() && !self.ledger.is_committed_file(&name) {
                remove_file(&path)?;
            }
        }
        Ok(())
    }
}
