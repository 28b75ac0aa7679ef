//! Which texts of a set are kept for measuring: by a hash of their letters, as
//! `models/encoder_data.py` keeps them out of training and `models/fit_topics.py` takes a part of
//! these for its four numbers.

use sha2::{Digest, Sha256};

use super::corpora::mark;

const PARTS: u32 = 10;
const HELD: std::ops::Range<u32> = 7..10;
const UNFITTED: std::ops::Range<u32> = 8..10;

/// Whether a text is measured on; the others may be fitted on.
pub(super) fn is_held(text: &str) -> bool {
    HELD.contains(&(share(text) % PARTS))
}

/// Whether a text is measured on and served the topic rule's four numbers neither.
pub(super) fn is_unfitted(text: &str) -> bool {
    UNFITTED.contains(&(share(text) % PARTS))
}

/// A number that depends on the letters of the text alone.
pub(super) fn share(text: &str) -> u32 {
    let digest: [u8; 32] = Sha256::digest(mark(text)).into();
    let [a, b, c, d, ..] = digest;
    u32::from_be_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_tenths_are_held_and_a_copy_stands_on_the_side_of_its_original() {
        let texts: Vec<String> = (0..2_000).map(|at| format!("The bus {at} was late.")).collect();
        let held = texts.iter().filter(|text| is_held(text)).count();
        assert!((500..700).contains(&held), "{held}");
        for text in &texts {
            assert!(is_held(text) || !is_unfitted(text));
            assert_eq!(is_held(text), is_held(&format!("<HANDLE> {}", text.to_uppercase())));
        }
        assert_eq!(share("The bus was late."), 0x7b17_45be);
    }
}
