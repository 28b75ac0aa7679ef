//! Neighbouring entries, packed into one entry of the engine.
//!
//! The engine keeps some forty bytes in memory for every entry that it has on disk, however small its
//! cache. So entries that follow one another share one, a leaf, named by what lies
//! after all keys of the leaf before and after none of its own. A leaf that has grown is cut, so a
//! change writes as little anew among millions of entries as among hundreds.

use super::Entry;

/// A leaf of more bytes is cut in two, one of many more into leaves of about three quarters of it.
const CUT_BYTES: usize = 2048;

/// Entries in ascending order of keys: of each the lengths of key and value, the key, the value.
#[derive(Default)]
pub(super) struct Leaf(Vec<u8>);

/// One entry, and the byte after it.
struct At<'a> {
    key: &'a [u8],
    value: &'a [u8],
    end: usize,
}

impl Leaf {
    /// Takes bytes for a leaf; `None` when they are none.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut end = 0;
        while end < bytes.len() {
            end = entry_at(bytes, end)?.end;
        }
        Some(Self(bytes.to_vec()))
    }

    /// The value of a key.
    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        let (_, found) = self.find(key);
        found.map(|entry| entry.value)
    }

    /// Gives a key its new value, or removes it.
    pub fn put(&mut self, key: &[u8], value: Option<&[u8]>) {
        let (start, found) = self.find(key);
        let end = found.map_or(start, |entry| entry.end);
        let mut entry = Vec::new();
        if let Some(value) = value {
            put_length(key.len(), &mut entry);
            put_length(value.len(), &mut entry);
            entry.extend_from_slice(key);
            entry.extend_from_slice(value);
        }
        drop(self.0.splice(start..end, entry));
    }

    /// What is left of it under its name, and the leaves cut off it under theirs.
    pub fn cut(&self, name: &[u8]) -> Vec<(Vec<u8>, &[u8])> {
        let parts = self.0.len().div_ceil(CUT_BYTES * 3 / 4);
        let least = if self.0.len() > CUT_BYTES { self.0.len().div_ceil(parts) } else { CUT_BYTES };
        let (mut leaves, mut name, mut start) = (Vec::new(), name.to_vec(), 0);
        let (mut before, mut at): (&[u8], usize) = (&[], 0);
        for entry in self.entries() {
            if at - start >= least {
                leaves.push((name, &self.0[start..at]));
                (name, start) = (between(before, entry.key).to_vec(), at);
            }
            (before, at) = (entry.key, entry.end);
        }
        if at > start {
            leaves.push((name, &self.0[start..at]));
        }
        leaves
    }

    /// Its entries.
    pub fn to_entries(&self) -> Vec<Entry> {
        self.entries().map(|entry| (entry.key.to_vec(), entry.value.to_vec())).collect()
    }

    fn entries(&self) -> impl Iterator<Item = At<'_>> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let entry = entry_at(&self.0, at)?;
            at = entry.end;
            Some(entry)
        })
    }

    /// Where a key's entry begins, or would, and the entry.
    fn find(&self, key: &[u8]) -> (usize, Option<At<'_>>) {
        let mut start = 0;
        for entry in self.entries() {
            if entry.key >= key {
                return (start, (entry.key == key).then_some(entry));
            }
            start = entry.end;
        }
        (start, None)
    }
}

/// The entry that begins at a byte.
fn entry_at(bytes: &[u8], at: usize) -> Option<At<'_>> {
    let (key, rest) = length(bytes.get(at..)?)?;
    let (value, rest) = length(rest)?;
    let (key, rest) = rest.split_at_checked(key)?;
    let (value, rest) = rest.split_at_checked(value)?;
    Some(At { key, value, end: bytes.len() - rest.len() })
}

/// The shortest beginning of `after` that lies after `before`, which `after` does.
fn between<'a>(before: &[u8], after: &'a [u8]) -> &'a [u8] {
    let shared = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    &after[..after.len().min(shared + 1)]
}

/// Appends a length: seven bits a byte, the lowest first, the eighth where more follow.
fn put_length(mut length: usize, out: &mut Vec<u8>) {
    debug_assert!(length < 1 << 28, "as much as is read back");
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
}

/// Takes a length of at most four bytes off the front.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let size = bytes.iter().take(4).position(|byte| byte & 0x80 == 0)? + 1;
    let (length, rest) = bytes.split_at(size);
    let length = length.iter().rev().fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
    Some((length, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(leaf: &mut Leaf, key: &str, value: Option<&str>) {
        leaf.put(key.as_bytes(), value.map(str::as_bytes));
    }

    #[test]
    fn leaf_is_read_as_it_was_written_and_broken_bytes_are_none() {
        let mut leaf = Leaf::default();
        let long = "x".repeat(300);
        for (key, value) in [("eb", "2"), ("e", "0"), ("ea", "1"), ("eb", &long)] {
            put(&mut leaf, key, Some(value));
        }
        put(&mut leaf, "ea", None);
        put(&mut leaf, "no", None);
        let read = Leaf::decode(&leaf.0).unwrap();
        assert_eq!((read.get(b"eb"), read.get(b"ea")), (Some(long.as_bytes()), None));
        let bytes = |text: &str| text.as_bytes().to_vec();
        let entries = read.to_entries();
        assert_eq!(entries, [(bytes("e"), bytes("0")), (bytes("eb"), bytes(&long))]);
        assert!(Leaf::decode(&leaf.0[..leaf.0.len() - 1]).is_none());
        for broken in [&b"\xff\xff\xff\xff\xff"[..], b"\x01", b"\x80"] {
            assert!(Leaf::decode(broken).is_none(), "{broken:?}");
        }
    }

    #[test]
    fn leaf_is_cut_into_leaves_whose_names_part_them() {
        let mut leaf = Leaf::default();
        assert!(leaf.cut(b"e").is_empty());
        let count = CUT_BYTES / 5;
        let keys: Vec<String> = (0..count).map(|n| format!("e{:07}", n * n)).collect();
        for key in keys.iter().rev() {
            put(&mut leaf, key, Some("a value"));
        }
        let leaves = leaf.cut(b"e");
        assert!(leaves.len() > 2 && leaves[0].0 == b"e");
        let (mut last, mut read) = (Vec::new(), Vec::new());
        for (name, bytes) in &leaves {
            assert!(bytes.len() <= CUT_BYTES && bytes.len() > CUT_BYTES / 4, "{}", bytes.len());
            let entries = Leaf::decode(bytes).unwrap().to_entries();
            assert!(last < *name && *name <= entries[0].0, "{name:?}");
            last.clone_from(&entries[entries.len() - 1].0);
            read.extend(entries.into_iter().map(|(key, _)| String::from_utf8(key).unwrap()));
        }
        assert_eq!(read, keys);
        let mut small = Leaf::default();
        put(&mut small, "e", Some(&"x".repeat(CUT_BYTES * 2)));
        assert_eq!(small.cut(b"e").len(), 1, "one entry is not cut");
    }

    #[test]
    fn lengths_of_each_size_are_read_as_they_were_written() {
        for number in [0, 1, 127, 128, 16_383, 16_384, (1 << 28) - 1] {
            let mut bytes = Vec::new();
            put_length(number, &mut bytes);
            bytes.push(9);
            assert_eq!(length(&bytes), Some((number, &[9][..])));
        }
    }
}
