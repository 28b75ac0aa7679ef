//! Live ingest: rows that come one request at a time and are answered when they are durable.
//!
//! The counterpart of [`super::ingest`], which reads an input to its end. Many requests wait at
//! once: each row is admitted, labelled on its own thread and handed to the one keeper of the
//! store, who syncs what several requests brought together. There is room for so many rows and no
//! more; who finds none is told so and nothing is kept of theirs.

mod inbox;
mod poll;
#[cfg(test)]
mod tests;

use std::{
    io,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::{
    AdmitPlan, Admitted, Labeller, Rejection, admit::Unlabelled, admit::admit, label::Labelled,
    labellers::Labellers,
};
use crate::{
    domain::{Clock, Contribution, EventKey, Labels, RawComment, Window},
    store::{Applied, Cursor},
};

use inbox::{Asked, Work};
pub use inbox::{Inbox, Rows, Task};
pub use poll::{Poll, PollCounts, PollError, PollTally, RoundEnd};

/// One row of a request.
#[derive(Debug)]
pub enum Given {
    /// Words, to be read.
    Comment(RawComment),
    /// A reaction without words, whose labels the row itself and the plan name.
    Reaction(RawComment, Labels),
}

/// What became of one row.
pub type Answer = Result<Applied, Rejection>;

/// The keeper of the store is gone: the service is ending, or a disk failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing is taken in any more; start the service again")]
pub struct Unavailable;

/// Bounds of live ingest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntakeLimits {
    /// Rows taken in and not yet answered.
    pub waiting_rows_max: NonZeroUsize,
    /// Threads that label.
    pub threads: NonZeroUsize,
}

/// Takes rows in; shared by all requests.
pub struct Intake {
    plan: AdmitPlan,
    clock: Arc<dyn Clock>,
    labellers: Labellers,
    room: Arc<Semaphore>,
    desk: mpsc::Sender<Work>,
    withheld: AtomicU64,
    label_panics: AtomicU64,
}

/// Room for the rows of one request, given back when it is dropped.
#[derive(Debug)]
pub struct Room {
    _rows: OwnedSemaphorePermit,
}

/// What an operator may know of reading: exact, so inside the boundary only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IntakeCounts {
    /// Rows that still find room.
    pub room_rows: u64,
    /// Comments that redaction kept from the model.
    pub withheld: u64,
    /// Those of them during whose labelling the program panicked.
    pub label_panics: u64,
}

/// A row between admission and its labels.
enum Reading {
    Known,
    Given(Unlabelled, Option<Labels>),
    Asked(Unlabelled, oneshot::Receiver<Labelled>),
}

impl Intake {
    /// Starts the label threads; the inbox is for the thread that owns the store.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn start(
        plan: AdmitPlan,
        clock: Arc<dyn Clock>,
        labeller: &Arc<dyn Labeller>,
        limits: IntakeLimits,
    ) -> io::Result<(Arc<Self>, Inbox)> {
        let rows_max = limits.waiting_rows_max.get();
        let labellers = Labellers::start(labeller, limits.threads, rows_max)?;
        let (desk, works) = mpsc::channel(rows_max);
        let inbox = Inbox::new(works, plan.calendar.windows());
        let intake = Self {
            plan,
            clock,
            labellers,
            room: Arc::new(Semaphore::new(rows_max)),
            desk,
            withheld: AtomicU64::new(0),
            label_panics: AtomicU64::new(0),
        };
        Ok((Arc::new(intake), inbox))
    }

    /// Room for `rows` rows, or none: whoever gets none comes again later.
    pub fn room(&self, rows: usize) -> Option<Room> {
        let rows = u32::try_from(rows).ok()?;
        let permit = Arc::clone(&self.room).try_acquire_many_owned(rows).ok()?;
        Some(Room { _rows: permit })
    }

    /// Waits for room for `rows` rows: for a source that can wait where a sender is refused.
    async fn room_when_free(&self, rows: usize) -> Result<Room, Unavailable> {
        let rows = u32::try_from(rows).map_err(|_| Unavailable)?;
        let permit = Arc::clone(&self.room).acquire_many_owned(rows).await;
        Ok(Room { _rows: permit.map_err(|_| Unavailable)? })
    }

    /// Takes `rows` in and says what became of each, in order, once that is durable. The work goes
    /// on, and its room stays taken, when the wait for it is given up.
    ///
    /// # Errors
    /// When the keeper of the store is gone; nothing of the request is then promised.
    pub async fn take(
        self: &Arc<Self>,
        rows: Vec<Given>,
        room: Room,
    ) -> Result<Vec<Answer>, Unavailable> {
        self.take_up_to(rows, None, room).await
    }

    /// The same, and in the same step that the source is read up to `cursor`.
    async fn take_up_to(
        self: &Arc<Self>,
        rows: Vec<Given>,
        cursor: Option<Cursor>,
        room: Room,
    ) -> Result<Vec<Answer>, Unavailable> {
        let intake = Arc::clone(self);
        let work = tokio::spawn(async move {
            let _room = room;
            intake.settle(rows, cursor).await
        });
        work.await.map_err(|_| Unavailable)?
    }

    /// Has the keeper do its regular round: close what the clock has closed, release what is due,
    /// show what may be seen. Returns when that is done.
    ///
    /// # Errors
    /// When the keeper is gone.
    pub async fn turn(&self) -> Result<(), Unavailable> {
        let (done, answer) = oneshot::channel();
        self.desk.send(Work::Turn(done)).await.map_err(|_| Unavailable)?;
        answer.await.map_err(|_| Unavailable)
    }

    /// Ends the keeper's work once it has done what waits before this: nothing is taken in any more.
    pub async fn end(&self) {
        let _ = self.desk.send(Work::End).await; // a keeper that is gone has ended
    }

    /// What an operator may know.
    pub fn counts(&self) -> IntakeCounts {
        IntakeCounts {
            room_rows: self.room.available_permits() as u64,
            withheld: self.withheld.load(Ordering::Relaxed),
            label_panics: self.label_panics.load(Ordering::Relaxed),
        }
    }

    async fn settle(
        &self,
        rows: Vec<Given>,
        cursor: Option<Cursor>,
    ) -> Result<Vec<Answer>, Unavailable> {
        let now = self.clock.now();
        let admitted: Vec<Result<(Admitted, Option<Labels>), Rejection>> = rows
            .into_iter()
            .map(|given| {
                let (raw, labels) = match given {
                    Given::Comment(raw) => (raw, None),
                    Given::Reaction(raw, labels) => (raw, Some(labels)),
                };
                // The keeper moves what is late into the oldest window that is open by then.
                admit(raw, &self.plan, Window(0), now).map(|admitted| (admitted, labels))
            })
            .collect();
        let names = |(admitted, _): &(Admitted, _)| admitted.events().copied().collect();
        let known = self.known(admitted.iter().flatten().map(names).collect()).await?;
        let mut known = known.into_iter();
        let mut readings = Vec::with_capacity(admitted.len());
        for row in admitted {
            readings.push(match row {
                Err(reason) => Err(reason),
                Ok(_) if known.next() == Some(true) => Ok(Reading::Known),
                Ok((admitted, labels)) => Ok(self.read(admitted, labels).await),
            });
        }
        self.record(readings, cursor).await
    }

    async fn read(&self, admitted: Admitted, labels: Option<Labels>) -> Reading {
        match (admitted.part(), labels) {
            ((reaction, Some(_)), Some(labels)) => Reading::Given(reaction, Some(labels)),
            ((comment, Some(text)), None) => {
                Reading::Asked(comment, self.labellers.ask(text).await)
            }
            ((deletion, None), _) => Reading::Given(deletion, None),
        }
    }

    async fn record(
        &self,
        readings: Vec<Result<Reading, Rejection>>,
        cursor: Option<Cursor>,
    ) -> Result<Vec<Answer>, Unavailable> {
        let (mut answers, mut contributions) = (Vec::new(), Vec::new());
        for reading in readings {
            answers.push(match reading {
                Err(reason) => Some(Err(reason)),
                Ok(Reading::Known) => Some(Ok(Applied::Duplicate)),
                Ok(Reading::Given(unlabelled, labels)) => {
                    contributions.push(unlabelled.contribution(labels));
                    None
                }
                Ok(Reading::Asked(unlabelled, answer)) => {
                    let labelled = answer.await.map_err(|_| Unavailable)?;
                    self.count(&labelled);
                    contributions.push(unlabelled.contribution(Some(labelled.reading.labels)));
                    None
                }
            });
        }
        let mut applied = self.apply(contributions, cursor).await?.into_iter();
        let settled = answers.into_iter().map(|answer| answer.or_else(|| applied.next()));
        settled.collect::<Option<Vec<_>>>().ok_or(Unavailable)
    }

    fn count(&self, labelled: &Labelled) {
        self.withheld.fetch_add(u64::from(labelled.reading.withheld), Ordering::Relaxed);
        self.label_panics.fetch_add(u64::from(labelled.panicked), Ordering::Relaxed);
    }

    async fn known(&self, events: Vec<Vec<EventKey>>) -> Result<Vec<bool>, Unavailable> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let (answer, answered) = oneshot::channel();
        self.desk.send(Work::Known { events, answer }).await.map_err(|_| Unavailable)?;
        answered.await.map_err(|_| Unavailable)
    }

    async fn apply(
        &self,
        contributions: Vec<Contribution>,
        cursor: Option<Cursor>,
    ) -> Result<Vec<Answer>, Unavailable> {
        if contributions.is_empty() && cursor.is_none() {
            return Ok(Vec::new());
        }
        let (answer, answered) = oneshot::channel();
        let asked = Asked { contributions, cursor, answer };
        self.desk.send(Work::Record(asked)).await.map_err(|_| Unavailable)?;
        answered.await.map_err(|_| Unavailable)
    }
}
