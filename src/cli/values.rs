//! Values of the command line whose own errors would tell a person little.

use std::num::NonZeroUsize;

use jiff::Timestamp;

/// A number of threads.
pub(super) fn threads(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "allowed: a whole number from 1 on".to_owned())
}

/// An instant.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .map_err(|_| "allowed: an instant with its offset, as 2026-03-10T00:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_that_is_none_is_refused_with_what_is_allowed() {
        assert!(threads("0").unwrap_err().contains("from 1"));
        assert_eq!(threads("3").unwrap().get(), 3);
        assert!(instant("yesterday").unwrap_err().contains("2026-03-10T00:00:00Z"));
        assert!(instant("2026-03-10T00:00:00Z").is_ok());
    }
}
