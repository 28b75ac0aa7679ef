//! What can go wrong with a durable file.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Why a durable file cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The file system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file does not begin like a log.
    #[error("{} is not an Undertone log; restore it from a backup or move it away", .0.display())]
    NotALog(PathBuf),
    /// A newer Undertone wrote the file.
    #[error("{} has log format {version}, this program reads 1; use a newer program", path.display())]
    Version {
        /// Which file.
        path: PathBuf,
        /// Its format version.
        version: u8,
    },
    /// A frame that is not the last one is damaged.
    #[error(
        "{} is damaged at byte {offset}, with more frames behind it; \
         restore the file from a backup, nothing was changed",
        path.display()
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Where the damaged frame begins.
        offset: u64,
    },
    /// Another process, or another part of this one, writes the file.
    #[error("{} is in use by another Undertone process; stop it or wait for it", .0.display())]
    Locked(PathBuf),
    /// A secret file can be read or written by others.
    #[error("{} must be closed to group and others but has mode {mode:o}; run chmod 600 on it", path.display())]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A frame is longer than a reader would accept.
    #[error("a frame of {bytes} bytes is over the {} allowed; split it", super::BODY_BYTES_MAX)]
    TooLong {
        /// Length of the body.
        bytes: usize,
    },
    /// An earlier write or sync failed, so what is on the disk is unknown.
    #[error(
        "{} failed to write earlier; stop the program, look at the disk and start again, \
         start recovers",
        .0.display()
    )]
    Poisoned(PathBuf),
    /// The file system is not on this machine.
    #[error(
        "{} is on a network file system ({kind}), where neither locks nor syncs can be relied on; \
         use a disk of this machine",
        path.display()
    )]
    Network {
        /// Which folder.
        path: PathBuf,
        /// What the system calls it.
        kind: String,
    },
}

impl LogError {
    /// Turns what the system said into an error that names the file.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| LogError::Io { action, path, source }
    }
}
