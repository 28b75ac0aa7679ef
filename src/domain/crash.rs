//! Named points at which a test may kill the process.

/// Aborts when the crash point `name` is the one that `UNDERTONE_CRASH_AT=name[:nth]` asks for.
///
/// Without the `crash-points` feature, which only tests switch on, it does nothing.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub fn crash_point(_name: &str) {}

/// Aborts when the crash point `name` is the one that `UNDERTONE_CRASH_AT=name[:nth]` asks for.
#[cfg(feature = "crash-points")]
#[allow(clippy::disallowed_methods)] // a test harness outside the process is the only caller
pub fn crash_point(name: &str) {
    use std::sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    };
    static WANTED: OnceLock<Option<(String, usize)>> = OnceLock::new();
    static PASSED: AtomicUsize = AtomicUsize::new(0);
    let wanted = WANTED.get_or_init(|| {
        let value = std::env::var("UNDERTONE_CRASH_AT").ok()?;
        let (name, nth) = value.split_once(':').unwrap_or((&value, "1"));
        Some((name.to_owned(), nth.parse().ok()?))
    });
    if let Some((at, nth)) = wanted
        && at == name
        && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *nth
    {
        std::process::abort();
    }
}
