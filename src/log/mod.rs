//! One durable primitive: a framed file that only grows, and the few file system calls around it.
//!
//! A frame is acknowledged when [`AppendLog::sync`] returns. After a crash the file holds every
//! acknowledged frame and perhaps a torn last one, which is cut off and reported. Damage anywhere
//! else is refused with its offset. It is not a database: it knows nothing of what a frame says,
//! keeps no index, and does not notice frames that were reordered or dropped whole by somebody
//! with write access (the ledger's tree does).
//!
//! # Shape
//! `UTLOG`, a format version (u8) and two zero bytes; then per frame the body's length (u32 LE),
//! CRC-32C of those four bytes (u32 LE), CRC-32C of the body (u32 LE), the body. The length has
//! its own checksum so that a damaged length in the middle is not taken for a torn end.

mod append;
mod atomic;
mod error;
mod folder;
mod frame;
mod mount;

pub use append::{AppendLog, Recovered, read, read_with};
pub use atomic::{remove_file, sync_folder, write_atomic};
pub use error::LogError;
pub use folder::{FolderLock, lock_folder};
pub use frame::BODY_BYTES_MAX;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody: mode 0644.
    Public,
    /// The account that runs the pipeline: mode 0600.
    Secret,
}

impl Visibility {
    fn mode(self) -> u32 {
        match self {
            Visibility::Public => 0o644,
            Visibility::Secret => 0o600,
        }
    }
}
