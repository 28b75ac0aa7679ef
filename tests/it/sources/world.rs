//! What residents of the test city wrote, whatever service holds it.

use jiff::{SignedDuration, Timestamp};

/// One thing that somebody wrote.
#[derive(Clone, Debug)]
pub struct Post {
    pub id: u64,
    pub account: u64,
    pub text: String,
    pub posted_at: Timestamp,
    pub revised_at: Option<Timestamp>,
    /// Taken back, then.
    pub deleted_at: Option<Timestamp>,
}

impl Post {
    /// When it last changed.
    pub fn changed_at(&self) -> Timestamp {
        self.deleted_at.or(self.revised_at).unwrap_or(self.posted_at)
    }

    pub fn stands(&self) -> bool {
        self.deleted_at.is_none()
    }
}

/// All of it.
#[derive(Clone, Debug)]
pub struct World {
    pub posts: Vec<Post>,
    pub now: Timestamp,
    /// A service that keeps no more than this answers an older cursor in its way.
    pub keeps_from: Option<Timestamp>,
}

/// Rows that a connector asks for at once.
pub const PAGE_ROWS: u32 = 3;

impl World {
    /// Ten posts of ten residents, one every twelve hours from 2026-01-06 on; it is 2026-01-14.
    pub fn new() -> Self {
        let first: Timestamp = "2026-01-06T06:00:00Z".parse().unwrap();
        let post = |n: u64| Post {
            id: 101 + n,
            account: 7_001 + n,
            text: format!("good words number {n}"),
            posted_at: first + SignedDuration::from_hours(12 * i64::try_from(n).unwrap()),
            revised_at: None,
            deleted_at: None,
        };
        let posts = (0..10).map(post).collect();
        Self { posts, now: "2026-01-14T00:00:00Z".parse().unwrap(), keeps_from: None }
    }

    /// Somebody writes one more now.
    pub fn write(&mut self) {
        let id = self.posts.iter().map(|post| post.id).max().unwrap_or(100) + 1;
        self.write_at(id, self.now);
    }

    pub fn write_at(&mut self, id: u64, posted_at: Timestamp) {
        let (account, text) = (id + 6_900, format!("good words of {id}"));
        self.posts.push(Post { id, account, text, posted_at, revised_at: None, deleted_at: None });
    }

    /// The writer of the `n`-th changes it now.
    pub fn edit(&mut self, n: usize) {
        self.posts[n].text = "bad words instead".into();
        self.posts[n].revised_at = Some(self.now);
    }

    /// The writer of the `n`-th takes it back now.
    pub fn delete(&mut self, n: usize) {
        self.posts[n].deleted_at = Some(self.now);
    }

    /// Those that stand, in the order of what `by` says.
    pub fn standing<K: Ord>(&self, by: impl Fn(&Post) -> K) -> Vec<&Post> {
        let mut posts: Vec<_> = self.posts.iter().filter(|post| post.stands()).collect();
        posts.sort_by_key(|post| by(post));
        posts
    }
}

/// The `number`-th page, counted from 0, of `rows` rows each.
pub fn page<T: Clone>(all: &[T], number: u64, rows: u64) -> Vec<T> {
    let (number, rows) = (usize::try_from(number).unwrap(), usize::try_from(rows).unwrap());
    all.iter().skip(number * rows).take(rows).cloned().collect()
}
