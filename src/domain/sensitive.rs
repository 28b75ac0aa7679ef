//! A wrapper for what residents wrote and for their accounts.

use std::fmt;

use zeroize::Zeroize;

/// Text or an account that must never reach a file, log, error or metric.
///
/// It has no `Serialize` and no `Display`; `Debug` prints a placeholder; the memory is zeroed on
/// drop. Only `text` and `domain` call [`Sensitive::expose`], which a test holds.
#[derive(Clone)]
pub struct Sensitive<T: Zeroize>(T);

impl<T: Zeroize> Sensitive<T> {
    /// Wraps a value that a source has just read.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// Opens the wrapper.
    ///
    /// # Privacy
    /// The caller must neither keep nor print what it sees.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Sensitive<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sensitive(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sensitive_debug_hides_the_value() {
        let secret = Sensitive::new(String::from("maria@example.org"));
        assert_eq!(format!("{secret:?}"), "Sensitive(..)");
    }
}
