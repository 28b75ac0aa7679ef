//! What goes into the store and what comes out of it.

use crate::domain::{Contribution, Labels, Neighborhood, Pseudonym, SourceId, Window};

/// The most contributions one batch may hold.
pub const BATCH_MAX: usize = 4_096;

/// Contributions that become durable together with how far their input was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// In input order.
    pub contributions: Vec<Contribution>,
    /// Where to go on after the last of them.
    pub cursor: Option<Cursor>,
}

/// How far one input of one source has been read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The source.
    pub source: SourceId,
    /// Keyed digest of the input's name.
    pub input: [u8; 16],
    /// Bytes read.
    pub offset: u64,
    /// Lines or records read.
    pub line: u64,
    /// Keyed digest of the bytes before `offset`: tells a grown input from a replaced one.
    pub guard: [u8; 16],
}

/// What one contribution did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Applied {
    /// Added a comment that was not known.
    New,
    /// Replaced what a comment said, in the window the comment already counted in.
    Replaced,
    /// Took a comment back, or made sure that one not yet seen will never count.
    Removed,
    /// Changed nothing: the event was applied before, the comment was known already, or it had
    /// been taken back for good.
    Duplicate,
    /// Changed nothing: the window of the comment is closed.
    TooLate,
}

/// What one standing comment says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The window it counts in.
    pub window: Window,
    /// Where.
    pub neighborhood: Neighborhood,
    /// What.
    pub labels: Labels,
}

/// What one attempt at a release costs each resident admitted to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Which release.
    pub release_id: [u8; 32],
    /// Which attempt at it.
    pub attempt: u32,
    /// The window released.
    pub window: Window,
    /// The query family, by its index in the plan.
    pub family: u16,
    /// Who pays how much, each resident once.
    ///
    /// # Units
    /// Millionths of rho.
    pub costs: Vec<(Pseudonym, u64)>,
}

/// One entry of a resident's odometer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spent {
    /// The window released.
    pub window: Window,
    /// The query family, by its index in the plan.
    pub family: u16,
    /// What it cost, in millionths of rho.
    pub cost_micro: u64,
}
