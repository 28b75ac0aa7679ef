//! Bookmarks: how a stopped run finds its place in a file or a service again.
//!
//! A bookmark saves work and decides nothing: events are applied at most once, so a cursor that is
//! lost, or that points at a file which has changed, only means that rows are read again.

use std::{fs::File, io, os::unix::fs::FileExt, path::Path};

use super::{IngestError, Position};
use crate::{
    domain::{PseudonymKey, SourceId},
    store::{Cursor, Store},
};

/// A cursor is trusted when this many bytes before it, or all there are, have not changed.
const GUARD_BYTES_MAX: u64 = 4096;

/// Makes and checks the cursors of one regular file, or of one service.
pub struct Bookmark {
    /// Guards the cursor; a service has its own way to say that one is too old.
    file: Option<File>,
    source: SourceId,
    input: [u8; 16],
    key: PseudonymKey,
}

impl Bookmark {
    /// Watches `file`, which was opened from `path`.
    ///
    /// `reading` stands for everything that decides how rows are read (a digest of the pipeline
    /// file): under another one the file is read from its start, since a row that was refused
    /// before may be good now.
    pub fn new(
        file: File,
        path: &Path,
        reading: &str,
        source: SourceId,
        key: PseudonymKey,
    ) -> Self {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let parts = [source.as_str().as_bytes(), path.as_os_str().as_encoded_bytes()];
        let input = key.digest("input", &[parts[0], parts[1], reading.as_bytes()]);
        Self { file: Some(file), source, input, key }
    }

    /// Keeps the cursors of the service at `address`; `reading` as in [`Bookmark::new`].
    pub fn of_service(address: &str, reading: &str, source: SourceId, key: PseudonymKey) -> Self {
        let parts = [source.as_str().as_bytes(), address.as_bytes(), reading.as_bytes()];
        let input = key.digest("service", &parts);
        Self { file: None, source, input, key }
    }

    /// The cursor that stands at `position`.
    ///
    /// # Errors
    /// When the bytes before it cannot be read.
    pub(super) fn cursor(&self, position: Position) -> io::Result<Cursor> {
        Ok(Cursor {
            source: self.source.clone(),
            input: self.input,
            offset: position.offset,
            line: position.lines,
            guard: self.guard(position.offset)?,
        })
    }

    /// Where the run that left its cursor in `store` may be continued.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn find_in(&self, store: &Store) -> Result<Position, IngestError> {
        Ok(self.resume(store.cursor(&self.source, self.input)?.as_ref()))
    }

    /// Where to continue: at `cursor` if the file before it is the same, else at the start.
    fn resume(&self, cursor: Option<&Cursor>) -> Position {
        let Some(cursor) = cursor else { return Position::default() };
        let same = cursor.source == self.source && cursor.input == self.input;
        match self.guard(cursor.offset) {
            Ok(guard) if same && guard == cursor.guard => {
                Position { offset: cursor.offset, lines: cursor.line }
            }
            _ => Position::default(),
        }
    }

    fn guard(&self, offset: u64) -> io::Result<[u8; 16]> {
        let Some(file) = &self.file else {
            return Ok(self.key.digest("guard", &[&offset.to_be_bytes()]));
        };
        let start = offset.saturating_sub(GUARD_BYTES_MAX);
        let mut before = vec![0; usize::try_from(offset - start).unwrap_or(0)];
        file.read_exact_at(&mut before, start)?;
        Ok(self.key.digest("guard", &[&offset.to_be_bytes(), &before]))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn bookmark(path: &Path, reading: &str) -> Bookmark {
        let source = SourceId::new("s").unwrap();
        let key = PseudonymKey::new([1; 32]);
        Bookmark::new(File::open(path).unwrap(), path, reading, source, key)
    }

    fn file(content: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        file
    }

    const AT: Position = Position { offset: 9_000, lines: 90 };

    #[test]
    fn resume_of_a_file_that_grew_continues_at_the_cursor() {
        let mut file = file(&[b'a'; 9_000]);
        let cursor = bookmark(file.path(), "r").cursor(AT).unwrap();
        file.write_all(b"more").unwrap();
        assert_eq!(bookmark(file.path(), "r").resume(Some(&cursor)), AT);
    }

    #[test]
    fn resume_of_a_file_that_changed_or_shrank_starts_again() {
        let cursor_of = |path| bookmark(path, "r").cursor(AT).unwrap();
        let whole = file(&[b'a'; 9_000]);
        let cursor = cursor_of(whole.path());
        for content in [vec![b'b'; 9_000], vec![b'a'; 8_999]] {
            std::fs::write(whole.path(), content).unwrap();
            assert_eq!(bookmark(whole.path(), "r").resume(Some(&cursor)), Position::default());
        }
    }

    #[test]
    fn resume_of_a_service_continues_at_the_cursor_of_the_same_service_and_reading() {
        let bookmark = |address: &str, reading: &str| {
            let source = SourceId::new("s").unwrap();
            Bookmark::of_service(address, reading, source, PseudonymKey::new([1; 32]))
        };
        let cursor = bookmark("https://a.example/", "r").cursor(AT).unwrap();
        assert_eq!(bookmark("https://a.example/", "r").resume(Some(&cursor)), AT);
        for (address, reading) in [("https://b.example/", "r"), ("https://a.example/", "q")] {
            assert_eq!(bookmark(address, reading).resume(Some(&cursor)), Position::default());
        }
    }

    #[test]
    fn resume_under_another_reading_starts_again() {
        let file = file(&[b'a'; 9_000]);
        let cursor = bookmark(file.path(), "r").cursor(AT).unwrap();
        assert_eq!(bookmark(file.path(), "other").resume(Some(&cursor)), Position::default());
    }
}
