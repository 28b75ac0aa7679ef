//! Load on a service: closed, where each connection waits for its answer, and open, where requests
//! come at a rate whatever the service does.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::anyhow;
use serde::Serialize;
use tokio::time::Instant;

use super::{
    client::Client,
    town::{Service, comment, row_of},
};
use crate::cli::failure::Failure;

/// Connections of an open load: twice the rows that the service lets wait, so that under overload it
/// is the service that says no and not the sender that holds back.
const OPEN_CONNECTIONS: usize = 64;

/// Memory is looked at so often.
const SAMPLE: Duration = Duration::from_secs(1);

/// Rows sent again at once, to count what was kept: as many as a request may hold.
const COUNT_ROWS: usize = 32;

/// How requests come.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pace {
    /// As fast as they are answered.
    Closed { connections: usize },
    /// So many a second.
    Open { per_s: f64 },
}

/// Requests of one row each, and the ids that were answered 202.
pub(super) struct Load {
    token: String,
    next_id: Arc<AtomicU64>,
    acknowledged: Arc<Mutex<Vec<u64>>>,
}

/// What one phase saw.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Phase {
    pub seconds: f64,
    /// Requests a second that were to be sent; none in a closed loop.
    pub offered_per_s: Option<f64>,
    pub sent: u64,
    /// 202.
    pub accepted: u64,
    /// 429.
    pub refused: u64,
    /// Anything else, connections that broke among it.
    pub other: u64,
    /// What that was: a status or what the connection said, and how often.
    pub other_answers: BTreeMap<String, u64>,
    /// Sent once more, since a kept connection ended before the answer began.
    pub resent: u64,
    /// Of the accepted, from when they were due to their answer.
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub refused_p99_ms: f64,
    /// Of the service, a minute (or a tenth of the phase) after its start, and the most after that.
    pub rss_early_kib: u64,
    pub rss_most_kib: u64,
}

#[derive(Default)]
struct Seen {
    accepted_ms: Vec<f64>,
    refused_ms: Vec<f64>,
    other: BTreeMap<String, u64>,
    resent: u64,
}

impl Phase {
    pub fn accepted_per_s(&self) -> f64 {
        self.accepted as f64 / self.seconds.max(f64::MIN_POSITIVE)
    }

    /// Growth of memory in percent.
    pub fn growth_percent(&self) -> f64 {
        let (early, most) = (self.rss_early_kib as f64, self.rss_most_kib as f64);
        100.0 * (most - early) / early.max(1.0)
    }
}

impl Load {
    pub fn new(token: String) -> Self {
        Self { token, next_id: Arc::default(), acknowledged: Arc::default() }
    }

    /// How many rows were answered 202 so far.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Loads the service for a while.
    pub fn run(
        &mut self,
        service: &Service,
        pace: Pace,
        lasts: Duration,
    ) -> Result<Phase, Failure> {
        let start = Instant::now();
        let senders = self.senders(service, pace, (start, lasts));
        let memory = sample(service, start, lasts)?;
        let mut all = joined(senders)?;
        let (accepted, refused) = (all.accepted_ms.len() as u64, all.refused_ms.len() as u64);
        let other = all.other.values().sum();
        Ok(Phase {
            seconds: start.elapsed().as_secs_f64(),
            offered_per_s: match pace {
                Pace::Closed { .. } => None,
                Pace::Open { per_s } => Some(per_s),
            },
            sent: accepted + refused + other,
            accepted,
            refused,
            other,
            other_answers: all.other,
            resent: all.resent,
            p50_ms: quantile(&mut all.accepted_ms, 0.50),
            p99_ms: quantile(&mut all.accepted_ms, 0.99),
            refused_p99_ms: quantile(&mut all.refused_ms, 0.99),
            rss_early_kib: memory.0,
            rss_most_kib: memory.1,
        })
    }

    /// Loads the service and kills it outright under the load.
    pub fn run_and_kill(
        &mut self,
        service: &mut Service,
        pace: Pace,
        after: Duration,
    ) -> Result<(), Failure> {
        let start = Instant::now();
        let senders = self.senders(service, pace, (start, after));
        sleep_until(start + after * 3 / 4);
        service.kill()?;
        joined(senders).map(drop)
    }

    /// Threads that send until a phase is over.
    fn senders(
        &self,
        service: &Service,
        pace: Pace,
        (start, lasts): (Instant, Duration),
    ) -> Vec<JoinHandle<Seen>> {
        let (connections, gap) = match pace {
            Pace::Closed { connections } => (connections, None),
            Pace::Open { per_s } => {
                let gap = OPEN_CONNECTIONS as f64 / per_s.max(0.1);
                (OPEN_CONNECTIONS, Some(Duration::from_secs_f64(gap)))
            }
        };
        (0..connections)
            .map(|at| {
                let first = gap.map_or(start, |gap| start + gap * at as u32 / connections as u32);
                let client = Client::new(service.inside, self.token.clone());
                let (next_id, acknowledged) =
                    (Arc::clone(&self.next_id), Arc::clone(&self.acknowledged));
                thread::spawn(move || {
                    send(client, (first, gap, start + lasts), &next_id, &acknowledged)
                })
            })
            .collect()
    }

    /// How many of the acknowledged rows the service knows: each is sent again and must be a
    /// duplicate.
    pub fn count_kept(&self, service: &Service) -> Result<usize, Failure> {
        let ids = self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut client = Client::new(service.inside, self.token.clone());
        let mut kept = 0;
        for ids in ids.chunks(COUNT_ROWS) {
            let rows: String = ids.iter().map(|id| comment(*id)).collect();
            let answer = client.post(&rows).map_err(Failure::check)?;
            if answer.status != 202 {
                return Err(Failure::check(anyhow!(
                    "sending acknowledged rows again was answered {}",
                    answer.status
                )));
            }
            kept += row_of(&answer.body, "duplicate");
        }
        Ok(kept)
    }
}

/// What all senders saw, once they have ended.
fn joined(senders: Vec<JoinHandle<Seen>>) -> Result<Seen, Failure> {
    let mut all = Seen::default();
    for sender in senders {
        let broke = |_| Failure::internal(anyhow!("a sender broke off"));
        let seen = sender.join().map_err(broke)?;
        all.accepted_ms.extend(seen.accepted_ms);
        all.refused_ms.extend(seen.refused_ms);
        all.resent += seen.resent;
        for (answer, times) in seen.other {
            *all.other.entry(answer).or_default() += times;
        }
    }
    Ok(all)
}

fn sleep_until(due: Instant) {
    thread::sleep(due.saturating_duration_since(Instant::now()));
}

/// One connection's requests. An open load is timed from when each was due, so that waiting for a
/// slow answer before it counts too.
fn send(
    mut client: Client,
    (first, gap, end): (Instant, Option<Duration>, Instant),
    next_id: &AtomicU64,
    acknowledged: &Mutex<Vec<u64>>,
) -> Seen {
    let (mut seen, mut due) = (Seen::default(), first);
    while due < end && Instant::now() < end {
        if gap.is_some() {
            sleep_until(due);
        } else {
            due = Instant::now();
        }
        let id = next_id.fetch_add(1, Ordering::Relaxed);
        match client.post(&comment(id)) {
            Ok(answer) if answer.status == 202 => {
                seen.accepted_ms.push(due.elapsed().as_secs_f64() * 1e3);
                acknowledged.lock().unwrap_or_else(PoisonError::into_inner).push(id);
            }
            Ok(answer) if answer.status == 429 => {
                seen.refused_ms.push(due.elapsed().as_secs_f64() * 1e3);
            }
            Ok(answer) => *seen.other.entry(answer.status.to_string()).or_default() += 1,
            Err(error) => *seen.other.entry(error.kind().to_string()).or_default() += 1,
        }
        due += gap.unwrap_or_default();
    }
    seen.resent = client.resent;
    seen
}

/// Resident memory early in a phase, and the most after that.
fn sample(service: &Service, start: Instant, lasts: Duration) -> Result<(u64, u64), Failure> {
    let early_until = start + (lasts / 10).min(Duration::from_secs(60));
    let (mut early, mut most) = (0, 0);
    let mut at = start;
    while at < start + lasts {
        at += SAMPLE.min(lasts);
        sleep_until(at);
        let rss_kib = service.rss_kib()?;
        if at <= early_until || early == 0 {
            early = early.max(rss_kib);
        }
        most = most.max(rss_kib);
    }
    Ok((early, most))
}

fn quantile(values: &mut [f64], at: f64) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    values.sort_unstable_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * at).ceil() as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantile_is_a_value_that_so_many_do_not_exceed() {
        let mut values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(quantile(&mut values, 0.5), 51.0);
        assert_eq!(quantile(&mut values, 0.99), 100.0);
        assert_eq!(quantile(&mut [], 0.99), 0.0);
    }
}
