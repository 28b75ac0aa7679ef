//! CPU time and memory of a running program, as the kernel counts them; Linux only.

use std::fs;

/// What the kernel did not tell.
#[derive(Debug, thiserror::Error)]
#[error("the kernel does not tell CPU time and memory of a program here (needs Linux's /proc)")]
pub(super) struct NoUsage;

/// CPU time that all threads of a program have taken so far, ended ones too.
///
/// # Units
/// Seconds, to the kernel's tick (a hundredth on common builds).
pub(super) fn cpu_s(id: u32) -> Result<f64, NoUsage> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).map_err(|_| NoUsage)?;
    let ticks = ticks(&stat).ok_or(NoUsage)?;
    Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

/// The most memory that a program has held resident at once.
///
/// # Units
/// MiB.
pub(super) fn memory_mib_peak(id: u32) -> Result<f64, NoUsage> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).map_err(|_| NoUsage)?;
    Ok(high_water_kib(&status).ok_or(NoUsage)? as f64 / 1024.0)
}

/// utime and stime, the 14th and 15th field; the second may hold spaces and brackets.
fn ticks(stat: &str) -> Option<u64> {
    let (_, after) = stat.rsplit_once(") ")?;
    let mut fields = after.split_ascii_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

fn high_water_kib(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_read_behind_a_name_with_brackets_and_spaces() {
        let stat = "7 (a) S 1 (x) R 1 7 7 0 -1 4194304 9 0 0 0 250 50 3 4 20 0 2 0 99 1 1";
        assert_eq!(ticks(stat), Some(300));
        assert_eq!(ticks("7 (a) R 1 7"), None);
    }

    #[test]
    fn peak_is_the_high_water_mark_and_not_the_present_size() {
        let status = "Name:\tx\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\n";
        assert_eq!(high_water_kib(status), Some(2048));
        assert_eq!(high_water_kib("VmRSS:\t 1 kB\n"), None);
    }
}
