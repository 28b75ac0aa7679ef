//! Defects that the suite must catch: each is a line of the real code gone wrong, for tests only.

#[cfg(all(feature = "mutants", not(debug_assertions)))]
compile_error!("the `mutants` feature holds defects for tests: build releases without it");

/// A defect in one of the steps that the guarantee rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mutant {
    /// Noise of half the scale that was paid for.
    HalvedNoise,
    /// A voice over one cell more than the plan says.
    OneCellMore,
    /// Residents are admitted to every window, whatever they spent.
    WindowsIgnored,
    /// One draw serves all cells of a release.
    NoiseReused,
    /// Cells that nobody spoke in are left out of the release.
    EmptyCellsSkipped,
    /// A question asked again is drawn again.
    RetryRedraws,
    /// What comes late changes a closed window.
    LateReopens,
    /// A resident who says what another said is taken for a duplicate.
    DuplicatesAcrossResidents,
    /// Cells with few voices are set to zero before the noise.
    SuppressedCounts,
}

impl Mutant {
    /// Every defect that must be caught.
    pub const ALL: [Mutant; 9] = [
        Mutant::HalvedNoise,
        Mutant::OneCellMore,
        Mutant::WindowsIgnored,
        Mutant::NoiseReused,
        Mutant::EmptyCellsSkipped,
        Mutant::RetryRedraws,
        Mutant::LateReopens,
        Mutant::DuplicatesAcrossResidents,
        Mutant::SuppressedCounts,
    ];

    /// What is wrong with it, in one sentence.
    pub fn defect(self) -> &'static str {
        match self {
            Mutant::HalvedNoise => "noise has half the scale that was paid for",
            Mutant::OneCellMore => "a voice is split over k + 1 cells",
            Mutant::WindowsIgnored => "W is ignored: residents are admitted to every window",
            Mutant::NoiseReused => "one draw of noise serves all cells of a release",
            Mutant::EmptyCellsSkipped => "cells that nobody spoke in are left out",
            Mutant::RetryRedraws => "a question asked again is drawn again",
            Mutant::LateReopens => "what comes late changes a closed window",
            Mutant::DuplicatesAcrossResidents => "equal voices of two residents count once",
            Mutant::SuppressedCounts => "cells below three voices are zeroed before the noise",
        }
    }
}

/// Whether this thread runs with `mutant`: never, without the `mutants` feature, which only tests
/// switch on.
#[cfg(not(feature = "mutants"))]
#[inline(always)]
pub fn active(_mutant: Mutant) -> bool {
    false
}

#[cfg(feature = "mutants")]
pub use switch::{active, with};

#[cfg(feature = "mutants")]
mod switch {
    use std::cell::Cell;

    use super::Mutant;

    thread_local! {
        static ACTIVE: Cell<Option<Mutant>> = const { Cell::new(None) };
    }

    /// Whether this thread runs with `mutant`.
    pub fn active(mutant: Mutant) -> bool {
        ACTIVE.get() == Some(mutant)
    }

    /// Runs `work` on this thread with a defect, or with none.
    pub fn with<T>(mutant: Option<Mutant>, work: impl FnOnce() -> T) -> T {
        struct Restore(Option<Mutant>);
        impl Drop for Restore {
            fn drop(&mut self) {
                ACTIVE.set(self.0);
            }
        }
        let _restore = Restore(ACTIVE.replace(mutant));
        work()
    }
}
