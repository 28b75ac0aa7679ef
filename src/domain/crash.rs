//! Named points at which a test may kill the process.

use super::Sensitive;

/// Aborts when the crash point `name` is the one that `UNDERTONE_CRASH_AT=name[:nth]` asks for.
///
/// Without the `crash-points` feature, which only tests switch on, it does nothing.
#[inline]
pub fn crash_point(name: &str) {
    if is_asked_for(name) {
        std::process::abort();
    }
}

/// Panics with the text itself as the message when `UNDERTONE_CRASH_AT=name[:nth]` asks for it: the
/// worst that a defect could do, to show that the message goes nowhere.
#[inline]
pub fn panic_point(name: &str, text: &Sensitive<String>) {
    if is_asked_for(name) {
        std::panic::panic_any(text.expose().clone());
    }
}

#[cfg(not(feature = "crash-points"))]
#[inline(always)]
fn is_asked_for(_name: &str) -> bool {
    false
}

#[cfg(feature = "crash-points")]
#[allow(clippy::disallowed_methods)] // a test harness outside the process is the only caller
fn is_asked_for(name: &str) -> bool {
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
    wanted
        .as_ref()
        .is_some_and(|(at, nth)| at == name && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *nth)
}
