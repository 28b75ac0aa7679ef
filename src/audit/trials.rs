//! Runs trials on some threads until enough are done or the time is up.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use super::{AuditError, Counting, tally::Tally, town::Town};

/// Trials that share a folder: periods of one calendar that follow each other. A new folder then
/// keeps the journal short.
const TRIALS_PER_FOLDER: u32 = 16;

/// How many trials, where, and who is told.
pub(super) struct Course<'a> {
    /// Trials without the canary, and as many with it.
    pub trials_per_side: u32,
    /// Threads; 1 runs in the caller's own.
    pub threads: usize,
    /// Holds the data folders while they are used.
    pub folder: &'a Path,
    /// Whether the time is up.
    pub is_over: &'a (dyn Fn() -> bool + Sync),
    /// Told of trials done.
    pub progress: &'a (dyn Fn(u32) + Sync),
}

impl Course<'_> {
    /// Counts the trials that were done.
    ///
    /// # Errors
    /// The first error of any trial.
    pub(super) fn run(&self, counting: &Counting<'_>) -> Result<Tally, AuditError> {
        let next = AtomicU32::new(0);
        let total = Mutex::new(counting.empty());
        let work = || {
            let mine = self.work(counting, &next)?;
            total.lock().unwrap_or_else(PoisonError::into_inner).merge(mine);
            Ok::<(), AuditError>(())
        };
        if self.threads <= 1 {
            work()?;
        } else {
            thread::scope(|scope| {
                let workers: Vec<_> = (0..self.threads).map(|_| scope.spawn(work)).collect();
                workers.into_iter().try_for_each(|worker| {
                    worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                })
            })?;
        }
        Ok(total.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn work(&self, counting: &Counting<'_>, next: &AtomicU32) -> Result<Tally, AuditError> {
        let mut tally = counting.empty();
        let trials = self.trials_per_side.saturating_mul(2);
        loop {
            let batch = next.fetch_add(1, Ordering::Relaxed);
            let from = batch.saturating_mul(TRIALS_PER_FOLDER);
            if from >= trials || (self.is_over)() {
                return Ok(tally);
            }
            let until = from.saturating_add(TRIALS_PER_FOLDER).min(trials);
            let folder = Scratch::new(self.folder.join(format!("town-{batch}")));
            let mut town = Town::found(counting.subject, folder.path())?;
            for trial in from..until {
                let with_canary = trial % 2 == 1;
                counting.take(&mut tally, &town.trial(with_canary)?, with_canary);
                (self.progress)(1);
                if (self.is_over)() {
                    break;
                }
            }
        }
    }
}

/// A folder that is gone when it is dropped.
pub(super) struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Will be removed with everything in it.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Makes the folder, which must not be there, for this user alone.
    ///
    /// # Errors
    /// When it is there or cannot be made.
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self { path })
    }

    /// Where.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // It holds nobody's data; what cannot be removed is only in the way.
        let _ = fs::remove_dir_all(&self.path);
    }
}
