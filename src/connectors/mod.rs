//! Sources: from files and streams of a known format to rows that the pipeline takes.
//!
//! `outbound` is the one door to the network; a service's connector is one file, named in `remote`.
//! A connector drops author names and profile fields before anything else sees a row, and never
//! stops at a row that it cannot read. It decides nothing about windows, places or residents.

mod bluesky;
mod csv;
mod dates;
mod decidim;
mod discourse;
mod feed;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod input;
mod json;
mod jsonl;
mod line_source;
mod lines;
mod mastodon;
mod memory;
mod open311;
mod outbound;
mod paged;
mod plain;
mod polis;
mod records;
mod reddit;
mod regulations;
mod remote;
mod row;
mod scalar;
mod seeclickfix;
mod service;
mod soda;
mod stream;
mod webhook;

use crate::{
    domain::{PseudonymKey, SourceId},
    pipeline::{Bookmark, Opened, Position, Source, SourceError},
};

pub use self::{
    bluesky::{Bluesky, JetstreamVersion},
    csv::{CsvMap, TextColumn},
    dates::{DateColumns, DateFormat},
    decidim::{Decidim, export as decidim_export},
    input::Input,
    json::nests_deeper,
    jsonl::comment,
    mastodon::Mastodon,
    open311::Open311,
    outbound::{LookUp, Policy, SecretError, SecretFrom, Surroundings, Wait},
    polis::PolisRules,
    reddit::RedditRules,
    regulations::Regulations,
    remote::{Kind, Remote},
    seeclickfix::SeeClickFix,
    service::Service,
    soda::{Soda, SodaVersion},
    webhook::{Hook, Webhook, WebhookError},
};
use self::{csv::CsvSource, input::Feed, lines::Lines, polis::PolisSource, remote::Checked};

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
    /// A dump of Reddit, one JSON object a line.
    Reddit(RedditRules),
    /// A service on the network; its input is [`Input::Service`].
    Remote(Box<Remote>),
}

/// A source that can be moved to other lines of its input.
trait Rewind: Source {
    /// Goes on with `lines`, under the header that was read.
    fn go_on(&mut self, lines: Lines);
}

/// An input that is open and has the columns it needs, or a service that may be asked. Rows are not
/// read yet, so a city whose field map is wrong learns so before anything of it is made.
pub struct Prepared {
    way: Way,
    id: SourceId,
}

enum Way {
    Lines { source: Box<dyn Rewind>, again: Option<Feed>, bytes: Option<u64> },
    Service(Box<Checked>),
}

/// Opens the input that `spec` describes and reads its header, where the format has one.
///
/// # Errors
/// When the input cannot be opened, lacks a header or a column of the map, or may not be asked.
pub fn prepare(spec: &SourceSpec) -> Result<Prepared, SourceError> {
    prepare_in(spec, &Surroundings::of_the_machine())
}

/// The same with other surroundings than the machine's own.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_in(spec: &SourceSpec, surroundings: &Surroundings) -> Result<Prepared, SourceError> {
    let way = match &spec.format {
        Format::Remote(remote) => Way::Service(Box::new(remote.check(surroundings)?)),
        _ => lines_of(spec)?,
    };
    Ok(Prepared { way, id: spec.id.clone() })
}

fn lines_of(spec: &SourceSpec) -> Result<Way, SourceError> {
    let input = match spec.format {
        Format::Polis(_) => polis::comments_of(&spec.input),
        _ => spec.input.clone(),
    };
    let feed = Feed::open(&input)?;
    let (again, bytes, id) = (feed.again()?, feed.bytes(), spec.id.clone());
    let lines = feed.lines(Position::default())?;
    let source: Box<dyn Rewind> = match &spec.format {
        Format::Csv(map) => Box::new(CsvSource::new(lines, id, map)?),
        Format::Polis(rules) => Box::new(PolisSource::new(lines, id, rules)?),
        Format::Reddit(rules) => Box::new(reddit::source(lines, id, rules)),
        Format::Jsonl | Format::Remote(_) => Box::new(jsonl::source(lines, id)),
    };
    Ok(Way::Lines { source, again, bytes })
}

impl Prepared {
    /// Goes to where an earlier run left the input.
    ///
    /// `reading` stands for everything that decides how rows are read: a digest of the pipeline
    /// file. `find` gets the bookmark of a regular file or a service and says where to continue;
    /// see [`Bookmark::find_in`].
    ///
    /// # Errors
    /// When the input cannot be read again, or `find` fails.
    pub fn start<E: From<SourceError>>(
        self,
        key: &PseudonymKey,
        reading: &str,
        find: impl FnOnce(&Bookmark) -> Result<Position, E>,
    ) -> Result<Opened, E> {
        let Self { way, id } = self;
        match way {
            Way::Lines { mut source, again, bytes } => {
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
            Way::Service(checked) => {
                let name = checked.name();
                let bookmark = Bookmark::of_service(&name, reading, id.clone(), key.clone());
                let from = find(&bookmark)?;
                let source = checked.open(id, from);
                Ok(Opened { source, bookmark: Some(bookmark), from, bytes: None })
            }
        }
    }
}
