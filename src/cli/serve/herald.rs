//! The herald: tells alerts of a picture that the outside shows already, on a thread of its own, so
//! that no receiver holds up a round. What a webhook did not take is tried again after a while.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::{self, JoinHandle},
};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::Teller;
use crate::{
    cli::alerts::{line, tell},
    config::Pipeline,
    connectors::Surroundings,
    estimate::words::Language,
    release::ReleaseFile,
};

/// What was not delivered is tried again after so long.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(10);

type Picture = Arc<Vec<ReleaseFile>>;

/// Tells; knows nothing but pictures that are shown.
pub(super) struct Herald {
    pictures: Sender<Picture>,
    shown: Picture,
    state: Arc<State>,
    again_at: Option<Timestamp>,
    teller: Teller,
    thread: JoinHandle<()>,
}

/// What the thread and its owner know of each other.
#[derive(Default)]
struct State {
    /// How many pictures wait to be told, and whether one was not told in full.
    open: Mutex<(usize, bool)>,
    ending: AtomicBool,
}

impl Herald {
    /// Begins to listen for pictures.
    ///
    /// # Errors
    /// When the system has no thread.
    pub fn start(
        pipeline: Arc<Pipeline>,
        surroundings: Surroundings,
        teller: Teller,
    ) -> io::Result<Self> {
        let (pictures, inbox) = channel();
        let state = Arc::new(State::default());
        let theirs = Arc::clone(&state);
        let thread = thread::Builder::new().name("herald".into());
        let thread =
            thread.spawn(move || herald(&inbox, &pipeline, &surroundings, &theirs, teller))?;
        let (shown, again_at) = (Picture::default(), None);
        Ok(Self { pictures, shown, state, again_at, teller, thread })
    }

    /// Tells of a picture that the outside shows by now. It waits for nothing.
    pub fn shown(&mut self, picture: Vec<ReleaseFile>) {
        self.shown = Arc::new(picture);
        self.again_at = None;
        self.send();
    }

    /// Tries again what was not told in full, when that was long enough ago.
    pub fn turn(&mut self, now: Timestamp) {
        let is_idle_and_owes = *self.state.open() == (0, true);
        match self.again_at {
            _ if !is_idle_and_owes => {}
            None => self.again_at = now.checked_add(AGAIN_AFTER).ok(),
            Some(at) if now >= at => {
                self.again_at = None;
                self.send();
            }
            Some(_) => {}
        }
    }

    fn send(&self) {
        self.state.open().0 += 1;
        // A thread that broke off is told of at the end.
        let _ = self.pictures.send(Arc::clone(&self.shown));
    }

    /// Lets the attempt that is under way end; what is left is told at the next start.
    pub fn end(self) {
        self.state.ending.store(true, Ordering::SeqCst);
        drop(self.pictures);
        if self.thread.join().is_err() {
            // Nothing is lost with it: see `pipeline::Outbox`.
            self.teller.tell(
                "telling alerts broke off; what is left is told at the next start",
                &json!({"event": "alerts_failed", "because": "its thread broke off"}),
            );
        }
    }
}

impl State {
    fn open(&self) -> std::sync::MutexGuard<'_, (usize, bool)> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn herald(
    inbox: &Receiver<Picture>,
    pipeline: &Pipeline,
    surroundings: &Surroundings,
    state: &State,
    teller: Teller,
) {
    for picture in inbox {
        let owes = match state.ending.load(Ordering::SeqCst) {
            true => true,
            false => !has_told(&picture, pipeline, surroundings, state, teller),
        };
        let mut open = state.open();
        *open = (open.0 - 1, owes);
    }
}

/// Whether everything is told and delivered.
fn has_told(
    picture: &Picture,
    pipeline: &Pipeline,
    surroundings: &Surroundings,
    state: &State,
    teller: Teller,
) -> bool {
    let go_on = || !state.ending.load(Ordering::SeqCst);
    let told = match tell(pipeline, picture, surroundings, &go_on) {
        Ok(told) => told,
        Err(error) => {
            let error = error.to_string();
            teller.tell(
                &format!("alerts are not told yet: {error}"),
                &json!({"event": "alerts_failed", "because": error}),
            );
            return false;
        }
    };
    for one in &told.new {
        let words = format!("alert {}", line(one, Language::English).trim_end());
        teller.tell(&words, &json!({"event": "alert", "alert": one}));
    }
    if told.delivered + told.undelivered > 0 {
        let (delivered, undelivered) = (told.delivered, told.undelivered);
        let because = told.faults.join("; ");
        let words = match undelivered {
            0 => format!("webhooks took {delivered} alerts"),
            _ => format!(
                "webhooks took {delivered} alerts and not {undelivered}, which are kept and tried again: {because}"
            ),
        };
        let facts = json!({
            "event": "alerts_sent", "delivered": delivered, "undelivered": undelivered, "because": because,
        });
        teller.tell(&words, &facts);
    }
    told.undelivered == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::alerts::{
        receiver::Receiver,
        tests::{Town, weeks},
    };

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn herald(town: &Town) -> Herald {
        let teller = Teller { json: false };
        Herald::start(Arc::clone(&town.pipeline), town.surroundings(), teller).unwrap()
    }

    /// Until the thread has told what it was given.
    fn settle(herald: &Herald) {
        while herald.state.open().0 > 0 {
            thread::yield_now();
        }
    }

    #[test]
    fn what_was_not_taken_is_tried_again_after_a_while_and_then_no_more() {
        let receiver = Receiver::start(|before| if before < 4 { 503 } else { 200 });
        let town = Town::telling(&receiver.url());
        let mut herald = herald(&town);
        herald.shown(weeks(2));
        settle(&herald);
        assert_eq!(receiver.came().len(), 4);
        for now in ["2026-03-16T01:00:01Z", "2026-03-16T01:00:02Z", "2026-03-16T01:10:00Z"] {
            herald.turn(at(now));
            settle(&herald);
            assert_eq!(receiver.came().len(), 4, "{now}");
        }
        herald.turn(at("2026-03-16T01:10:01Z"));
        settle(&herald);
        assert_eq!((receiver.came().len(), receiver.taken().len()), (5, 1));
        for now in ["2026-03-16T02:00:00Z", "2026-03-16T03:00:00Z"] {
            herald.turn(at(now));
            settle(&herald);
        }
        assert_eq!(receiver.came().len(), 5);
        herald.end();
    }

    #[test]
    fn what_was_left_at_the_end_is_told_at_the_next_start() {
        let receiver = Receiver::start(|_| 200);
        let town = Town::telling(&receiver.url());
        let ended = herald(&town);
        ended.state.ending.store(true, Ordering::SeqCst);
        let mut ended = ended;
        ended.shown(weeks(2));
        ended.end();
        assert!(receiver.came().is_empty());
        let mut next = herald(&town);
        next.shown(weeks(2));
        settle(&next);
        next.end();
        assert_eq!(receiver.taken().len(), 1);
    }
}
