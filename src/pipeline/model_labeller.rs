//! The labeller of production: redaction, then the classifier, on one text.

use crate::{
    domain::{Labels, Sensitive, panic_point},
    model::Classifier,
    text::Redactor,
};

use super::{Labeller, Reading};

/// Redacts a text, classifies what is left and drops it.
///
/// # Privacy
/// A pure function of the text, the redaction policy and the models folder.
pub struct ModelLabeller {
    redactor: Redactor,
    classifier: Classifier,
}

impl ModelLabeller {
    /// Puts both parts together.
    pub fn new(redactor: Redactor, classifier: Classifier) -> Self {
        Self { redactor, classifier }
    }

    /// The redaction part.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// The classifier part.
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }
}

impl Labeller for ModelLabeller {
    fn label(&self, text: &Sensitive<String>) -> Reading {
        panic_point("panic_in_label", text);
        let redaction = self.redactor.redact(text);
        if redaction.withheld.is_some() {
            return Reading::withheld();
        }
        let reading = self.classifier.classify(&redaction.text);
        let labels = reading.map_or_else(|_| Labels::unread(), |reading| reading.labels);
        Reading { labels, withheld: false }
    }
}
