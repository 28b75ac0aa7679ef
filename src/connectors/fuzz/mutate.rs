//! Mutated pages from a seed: the same seed gives the same pages.

/// What parsers of pages trip over.
const TOKENS: &[&str] = &[
    "\"",
    "\\",
    "\\u",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "true",
    "0",
    "-0",
    "006",
    "1e400",
    "18446744073709551616",
    "-9223372036854775809",
    "0.1",
    "\"id\":",
    "\"data\":",
    "{}",
    "[]",
    "\u{feff}",
    "\0",
    "\r\n",
    "\n\n",
    "data: ",
    "event: delete\n",
    "event: update\n",
    ":thump\n",
    "<",
    ">",
    "</",
    "/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<request>",
    "</request>",
    "&amp;",
    "&#x0;",
    "&#1114112;",
    "&",
    ";",
    "<?xml version=\"1.0\" encoding=\"utf-16\"?>",
    "<!DOCTYPE x [<!ENTITY a \"b\">]>",
    "<script>",
    "<aside>",
    "2026-01-06T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "-9999-01-01",
    "Z",
    "did:",
    "\u{202e}",
    "\u{1F333}",
    "\u{301}",
    "[deleted]",
];

/// Longest mutated page.
const BYTES_MAX: usize = 16 << 10;

/// Makes pages out of a corpus.
pub struct Mutator {
    state: u64,
    corpus: Vec<Vec<u8>>,
}

impl Mutator {
    /// Pages of this seed.
    pub fn new(seed: u64, corpus: Vec<Vec<u8>>) -> Self {
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, corpus }
    }

    /// The next number below `bound`, by xorshift64*.
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let drawn = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(drawn).unwrap_or(0) % bound.max(1)
    }

    fn seed(&mut self) -> Vec<u8> {
        let at = self.below(self.corpus.len());
        self.corpus.get(at).cloned().unwrap_or_default()
    }

    /// The next page, which need not be UTF-8.
    #[allow(clippy::should_implement_trait)] // it never ends
    pub fn next(&mut self) -> Vec<u8> {
        let mut data = self.seed();
        for _ in 0..=self.below(6) {
            self.mutate(&mut data);
        }
        data.truncate(BYTES_MAX);
        data
    }

    fn mutate(&mut self, data: &mut Vec<u8>) {
        let at = self.below(data.len() + 1);
        let until = (at + self.below(40)).min(data.len());
        match self.below(7) {
            0 | 1 => {
                let token = TOKENS.get(self.below(TOKENS.len())).copied().unwrap_or_default();
                data.splice(at..at, token.bytes());
            }
            2 => drop(data.drain(at..until)),
            3 => {
                let again = data.get(at..until).unwrap_or_default().repeat(1 + self.below(60));
                data.splice(at..at, again);
            }
            4 => {
                let other = self.seed();
                let from = self.below(other.len() + 1);
                let to = (from + self.below(400)).min(other.len());
                data.splice(at..until, other.get(from..to).unwrap_or_default().iter().copied());
            }
            5 => data.truncate(at),
            _ => {
                let byte = u8::try_from(self.below(256)).unwrap_or(0);
                if let Some(old) = data.get_mut(at) {
                    *old = byte;
                }
            }
        }
    }
}
