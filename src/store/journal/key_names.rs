//! Which pseudonym keys the journal goes by, as its spine tells, by their public check values.

use crate::store::{Rotation, record::Record};

/// The key in force and, for a while after a rotation, the one before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct KeyNames {
    /// Check value of the key in force.
    pub(in crate::store) present: String,
    /// The rotation whose period is not over.
    pub(in crate::store) rotation: Option<Rotation>,
}

impl KeyNames {
    /// Follows the records that name keys.
    pub(super) fn take(&mut self, record: &Record) {
        match record {
            Record::Created { key_check, .. } => self.present.clone_from(key_check),
            Record::Rekeyed { key_check, rotation, .. } => {
                self.present.clone_from(key_check);
                self.rotation = Some(rotation.clone());
            }
            Record::FormerForgotten { key_check, .. } => {
                self.present.clone_from(key_check);
                self.rotation = None;
            }
            _ => {}
        }
    }
}
