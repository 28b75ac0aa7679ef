//! The ledger as its single writer uses it: reserve, commit, publish, abandon.

use std::{fmt, path::PathBuf, sync::Arc};

use serde_json::Value;

use super::{
    AbandonReason, CHECKPOINT_FILE, Checkpoint, CommitProof, Digest, Entry, Fact, LedgerError,
    OrderError, Receipt, ReleaseId, ReleaseState, Reserve, ReserveRequest, SigningKey,
    open::Chain,
    plan_text,
    plan_text::{inexact_number, sorted},
};
use crate::{
    domain::{Clock, Window, crash_point},
    log::{self, AppendLog, Visibility},
    privacy::{Family, StatedPlan},
};

/// The public ledger of one pipeline, open for writing by this process alone.
///
/// Every call that changes it returns when the entry is on the disk and the new head is signed.
pub struct Ledger {
    pub(super) folder: PathBuf,
    pub(super) origin: String,
    pub(super) log: AppendLog,
    pub(super) key: SigningKey,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) chain: Chain,
    pub(super) broken: bool,
}

impl Ledger {
    /// Records the whole public plan, unless it is the one in force, and returns its digest. A second
    /// plan may only add questions or end them.
    ///
    /// `plan` holds the privacy plan under [`PLAN_PRIVACY_KEY`](super::PLAN_PRIVACY_KEY) and the
    /// lists of keys somewhere in it.
    ///
    /// # Errors
    /// When its privacy plan does not hold, a reserve is open, or the disk fails.
    pub fn record_plan(&mut self, plan: &Value) -> Result<Digest, LedgerError> {
        let text = plan_text(plan);
        let plan_digest = Digest::of(text.as_bytes());
        if self.plan_digest() == Some(plan_digest) {
            return Ok(plan_digest);
        }
        if let Some(number) = inexact_number(plan) {
            return Err(LedgerError::PlanNumber(number));
        }
        self.append(Fact::Plan { plan_digest, plan: sorted(plan) })?;
        self.sign_head()?;
        Ok(plan_digest)
    }

    /// Digest of the plan in force.
    pub fn plan_digest(&self) -> Option<Digest> {
        self.chain.book.plan.as_ref().map(|(digest, _)| *digest)
    }

    /// The id of a release under the plan in force.
    ///
    /// # Errors
    /// When no plan is recorded.
    pub fn release_id(&self, family: &Family, window: Window) -> Result<ReleaseId, LedgerError> {
        let digest = self.plan_digest().ok_or(OrderError::NoPlan)?;
        Ok(ReleaseId::of(family.id(), window, &digest))
    }

    /// The file that answered a question, with its digest, under whichever plan it was asked.
    pub fn answer(&self, family: &str, window: Window) -> Option<(String, Digest)> {
        match self.state(&self.chain.book.answered(family, window)?) {
            ReleaseState::Committed { file, sha256, .. }
            | ReleaseState::Published { file, sha256, .. } => Some((file, sha256)),
            _ => None,
        }
    }

    /// The release that answered a question, and the attempt that did.
    pub fn answering_attempt(&self, family: &str, window: Window) -> Option<(ReleaseId, u32)> {
        let release_id = self.chain.book.answered(family, window)?;
        match self.state(&release_id) {
            ReleaseState::Committed { attempt, .. } | ReleaseState::Published { attempt, .. } => {
                Some((release_id, attempt))
            }
            _ => None,
        }
    }

    /// The plan in force, as it was recorded.
    pub fn plan(&self) -> Option<&StatedPlan> {
        self.chain.book.plan.as_ref().map(|(_, plan)| plan)
    }

    /// Checks whether `plan` could be recorded now, and records nothing.
    ///
    /// # Errors
    /// As [`Ledger::record_plan`].
    pub fn would_record(&self, plan: &Value) -> Result<(), LedgerError> {
        let plan_digest = Digest::of(plan_text(plan).as_bytes());
        Ok(self.chain.book.admit(&Fact::Plan { plan_digest, plan: sorted(plan) })?)
    }

    /// The attempt that comes next for a release: 1, or one more than was abandoned.
    pub fn next_attempt(&self, release_id: &ReleaseId) -> u32 {
        self.chain.book.next_attempt(release_id)
    }

    /// Where a release stands.
    pub fn state(&self, release_id: &ReleaseId) -> ReleaseState {
        self.chain.book.state(release_id)
    }

    /// Spends the loss of one release, durably, and returns the receipt for it.
    ///
    /// # Privacy
    /// The charges of the residents must be durable before this call.
    ///
    /// # Errors
    /// When the release is committed, a reserve is open, the attempt is out of turn, the charge is
    /// not that of the recorded plan, or the disk fails.
    pub fn reserve(&mut self, request: ReserveRequest<'_>) -> Result<Receipt, LedgerError> {
        let ReserveRequest { family, window, attempt } = request;
        let release_id = self.release_id(family, window)?;
        let index = self.append(Fact::Reserve(Reserve {
            release_id,
            attempt,
            family: family.id().to_owned(),
            window,
            plan_digest: self.plan_digest().ok_or(OrderError::NoPlan)?,
            sigma_units: family.layers().iter().map(|layer| layer.sigma_units).collect(),
            sensitivity_units: family.sensitivity_units(),
            loss: family.loss_window(),
            loss_period: family.loss_period(),
            windows_max: family.spec().windows_max,
        }))?;
        self.sign_head()?;
        Ok(Receipt { release_id, attempt, family: family.id().to_owned(), window, index })
    }

    /// Records that the output of a reserve is on disk as `file` in the folder of releases.
    ///
    /// # Errors
    /// When the receipt is not that of the open reserve, the name is not plain or taken, or the
    /// disk fails.
    pub fn commit(
        &mut self,
        receipt: Receipt,
        file: &str,
        sha256: Digest,
    ) -> Result<CommitProof, LedgerError> {
        let Receipt { release_id, attempt, .. } = receipt;
        if self.chain.book.outstanding.as_ref().map(|open| open.index) != Some(receipt.index) {
            return Err(OrderError::NotReserved { release_id, attempt }.into());
        }
        let file = file.to_owned();
        let index = self.append(Fact::Commit { release_id, attempt, file, sha256 })?;
        let checkpoint = self.sign_head()?;
        let tree = &self.chain.tree;
        let (Some(leaf), Some(inclusion)) = (tree.leaf(index), tree.inclusion(index, tree.size()))
        else {
            return Err(LedgerError::Broken);
        };
        Ok(CommitProof { index, leaf, inclusion, checkpoint })
    }

    /// Records that a committed release is visible; a published one stays as it is.
    ///
    /// # Errors
    /// When it is not committed, a reserve is open, or the disk fails.
    pub fn publish(&mut self, release_id: ReleaseId) -> Result<(), LedgerError> {
        if let ReleaseState::Published { .. } = self.state(&release_id) {
            return Ok(());
        }
        self.append(Fact::Publish { release_id })?;
        self.sign_head().map(drop)
    }

    /// Records that a reserve came to nothing. Its output must be deleted before.
    ///
    /// # Errors
    /// When that attempt is not open, or the disk fails.
    pub fn abandon(
        &mut self,
        release_id: ReleaseId,
        attempt: u32,
        reason: AbandonReason,
    ) -> Result<(), LedgerError> {
        self.append(Fact::Abandon { release_id, attempt, reason })?;
        self.sign_head().map(drop)
    }

    /// Number of entries.
    pub fn len(&self) -> u64 {
        self.chain.tree.size()
    }

    /// Whether there is no entry; an open ledger has at least one.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The signed head.
    pub fn checkpoint(&self) -> String {
        self.head().sign(&self.key)
    }

    /// Compares with a checkpoint that somebody else kept.
    ///
    /// # Errors
    /// When it is not this ledger's, or these entries do not continue it.
    pub fn check_against(&self, note: &str) -> Result<(), LedgerError> {
        let checkpoint = Checkpoint::open(note, &self.origin, &self.key.verifying_key())?;
        self.chain.check_checkpoint(&checkpoint)
    }

    /// Appends an admitted fact durably and returns its index.
    pub(super) fn append(&mut self, fact: Fact) -> Result<u64, LedgerError> {
        if self.broken {
            return Err(LedgerError::Broken);
        }
        self.chain.book.admit(&fact)?;
        let (index, prev) = (self.len(), self.chain.prev);
        let entry = Entry { index, prev, at: self.clock.now(), fact };
        let body = entry.body()?;
        self.broken = true; // until the disk has it
        self.log.append(&body)?;
        crash_point("ledger_entry_written");
        self.log.sync()?;
        crash_point(entry.fact.crash_point());
        self.chain.take(&body, &entry.fact)?;
        self.broken = false;
        Ok(index)
    }

    /// Signs the head and replaces the checkpoint file.
    pub(super) fn sign_head(&mut self) -> Result<String, LedgerError> {
        let note = self.checkpoint();
        let path = self.folder.join(CHECKPOINT_FILE);
        log::write_atomic(&path, note.as_bytes(), Visibility::Public)
            .inspect_err(|_| self.broken = true)?;
        crash_point("ledger_checkpoint_written");
        Ok(note)
    }

    fn head(&self) -> Checkpoint {
        let (size, root) = (self.len(), self.chain.tree.root());
        Checkpoint { origin: self.origin.clone(), size, root }
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("origin", &self.origin).finish_non_exhaustive()
    }
}
