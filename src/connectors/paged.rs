//! Sources that are asked page by page, and what happens when the answers are odd.

use std::{
    collections::{HashSet, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
};

use super::{
    outbound::{Ask, Fault, Outbound, pause},
    row::Row,
};
use crate::pipeline::{BadRow, Fetched, Position, Source, SourceError};

/// Pages that one run asks for.
const PAGES_MAX: u32 = 100_000;
/// A page that cannot be read, or is the one before it, is asked for so many times.
const ODD_MAX: u32 = 3;

/// What a connector found in one row.
pub(super) type Found = Result<Row, BadRow>;

/// What a connector found in one answer.
#[derive(Default)]
pub(super) struct Page {
    /// Its rows, in its order.
    pub rows: Vec<Found>,
    /// The cursor of the source once all rows so far are settled. Without one the cursor stays
    /// where it was: a run that breaks off asks for these rows again.
    pub mark: Option<u64>,
}

/// What an answer that is no success means to a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The run ends.
    Fails,
    /// The cursor lies before what the service still has; the connector has moved on to where it
    /// can.
    TooOld,
    /// The connector has moved on to where nothing is lost.
    Moved,
    /// This one row is gone; the connector has moved behind it.
    Gone,
}

/// A connector that asks for pages.
pub(super) trait Paged: Send {
    /// What to ask next; `None` when everything has been asked for.
    fn ask(&self) -> Option<Ask>;

    /// Reads the answer; `Err` names what it is not.
    fn read(&mut self, body: &[u8]) -> Result<Page, &'static str>;

    /// Moves on behind the answer just read.
    fn advance(&mut self);

    /// Says what an answer of `code` means.
    fn refused(&mut self, code: u16) -> Refused {
        let _ = code;
        Refused::Fails
    }

    /// The service gives the same page again and again: asks for less at once and says so, or
    /// says `false`, and the run is at its end.
    fn ask_for_less(&mut self) -> bool {
        false
    }
}

/// Reads a [`Paged`] to its end.
pub(super) struct PagedSource {
    paged: Box<dyn Paged>,
    outbound: Outbound,
    name: String,
    ready: VecDeque<(Found, u64)>,
    /// The last row of a page waits until the page behind it says how far the source then is.
    held: Option<Found>,
    settled: u64,
    lines: u64,
    pages: u32,
    last: Seen,
    /// Told once what was read before it has been given out.
    failed: Option<Fault>,
}

/// What tells a page from the one before it.
#[derive(Default)]
struct Seen {
    body: Option<u64>,
    rows: HashSet<u64>,
}

impl PagedSource {
    pub fn new(paged: Box<dyn Paged>, outbound: Outbound, name: String, from: Position) -> Self {
        let (ready, held, last) = (VecDeque::new(), None, Seen::default());
        let (settled, lines) = (from.offset, from.lines);
        let (pages, failed) = (0, None);
        Self { paged, outbound, name, ready, held, settled, lines, pages, last, failed }
    }

    /// Asks for the next page; `false` when there is none.
    fn turn(&mut self) -> Result<bool, Fault> {
        let mut odd = 0;
        loop {
            odd += 1;
            let Some(ask) = self.paged.ask().filter(|_| self.pages < PAGES_MAX) else {
                return Ok(false);
            };
            let body = match self.outbound.ask(&ask) {
                Ok(body) => body,
                Err(Fault::Status { code, retry_after }) => match self.paged.refused(code) {
                    Refused::Fails => return Err(Fault::Status { code, retry_after }),
                    Refused::Moved => {
                        self.pages += 1;
                        odd = 0;
                        continue;
                    }
                    Refused::TooOld => return Ok(self.take_bad(BadRow::CursorTooOld)),
                    Refused::Gone => return Ok(self.take_bad(BadRow::Gone)),
                },
                Err(fault) => return Err(fault),
            };
            let page = self.paged.read(&body);
            let seen = page.as_ref().ok().map(|page| Seen::of(&body, page));
            match (page, seen) {
                (Ok(page), Some(seen)) if !seen.repeats(&self.last) => {
                    self.last = seen;
                    self.pages += 1;
                    self.paged.advance();
                    self.take(page);
                    return Ok(true);
                }
                (Err(wanted), _) if odd >= ODD_MAX => return Err(Fault::Unreadable(wanted)),
                (Ok(_), _) if odd >= ODD_MAX => {
                    self.last = Seen::default();
                    return Ok(self.paged.ask_for_less());
                }
                _ => self.outbound.wait(pause(odd)),
            }
        }
    }

    fn take(&mut self, page: Page) {
        let Page { rows, mark } = page;
        for row in rows {
            self.release(self.settled);
            self.held = Some(row);
        }
        if let Some(mark) = mark {
            self.settled = self.settled.max(mark);
            self.release(self.settled);
        }
    }

    fn take_bad(&mut self, reason: BadRow) -> bool {
        self.last = Seen::default();
        self.pages += 1;
        self.take(Page { rows: vec![Err(reason)], mark: None });
        true
    }

    fn release(&mut self, mark: u64) {
        self.ready.extend(self.held.take().map(|row| (row, mark)));
    }
}

impl Source for PagedSource {
    fn next(&mut self) -> Result<Option<Fetched>, SourceError> {
        while self.ready.is_empty() && self.failed.is_none() {
            match self.turn() {
                Ok(true) => continue,
                Ok(false) => {}
                Err(fault) => self.failed = Some(fault),
            }
            self.release(self.settled);
            break;
        }
        let Some((found, mark)) = self.ready.pop_front() else {
            return self.failed.take().map_or(Ok(None), |fault| Err(failed(&self.name, &fault)));
        };
        self.lines += 1;
        Ok(Some(fetched(found, self.lines, mark)))
    }
}

/// One row as the pipeline takes it; `line` counts from 1.
pub(super) fn fetched(found: Found, line: u64, mark: u64) -> Fetched {
    let position = Position { offset: mark, lines: line };
    match found.and_then(Row::into_comment) {
        Ok(raw) => Fetched::Comment { raw, line, position },
        Err(reason) => Fetched::Bad { reason, line, position },
    }
}

/// A fault, as the pipeline says it.
pub(super) fn failed(name: &str, fault: &Fault) -> SourceError {
    let (input, again_after) = (name.to_owned(), fault.again_after());
    SourceError::Service { input, fault: fault.to_string(), again_after }
}

impl Seen {
    fn of(body: &[u8], page: &Page) -> Self {
        let rows = page.rows.iter().flatten();
        let rows = rows.map(|row| digest((&row.id, row.revised_at, row.action as u8))).collect();
        // An empty answer may well come twice.
        Self { body: (!page.rows.is_empty()).then(|| digest(body)), rows }
    }

    fn repeats(&self, last: &Self) -> bool {
        let same_body = self.body.is_some() && self.body == last.body;
        same_body || (!self.rows.is_empty() && self.rows.is_subset(&last.rows))
    }
}

fn digest(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
