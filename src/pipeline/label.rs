//! Labelling one comment: the only step that looks at its words.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::domain::{Labels, Sensitive};

/// Redacts one comment and says what it is about and in which tone.
///
/// # Privacy
/// A pure function of the text and public configuration: bit-identical whatever was read before,
/// beside or after it. Otherwise one resident could move another's cell and no bound would hold.
pub trait Labeller: Send + Sync {
    /// The labels of one text.
    fn label(&self, text: &Sensitive<String>) -> Reading;
}

/// What a [`Labeller`] made of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Topics and tone, or unread.
    pub labels: Labels,
    /// Whether redaction kept the text from the model.
    pub withheld: bool,
}

impl Reading {
    /// The reading of a text that the model may not see.
    pub fn withheld() -> Self {
        Self { labels: Labels::unread(), withheld: true }
    }
}

/// A reading, and whether it stands in for one that panicked.
#[derive(Debug)]
pub(super) struct Labelled {
    pub reading: Reading,
    pub panicked: bool,
}

/// Labels `text`; a panic withholds this comment and touches no other.
///
/// # Privacy
/// The payload of the panic may quote the text and is dropped unseen; what a panic prints is the
/// business of [`super::install_quiet_panic_hook`].
pub(super) fn label_one(labeller: &dyn Labeller, text: &Sensitive<String>) -> Labelled {
    match catch_unwind(AssertUnwindSafe(|| labeller.label(text))) {
        Ok(reading) => Labelled { reading, panicked: false },
        Err(_payload) => Labelled { reading: Reading::withheld(), panicked: true },
    }
}
