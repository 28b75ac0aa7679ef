//! How a command ends when it does not succeed.

use std::{fmt, process::ExitCode};

/// A command's failure, by the exit code it stands for.
#[derive(Debug)]
pub(super) enum Failure {
    /// 1: nothing was released or a check failed.
    Check(anyhow::Error),
    /// 2: bad arguments or configuration.
    Usage(anyhow::Error),
    /// 70: internal.
    Internal(anyhow::Error),
    /// 78: refused to protect privacy.
    #[cfg(feature = "pipeline")]
    Refused(anyhow::Error),
    /// The reader of standard output went away; nobody is left to tell.
    PipeClosed,
}

impl Failure {
    /// The contract's exit code.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Failure::Check(_) => 1,
            Failure::Usage(_) => 2,
            Failure::Internal(_) => 70,
            #[cfg(feature = "pipeline")]
            Failure::Refused(_) => 78,
            Failure::PipeClosed => 0,
        })
    }

    /// Whether there is nothing to say.
    pub fn is_quiet(&self) -> bool {
        matches!(self, Failure::PipeClosed)
    }

    /// A failed check.
    pub fn check(error: impl Into<anyhow::Error>) -> Self {
        Failure::Check(error.into())
    }

    /// Bad arguments or configuration.
    pub fn usage(error: impl Into<anyhow::Error>) -> Self {
        Failure::Usage(error.into())
    }

    /// An internal error.
    pub fn internal(error: impl Into<anyhow::Error>) -> Self {
        Failure::Internal(error.into())
    }

    /// A refusal.
    #[cfg(feature = "pipeline")]
    pub fn refused(error: impl Into<anyhow::Error>) -> Self {
        Failure::Refused(error.into())
    }
}

#[cfg(feature = "pipeline")]
mod causes {
    use super::Failure;
    use crate::{
        config::ConfigError, ledger::LedgerError, release::ReleaseError, store::StoreError,
    };

    impl From<ConfigError> for Failure {
        fn from(error: ConfigError) -> Self {
            if error.refused { Failure::refused(error) } else { Failure::usage(error) }
        }
    }

    /// A store that cannot vouch for what residents spent must not go on.
    impl From<StoreError> for Failure {
        fn from(error: StoreError) -> Self {
            Failure::refused(error)
        }
    }

    /// A ledger that does not hold together must not be added to.
    impl From<LedgerError> for Failure {
        fn from(error: LedgerError) -> Self {
            Failure::refused(error)
        }
    }

    impl From<ReleaseError> for Failure {
        fn from(error: ReleaseError) -> Self {
            match error {
                ReleaseError::Ledger(error) => error.into(),
                ReleaseError::Store(error) => error.into(),
                ReleaseError::LedgerOlder
                | ReleaseError::JournalOlder
                | ReleaseError::Scrubbed(_)
                | ReleaseError::ChargeMissing => Failure::refused(error),
                other => Failure::internal(other),
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Check(e) | Failure::Usage(e) | Failure::Internal(e) => f.write_str(&told(e)),
            #[cfg(feature = "pipeline")]
            Failure::Refused(e) => write!(f, "refused to protect privacy: {}", told(e)),
            Failure::PipeClosed => Ok(()),
        }
    }
}

/// An error with its causes, each told once: many messages quote their cause already.
fn told(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !text.contains(&cause) {
            let part = if text.is_empty() { "" } else { ": " };
            text += &format!("{part}{cause}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn causes_are_told_once_each_whether_quoted_or_not() {
        let disk = || std::io::Error::other("the disk is full");
        let quoted = anyhow::Error::from(disk()).context("cannot write x: the disk is full");
        assert_eq!(told(&quoted), "cannot write x: the disk is full");
        let chained = Err::<(), _>(disk()).context("cannot write x").context("nothing released");
        assert_eq!(
            told(&chained.unwrap_err()),
            "nothing released: cannot write x: the disk is full"
        );
    }
}
