//! The way of one comment, from a source to the store: admit, label, contribute, commit.
//!
//! It is where the two wings meet, and the last floor that holds a resident's words. It is not a
//! store and not a model: it decides what is read, in which order it becomes durable and what is
//! counted as refused. Nothing here reads a text; a [`Labeller`] does, on its own thread.

mod admit;
mod alerts;
mod bookmark;
mod commit;
mod dated;
mod in_flight;
mod label;
mod labellers;
mod live;
mod model_labeller;
mod outbox;
mod places;
mod polygons;
mod quiet;
mod reader;
mod runner;
mod source;
mod stop;
mod summary;

pub use admit::{AccountRule, Act, AdmitPlan, Admitted, Rejection, admit};
pub use alerts::{AlertBook, AlertError, alert_file};
pub use bookmark::Bookmark;
pub use dated::Dated;
pub use label::{Labeller, Reading};
pub use live::{
    Answer, Given, Inbox, Intake, IntakeCounts, IntakeLimits, Poll, PollCounts, PollError,
    PollTally, Room, RoundEnd, Rows, Task, Unavailable,
};
pub use model_labeller::ModelLabeller;
pub use outbox::{Outbox, message_id};
pub use places::{Listed, MissingPlace, Places, PlacesError, PlacesSpec, PolygonFile};
pub use quiet::{PanicSite, install_quiet_panic_hook, refuse_core_dumps};
pub use runner::{Ingest, IngestError, Limits, ingest};
pub use source::{BadRow, Fetched, Opened, Position, Source, SourceError};
pub use stop::{Stop, StopSwitch};
pub use summary::{Counts, IngestSummary, Progress, RowTally};
