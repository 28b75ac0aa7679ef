//! Journal, ledger and keys of a data folder, opened to change what is kept of residents.

use anyhow::anyhow;

use super::{
    Failure,
    house::coarse_clock,
    keys::{Keys, holds_data},
    rekey,
};
use crate::{
    config::Pipeline,
    ledger::Ledger,
    log::{FolderLock, lock_folder},
    release::{check_agreement, is_unfinished, record_missing},
    store::Store,
};

/// Everything secret of one data folder, and the ledger; one process at a time.
pub(super) struct Vault {
    pub keys: Keys,
    pub store: Store,
    pub ledger: Ledger,
    _lock: FolderLock,
}

impl Vault {
    /// Opens a folder that a run wrote, brings its halves to agreement, and refuses it while a
    /// release is half done.
    pub fn open(pipeline: &Pipeline) -> Result<Self, Failure> {
        let data = &pipeline.data;
        if !holds_data(data) {
            return Err(Failure::usage(anyhow!(
                "{} holds no journal: nothing was read yet",
                data.display()
            )));
        }
        let lock = lock_folder(data).map_err(Failure::usage)?;
        let mut keys = Keys::open(pipeline)?;
        let (store, _) = rekey::open_store(pipeline, &mut keys)?;
        let origin = format!("undertone/{}", pipeline.plan.id);
        let (mut ledger, found) =
            Ledger::open(data, &origin, keys.signing.clone(), coarse_clock())?;
        check_agreement(&store, &ledger)?;
        if is_unfinished(&store, &ledger, &found)? {
            return Err(Failure::refused(anyhow!(
                "a release was interrupted: `undertone run` the pipeline once, which ends it, and \
                 try again"
            )));
        }
        record_missing(&store, &mut ledger)?;
        Ok(Self { keys, store, ledger, _lock: lock })
    }
}
