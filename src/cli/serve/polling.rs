//! Asking the pipeline's own service for rows, while the listeners wait for others.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use serde_json::json;
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval, sleep},
};

use super::{Failure, House, Teller};
use crate::{
    connectors::{Format, Input, SourceSpec, Surroundings, prepare_in},
    domain::{Calendar, PseudonymKey},
    pipeline::{
        IngestError, Intake, Opened, Poll, PollError, PollTally, Position, RoundEnd, SourceError,
        Stop, StopSwitch,
    },
};

/// Failures in a row lengthen the wait to no more than this, unless the file asks for more.
const WAIT_MAX: Duration = Duration::from_secs(3_600);

/// A pipeline's service, ready to be asked.
pub(super) struct Polling {
    spec: SourceSpec,
    surroundings: Surroundings,
    key: PseudonymKey,
    /// Stands for how rows are read, in cursors.
    reading: String,
    every: Duration,
    position: Position,
    calendar: Calendar,
}

/// The service while it is asked, in the background.
pub(super) struct Polled {
    pub tally: Arc<PollTally>,
    stop: StopSwitch,
    task: JoinHandle<()>,
}

impl Polling {
    /// The service of the pipeline, where it has one, behind the cursor that the house holds.
    pub fn of(house: &House) -> Result<Option<Self>, Failure> {
        let pipeline = &house.pipeline;
        let Format::Remote(remote) = &pipeline.format else { return Ok(None) };
        let mut remote = remote.clone();
        // A run listens to a stream for so long; a service listens while it runs.
        remote.service.listen = None;
        let every = remote.service.every;
        let spec = SourceSpec {
            id: pipeline.source.clone(),
            input: Input::Service,
            format: Format::Remote(remote),
        };
        let mut polling = Self {
            spec,
            surroundings: Surroundings {
                clock: Arc::clone(&house.clock),
                ..Surroundings::of_the_machine()
            },
            key: house.keys.pseudonym.clone(),
            reading: pipeline.digest.clone(),
            every,
            position: Position::default(),
            calendar: pipeline.plan.calendar.clone(),
        };
        let prepared = prepare_in(&polling.spec, &polling.surroundings).map_err(Failure::usage)?;
        let opened = prepared
            .start(&polling.key, &polling.reading, |bookmark| bookmark.find_in(&house.store));
        polling.position = opened.map_err(|error: IngestError| Failure::internal(error))?.from;
        Ok(Some(polling))
    }

    /// Begins to ask.
    pub fn start(
        self,
        intake: &Arc<Intake>,
        rows_max: std::num::NonZeroUsize,
        teller: Teller,
    ) -> Polled {
        let tally = Arc::new(PollTally::default());
        let poll = Poll::new(Arc::clone(intake), rows_max, Arc::clone(&tally));
        let (stop, stopped) = Stop::new();
        let told = Told { tally: Arc::clone(&tally), teller, before: BTreeMap::new() };
        let task = tokio::spawn(self.ask(poll, told, stopped));
        Polled { tally, stop, task }
    }

    fn open(&self) -> Result<Opened, SourceError> {
        let position = self.position;
        let prepared = prepare_in(&self.spec, &self.surroundings)?;
        prepared.start(&self.key, &self.reading, |_| Ok(position))
    }

    /// Asks round after round, until told to stop or the plan is over.
    async fn ask(mut self, mut poll: Poll, mut told: Told, mut stop: Stop) {
        let mut failures = 0;
        while !self.is_over() {
            let ended = match self.open() {
                Ok(opened) => self.round(&mut poll, opened, &mut stop, &mut told).await,
                Err(error) => Err(error.into()),
            };
            self.position = self.position.max(poll.position());
            told.news();
            let wait = match ended {
                Ok(RoundEnd::Stopped) | Err(PollError::Gone(_)) => return,
                Ok(RoundEnd::CaughtUp) => {
                    told.caught_up(self.surroundings.clock.now(), failures > 0);
                    failures = 0;
                    self.every
                }
                Err(error) => {
                    failures += 1;
                    let wait = wait_after(failures, self.every, &error);
                    told.failure(&error, wait);
                    wait
                }
            };
            tokio::select! {
                () = stop.requested() => return,
                () = sleep(wait) => {}
            }
        }
        let words = "the plan is over; its service is not asked any more";
        told.teller.tell(words, &json!({"event": "polling_over"}));
    }

    /// One round; a stream's lasts, so news of it is told meanwhile.
    async fn round(
        &self,
        poll: &mut Poll,
        opened: Opened,
        stop: &mut Stop,
        told: &mut Told,
    ) -> Result<RoundEnd, PollError> {
        let mut ticks = interval(self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut round = std::pin::pin!(poll.round(opened, stop));
        loop {
            tokio::select! {
                ended = &mut round => return ended,
                _ = ticks.tick() => told.news(),
            }
        }
    }

    fn is_over(&self) -> bool {
        let closed = self.calendar.closed_at(self.surroundings.clock.now());
        self.calendar.windows().is_some_and(|windows| closed >= windows)
    }
}

impl Polled {
    /// Asks no more; what was read is kept, or asked for again another day.
    pub async fn end(self) {
        self.stop.stop();
        let _ = self.task.await; // a task that broke off has ended
    }
}

/// Doubled at each failure in a row, and no shorter than what the service asks for.
fn wait_after(failures: u32, every: Duration, error: &PollError) -> Duration {
    let asked = match error {
        PollError::Source(SourceError::Service { again_after: Some(asked), .. }) => *asked,
        _ => Duration::ZERO,
    };
    let doubled = every.saturating_mul(1 << failures.saturating_sub(1).min(10));
    doubled.min(WAIT_MAX.max(every)).max(asked)
}

/// What was told of the counts so far.
struct Told {
    tally: Arc<PollTally>,
    teller: Teller,
    before: BTreeMap<String, u64>,
}

impl Told {
    /// Tells what came since the last time, where anything did but what was known.
    fn news(&mut self) {
        let rows = self.tally.counts().rows;
        let news: BTreeMap<&str, u64> = rows
            .iter()
            .map(|(outcome, count)| {
                (outcome.as_str(), count - self.before.get(outcome).copied().unwrap_or(0))
            })
            .filter(|(outcome, count)| *count > 0 && *outcome != "duplicate")
            .collect();
        if !news.is_empty() {
            let words: Vec<_> =
                news.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
            let words = format!("read of the service: {}", words.join(", "));
            self.teller.tell(&words, &json!({"event": "polled", "rows": news}));
        }
        self.before = rows;
    }

    /// Tells the first time that there was no more, and the first after failures.
    fn caught_up(&self, now: Timestamp, again: bool) {
        self.tally.caught_up(now);
        if again || self.tally.counts().rounds == 1 {
            let words = "the service is read up to now";
            self.teller.tell(words, &json!({"event": "caught_up"}));
        }
    }

    fn failure(&self, error: &PollError, wait: Duration) {
        self.tally.failed();
        let seconds = wait.as_secs();
        self.teller.tell(
            &format!("{error}; asked again in {seconds} s"),
            &json!({"event": "poll_failed", "because": error.to_string(), "again_in_s": seconds}),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wait_doubles_up_to_an_hour_and_is_never_shorter_than_asked_for() {
        let every = Duration::from_secs(300);
        let wait = |failures, again_after| {
            let error = SourceError::Service { input: "x".into(), fault: "y".into(), again_after };
            wait_after(failures, every, &PollError::Source(error)).as_secs()
        };
        assert_eq!(
            [1, 2, 3, 9, 90].map(|failures| wait(failures, None)),
            [300, 600, 1200, 3600, 3600]
        );
        assert_eq!(wait(1, Some(Duration::from_secs(7_200))), 7_200);
        let day = Duration::from_secs(86_400);
        assert_eq!(wait_after(5, day, &PollError::BrokenOff), day);
    }
}
