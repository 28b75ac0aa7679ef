//! Entries that share the beginning of their key, packed into one entry of the engine.
//!
//! The engine keeps some forty bytes in memory for every entry that it has on disk, however small its
//! cache. Keys are hashes behind a letter, so packing by their first bytes bounds how many entries it
//! has, and with them what it keeps, whatever the number of comments.

use super::Entry;

/// A letter and the beginning of a hash: 65,536 buckets a letter.
const NAME_BYTES: usize = 3;

/// The entries of one bucket, in ascending order of keys; what their keys share is left out.
#[derive(Default)]
pub(super) struct Bucket(Vec<(Vec<u8>, Vec<u8>)>);

/// The bucket of a key, and what tells the key from others in it. A key of fewer bytes has a bucket
/// of its own.
pub(super) fn part(key: &[u8]) -> (&[u8], &[u8]) {
    key.split_at(key.len().min(NAME_BYTES))
}

impl Bucket {
    /// Reads a bucket; `None` when it is none.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut entries = Vec::new();
        let mut rest = bytes;
        let mut take = || {
            let (length, after) = rest.split_first_chunk()?;
            let (taken, after) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
            rest = after;
            Some(taken.to_vec())
        };
        while let Some(key) = take() {
            entries.push((key, take()?));
        }
        rest.is_empty().then_some(Self(entries))
    }

    /// Its bytes; `None` when nothing is in it.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let bytes = self.0.iter().map(|(key, value)| 8 + key.len() + value.len()).sum();
        let mut out = Vec::with_capacity(bytes);
        for part in self.0.iter().flat_map(|(key, value)| [key, value]) {
            out.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            out.extend_from_slice(part);
        }
        (!self.0.is_empty()).then_some(out)
    }

    /// The value of the key that ends with `rest`.
    pub fn get(&self, rest: &[u8]) -> Option<&Vec<u8>> {
        self.find(rest).ok().map(|at| &self.0[at].1)
    }

    /// Gives a key its new value, or removes it.
    pub fn put(&mut self, rest: &[u8], value: Option<&Vec<u8>>) {
        match (self.find(rest), value) {
            (Ok(at), Some(value)) => self.0[at].1.clone_from(value),
            (Ok(at), None) => drop(self.0.remove(at)),
            (Err(at), Some(value)) => self.0.insert(at, (rest.to_vec(), value.clone())),
            (Err(_), None) => {}
        }
    }

    /// Its entries under their whole keys.
    pub fn into_entries(self, name: &[u8]) -> impl Iterator<Item = Entry> + use<> {
        let name = name.to_vec();
        self.0.into_iter().map(move |(rest, value)| ([name.as_slice(), &rest].concat(), value))
    }

    fn find(&self, rest: &[u8]) -> Result<usize, usize> {
        self.0.binary_search_by(|(key, _)| key.as_slice().cmp(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_is_read_as_it_was_written_and_broken_bytes_are_none() {
        let mut bucket = Bucket::default();
        let value = |text: &str| text.as_bytes().to_vec();
        bucket.put(b"b", Some(&value("2")));
        bucket.put(b"", Some(&value("0")));
        bucket.put(b"a", Some(&value("1")));
        bucket.put(b"b", Some(&value("two")));
        bucket.put(b"a", None);
        let bytes = bucket.encode().unwrap();
        let read = Bucket::decode(&bytes).unwrap();
        assert_eq!((read.get(b"b"), read.get(b"a")), (Some(&value("two")), None));
        let entries: Vec<_> = read.into_entries(b"e12").collect();
        assert_eq!(entries, [(value("e12"), value("0")), (value("e12b"), value("two"))]);
        assert!(Bucket::decode(&bytes[..bytes.len() - 1]).is_none());
        assert!(Bucket::decode(b"\xff\xff\xff\xff").is_none());
        assert!(Bucket::default().encode().is_none());
        assert_eq!((part(b"e123"), part(b"e")), ((&b"e12"[..], &b"3"[..]), (&b"e"[..], &b""[..])));
    }
}
