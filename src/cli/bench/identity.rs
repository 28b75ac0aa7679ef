//! Whether an int8 encoder gives the same bits on every path, in any order and on two threads.

use serde::Serialize;

use super::{
    child::{ChildError, Running},
    engines::Engine,
    vectors::{self, Vector},
};

/// One way of computing all texts, and the hash of what came out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Way {
    pub how: String,
    pub sha256: String,
}

/// Whether all ways gave the same bits.
pub(super) fn holds(ways: &[Way]) -> bool {
    ways.windows(2).all(|pair| pair[0].sha256 == pair[1].sha256)
}

/// Computes the texts last first, on two threads.
pub(super) fn backwards(engine: &Engine, lines: &[String]) -> Result<Way, ChildError> {
    let mut running = Running::start(engine, 2)?;
    let asked: String = lines.iter().rev().map(String::as_str).collect();
    let answers = running.ask(asked.as_bytes(), 1)?;
    let answers = answers.iter().zip((0..lines.len()).rev()).enumerate();
    let read = |(at, (answer, id)): (usize, (&String, usize))| {
        vectors::answer_to(id, answer).map_err(|what| ChildError::Answer { at: at + 1, what })
    };
    let mut found: Vec<Vector> = answers.map(read).collect::<Result<_, _>>()?;
    found.reverse();
    running.end()?;
    Ok(Way {
        how: format!("{}, last first on two threads", engine.id),
        sha256: vectors::hash(&found),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_agree_only_if_every_hash_is_one() {
        let way = |sha256: &str| Way { how: "x".into(), sha256: sha256.into() };
        assert!(holds(&[]) && holds(&[way("a")]) && holds(&[way("a"), way("a")]));
        assert!(!holds(&[way("a"), way("a"), way("b")]) && !holds(&[way("b"), way("a")]));
    }
}
