//! What stands on every page of a pipeline's dashboard: the public side of its file.

use jiff::Timestamp;

use super::Pipeline;
use crate::{
    dashboard::{Exhibits, Outline},
    ledger::Entry,
    release::ReleaseFile,
};

impl Pipeline {
    /// Everything public: what the file says, beside the ledger and the releases at one instant.
    pub fn exhibits(
        &self,
        entries: Vec<Entry>,
        checkpoint: Option<String>,
        releases: Vec<ReleaseFile>,
        visible_until: Timestamp,
    ) -> Exhibits {
        let outlines = self.places.rings().into_iter();
        let outlines =
            outlines.map(|(place, ring)| Outline { neighborhood: usize::from(place.0), ring });
        Exhibits {
            plan: self.plan.public(),
            entries,
            checkpoint,
            releases,
            outlines: outlines.collect(),
            public: self.public.clone(),
            visible_until,
        }
    }
}
