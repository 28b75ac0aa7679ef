//! The gallery: an immutable snapshot of everything public, and the pages made from it.
//!
//! A page is a pure function of the snapshot and the request: no clock, no randomness, no state, so
//! equal inputs give equal bytes.

use jiff::{Timestamp, tz::TimeZone};

use super::{
    asked::Asked,
    page::{self, Page},
    rooms,
    shelf::Shelf,
    tongue::Tongue,
    trials::Trials,
    view::{Medium, View},
};
use crate::{
    domain::Calendar,
    estimate::silent::PublicNumbers,
    ledger::{Entry, Fact, ReleaseId},
    release::{RecordedPlan, ReleaseFile},
};

/// Everything public that a gallery shows.
pub struct Exhibits {
    /// The public plan, as [`ReleasePlan::public`](crate::release::ReleasePlan::public) has it; the
    /// last plan that the ledger records goes before it.
    pub plan: serde_json::Value,
    /// The ledger's entries, all of them.
    pub entries: Vec<Entry>,
    /// The ledger's signed head, where there is one.
    pub checkpoint: Option<String>,
    /// Releases that the ledger published.
    pub releases: Vec<ReleaseFile>,
    /// Outlines of the neighbourhoods, where the city has some.
    pub outlines: Vec<Outline>,
    /// Census, surveys and targets, where the city gives some.
    pub public: PublicNumbers,
    /// Releases published after this instant are not shown yet.
    pub visible_until: Timestamp,
}

/// One ring of a neighbourhood's border.
#[derive(Clone, Debug)]
pub struct Outline {
    /// Which neighbourhood: its index in the plan's list.
    pub neighborhood: usize,
    /// Longitudes and latitudes.
    pub ring: Vec<[f64; 2]>,
}

/// Why a gallery cannot be hung.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GalleryError {
    /// The plan is not one.
    #[error("the public plan cannot be read: {0}; was the ledger written by a newer program?")]
    Plan(String),
    /// An entry without a JSON form.
    #[error("a ledger entry cannot be written: {0}")]
    Entry(#[from] serde_json::Error),
}

/// What a reader asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    /// The path below the place where the gallery is mounted, with or without a slash before it.
    pub path: &'a str,
    /// The query part, without its question mark.
    pub query: &'a str,
    /// The `Accept-Language` header.
    pub accept_language: &'a str,
}

/// An immutable snapshot of everything public.
pub struct Gallery {
    plan: RecordedPlan,
    calendar: Calendar,
    entries: Vec<Entry>,
    bodies: Vec<String>,
    checkpoint: Option<String>,
    shelf: Shelf,
    outlines: Vec<Outline>,
    public: PublicNumbers,
    trials: Trials,
}

impl Gallery {
    /// Hangs the exhibits.
    ///
    /// # Errors
    /// When the plan cannot be read.
    pub fn new(exhibits: Exhibits) -> Result<Self, GalleryError> {
        let Exhibits { plan, entries, checkpoint, releases, outlines, public, visible_until } =
            exhibits;
        let recorded = entries.iter().rev().find_map(|entry| match &entry.fact {
            Fact::Plan { plan, .. } => Some(plan.clone()),
            _ => None,
        });
        let plan: RecordedPlan = serde_json::from_value(recorded.unwrap_or(plan))
            .map_err(|error| GalleryError::Plan(error.to_string()))?;
        let calendar = plan.schedule.calendar().map_err(GalleryError::Plan)?;
        let bodies = entries
            .iter()
            .map(|entry| Ok(String::from_utf8_lossy(&entry.body()?).into_owned()))
            .collect::<Result<Vec<_>, serde_json::Error>>()?;
        let shown = |file: &ReleaseFile| {
            let id = &file.envelope.document().release_id;
            published(&entries, id).is_some_and(|at| at <= visible_until)
        };
        let shelf = Shelf::new(releases.into_iter().filter(shown).collect());
        Ok(Self {
            plan,
            calendar,
            entries,
            bodies,
            checkpoint,
            shelf,
            outlines,
            public,
            trials: Trials::default(),
        })
    }

    /// What a request asks for: all that its answer depends on beside the snapshot, written in one
    /// way.
    pub fn asked(&self, request: &Request<'_>) -> Asked {
        Asked::of(self, request)
    }

    /// The page at an address.
    pub fn answer(&self, request: &Request<'_>) -> Page {
        self.page(&self.asked(request))
    }

    /// The answer to what is asked.
    pub fn page(&self, asked: &Asked) -> Page {
        let Asked { path, filter, tongue } = asked;
        let view = |room| View {
            gallery: self,
            tongue: *tongue,
            filter: filter.clone(),
            medium: Medium::Site,
            room,
        };
        if let Some(asset) = page::asset(path) {
            return asset;
        }
        if let Some(room) = rooms::ADDRESSES.iter().find(|room| **room == path) {
            return rooms::page(&view(room));
        }
        if let Some(form) = path.strip_prefix("figure.") {
            return rooms::figure_file(&view(""), form).unwrap_or_else(|| page::missing(&view("")));
        }
        self.file(path).unwrap_or_else(|| page::missing(&view("")))
    }

    /// The four rooms in one file that needs nothing else, about one topic or about everything: for
    /// a council meeting, or an archive.
    pub fn report(&self, tongue: Tongue, topic: Option<&str>) -> String {
        super::report::write(self, tongue, topic)
    }

    /// The public files themselves.
    fn file(&self, path: &str) -> Option<Page> {
        match path {
            "ledger/entries.jsonl" => {
                Some(page::file("application/jsonl", self.entry_lines().into_bytes()))
            }
            "ledger/checkpoint" => {
                let text = self.checkpoint.clone()?;
                Some(page::file("text/plain; charset=utf-8", text.into_bytes()))
            }
            _ => {
                let file = self.shelf.file(path.strip_prefix("releases/")?)?;
                Some(page::file("application/json", file.envelope.bytes().to_vec()))
            }
        }
    }

    /// The ledger's entries, a line each, byte for byte as they are hashed.
    pub(super) fn entry_lines(&self) -> String {
        self.bodies.iter().map(|body| format!("{body}\n")).collect()
    }

    /// The plan in force.
    pub(super) fn plan(&self) -> &RecordedPlan {
        &self.plan
    }

    /// Its windows.
    pub(super) fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The city's zone.
    pub(super) fn zone(&self) -> &TimeZone {
        self.calendar.zone()
    }

    /// The ledger's entries with their bodies.
    pub(super) fn entries(&self) -> impl DoubleEndedIterator<Item = (&Entry, &str)> {
        self.entries.iter().zip(self.bodies.iter().map(String::as_str))
    }

    /// The ledger's signed head.
    pub(super) fn checkpoint(&self) -> Option<&str> {
        self.checkpoint.as_deref()
    }

    /// The visible releases.
    pub(super) fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Census, surveys and targets.
    pub(super) fn public(&self) -> &PublicNumbers {
        &self.public
    }

    /// Plans that readers tried.
    pub(super) fn trials(&self) -> &Trials {
        &self.trials
    }

    /// Outlines of the neighbourhoods.
    pub(super) fn outlines(&self) -> &[Outline] {
        &self.outlines
    }
}

/// When a release was published.
fn published(entries: &[Entry], id: &str) -> Option<Timestamp> {
    let is = |found: &ReleaseId| found.to_string() == id;
    entries.iter().find_map(|entry| match &entry.fact {
        Fact::Publish { release_id } if is(release_id) => Some(entry.at),
        _ => None,
    })
}
