//! The reading thread: it fetches and admits rows and puts them into a bounded queue.
//!
//! A thread of its own and not one of the runtime's, because a read of standard input cannot be
//! called off: a stopped run leaves the thread behind, and the end of the program ends it.

use std::{io, sync::Arc, thread};

use tokio::sync::mpsc;

use super::{
    AdmitPlan, Admitted, BadRow, Fetched, Position, Rejection, Source, SourceError, admit,
};
use crate::domain::{Clock, EventKey, Window};

/// One row on its way, in the order of the input.
pub(super) struct Row {
    pub line: u64,
    pub position: Position,
    pub verdict: Verdict,
}

/// What reading and admission made of a row.
pub(super) enum Verdict {
    Admitted(Box<Admitted>),
    Refused(Refusal),
}

/// Why a row counts nowhere.
#[derive(Clone, Copy)]
pub(super) enum Refusal {
    Rejected(Rejection),
    Bad(BadRow),
}

/// What comes out of the queue. A queue that closes without an end was broken off by a panic.
pub(super) enum Message {
    Row(Row),
    End(Result<(), SourceError>),
}

/// What the thread judges rows by.
pub(super) struct Gate {
    pub plan: Arc<AdmitPlan>,
    pub clock: Arc<dyn Clock>,
    pub first_open: Window,
}

/// Starts reading `source` into a queue of at most `rows_max` rows.
pub(super) fn start(
    mut source: Box<dyn Source>,
    gate: Gate,
    rows_max: usize,
) -> io::Result<mpsc::Receiver<Message>> {
    let (sender, receiver) = mpsc::channel(rows_max);
    thread::Builder::new().name("read".into()).spawn(move || {
        loop {
            let message = match source.next() {
                Ok(Some(fetched)) => Message::Row(gate.judge(fetched)),
                Ok(None) => Message::End(Ok(())),
                Err(error) => Message::End(Err(error)),
            };
            let last = matches!(message, Message::End(_));
            // Nobody listens any more when the run has stopped.
            if sender.blocking_send(message).is_err() || last {
                return;
            }
        }
    })?;
    Ok(receiver)
}

impl Row {
    /// The names of the row's event, where it has one: two while two keys live.
    pub fn events(&self) -> impl Iterator<Item = &EventKey> {
        let admitted = match &self.verdict {
            Verdict::Admitted(admitted) => Some(admitted),
            Verdict::Refused(_) => None,
        };
        admitted.into_iter().flat_map(|admitted| admitted.events())
    }
}

impl Gate {
    fn judge(&self, fetched: Fetched) -> Row {
        match fetched {
            Fetched::Comment { raw, line, position } => {
                let verdict = match admit(raw, &self.plan, self.first_open, self.clock.now()) {
                    Ok(admitted) => Verdict::Admitted(Box::new(admitted)),
                    Err(reason) => Verdict::Refused(Refusal::Rejected(reason)),
                };
                Row { line, position, verdict }
            }
            Fetched::Bad { reason, line, position } => {
                Row { line, position, verdict: Verdict::Refused(Refusal::Bad(reason)) }
            }
        }
    }
}
