//! The text-free trace of one event: the boundary at which the system scales out.

use super::{EventKey, Identity, Labels, Neighborhood, OriginKey, Pseudonym, Window};

/// What one event adds to, replaces in or takes from one resident's record of one window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// Who.
    pub resident: Pseudonym,
    /// Which comment of theirs.
    pub origin: OriginKey,
    /// Which event on it; applied at most once.
    pub event: EventKey,
    /// The same three under the pseudonym key before the present one, while both live.
    pub former: Option<Identity>,
    /// The window it counts in when it is new.
    pub window: Window,
    /// What it says, and where; `None` takes the comment back.
    pub said: Option<(Neighborhood, Labels)>,
    /// Whether it may replace what stands; a plain creation never does.
    pub replaces: bool,
}
