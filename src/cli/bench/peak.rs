//! What this machine reaches in products of bytes alone: the measure of how well the encoder is fed.

use super::usage::{self, NoUsage};
use crate::model::{Isa, multiply_repeatedly};

/// Times that the peak is looked for; the best counts.
const TRIES: usize = 7;
/// CPU seconds of one try, long beside the kernel's ticks.
const TRY_CPU_S: f64 = 0.3;

/// Operations a CPU second of one thread, multiplications and additions each counted.
///
/// Other work on the machine slows a try and never speeds one up, so the best of several is nearest.
pub(super) fn operations_per_cpu_s(isa: Isa) -> Result<Option<f64>, NoUsage> {
    let mut times = 1_000;
    let mut tries = Vec::with_capacity(TRIES);
    while tries.len() < TRIES {
        let before_s = usage::cpu_s(std::process::id())?;
        let Some(operations) = multiply_repeatedly(isa, times) else { return Ok(None) };
        let cpu_s = usage::cpu_s(std::process::id())? - before_s;
        if cpu_s < TRY_CPU_S {
            times = times.saturating_mul(2);
        } else {
            tries.push(operations as f64 / cpu_s);
        }
    }
    Ok(tries.into_iter().reduce(f64::max))
}
