//! Sources that are listened to: what happens when the line breaks, and when a run has heard
//! enough.

use std::{collections::VecDeque, io::ErrorKind};

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::{
    outbound::{Fault, Outbound, pause, pause_after},
    paged::{Found, failed, fetched},
};
use crate::pipeline::{BadRow, Fetched, Position, Source, SourceError};

/// One thing that a stream says.
pub(super) enum Said {
    /// A message.
    Message(Zeroizing<String>),
    /// Nothing is waiting to be said.
    Quiet,
    /// Goodbye.
    End,
}

/// An open stream.
pub(super) trait Messages: Send {
    /// The next thing it says.
    fn next(&mut self, outbound: &Outbound) -> Result<Said, Fault>;
}

/// What a connector heard in a message.
#[derive(Default)]
pub(super) struct Heard {
    /// Its rows.
    pub rows: Vec<Found>,
    /// The cursor behind it.
    pub mark: Option<u64>,
    /// When it happened, by the service's clock.
    pub at: Option<Timestamp>,
    /// The stream ends here and is opened anew, without its cursor.
    pub is_too_old: bool,
}

/// A connector that listens.
pub(super) trait Listened: Send {
    /// Opens the stream behind `cursor`.
    fn open(&mut self, outbound: &Outbound, cursor: Cursor) -> Result<Box<dyn Messages>, Fault>;

    /// Reads a message.
    fn read(&mut self, message: &str) -> Heard;

    /// Whether a refusal with `code` means that the cursor is too old.
    fn is_too_old(&self, code: u16) -> bool {
        let _ = code;
        false
    }
}

/// Where a stream is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cursor {
    /// Where the run begins: behind the cursor of the run before, or at the first day.
    OfTheRun,
    /// Behind what this run has read.
    Behind(u64),
    /// Wherever the service still can.
    Lost,
}

/// Listens to a [`Listened`] until the run has heard enough.
pub(super) struct StreamSource {
    listened: Box<dyn Listened>,
    outbound: Outbound,
    name: String,
    /// A run listens until then; `None`, until it is stopped.
    until: Option<Timestamp>,
    messages: Option<Box<dyn Messages>>,
    cursor: Cursor,
    ready: VecDeque<(Found, u64)>,
    settled: u64,
    lines: u64,
    /// Failures since the last progress.
    failures: u32,
    has_ended: bool,
}

impl StreamSource {
    pub fn new(
        listened: Box<dyn Listened>,
        outbound: Outbound,
        name: String,
        from: Position,
        until: Option<Timestamp>,
    ) -> Self {
        Self {
            listened,
            outbound,
            name,
            until,
            messages: None,
            cursor: Cursor::OfTheRun,
            ready: VecDeque::new(),
            settled: from.offset,
            lines: from.lines,
            failures: 0,
            has_ended: false,
        }
    }

    fn listen(&mut self) -> Result<(), Fault> {
        let Some(messages) = &mut self.messages else { return self.open() };
        match messages.next(&self.outbound) {
            Ok(Said::Message(message)) => self.hear(&message),
            Ok(Said::Quiet) => self.has_ended = self.is_late(),
            Ok(Said::End) => {
                self.messages = None;
                self.has_ended = self.is_late();
                if !self.has_ended {
                    self.failures += 1;
                    self.outbound.wait(pause(self.failures));
                }
            }
            // A stream that has nothing to say may be silent for longer than a connection lasts.
            Err(Fault::Broken(ErrorKind::TimedOut | ErrorKind::WouldBlock)) => {
                self.messages = None;
                self.has_ended = self.is_late();
            }
            Err(fault) => {
                self.messages = None;
                self.again(fault)?;
            }
        }
        Ok(())
    }

    fn open(&mut self) -> Result<(), Fault> {
        match self.listened.open(&self.outbound, self.cursor) {
            Ok(messages) => self.messages = Some(messages),
            Err(Fault::Status { code, .. })
                if self.cursor != Cursor::Lost && self.listened.is_too_old(code) =>
            {
                self.lose();
            }
            Err(fault) => self.again(fault)?,
        }
        Ok(())
    }

    fn again(&mut self, fault: Fault) -> Result<(), Fault> {
        self.failures += 1;
        self.outbound.wait(pause_after(fault, self.failures)?);
        Ok(())
    }

    fn hear(&mut self, message: &str) {
        let heard = self.listened.read(message);
        if let Some(mark) = heard.mark.filter(|mark| *mark > self.settled) {
            (self.settled, self.failures) = (mark, 0);
            self.cursor = Cursor::Behind(mark);
        }
        let mark = self.settled;
        self.ready.extend(heard.rows.into_iter().map(|row| (row, mark)));
        if heard.is_too_old && self.cursor != Cursor::Lost {
            self.lose();
        }
        let now_and_later = |until: Timestamp| heard.at.is_some_and(|at| at > until);
        self.has_ended = self.until.is_some_and(now_and_later);
    }

    /// Goes on where the service still can, and says that something may be missing.
    fn lose(&mut self) {
        (self.messages, self.cursor) = (None, Cursor::Lost);
        self.ready.push_back((Err(BadRow::CursorTooOld), self.settled));
    }

    fn is_late(&self) -> bool {
        self.until.is_some_and(|until| self.outbound.now() >= until)
    }
}

impl Source for StreamSource {
    fn next(&mut self) -> Result<Option<Fetched>, SourceError> {
        while self.ready.is_empty() && !self.has_ended {
            self.listen().map_err(|fault| failed(&self.name, &fault))?;
        }
        let Some((found, mark)) = self.ready.pop_front() else { return Ok(None) };
        self.lines += 1;
        Ok(Some(fetched(found, self.lines, mark)))
    }
}
