//! Operational metrics in Prometheus' text format, for the inside alone.
//!
//! # Privacy
//! Exact counts of what came in: they stay inside the boundary. No label names a cell, a place, a
//! topic, a tone or a sender.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::outcome::{Outcome, RowOutcome};
use crate::pipeline::{IntakeCounts, PollCounts};

/// What the inside listener counted since it started.
#[derive(Default)]
pub(super) struct Metrics {
    requests: Mutex<BTreeMap<u16, u64>>,
    rows: Mutex<BTreeMap<String, u64>>,
    rounds: AtomicU64,
    reloads: AtomicU64,
}

/// What is measured at the moment of asking.
pub(super) struct Gauges {
    pub intake: IntakeCounts,
    /// Of the source that is asked as well, where there is one.
    pub polls: Option<PollCounts>,
    pub free_bytes: usize,
    pub draining: bool,
    pub shown_windows: u32,
}

impl Metrics {
    pub fn answered(&self, status: u16) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry(status).or_default() += 1;
    }

    pub fn rows(&self, outcomes: &[RowOutcome]) {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        for outcome in outcomes {
            let word = match (outcome.outcome, &outcome.reason) {
                (Outcome::Refused, Some(reason)) => reason.clone(),
                (outcome, _) => match serde_json::to_value(outcome) {
                    Ok(serde_json::Value::String(word)) => word,
                    _ => continue,
                },
            };
            *rows.entry(word).or_default() += 1;
        }
    }

    pub fn round(&self) {
        self.rounds.fetch_add(1, Ordering::Relaxed);
    }

    pub fn reloaded(&self) {
        self.reloads.fetch_add(1, Ordering::Relaxed);
    }

    /// The text that a scraper reads.
    pub fn text(&self, gauges: &Gauges) -> String {
        let mut out = String::new();
        let mut family = |name: &str, kind: &str, help: &str, samples: &[(String, u64)]| {
            let _ = write!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n"); // a String takes all
            for (label, value) in samples {
                let _ = writeln!(out, "{name}{label} {value}");
            }
        };
        let plain = |value: u64| [(String::new(), value)];
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let requests: Vec<_> =
            requests.iter().map(|(s, n)| (format!("{{status=\"{s}\"}}"), *n)).collect();
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let rows: Vec<_> =
            rows.iter().map(|(word, n)| (format!("{{outcome=\"{word}\"}}"), *n)).collect();
        let counts = gauges.intake;
        family("undertone_requests_total", "counter", "Requests answered.", &requests);
        family("undertone_rows_total", "counter", "Rows answered.", &rows);
        family(
            "undertone_withheld_total",
            "counter",
            "Comments that redaction kept from the model.",
            &plain(counts.withheld),
        );
        family(
            "undertone_label_panics_total",
            "counter",
            "Comments during whose labelling the program panicked.",
            &plain(counts.label_panics),
        );
        family(
            "undertone_room_rows",
            "gauge",
            "Rows that still find room.",
            &plain(counts.room_rows),
        );
        family(
            "undertone_room_bytes",
            "gauge",
            "Bytes of bodies that still find room.",
            &plain(gauges.free_bytes as u64),
        );
        family(
            "undertone_shown_windows",
            "gauge",
            "Closed windows whose releases are shown outside.",
            &plain(u64::from(gauges.shown_windows)),
        );
        let rounds = self.rounds.load(Ordering::Relaxed);
        family("undertone_rounds_total", "counter", "Regular rounds.", &plain(rounds));
        let reloads = self.reloads.load(Ordering::Relaxed);
        family("undertone_reloads_total", "counter", "Reloads that took effect.", &plain(reloads));
        family(
            "undertone_draining",
            "gauge",
            "Whether the service is ending.",
            &plain(u64::from(gauges.draining)),
        );
        gauges.polls.iter().for_each(|polls| tell_polls(polls, &mut family));
        out
    }
}

/// What asking the pipeline's own source came to; its outcomes and reasons are this program's words.
fn tell_polls(polls: &PollCounts, family: &mut Family<'_>) {
    let rows: Vec<_> =
        polls.rows.iter().map(|(word, n)| (format!("{{outcome=\"{word}\"}}"), *n)).collect();
    family("undertone_polled_rows_total", "counter", "Rows read of the pipeline's source.", &rows);
    let ends = [("caught_up", polls.rounds), ("failed", polls.failures)];
    let ends = ends.map(|(end, n)| (format!("{{end=\"{end}\"}}"), n));
    family("undertone_polls_total", "counter", "Times the source was asked for all it had.", &ends);
    if let Some(at) = polls.caught_up_at {
        let seconds = u64::try_from(at.as_second()).unwrap_or(0);
        family(
            "undertone_poll_caught_up_timestamp_seconds",
            "gauge",
            "When the source last had no more.",
            &[(String::new(), seconds)],
        );
    }
}

/// Writes one family of metrics: its name, kind, help and samples.
type Family<'a> = dyn FnMut(&str, &str, &str, &[(String, u64)]) + 'a;
