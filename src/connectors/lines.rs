//! Lines of an input, in constant memory whatever a line's length.

use std::io::{BufRead, BufReader, ErrorKind, Read};

use crate::pipeline::{Position, SourceError};

/// A line that is longer is passed over without being kept.
pub(super) const LINE_BYTES_MAX: usize = 1 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reads an input line by line.
pub(super) struct Lines {
    input: BufReader<Box<dyn Read + Send>>,
    name: String,
    at: Position,
}

/// One line.
pub(super) struct Line {
    /// Its number, counted from 1.
    pub number: u64,
    /// Its bytes without the line feed; `None` when there were too many.
    pub bytes: Option<Vec<u8>>,
    /// Where the next row starts. A last line without a line feed may still be growing, so a later
    /// run shall read it again: it ends where it began.
    pub end: Position,
}

impl Lines {
    pub fn new(input: BufReader<Box<dyn Read + Send>>, name: String, at: Position) -> Self {
        Self { input, name, at }
    }

    /// What the input is called in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The next line; `None` at the end.
    pub fn next(&mut self) -> Result<Option<Line>, SourceError> {
        let start = self.at;
        let mut kept = Some(Vec::new());
        loop {
            let ready = match self.input.fill_buf() {
                Ok(ready) => ready,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    let (input, line) = (self.name.clone(), start.lines);
                    return Err(SourceError::Read { input, line, error });
                }
            };
            let at_end = ready.is_empty();
            if at_end && self.at.offset == start.offset {
                return Ok(None);
            }
            let feed = ready.iter().position(|byte| *byte == b'\n');
            let content = feed.map_or(ready, |feed| &ready[..feed]);
            match &mut kept {
                Some(line) if line.len() + content.len() <= LINE_BYTES_MAX => {
                    line.extend_from_slice(content);
                }
                _ => kept = None,
            }
            let read = content.len() + usize::from(feed.is_some());
            self.input.consume(read);
            self.at.offset += read as u64;
            if feed.is_some() || at_end {
                return Ok(Some(self.line(start, kept, feed.is_some())));
            }
        }
    }

    fn line(&mut self, start: Position, mut bytes: Option<Vec<u8>>, ended: bool) -> Line {
        self.at.lines += 1;
        if let Some(bytes) = bytes.as_mut().filter(|bytes| bytes.starts_with(BYTE_ORDER_MARK))
            && start.offset == 0
        {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        Line { number: self.at.lines, bytes, end: if ended { self.at } else { start } }
    }
}

#[cfg(test)]
impl Lines {
    /// Lines of bytes that come in pieces of at most `piece`, as from a pipe.
    pub fn of(bytes: impl Into<Vec<u8>>, piece: usize) -> Self {
        struct Pieces(std::io::Cursor<Vec<u8>>, usize);
        impl Read for Pieces {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                let most = self.1.min(buffer.len());
                self.0.read(&mut buffer[..most])
            }
        }
        let pieces: Box<dyn Read + Send> =
            Box::new(Pieces(std::io::Cursor::new(bytes.into()), piece));
        Self::new(BufReader::new(pieces), "test".into(), Position::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut lines: Lines) -> Vec<(u64, Option<String>, u64)> {
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            let text = line.bytes.map(|bytes| String::from_utf8(bytes).unwrap());
            found.push((line.number, text, line.end.offset));
        }
        found
    }

    #[test]
    fn lines_in_any_pieces_have_numbers_and_ends() {
        for piece in [1, 2, 3, 100] {
            let lines = all(Lines::of("\u{feff}a\n\nbc\r\nd", piece));
            let text = |text: &str| Some(text.to_owned());
            let expected =
                [(1, text("a"), 5), (2, text(""), 6), (3, text("bc\r"), 10), (4, text("d"), 10)];
            assert_eq!(lines, expected, "{piece}");
        }
    }

    #[test]
    fn line_of_ten_megabytes_is_passed_over_and_not_kept() {
        let mut bytes = b"a\n".to_vec();
        bytes.extend(std::iter::repeat_n(b'x', 10 << 20));
        bytes.extend(b"\nb\n");
        let lines = all(Lines::of(bytes, 7_777));
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[1], (2, None, 3 + (10 << 20)));
        assert_eq!(lines[2].1.as_deref(), Some("b"));
    }

    #[test]
    fn line_at_the_limit_is_kept_and_one_byte_more_is_not() {
        let lines = all(Lines::of(
            [vec![b'x'; LINE_BYTES_MAX], vec![b'\n'], vec![b'x'; LINE_BYTES_MAX + 1]].concat(),
            4_096,
        ));
        assert!(lines[0].1.is_some() && lines[1].1.is_none());
    }
}
