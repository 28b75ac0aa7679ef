//! The Merkle tree over ledger entries: root, inclusion and consistency.
//!
//! Hashes are recomputed from the leaves on each call: a ledger grows by a few entries a week.
//!
//! # Source
//! RFC 6962, section 2.1 (the tree and its proofs); RFC 9162, sections 2.1.3.2 and 2.1.4.2 (how a
//! verifier checks them).

use sha2::{Digest as _, Sha256};

use super::Digest;

/// The hash of one entry's body as a leaf.
pub fn leaf_hash(body: &[u8]) -> Digest {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(body);
    Digest(hash.finalize().into())
}

fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left.0);
    hash.update(right.0);
    Digest(hash.finalize().into())
}

/// A tree of leaf hashes that only grows.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    leaves: Vec<Digest>,
}

impl Tree {
    /// Adds the leaf of an entry's body.
    pub fn push(&mut self, body: &[u8]) {
        self.leaves.push(leaf_hash(body));
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.leaves.len() as u64
    }

    /// The hash of leaf `index`.
    pub fn leaf(&self, index: u64) -> Option<Digest> {
        self.leaves.get(usize::try_from(index).ok()?).copied()
    }

    /// The root over all leaves.
    pub fn root(&self) -> Digest {
        root_of(&self.leaves)
    }

    /// The root over the first `size` leaves; `None` when there are fewer.
    pub fn root_at(&self, size: u64) -> Option<Digest> {
        self.first(size).map(root_of)
    }

    /// The proof that leaf `index` is among the first `size`; `None` when it is not.
    pub fn inclusion(&self, index: u64, size: u64) -> Option<Vec<Digest>> {
        let leaves = self.first(size)?;
        let index = usize::try_from(index).ok().filter(|index| *index < leaves.len())?;
        let mut proof = Vec::new();
        path(index, leaves, &mut proof);
        Some(proof)
    }

    /// The proof that the first `size` leaves begin with the first `earlier`; `None` when there
    /// are fewer.
    pub fn consistency(&self, earlier: u64, size: u64) -> Option<Vec<Digest>> {
        let leaves = self.first(size)?;
        let earlier = usize::try_from(earlier).ok().filter(|earlier| *earlier <= leaves.len())?;
        let mut proof = Vec::new();
        if earlier > 0 {
            subproof(earlier, leaves, true, &mut proof);
        }
        Some(proof)
    }

    fn first(&self, size: u64) -> Option<&[Digest]> {
        self.leaves.get(..usize::try_from(size).ok()?)
    }
}

fn root_of(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => Digest::of(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&root_of(left), &root_of(right))
        }
    }
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: usize) -> usize {
    count.next_power_of_two() / 2
}

fn path(index: usize, leaves: &[Digest], proof: &mut Vec<Digest>) {
    if leaves.len() < 2 {
        return;
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    if index < left.len() {
        path(index, left, proof);
        proof.push(root_of(right));
    } else {
        path(index - left.len(), right, proof);
        proof.push(root_of(left));
    }
}

fn subproof(earlier: usize, leaves: &[Digest], whole: bool, proof: &mut Vec<Digest>) {
    if earlier == leaves.len() {
        if !whole {
            proof.push(root_of(leaves));
        }
        return;
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    if earlier <= left.len() {
        subproof(earlier, left, whole, proof);
        proof.push(root_of(right));
    } else {
        subproof(earlier - left.len(), right, false, proof);
        proof.push(root_of(left));
    }
}

/// Whether `proof` shows that `leaf` stands at `index` in the tree of `size` leaves and that root.
pub fn verify_inclusion(
    leaf: &Digest,
    index: u64,
    size: u64,
    proof: &[Digest],
    root: &Digest,
) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && hash == *root
}

/// Whether `proof` shows that the tree `later` (size and root) begins with the tree `earlier`.
pub fn verify_consistency(earlier: (u64, Digest), later: (u64, Digest), proof: &[Digest]) -> bool {
    let ((first, first_root), (second, second_root)) = (earlier, later);
    if first > second {
        return false;
    }
    if first == second || first == 0 {
        let empty = first > 0 || first_root == Digest::of(&[]);
        return proof.is_empty() && empty && (first == 0 || first_root == second_root);
    }
    let shared = if first.is_power_of_two() { Some(&first_root) } else { None };
    let mut hashes = shared.into_iter().chain(proof);
    let Some(start) = hashes.next() else { return false };
    let (mut node, mut last) = (first - 1, second - 1);
    while node & 1 == 1 {
        (node, last) = (node >> 1, last >> 1);
    }
    let (mut old, mut new) = (*start, *start);
    for hash in hashes {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            (old, new) = (node_hash(hash, &old), node_hash(hash, &new));
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            new = node_hash(&new, hash);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && old == first_root && new == second_root
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
