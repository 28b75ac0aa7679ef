//! Answers of one picture that were made already, so that asking again costs a copy.
//!
//! # Privacy
//! What is kept is a pure function of its key and the picture, so an answer is the same bytes whether
//! it was kept, made anew or given up in between. How soon it comes tells at most what other readers
//! of the outside asked for; nothing of a comment is within reach (decision 0012).

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use super::page::Page;

/// Kept answers, so many bytes of them; the one that was asked for longest ago goes first.
pub(super) struct Kept<K> {
    bytes_max: usize,
    shelf: Mutex<Shelf<K>>,
}

struct Shelf<K> {
    answers: HashMap<K, (Arc<Page>, u64)>,
    bytes: usize,
    /// Counts what was asked: the age of an answer.
    asked: u64,
}

impl<K: Clone + Eq + Hash> Kept<K> {
    /// Keeps at most so many bytes.
    pub fn new(bytes_max: usize) -> Self {
        Self { bytes_max, shelf: Mutex::new(Shelf { answers: HashMap::new(), bytes: 0, asked: 0 }) }
    }

    /// The answer under a key.
    pub fn get(&self, key: &K) -> Option<Arc<Page>> {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.asked += 1;
        let asked = shelf.asked;
        let (page, last) = shelf.answers.get_mut(key)?;
        *last = asked;
        Some(Arc::clone(page))
    }

    /// Keeps an answer, where it does not take more than an eighth of all room.
    pub fn keep(&self, key: K, page: &Arc<Page>) {
        let weight = page.weight();
        if weight > self.bytes_max / 8 {
            return;
        }
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.asked += 1;
        let asked = shelf.asked;
        if let Some((before, _)) = shelf.answers.insert(key, (Arc::clone(page), asked)) {
            shelf.bytes -= before.weight();
        }
        shelf.bytes += weight;
        while shelf.bytes > self.bytes_max {
            let oldest = shelf.answers.iter().min_by_key(|(_, (_, last))| *last);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else { return };
            if let Some((page, _)) = shelf.answers.remove(&key) {
                shelf.bytes -= page.weight();
            }
        }
    }

    /// How many there are, and how many bytes they take.
    #[cfg(test)]
    pub fn size(&self) -> (usize, usize) {
        let shelf = self.shelf.lock().unwrap();
        (shelf.answers.len(), shelf.bytes)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    fn page(bytes: usize) -> Arc<Page> {
        Arc::new(Page::new(StatusCode::NOT_FOUND, "text/plain", vec![b'x'; bytes]))
    }

    #[test]
    fn room_is_bounded_and_what_nobody_asked_for_goes_first() {
        let (one, many) = (page(10_000), 40);
        let kept = Kept::new(one.weight() * 10);
        for key in 0..many {
            kept.keep(key, &one);
            assert!(kept.get(&0).is_some(), "asked for again and again, it stays");
            let (count, bytes) = kept.size();
            assert!(count <= 10 && bytes == count * one.weight(), "{count} {bytes}");
        }
        assert_eq!(kept.size().0, 10);
        assert!(kept.get(&(many - 1)).is_some() && kept.get(&1).is_none());
    }

    #[test]
    fn answer_kept_twice_takes_its_room_once_and_a_huge_one_is_not_kept() {
        let one = page(1_000);
        let kept = Kept::new(one.weight() * 100);
        kept.keep("a", &one);
        kept.keep("a", &one);
        assert_eq!(kept.size(), (1, one.weight()));
        kept.keep("huge", &page(one.weight() * 13));
        assert_eq!(kept.size().0, 1);
    }
}
