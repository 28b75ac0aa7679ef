//! A town that does not exist, in a real data folder: the store, the ledger and the releaser that
//! a city runs, fed with labels instead of comments.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;

use super::{
    AuditError, Subject,
    subject::{OTHERS, Words, canary_says},
};
use crate::{
    domain::{
        Action, Contribution, FixedClock, Place, PseudonymKey, RawComment, Sensitive, SourceId,
        Window,
    },
    ledger::{Digest, Ledger, SigningKey, plan_text},
    release::{Archive, Due, ModelFacts, Releaser, Step},
    store::{Batch, Store, StoreOptions},
};

/// One data folder and how far its calendar has come.
pub(super) struct Town<'a> {
    subject: &'a Subject,
    folder: PathBuf,
    store: Store,
    ledger: Ledger,
    keys: Keys,
    model: ModelFacts,
    first: Window,
}

struct Keys {
    pseudonym: PseudonymKey,
    signing: SigningKey,
    source: SourceId,
}

impl<'a> Town<'a> {
    /// Begins a town in an empty `folder`.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub(super) fn found(subject: &'a Subject, folder: &Path) -> Result<Self, AuditError> {
        fs::create_dir_all(folder)
            .map_err(|source| AuditError::Folder { path: folder.to_owned(), source })?;
        let keys = Keys {
            pseudonym: PseudonymKey::new([0x5a; 32]),
            signing: SigningKey::from_bytes(&[0xa5; 32]),
            source: SourceId::new("audit").map_err(|_| AuditError::Turn("without a source"))?,
        };
        let public = subject.plan.public();
        let options = StoreOptions {
            key_check: keys.pseudonym.check_value(),
            plan_check: Some(Digest::of(plan_text(&public).as_bytes()).to_string()),
        };
        let (store, _) = Store::open_in_memory(folder, options)?;
        let clock = Arc::new(FixedClock(Timestamp::UNIX_EPOCH));
        let signing = keys.signing.clone();
        let (mut ledger, _) = Ledger::open(folder, "undertone/audit", signing, clock)?;
        ledger.record_plan(&public)?;
        let folder = folder.to_owned();
        Ok(Self { subject, folder, store, ledger, keys, model: model(), first: Window(0) })
    }

    /// Lives through one trial, with or without a canary, and returns for each of its spans what
    /// the released file says, less what is known of the others.
    ///
    /// # Errors
    /// When a step of the real path fails.
    pub(super) fn trial(&mut self, with_canary: bool) -> Result<Vec<Vec<i64>>, AuditError> {
        let first = self.first;
        let mut residuals = Vec::with_capacity(self.subject.spans.len());
        for offset in 0..self.subject.windows {
            let window = Window(first.0 + offset);
            let contributions = self.contributions(window, with_canary);
            self.store.commit(Batch { contributions, cursor: None })?;
            self.store.close_through(window)?;
            for family in 0..self.subject.families().len() {
                let is_due = self.subject.families()[family].is_due_at(window);
                if is_due {
                    let released = self.release(Due { family, window })?;
                    let mut spans = self.subject.spans.iter();
                    let looked_at = spans.find(|s| s.family == family && s.last.0 == offset);
                    residuals.extend(looked_at.map(|span| span.residual(&released)));
                }
            }
        }
        self.first = Window(first.0 + self.subject.windows);
        let closed = self.first.0;
        self.releaser().scrub(closed)?;
        Ok(residuals)
    }

    /// Answers one question and reads back what everybody can read.
    fn release(&mut self, due: Due) -> Result<Vec<i64>, AuditError> {
        let Step::Released(name) = self.releaser().release(due)? else {
            return Err(AuditError::Turn("there already"));
        };
        let file = Archive::of(&self.folder).release(&name)?;
        Ok(file.envelope.document().noisy_units())
    }

    fn releaser(&mut self) -> Releaser<'_> {
        Releaser {
            plan: &self.subject.plan,
            model: &self.model,
            key: &self.keys.pseudonym,
            signer: &self.keys.signing,
            store: &mut self.store,
            ledger: &mut self.ledger,
            archive: Archive::of(&self.folder),
        }
    }

    /// One comment of each of the others, who never speak again, and one of the trial's canary.
    fn contributions(&self, window: Window, with_canary: bool) -> Vec<Contribution> {
        let others = (0..OTHERS).map(|n| {
            let account = format!("other-{}-{n}", window.0);
            self.contribution(account, window, self.subject.others_say())
        });
        let canary = with_canary.then(|| {
            let account = format!("canary-{}", self.first.0);
            self.contribution(account, window, canary_says())
        });
        others.chain(canary).collect()
    }

    fn contribution(&self, account: String, window: Window, said: Words) -> Contribution {
        let raw = RawComment {
            source: self.keys.source.clone(),
            origin: Sensitive::new(window.0.to_string()),
            account: Some(Sensitive::new(account)),
            text: Sensitive::new(String::new()),
            place: Place::Missing,
            posted_at: Timestamp::UNIX_EPOCH,
            revised_at: None,
            action: Action::Create,
        };
        let key = &self.keys.pseudonym;
        Contribution {
            former: None,
            resident: key.pseudonym(&raw),
            origin: key.origin(&raw),
            event: key.event(&raw),
            window,
            said: Some(said),
            replaces: false,
        }
    }
}

fn model() -> ModelFacts {
    ModelFacts { name: "none: the audit gives labels".into(), ..ModelFacts::default() }
}
