//! The keeper: the one thread that owns the house while it is open to the network.
//!
//! It makes rows durable, closes windows by the clock, answers what is due and has the outside show
//! it at public instants. Nothing of a release happens inside a request.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::{Failure, House, Teller, herald::Herald};
use crate::{
    domain::Window,
    ledger::{Fact, read_entries},
    pipeline::{Inbox, Task},
    release::ReleaseFile,
    server::{Inside, Outside, Showing, Shown, ShownError},
};

/// Owns the house.
pub(super) struct Keeper {
    house: House,
    showing: Showing,
    outside: Arc<Outside>,
    inside: Arc<Inside>,
    herald: Herald,
    /// Releases that the outside shows and alerts were not yet asked about.
    untold: Option<Vec<ReleaseFile>>,
    /// Closed windows that the outside shows.
    shown: u32,
    /// Closed windows of which every question is answered.
    answered: u32,
    /// When that was so; long ago, when it was so at the start.
    done_at: Timestamp,
    teller: Teller,
}

impl Keeper {
    pub fn new(
        house: House,
        showing: Showing,
        first: Shown,
        (outside, inside): (Arc<Outside>, Arc<Inside>),
        herald: Herald,
        teller: Teller,
    ) -> Self {
        let (answered, done_at, shown) = (0, Timestamp::MIN, first.windows);
        let untold = Some(files(first));
        Self { house, showing, outside, inside, herald, untold, shown, answered, done_at, teller }
    }

    /// Does what waits, in order, until the service ends.
    pub fn keep(mut self, mut inbox: Inbox) -> Result<(), Failure> {
        while let Some(task) = inbox.next_task() {
            match task {
                Task::Rows(rows) => rows.settle(&mut self.house.store)?,
                Task::Turn(done) => {
                    self.turn()?;
                    let _ = done.send(()); // whoever asked may be gone
                }
            }
        }
        self.herald.end();
        self.house.close()
    }

    /// The regular round.
    fn turn(&mut self) -> Result<(), Failure> {
        let closed = self.house.closed();
        if closed > self.answered {
            let complete =
                self.house.has_answered(closed) && self.house.store.first_open() >= Window(closed);
            if !complete {
                let teller = self.teller;
                self.house.release(|name| {
                    let facts = json!({"event": "released", "release": name});
                    teller.tell(&format!("released {name}"), &facts);
                })?;
                self.done_at = self.house.clock.now();
            }
            self.answered = closed;
        }
        self.show()?;
        // Only now: an alert never tells of a release before the outside shows it.
        match self.untold.take() {
            Some(releases) => self.herald.shown(releases),
            None => self.herald.turn(self.house.clock.now()),
        }
        self.inside.rounded(self.shown);
        Ok(())
    }

    /// Shows what is due to be shown, whole.
    fn show(&mut self) -> Result<(), Failure> {
        let now = self.house.clock.now();
        let Some((instant, windows)) = self.showing.due(self.shown, self.done_at, now) else {
            return Ok(());
        };
        let data = &self.house.pipeline.data;
        let shown = Shown::take(data, instant, windows)?;
        shown.record(data)?;
        self.outside.show(&shown).map_err(Failure::check)?;
        self.shown = windows;
        let releases = shown.releases.len();
        self.teller.tell(
            &format!("{releases} releases of {windows} windows are shown since {instant}"),
            &json!({"event": "shown", "since": instant, "windows": windows, "releases": releases}),
        );
        self.untold = Some(files(shown));
        Ok(())
    }
}

fn files(shown: Shown) -> Vec<ReleaseFile> {
    shown.releases.into_iter().map(|release| release.file).collect()
}

/// What the outside shows until its first instant comes: what it showed before, or, on a folder
/// that never was served, what was published long enough ago.
pub(super) fn first_picture(house: &House, showing: &Showing) -> Result<Shown, Failure> {
    let data = &house.pipeline.data;
    if let Some(shown) = Shown::recorded(data)? {
        return Ok(shown);
    }
    let (now, closed) = (house.clock.now(), house.closed());
    let is_publish = |fact: &Fact| matches!(fact, Fact::Publish { .. });
    let published = read_entries(data)?.iter().any(|entry| is_publish(&entry.fact));
    let shown = match (published, showing.instant(now)) {
        (false, _) => Shown::take(data, now, 0)?,
        (true, Some((instant, windows))) if house.has_answered(closed) => {
            Shown::take(data, instant, windows)?
        }
        (true, _) => Shown::nothing(now),
    };
    shown.record(data)?;
    Ok(shown)
}

/// A picture that cannot be taken is a check that failed.
impl From<ShownError> for Failure {
    fn from(error: ShownError) -> Self {
        Failure::check(error)
    }
}
