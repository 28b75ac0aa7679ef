//! What a webhook has still to be told of an alert: what its file holds, less what was delivered.
//!
//! A message is marked only after it was taken, so a crash in between sends it again, under the same
//! id. What an alert's file held before its webhook was named is not sent.

use std::{collections::BTreeSet, fs, io, path::PathBuf};

use sha2::{Digest, Sha256};

use super::{AlertError, alerts::AlertBook};
use crate::{
    estimate::Fired,
    log::{Visibility, write_atomic},
};

/// What was delivered of one alert.
pub struct Outbox<'a> {
    book: &'a AlertBook,
    id: String,
    path: PathBuf,
    delivered: BTreeSet<String>,
}

impl<'a> Outbox<'a> {
    /// Opens the record of an alert's deliveries, or begins one.
    ///
    /// # Errors
    /// When it cannot be read or begun.
    pub fn open(book: &'a AlertBook, id: &str) -> Result<Self, AlertError> {
        let path = book.folder().join(format!("{id}.delivered"));
        let (is_new, text) = match fs::read_to_string(&path) {
            Ok(text) => (false, text),
            Err(e) if e.kind() == io::ErrorKind::NotFound => (true, String::new()),
            Err(source) => return Err(AlertError::File { path, source }),
        };
        let delivered = text.lines().map(str::to_owned).collect();
        let mut outbox = Self { book, id: id.to_owned(), path, delivered };
        if is_new {
            outbox.delivered = book.told(id)?.iter().map(message_id).collect();
            outbox.write()?;
        }
        Ok(outbox)
    }

    /// Of which alert.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What has to be delivered, oldest first.
    ///
    /// # Errors
    /// When the alert's file cannot be read.
    pub fn pending(&self) -> Result<Vec<Fired>, AlertError> {
        let mut told = self.book.told(&self.id)?;
        told.retain(|one| !self.delivered.contains(&message_id(one)));
        Ok(told)
    }

    /// Marks a message as taken, durably.
    ///
    /// # Errors
    /// When that cannot be written; it will then be sent again.
    pub fn mark(&mut self, one: &Fired) -> Result<(), AlertError> {
        self.delivered.insert(message_id(one));
        self.write()
    }

    fn write(&self) -> Result<(), AlertError> {
        let text: String = self.delivered.iter().map(|id| format!("{id}\n")).collect();
        Ok(write_atomic(&self.path, text.as_bytes(), Visibility::Public)?)
    }
}

/// The id under which an alert is sent, however often: a digest of what it is about.
pub fn message_id(fired: &Fired) -> String {
    // Unwrap safety: strings always serialize.
    let key = serde_json::to_vec(&fired.key()).expect("a key serializes");
    format!("alert_{}", &hex::encode(Sha256::digest(key))[..32])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::alerts::tests::fired;

    #[test]
    fn what_was_told_is_pending_until_it_is_marked_also_after_a_restart() {
        let data = tempfile::tempdir().unwrap();
        let book = AlertBook::open(data.path()).unwrap();
        let mut outbox = Outbox::open(&book, "mood").unwrap();
        book.tell_once("mood", &[fired("r1"), fired("r2")]).unwrap();
        assert_eq!(outbox.pending().unwrap(), [fired("r1"), fired("r2")]);
        outbox.mark(&fired("r1")).unwrap();
        assert_eq!(Outbox::open(&book, "mood").unwrap().pending().unwrap(), [fired("r2")]);
    }

    #[test]
    fn what_was_told_before_there_was_a_webhook_is_not_sent() {
        let data = tempfile::tempdir().unwrap();
        let book = AlertBook::open(data.path()).unwrap();
        book.tell_once("mood", &[fired("r1")]).unwrap();
        let outbox = Outbox::open(&book, "mood").unwrap();
        assert!(outbox.pending().unwrap().is_empty());
        book.tell_once("mood", &[fired("r2")]).unwrap();
        assert_eq!(Outbox::open(&book, "mood").unwrap().pending().unwrap(), [fired("r2")]);
    }

    #[test]
    fn id_stays_for_the_same_alert_and_differs_for_another() {
        let (one, mut other) = (message_id(&fired("r1")), fired("r1"));
        assert_eq!(one, message_id(&fired("r1")));
        assert_ne!(one, message_id(&fired("r2")));
        other.topic = other.neighborhood.take();
        assert_ne!(one, message_id(&other), "a topic is no neighbourhood");
    }
}
