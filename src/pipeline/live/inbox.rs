//! What waits for the one thread that owns the store.

use tokio::sync::{mpsc, oneshot};

use super::Answer;
use crate::{
    domain::{Contribution, EventKey, Window, crash_point},
    pipeline::Rejection,
    store::{BATCH_MAX, Batch, Cursor, Store, StoreError},
};

/// One thing to do.
pub(super) enum Work {
    /// Which of these rows, each under its names, were applied before?
    Known { events: Vec<Vec<EventKey>>, answer: oneshot::Sender<Vec<bool>> },
    /// Make these durable.
    Record(Asked),
    /// Do the regular round.
    Turn(oneshot::Sender<()>),
    /// End.
    End,
}

/// What shall be made durable together.
pub(super) struct Asked {
    pub contributions: Vec<Contribution>,
    /// How far a source is read behind them.
    pub cursor: Option<Cursor>,
    pub answer: oneshot::Sender<Vec<Answer>>,
}

/// Work in the order it came; the keeper of the store takes it up, one task at a time.
pub struct Inbox {
    works: mpsc::Receiver<Work>,
    ahead: Option<Work>,
    windows: Option<u32>,
}

/// What the keeper does next.
pub enum Task {
    /// Something about rows: see [`Rows::settle`].
    Rows(Rows),
    /// The regular round; told when it is done.
    Turn(oneshot::Sender<()>),
}

/// Rows to look up or to make durable.
pub struct Rows {
    inner: Inner,
    windows: Option<u32>,
}

enum Inner {
    Known { events: Vec<Vec<EventKey>>, answer: oneshot::Sender<Vec<bool>> },
    Record(Vec<Asked>),
}

impl Inbox {
    pub(super) fn new(works: mpsc::Receiver<Work>, windows: Option<u32>) -> Self {
        Self { works, ahead: None, windows }
    }

    /// Waits for the next task; `None` when the service ends. Rows of requests that wait
    /// already are made durable together. Not to be called on a thread of the runtime.
    pub fn next_task(&mut self) -> Option<Task> {
        let first = self.ahead.take().or_else(|| self.works.blocking_recv())?;
        let inner = match first {
            Work::End => return None,
            Work::Turn(done) => return Some(Task::Turn(done)),
            Work::Known { events, answer } => Inner::Known { events, answer },
            Work::Record(asked) => Inner::Record(self.gather(asked)),
        };
        Some(Task::Rows(Rows { inner, windows: self.windows }))
    }

    /// Joins requests that wait already; a batch says of one source at most how far it was read.
    fn gather(&mut self, first: Asked) -> Vec<Asked> {
        let (mut rows, mut has_cursor) = (first.contributions.len(), first.cursor.is_some());
        let mut gathered = vec![first];
        while let Ok(next) = self.works.try_recv() {
            match next {
                Work::Record(next)
                    if rows + next.contributions.len() <= BATCH_MAX
                        && !(has_cursor && next.cursor.is_some()) =>
                {
                    rows += next.contributions.len();
                    has_cursor |= next.cursor.is_some();
                    gathered.push(next);
                }
                other => {
                    self.ahead = Some(other);
                    break;
                }
            }
        }
        gathered
    }
}

impl Rows {
    /// Does it and answers whoever asked.
    ///
    /// # Errors
    /// When the store fails; nobody is then answered, and the service must end.
    pub fn settle(self, store: &mut Store) -> Result<(), StoreError> {
        match self.inner {
            Inner::Known { events, answer } => {
                let is_known = |names: &Vec<EventKey>| {
                    names.iter().try_fold(false, |known, name| {
                        Ok::<_, StoreError>(known || store.is_applied(name)?)
                    })
                };
                let known = events.iter().map(is_known).collect::<Result<Vec<_>, _>>()?;
                let _ = answer.send(known); // whoever asked may be gone
                Ok(())
            }
            Inner::Record(gathered) => record(gathered, self.windows, store),
        }
    }
}

/// # Privacy
/// A row goes into the oldest window that is open when it becomes durable, by the calendar and the
/// clock alone: what other rows came before it does not matter.
fn record(gathered: Vec<Asked>, windows: Option<u32>, store: &mut Store) -> Result<(), StoreError> {
    let first_open = store.first_open();
    let is_over = windows.is_some_and(|windows| first_open.0 >= windows);
    let mut batch = Batch::default();
    let mut asked = Vec::with_capacity(gathered.len());
    for Asked { contributions, cursor, answer } in gathered {
        asked.push((contributions.len(), answer));
        if !is_over {
            batch.contributions.extend(contributions.into_iter().map(|c| late(c, first_open)));
            batch.cursor = batch.cursor.or(cursor);
        }
    }
    crash_point("batch_labelled");
    let mut applied = store.commit(batch)?.into_iter();
    crash_point("batch_committed");
    for (rows, answer) in asked {
        let answers = (0..rows).map(|_| applied.next().ok_or(Rejection::OutsideSchedule));
        let _ = answer.send(answers.collect()); // as above
    }
    Ok(())
}

fn late(mut contribution: Contribution, first_open: Window) -> Contribution {
    contribution.window = contribution.window.max(first_open);
    contribution
}
