//! What was measured, for people and machines, and whether it is as it must be.

use anyhow::anyhow;
use serde::Serialize;

use super::load::Phase;
use crate::cli::failure::Failure;

/// Under a sustainable load, 99 of 100 answers come within this.
const P99_MS_MAX: f64 = 250.0;

/// Of a thousand requests, so many may meet a connection that has just ended.
const RESENT_PER_1000_MAX: u64 = 1;

/// Under overload, memory grows by no more.
const GROWTH_PERCENT_MAX: f64 = 10.0;

#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub closed: Phase,
    pub steady: Phase,
    pub overload: Phase,
    /// Rows that were answered 202.
    pub acknowledged: usize,
    /// Those of them that were known after the service was killed outright and started again.
    pub kept: usize,
}

impl Report {
    pub fn readable(&self) -> String {
        let mut text = String::from(
            "phase        offered/s     sent      202      429    other   202/s  p50 ms  p99 ms  429 p99 ms  RSS MiB (early, most)\n",
        );
        for (name, phase) in
            [("closed", &self.closed), ("sustainable", &self.steady), ("overload", &self.overload)]
        {
            let offered = phase.offered_per_s.map_or("-".to_owned(), |rate| format!("{rate:.0}"));
            text += &format!(
                "{name:<12} {offered:>9} {:>8} {:>8} {:>8} {:>8} {:>7.1} {:>7.1} {:>7.1} {:>11.1}  {} {} ({:+.1} %)\n",
                phase.sent,
                phase.accepted,
                phase.refused,
                phase.other,
                phase.accepted_per_s(),
                phase.p50_ms,
                phase.p99_ms,
                phase.refused_p99_ms,
                phase.rss_early_kib >> 10,
                phase.rss_most_kib >> 10,
                phase.growth_percent(),
            );
        }
        for phase in [&self.closed, &self.steady, &self.overload] {
            if phase.resent > 0 {
                text += &format!("sent once more on another connection: {}\n", phase.resent);
            }
            for (answer, times) in &phase.other_answers {
                text += &format!("neither 202 nor 429, but {answer}: {times} times\n");
            }
        }
        text += &format!(
            "killed outright and started again: {} of {} acknowledged rows are known\n",
            self.kept, self.acknowledged
        );
        text
    }

    /// What must hold on any machine.
    pub fn verdict(&self) -> Result<(), Failure> {
        let mut broken = Vec::new();
        if self.kept != self.acknowledged {
            broken.push(format!("{} acknowledged rows were lost", self.acknowledged - self.kept));
        }
        if self.steady.p99_ms > P99_MS_MAX {
            broken.push(format!("p99 under sustainable load is above {P99_MS_MAX} ms"));
        }
        if self.overload.growth_percent() > GROWTH_PERCENT_MAX {
            broken.push(format!("memory grew by more than {GROWTH_PERCENT_MAX} % under overload"));
        }
        if self.overload.other > 0 {
            broken.push(format!("{} requests got neither 202 nor 429", self.overload.other));
        }
        if self.overload.resent * 1_000 > self.overload.sent * RESENT_PER_1000_MAX {
            broken.push(format!("{} connections ended unanswered", self.overload.resent));
        }
        match broken.is_empty() {
            true => Ok(()),
            false => Err(Failure::check(anyhow!(broken.join("; ")))),
        }
    }
}
