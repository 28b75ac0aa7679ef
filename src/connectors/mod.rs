//! Sources: from files and streams of a known format to rows that the pipeline takes.
//!
//! A connector drops author names and profile fields before anything else sees a row, and never
//! stops at a row that it cannot read. It decides nothing about windows, places or residents.

mod csv;
mod dates;
mod input;
mod jsonl;
mod lines;
mod polis;
mod records;
mod row;

use crate::{
    domain::{PseudonymKey, SourceId},
    pipeline::{Bookmark, Opened, Position, Source, SourceError},
};

use self::{csv::CsvSource, input::Feed, jsonl::JsonlSource, lines::Lines, polis::PolisSource};
pub use self::{
    csv::{CsvMap, TextColumn},
    dates::{DateColumns, DateFormat},
    input::Input,
    jsonl::comment,
    polis::PolisRules,
};

/// One source of a pipeline.
#[derive(Clone, Debug)]
pub struct SourceSpec {
    /// Its name; accounts of different names are different residents.
    pub id: SourceId,
    /// What to read.
    pub input: Input,
    /// How to read it.
    pub format: Format,
}

/// The formats that are understood.
#[derive(Clone, Debug)]
pub enum Format {
    /// JSON Lines in the project's own contract.
    Jsonl,
    /// CSV with a header, by a map from fields to columns.
    Csv(Box<CsvMap>),
    /// A Polis export: its folder, or the `comments.csv` in it.
    Polis(PolisRules),
}

/// A source that can be moved to other lines of its input.
trait Rewind: Source {
    /// Goes on with `lines`, under the header that was read.
    fn go_on(&mut self, lines: Lines);
}

/// An input that is open and has the columns it needs. Its rows are not read yet, so a city whose
/// field map is wrong learns so before anything of it is made.
pub struct Prepared {
    source: Box<dyn Rewind>,
    again: Option<Feed>,
    id: SourceId,
    bytes: Option<u64>,
}

/// Opens the input that `spec` describes and reads its header, where the format has one.
///
/// # Errors
/// When the input cannot be opened, or lacks a header or a column of the map.
pub fn prepare(spec: &SourceSpec) -> Result<Prepared, SourceError> {
    let input = match spec.format {
        Format::Polis(_) => polis::comments_of(&spec.input),
        Format::Jsonl | Format::Csv(_) => spec.input.clone(),
    };
    let feed = Feed::open(&input)?;
    let (again, bytes, id) = (feed.again()?, feed.bytes(), spec.id.clone());
    let lines = feed.lines(Position::default())?;
    let source: Box<dyn Rewind> = match &spec.format {
        Format::Jsonl => Box::new(JsonlSource::new(lines, id)),
        Format::Csv(map) => Box::new(CsvSource::new(lines, id, map)?),
        Format::Polis(rules) => Box::new(PolisSource::new(lines, id, rules)?),
    };
    Ok(Prepared { source, again, id: spec.id.clone(), bytes })
}

impl Prepared {
    /// Goes to where an earlier run left the input.
    ///
    /// `reading` stands for everything that decides how rows are read: a digest of the pipeline
    /// file. `find` gets the bookmark of a regular file and says where to continue; see
    /// [`Bookmark::find_in`].
    ///
    /// # Errors
    /// When the input cannot be read again, or `find` fails.
    pub fn start<E: From<SourceError>>(
        self,
        key: &PseudonymKey,
        reading: &str,
        find: impl FnOnce(&Bookmark) -> Result<Position, E>,
    ) -> Result<Opened, E> {
        let Self { mut source, again, id, bytes } = self;
        let bookmark = match &again {
            Some(feed) => feed.bookmark(reading, &id, key)?,
            None => None,
        };
        let from = bookmark.as_ref().map(find).transpose()?.unwrap_or_default();
        if let Some(feed) = again.filter(|_| from != Position::default()) {
            source.go_on(feed.lines(from)?);
        }
        Ok(Opened { source, bookmark, from, bytes })
    }
}
