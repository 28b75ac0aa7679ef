//! What can go wrong in the store.

use std::path::PathBuf;

use crate::{domain::Window, log::LogError};

use super::StateError;

/// Why the store cannot be opened or refuses a call.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A file of the journal cannot be used.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The derived state failed twice in a row, or while it was only read.
    #[error("the derived state failed ({0}); start again, it is rebuilt from the journal")]
    State(#[from] StateError),
    /// The data was made with another pseudonym key: opening it would split every resident in two.
    #[error(
        "the data in {} was made with pseudonym key {found}, this key is {given}; \
         use the key file the data was made with",
        folder.display()
    )]
    OtherKey {
        /// The journal's folder.
        folder: PathBuf,
        /// Check value of the key the data was made with.
        found: String,
        /// Check value of the key at hand.
        given: String,
    },
    /// The data was made under another plan.
    #[error(
        "the data in {} was made under plan {found}, this plan is {given}; \
         use that plan, or another data folder",
        folder.display()
    )]
    OtherPlan {
        /// The journal's folder.
        folder: PathBuf,
        /// Check value of the plan the data was made under.
        found: String,
        /// Check value of the plan at hand.
        given: String,
    },
    /// The journal has windows but not the file that orders them.
    #[error("{} has windows but no spine.log; restore the whole folder from a backup", .0.display())]
    SpineMissing(PathBuf),
    /// A frame is whole but does not mean anything to this program.
    #[error(
        "{} holds an entry this program cannot read at byte {offset}; \
         use the program version that wrote it, or restore the file from a backup",
        path.display()
    )]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Where the frame begins.
        offset: u64,
    },
    /// An earlier write failed, so what is durable is unknown.
    #[error(
        "the store failed to write earlier; stop the program and start it again, start recovers"
    )]
    Failed,
    /// A new comment names a window that is closed.
    #[error("window {} is closed, the first open one is {}; date the comment there", window.0, first_open.0)]
    WindowClosed {
        /// The window named.
        window: Window,
        /// The oldest window that takes comments.
        first_open: Window,
    },
    /// A window that still takes comments cannot be scrubbed.
    #[error("windows before {} cannot be scrubbed, {} is still open; close it first", until.0, first_open.0)]
    StillOpen {
        /// The bound named.
        until: Window,
        /// The oldest window that takes comments.
        first_open: Window,
    },
    /// The key before the present one is still needed.
    #[error(
        "the pseudonym key was replaced not long ago and both keys are needed until window {} is \
         open; rotate again after that",
        until.0
    )]
    InRotation {
        /// When the period of the rotation before is over.
        until: Window,
    },
    /// Comments are dated later than the instant that the key is replaced at.
    #[error(
        "window {} holds comments, which is later than the instant the key is replaced at; replace \
         it as of an instant no earlier than the runs before",
        held.0
    )]
    RotationBackdated {
        /// The latest window that holds comments.
        held: Window,
    },
    /// A batch is longer than the store takes at once.
    #[error(
        "a batch of {contributions} contributions is over the {} allowed; split it",
        super::BATCH_MAX
    )]
    BatchTooLong {
        /// How many were given.
        contributions: usize,
    },
    /// A comment names more topics than one may.
    #[error(
        "a comment names {topics} topics, {} are allowed",
        crate::domain::TOPICS_PER_COMMENT_MAX
    )]
    TooManyTopics {
        /// How many were named.
        topics: usize,
    },
    /// The attempt was charged before with other costs.
    #[error(
        "attempt {attempt} of release {} was charged with other costs; make a new attempt",
        hex::encode(release_id)
    )]
    ChargeDiffers {
        /// Which release.
        release_id: [u8; 32],
        /// Which attempt at it.
        attempt: u32,
    },
    /// A charge names one resident twice.
    #[error("a charge names one resident twice; add up the costs of each resident first")]
    ChargeRepeats,
    /// A charge is older than what the odometer remembers.
    #[error("a charge for window {} is older than the odometer's memory, which begins at {}", window.0, from.0)]
    ChargeTooOld {
        /// The window charged.
        window: Window,
        /// The oldest window whose charges are kept.
        from: Window,
    },
}
