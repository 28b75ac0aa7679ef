//! Files of one row a line: each line is read by itself, and one that cannot be read is counted.

use super::{Rewind, lines::Lines};
use crate::{
    domain::RawComment,
    pipeline::{BadRow, Fetched, Source, SourceError},
};

/// Reads one line as a comment.
type Read = Box<dyn Fn(&[u8]) -> Result<RawComment, BadRow> + Send>;

/// Reads comments line by line.
pub(super) struct LineSource {
    lines: Lines,
    read: Read,
}

impl LineSource {
    pub fn new(
        lines: Lines,
        read: impl Fn(&[u8]) -> Result<RawComment, BadRow> + Send + 'static,
    ) -> Self {
        Self { lines, read: Box::new(read) }
    }
}

impl Rewind for LineSource {
    fn go_on(&mut self, lines: Lines) {
        self.lines = lines;
    }
}

impl Source for LineSource {
    fn next(&mut self) -> Result<Option<Fetched>, SourceError> {
        loop {
            let Some(line) = self.lines.next()? else { return Ok(None) };
            let (number, position) = (line.number, line.end);
            let read = match &line.bytes {
                Some(bytes) if bytes.trim_ascii().is_empty() => continue,
                Some(bytes) => (self.read)(bytes),
                None => Err(BadRow::RowTooLong),
            };
            return Ok(Some(match read {
                Ok(raw) => Fetched::Comment { raw, line: number, position },
                Err(reason) => Fetched::Bad { reason, line: number, position },
            }));
        }
    }
}
