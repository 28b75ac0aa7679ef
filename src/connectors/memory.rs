//! What a stream remembers of what it has passed on, to understand deletions that name less.
//!
//! In this process's memory only, bounded, and gone when it ends.

use std::{
    collections::{HashMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
};

/// So many posts are remembered; the oldest are forgotten first.
const POSTS_MAX: usize = 65_536;

/// What is remembered of posts, by their ids.
pub(super) struct Memory<T> {
    posts: HashMap<u64, T>,
    order: VecDeque<u64>,
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self { posts: HashMap::new(), order: VecDeque::new() }
    }
}

impl<T> Memory<T> {
    /// Remembers a post.
    pub fn keep(&mut self, id: &str, post: T) {
        let id = digest(id);
        if self.posts.insert(id, post).is_none() {
            self.order.push_back(id);
        }
        if self.order.len() > POSTS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.posts.remove(&oldest);
        }
    }

    /// What is remembered of a post.
    pub fn get(&self, id: &str) -> Option<&T> {
        self.posts.get(&digest(id))
    }
}

fn digest(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded_and_forgets_the_oldest() {
        let mut memory = Memory::default();
        for id in 0..=POSTS_MAX {
            memory.keep(&id.to_string(), id);
            memory.keep(&id.to_string(), id);
        }
        assert_eq!((memory.get("0"), memory.get("1")), (None, Some(&1)));
        assert_eq!((memory.posts.len(), memory.order.len()), (POSTS_MAX, POSTS_MAX));
    }
}
