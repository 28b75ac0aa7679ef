//! Broken inputs from a seed, and what a fuzz target is: the same seed gives the same inputs.
//!
//! Built for tests and under `cfg(fuzzing)` only.

/// Longest input that is made.
pub const INPUT_BYTES_MAX: usize = 10_000;

/// Most inputs are no longer, so that millions are read in minutes.
const SHORT_BYTES_MAX: usize = 400;

/// Once in so many inputs one is made as long as any may be.
const LONG_ONCE_IN: usize = 5_000;

/// Something that reads bytes of strangers.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, also of its file among the fuzz targets.
    pub name: &'static str,
    /// Reads any bytes and panics where something does not hold; how much it found in them.
    pub run: fn(&[u8]) -> u64,
    /// What the names of its seeds begin with, under `fixtures`.
    pub seeds: &'static [&'static str],
    /// What its parser trips over.
    pub tokens: &'static [&'static str],
    /// Longest time of an input of at most [`INPUT_BYTES_MAX`] bytes.
    pub limit_ms: u64,
}

/// A parser takes no longer for ten thousand bytes.
pub const LIMIT_MS: u64 = 50;

/// Makes inputs out of seeds.
pub struct Mutator {
    state: u64,
    /// Short ones first: they are taken more often.
    seeds: Vec<Vec<u8>>,
    tokens: &'static [&'static str],
    made: Vec<u8>,
}

impl Mutator {
    /// Inputs of this seed.
    pub fn new(seed: u64, mut seeds: Vec<Vec<u8>>, tokens: &'static [&'static str]) -> Self {
        seeds.sort_by_key(Vec::len);
        let state = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        Self { state, seeds, tokens, made: Vec::with_capacity(2 * INPUT_BYTES_MAX) }
    }

    /// The next number below `bound`, by xorshift64*.
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let drawn = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(drawn).unwrap_or(0) % bound.max(1)
    }

    /// A stretch of at most `bytes_max` bytes of one of the seeds.
    fn stretch(&mut self, bytes_max: usize) -> (usize, std::ops::Range<usize>) {
        let count = self.seeds.len();
        let at = self.below(count).min(self.below(count));
        let length = self.seeds.get(at).map_or(0, Vec::len);
        let from = self.below(length.saturating_sub(bytes_max) + 1);
        (at, from..(from + bytes_max).min(length))
    }

    /// The next input, which need not be UTF-8.
    #[allow(clippy::should_implement_trait)] // it never ends, and lends
    pub fn next(&mut self) -> &[u8] {
        // A long seed is taken whole now and then, and else a piece of it.
        let whole = self.below(16) == 0;
        let (seed, stretch) = self.stretch(if whole { INPUT_BYTES_MAX } else { SHORT_BYTES_MAX });
        self.made.clear();
        if let Some(piece) = self.seeds.get(seed).and_then(|seed| seed.get(stretch)) {
            self.made.extend_from_slice(piece);
        }
        let changes = self.below(4).max(self.below(12).saturating_sub(6));
        for _ in 0..changes {
            self.change();
        }
        if self.below(LONG_ONCE_IN) == 0 {
            self.lengthen();
        }
        self.made.truncate(INPUT_BYTES_MAX);
        &self.made
    }

    /// Repeats a stretch until the input is as long as any may be.
    fn lengthen(&mut self) {
        let at = self.below(self.made.len());
        let until = (at + 1 + self.below(80)).min(self.made.len());
        let stretch = self.made.get(at..until).unwrap_or_default().to_vec();
        let missing = INPUT_BYTES_MAX.saturating_sub(self.made.len());
        let again = stretch.repeat(missing / stretch.len().max(1));
        self.made.splice(at..at, again);
    }

    fn change(&mut self) {
        let at = self.below(self.made.len() + 1);
        let until = (at + self.below(32)).min(self.made.len());
        match self.below(8) {
            0 | 1 => {
                let token = self.tokens.get(self.below(self.tokens.len()));
                self.made.splice(at..at, token.copied().unwrap_or_default().bytes());
            }
            2 => drop(self.made.drain(at..until)),
            3 => {
                let times = 1 + self.below(6);
                let again = self.made.get(at..until).unwrap_or_default().repeat(times);
                self.made.splice(at..at, again);
            }
            4 => {
                let (seed, stretch) = self.stretch(64);
                let other = self.seeds.get(seed).and_then(|seed| seed.get(stretch));
                self.made.splice(at..until, other.unwrap_or_default().iter().copied());
            }
            5 if self.below(4) == 0 => self.made.truncate(at),
            5 | 6 => {
                let code = u32::try_from(self.below(0x11_0000)).unwrap_or(0);
                let mut bytes = [0; 4];
                let ch = char::from_u32(code).unwrap_or('\u{fffd}').encode_utf8(&mut bytes);
                self.made.splice(at..at, ch.bytes());
            }
            _ => {
                let byte = u8::try_from(self.below(256)).unwrap_or(0);
                if let Some(old) = self.made.get_mut(at) {
                    *old = byte;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_gives_the_same_inputs_and_none_is_too_long() {
        let mutator = |seed| Mutator::new(seed, vec![b"abc".to_vec(), vec![b'x'; 30_000]], &["<"]);
        let (mut one, mut same, mut other) = (mutator(1), mutator(1), mutator(2));
        let (mut differ, mut long) = (0, 0);
        for _ in 0..20_000 {
            let made = one.next().to_vec();
            assert!(made.len() <= INPUT_BYTES_MAX);
            assert_eq!(made, same.next());
            differ += usize::from(made != other.next());
            long += usize::from(made.len() > 9_000);
        }
        assert!(differ > 10_000 && long > 0, "{differ} differ, {long} are long");
    }
}
