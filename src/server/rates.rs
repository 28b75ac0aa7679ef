//! How fast each sender brings rows: a bucket that fills by the clock.

use std::{collections::HashMap, sync::Mutex, sync::PoisonError};

use jiff::Timestamp;

/// One bucket for each sender that came.
#[derive(Default)]
pub(super) struct Rates(Mutex<HashMap<String, Bucket>>);

/// # Units
/// Thousandths of a row, so that a slow rate fills too.
struct Bucket {
    filled: i64,
    at: Timestamp,
}

impl Rates {
    /// Takes `rows` from the bucket of `sender`, which holds a minute's worth.
    ///
    /// # Errors
    /// Seconds to wait until they would be there.
    pub fn take(
        &self,
        sender: &str,
        rows: usize,
        rows_per_minute: u32,
        now: Timestamp,
    ) -> Result<(), u32> {
        let most = i64::from(rows_per_minute) * 1_000;
        let wanted = i64::try_from(rows).unwrap_or(i64::MAX).saturating_mul(1_000);
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(sender.to_owned()).or_insert(Bucket { filled: most, at: now });
        let passed_ms = (now.as_millisecond() - bucket.at.as_millisecond()).clamp(0, 60_000);
        bucket.filled = (bucket.filled + passed_ms * i64::from(rows_per_minute) / 60).min(most);
        bucket.at = now;
        if bucket.filled >= wanted {
            bucket.filled -= wanted;
            return Ok(());
        }
        let missing = wanted.min(most) - bucket.filled;
        let wait_s = missing * 60 / most + 1;
        Err(u32::try_from(wait_s).unwrap_or(60))
    }

    /// Forgets those that `keep` does not know.
    pub fn retain(&self, keep: impl Fn(&str) -> bool) {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.retain(|sender, _| keep(sender));
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn bucket_gives_a_minutes_rows_and_fills_by_the_clock() {
        let (rates, start) = (Rates::default(), Timestamp::UNIX_EPOCH);
        let at = |seconds| start + SignedDuration::from_secs(seconds);
        assert_eq!(rates.take("a", 60, 60, at(0)), Ok(()));
        assert_eq!(rates.take("a", 1, 60, at(0)), Err(2));
        assert_eq!(rates.take("b", 60, 60, at(0)), Ok(()), "each sender has a bucket");
        assert_eq!(rates.take("a", 10, 60, at(10)), Ok(()));
        assert_eq!(rates.take("a", 1, 60, at(10)), Err(2));
        assert_eq!(rates.take("a", 60, 60, at(500)), Ok(()), "it holds no more than a minute's");
        assert_eq!(rates.take("a", 1, 60, at(500)), Err(2));
        assert_eq!(rates.take("a", 1, 60, at(400)), Err(2), "a clock put back fills nothing");
    }
}
