//! What a source is to the pipeline: a stream of comments and of rows that are none.
//!
//! It knows no format and no network; `connectors` do. A row that cannot be read is a value with
//! a reason, never an error, so that one row cannot stop the others.

use std::{io, time::Duration};

use serde::Serialize;

use super::Bookmark;
use crate::domain::RawComment;

/// A blocking stream of comments, in the order of the input.
pub trait Source: Send {
    /// The next row; `None` at the end of the input.
    ///
    /// # Errors
    /// Only when the input as a whole cannot be read any further.
    fn next(&mut self) -> Result<Option<Fetched>, SourceError>;
}

/// One row of an input.
#[derive(Clone, Debug)]
pub enum Fetched {
    /// A comment, its creation, edit or deletion.
    Comment {
        /// What the row says.
        raw: RawComment,
        /// The line that the row starts on, counted from 1.
        line: u64,
        /// Where the next row starts.
        position: Position,
    },
    /// A row that is no comment of a resident, or cannot be read as one.
    Bad {
        /// Why.
        reason: BadRow,
        /// The line that the row starts on, counted from 1.
        line: u64,
        /// Where the next row starts.
        position: Position,
    },
}

/// How far an input has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Bytes before the next row; of a service on the network, its own cursor as a number.
    pub offset: u64,
    /// Lines, or rows of a service, before the next row.
    pub lines: u64,
}

/// A source ready to be read, and what is needed to continue it another day.
pub struct Opened {
    /// The rows.
    pub source: Box<dyn Source>,
    /// Makes cursors for this input; `None` for a pipe, which cannot be continued.
    pub bookmark: Option<Bookmark>,
    /// Where reading starts.
    pub from: Position,
    /// Size of the input, where it has one.
    pub bytes: Option<u64>,
}

/// Why a row is not taken as a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BadRow {
    /// The row is longer than a row may be; its text was not kept.
    RowTooLong,
    /// The comment is longer than any comment may be.
    TextTooLong,
    /// An id, account or place name is longer than one may be.
    FieldTooLong,
    /// The bytes are not UTF-8.
    InvalidUtf8,
    /// Not a JSON object, or broken JSON.
    NotJson,
    /// JSON nested deeper than a row may be.
    TooDeep,
    /// A quote opens and is never closed.
    UnclosedQuote,
    /// No id, so a second reading could not be told from a second comment.
    MissingId,
    /// Nothing was said.
    MissingText,
    /// No date, or none that can be read.
    BadDate,
    /// Coordinates that are not a point on Earth.
    BadPlace,
    /// A field has a type or value that the contract does not allow.
    BadField,
    /// A vote or another record without words.
    NotAComment,
    /// Written by the organiser, who is not a resident here.
    Organizer,
    /// Refused by the source's own moderators.
    ModeratedOut,
    /// Not meant for everybody, or by an account that asks not to be found.
    NotPublic,
    /// Written by a program.
    Bot,
    /// Somebody else's words, passed on.
    Reshared,
    /// The source lists it and no longer has it.
    Gone,
    /// A deletion that does not say whose comment it deletes, of one that this run has not seen.
    UnknownDeletion,
    /// Broken XML.
    NotXml,
    /// The source no longer has what came right after the cursor: events may be missing here.
    CursorTooOld,
}

/// Why an input as a whole cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The input cannot be opened.
    #[error("cannot open {input}: {error}; check the path and its permissions")]
    Open {
        /// Path, or "standard input".
        input: String,
        /// What the system said.
        error: io::Error,
    },
    /// Reading failed part of the way.
    #[error("reading {input} failed after line {line}: {error}; run again to continue from there")]
    Read {
        /// Path, or "standard input".
        input: String,
        /// Lines read before.
        line: u64,
        /// What the system said.
        error: io::Error,
    },
    /// There is no header to find columns by.
    #[error("{input} has no readable header; its first line must hold the column names")]
    Header {
        /// Path, or "standard input".
        input: String,
    },
    /// A column that the field map names is not there. What the header holds is not shown: in a
    /// file without one it would be a resident's row.
    #[error(
        "{input} has no column `{column}` among its {columns}; compare [source.map] with the first line"
    )]
    Column {
        /// Path, or "standard input".
        input: String,
        /// The name looked for.
        column: String,
        /// How many columns the header has.
        columns: usize,
    },
    /// The first line is cut by another character than the one given.
    #[error(
        "{input} has no column `{column}`: its first line seems to be cut by {}, not by the \
         delimiter given; see delimiter in [source.map]",
        delimiter_name(*delimiter)
    )]
    Delimiter {
        /// Path, or "standard input".
        input: String,
        /// The name looked for.
        column: String,
        /// What seems to part the columns.
        delimiter: char,
    },
    /// A service on the network does not answer, or not in its format. No word of an answer is
    /// repeated.
    #[error("{input} {fault}")]
    Service {
        /// The service's address, without its query.
        input: String,
        /// What is wrong, and what to do.
        fault: String,
        /// How long it asks to be left alone, where it does.
        again_after: Option<Duration>,
    },
}

fn delimiter_name(delimiter: char) -> String {
    match delimiter {
        '\t' => "tabs (\"\\t\")".to_owned(),
        other => format!("`{other}`"),
    }
}
