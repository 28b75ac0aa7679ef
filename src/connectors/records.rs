//! CSV records: lines joined while a quote is open, then cut into fields.
//!
//! Memory is bounded, and an unclosed quote costs its own row only, not all that follow.

use std::{collections::VecDeque, sync::Arc};

use csv::StringRecord;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

use super::lines::{LINE_BYTES_MAX, Line, Lines};
use crate::pipeline::{BadRow, Position, SourceError};

/// A record of several lines holds at most so many bytes.
const RECORD_BYTES_MAX: usize = LINE_BYTES_MAX;

/// Reads records under a header.
pub(super) struct Records {
    joined: Joined,
    header: Arc<Header>,
    cutter: Cutter,
}

/// Lines joined to records, not yet cut into fields.
struct Joined {
    lines: Lines,
    read_ahead: VecDeque<Line>,
    delimiter: u8,
}

/// The column names of the input.
pub(super) struct Header {
    input: String,
    names: StringRecord,
    /// The record and its delimiter, to say which other one was meant.
    record: Vec<u8>,
    delimiter: u8,
}

/// What parts the fields of the files that people have.
const USUAL_DELIMITERS: [u8; 4] = *b",;\t|";

/// One record.
pub(super) struct Record {
    /// Its fields, or why it has none.
    pub fields: Result<StringRecord, BadRow>,
    /// The line that it starts on.
    pub line: u64,
    /// Where the next record starts.
    pub end: Position,
}

/// The bytes of one record.
struct Bytes {
    content: Result<Vec<u8>, BadRow>,
    line: u64,
    end: Position,
}

impl Records {
    /// Reads the header of `lines`.
    pub fn new(lines: Lines, delimiter: u8) -> Result<Self, SourceError> {
        let input = lines.name().to_owned();
        let mut joined = Joined { lines, read_ahead: VecDeque::new(), delimiter };
        let mut cutter = Cutter::new(delimiter);
        let header = match joined.next()?.map(|record| record.content) {
            Some(Ok(bytes)) => Header::read(&input, bytes, delimiter, &mut cutter),
            _ => None,
        };
        let header = Arc::new(header.ok_or(SourceError::Header { input })?);
        Ok(Self { joined, header, cutter })
    }

    /// Goes on with the records of `lines`, which stand under the same header.
    pub fn go_on(&mut self, lines: Lines) {
        self.joined.read_ahead.clear();
        self.joined.lines = lines;
    }

    pub fn header(&self) -> Arc<Header> {
        Arc::clone(&self.header)
    }

    /// The next record; `None` at the end.
    pub fn next(&mut self) -> Result<Option<Record>, SourceError> {
        let Some(Bytes { content, line, end }) = self.joined.next()? else { return Ok(None) };
        let fields = content.and_then(|record| self.cutter.cut(&record));
        Ok(Some(Record { fields, line, end }))
    }
}

impl Joined {
    fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        loop {
            let Some(first) = self.line()? else { return Ok(None) };
            let (line, end) = (first.number, first.end);
            let Some(bytes) = &first.bytes else {
                return Ok(Some(Bytes { content: Err(BadRow::RowTooLong), line, end }));
            };
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            return self.record(first).map(Some);
        }
    }

    /// Joins lines to `first` while a quote is open.
    fn record(&mut self, first: Line) -> Result<Bytes, SourceError> {
        let (line, mut end) = (first.number, first.end);
        let mut quotes = Quotes::new(self.delimiter);
        let mut record = first.bytes.clone().unwrap_or_default();
        quotes.read(&record);
        let mut joined = Vec::new();
        while quotes.open() {
            let next = self.line()?;
            let fits = next
                .as_ref()
                .and_then(|next| next.bytes.as_ref())
                .filter(|bytes| record.len() + bytes.len() < RECORD_BYTES_MAX);
            let Some(bytes) = fits else {
                joined.extend(next);
                joined.into_iter().rev().for_each(|line| self.read_ahead.push_front(line));
                return Ok(Bytes { content: Err(BadRow::UnclosedQuote), line, end: first.end });
            };
            record.push(b'\n');
            record.extend_from_slice(bytes);
            quotes.read(b"\n");
            quotes.read(bytes);
            if let Some(next) = next {
                end = next.end;
                joined.push(next);
            }
        }
        Ok(Bytes { content: Ok(record), line, end })
    }

    fn line(&mut self) -> Result<Option<Line>, SourceError> {
        match self.read_ahead.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next(),
        }
    }
}

impl Header {
    /// The names in the first record; `None` when it is not text.
    fn read(input: &str, record: Vec<u8>, delimiter: u8, cutter: &mut Cutter) -> Option<Self> {
        let names = names(&record, cutter)?;
        Some(Self { input: input.to_owned(), names, record, delimiter })
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Result<usize, SourceError> {
        self.find(name).ok_or_else(|| {
            let (input, column) = (self.input.clone(), name.to_owned());
            match self.meant(name) {
                Some(delimiter) => SourceError::Delimiter { input, column, delimiter },
                None => SourceError::Column { input, column, columns: self.names.len() },
            }
        })
    }

    /// The delimiter under which the header has the column, or under which it is cut at all.
    fn meant(&self, name: &str) -> Option<char> {
        let others = USUAL_DELIMITERS.into_iter().filter(|other| *other != self.delimiter);
        let cut = |other| names(&self.record, &mut Cutter::new(other));
        let otherwise: Vec<_> =
            others.filter_map(|other| Some((char::from(other), cut(other)?))).collect();
        let has = |names: &StringRecord| names.iter().any(|column| column == name);
        let exact = otherwise.iter().find(|(_, names)| has(names));
        let uncut = self.names.len() == 1;
        let cut = otherwise.iter().filter(|(_, names)| uncut && names.len() > 1);
        exact.or_else(|| cut.max_by_key(|(_, names)| names.len())).map(|(other, _)| *other)
    }

    /// The column of this name, if there is one.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|column| column == name)
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        self.names.len()
    }
}

fn names(record: &[u8], cutter: &mut Cutter) -> Option<StringRecord> {
    let mut names = cutter.cut(record).ok()?;
    names.trim();
    Some(names)
}

/// Cuts records into fields. Its tables take longer to make than a record to cut.
struct Cutter(Reader);

impl Cutter {
    fn new(delimiter: u8) -> Self {
        let terminator = Terminator::Any(b'\n');
        Self(ReaderBuilder::new().delimiter(delimiter).terminator(terminator).build())
    }

    /// The fields of one record.
    fn cut(&mut self, record: &[u8]) -> Result<StringRecord, BadRow> {
        let record = record.strip_suffix(b"\r").unwrap_or(record);
        // No field is longer than the record, and each has a byte but for the last.
        let (mut output, mut ends) = (vec![0; record.len()], vec![0; record.len() + 1]);
        let (mut input, mut written, mut fields) = (record, 0, 0);
        self.0.reset();
        loop {
            let (result, read, wrote, ended) =
                self.0.read_record(input, &mut output[written..], &mut ends[fields..]);
            input = &input[read..];
            (written, fields) = (written + wrote, fields + ended);
            match result {
                ReadRecordResult::Record | ReadRecordResult::End => break,
                // An empty input tells it that there is no more.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => output.push(0),
                ReadRecordResult::OutputEndsFull => ends.push(0),
            }
        }
        let (mut cut, mut from) = (StringRecord::with_capacity(written, fields), 0);
        for end in ends.into_iter().take(fields) {
            let field = str::from_utf8(&output[from..end]).map_err(|_| BadRow::InvalidUtf8)?;
            cut.push_field(field);
            from = end;
        }
        Ok(cut)
    }
}

/// Follows quotes the way the field cutter does: one opens at the start of a field only.
struct Quotes {
    delimiter: u8,
    state: QuoteState,
}

#[derive(Clone, Copy, PartialEq)]
enum QuoteState {
    FieldStart,
    Plain,
    Quoted,
    QuoteInQuoted,
}

impl Quotes {
    fn new(delimiter: u8) -> Self {
        Self { delimiter, state: QuoteState::FieldStart }
    }

    fn open(&self) -> bool {
        self.state == QuoteState::Quoted
    }

    fn read(&mut self, bytes: &[u8]) {
        use QuoteState::{FieldStart, Plain, QuoteInQuoted, Quoted};
        for &byte in bytes {
            self.state = match (self.state, byte) {
                (Quoted, b'"') => QuoteInQuoted,
                (Quoted, _) => Quoted,
                (FieldStart | QuoteInQuoted, b'"') => Quoted,
                (_, byte) if byte == self.delimiter => FieldStart,
                _ => Plain,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, test_runner::RngSeed};

    use super::*;

    type Read = Result<Vec<String>, BadRow>;

    fn read(bytes: impl Into<Vec<u8>>, delimiter: u8) -> Vec<(u64, Read)> {
        let mut records = Records::new(Lines::of(bytes, 5), delimiter).unwrap();
        let mut found = Vec::new();
        while let Some(record) = records.next().unwrap() {
            let fields = record.fields.map(|f| f.iter().map(str::to_owned).collect());
            found.push((record.line, fields));
        }
        found
    }

    fn ok(fields: &[&str]) -> Read {
        Ok(fields.iter().map(|field| (*field).to_owned()).collect())
    }

    #[test]
    fn records_of_several_lines_and_ragged_rows_are_read() {
        let found = read("a,b\r\n1,\"x\r\ny, \"\"z\"\"\"\r\n\r\n2\r\n3,say \"no\",4\r\n", b',');
        let expected =
            [(2, ok(&["1", "x\r\ny, \"z\""])), (5, ok(&["2"])), (6, ok(&["3", "say \"no\"", "4"]))];
        assert_eq!(found, expected);
    }

    #[test]
    fn unclosed_quote_costs_its_own_row_only() {
        let found = read("a;b\n1;\"x\n2;y\n3;z\n", b';');
        let expected =
            [(2, Err(BadRow::UnclosedQuote)), (3, ok(&["2", "y"])), (4, ok(&["3", "z"]))];
        assert_eq!(found, expected);
    }

    #[test]
    fn record_that_is_too_long_or_not_utf8_is_passed_over() {
        let mut bytes = b"a,b\n1,".to_vec();
        bytes.extend(std::iter::repeat_n(b'x', 10 << 20));
        bytes.extend(b"\n2,\xff\n3,y\n");
        let found = read(bytes, b',');
        let expected =
            [(2, Err(BadRow::RowTooLong)), (3, Err(BadRow::InvalidUtf8)), (4, ok(&["3", "y"]))];
        assert_eq!(found, expected);
    }

    #[test]
    fn header_cut_by_another_delimiter_says_which() {
        let meant = |csv: &str, delimiter: u8, name: &str| {
            let records = Records::new(Lines::of(csv, 5), delimiter).unwrap();
            match records.header().column(name) {
                Err(SourceError::Delimiter { delimiter, .. }) => Some(delimiter),
                Err(SourceError::Column { .. }) | Ok(_) => None,
                Err(other) => panic!("{other}"),
            }
        };
        assert_eq!(meant("id;text;\"a, b\"\n", b',', "text"), Some(';'));
        assert_eq!(meant("id\ttext\n", b',', "text"), Some('\t'));
        assert_eq!(meant("id,text\n", b';', "nothing"), Some(','));
        assert_eq!(meant("id,te;xt\n", b',', "nothing"), None);
        assert_eq!(meant("id,text\n", b',', "text"), None);
    }

    #[test]
    fn input_without_a_header_is_refused() {
        for bytes in ["", "\n\n"] {
            let records = Records::new(Lines::of(bytes, 5), b',');
            assert!(matches!(records, Err(SourceError::Header { .. })));
        }
    }

    /// The same cases in every run.
    fn config(cases: u32) -> ProptestConfig {
        let rng_seed = RngSeed::Fixed(20_260_105);
        ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
    }

    proptest! {
        #![proptest_config(config(128))]

        #[test]
        fn records_written_by_the_csv_crate_are_read_back(
            rows in proptest::collection::vec(proptest::collection::vec("[a,\"\n\r; é]{0,6}", 3), 0..8)
        ) {
            let mut writer = csv::WriterBuilder::new()
                .quote_style(csv::QuoteStyle::Always)
                .from_writer(Vec::new());
            writer.write_record(["x", "y", "z"]).unwrap();
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let found = read(writer.into_inner().unwrap(), b',');
            let found: Vec<_> = found.into_iter().map(|(_, fields)| fields.unwrap()).collect();
            prop_assert_eq!(found, rows);
        }
    }
}
