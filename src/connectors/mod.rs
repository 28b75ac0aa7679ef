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

use self::{csv::CsvSource, input::Feed, jsonl::JsonlSource, polis::PolisSource};
pub use self::{
    csv::{CsvMap, TextColumn},
    dates::{DateColumns, DateFormat},
    input::Input,
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

/// Opens the source that `spec` describes, where an earlier run left it.
///
/// `reading` stands for everything that decides how rows are read: a digest of the pipeline file.
/// `find` gets the bookmark of a regular file and says where to continue; see
/// [`Bookmark::find_in`].
///
/// # Errors
/// When the input cannot be opened or lacks a header or a column of the map, or `find` fails.
pub fn open<E: From<SourceError>>(
    spec: &SourceSpec,
    key: &PseudonymKey,
    reading: &str,
    find: impl FnOnce(&Bookmark) -> Result<Position, E>,
) -> Result<Opened, E> {
    let name = match spec.format {
        Format::Polis(_) => polis::comments_of(&spec.input),
        Format::Jsonl | Format::Csv(_) => spec.input.clone(),
    };
    let feed = Feed::open(&name)?;
    let bookmark = feed.bookmark(reading, &spec.id, key)?;
    let from = bookmark.as_ref().map(find).transpose()?.unwrap_or_default();
    let bytes = feed.bytes();
    let id = spec.id.clone();
    let source: Box<dyn Source> = match &spec.format {
        Format::Jsonl => Box::new(JsonlSource::new(feed.lines(from)?, id)),
        Format::Csv(map) => Box::new(CsvSource::open(feed, from, id, map)?),
        Format::Polis(rules) => Box::new(PolisSource::open(feed, from, id, rules)?),
    };
    Ok(Opened { source, bookmark, from, bytes })
}
