//! Known answers of the Certificate Transparency reference, and every proof of small trees.

use super::*;

const LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

const A: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const B: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const C: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
const D: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
const E: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
const F: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";

fn digest(text: &str) -> Digest {
    Digest(hex::decode(text).unwrap().try_into().unwrap())
}

fn digests(texts: &[&str]) -> Vec<Digest> {
    texts.iter().map(|text| digest(text)).collect()
}

fn tree(size: usize) -> Tree {
    let mut tree = Tree::default();
    LEAVES[..size].iter().for_each(|leaf| tree.push(&hex::decode(leaf).unwrap()));
    tree
}

#[test]
fn root_of_every_prefix_matches_the_known_answer() {
    for (size, root) in (1..).zip(ROOTS) {
        assert_eq!(tree(size).root(), digest(root), "{size}");
        assert_eq!(tree(8).root_at(size as u64), Some(digest(root)), "{size}");
    }
    assert_eq!(tree(0).root(), Digest::of(b""));
    assert_eq!(tree(3).root_at(4), None);
}

#[test]
fn inclusion_proof_matches_the_known_answer() {
    assert_eq!(tree(8).inclusion(0, 8).unwrap(), digests(&[A, B, C]));
    assert_eq!(tree(8).inclusion(5, 8).unwrap(), digests(&[D, E, ROOTS[3]]));
    assert_eq!(tree(3).inclusion(2, 3).unwrap(), digests(&[ROOTS[1]]));
    assert_eq!(tree(8).inclusion(8, 8), None);
}

#[test]
fn consistency_proof_matches_the_known_answer() {
    assert_eq!(tree(8).consistency(1, 8).unwrap(), digests(&[A, B, C]));
    assert_eq!(tree(8).consistency(6, 8).unwrap(), digests(&[F, E, ROOTS[3]]));
    assert_eq!(tree(5).consistency(2, 5).unwrap(), digests(&[B, D]));
    assert_eq!(tree(8).consistency(8, 8).unwrap(), []);
}

fn big(size: u64) -> Tree {
    let mut tree = Tree::default();
    (0..size).for_each(|i| tree.push(&i.to_be_bytes()));
    tree
}

fn spoiled(proof: &[Digest]) -> impl Iterator<Item = Vec<Digest>> + '_ {
    let flipped = (0..proof.len()).map(|i| {
        let mut proof = proof.to_vec();
        proof[i].0[7] ^= 1;
        proof
    });
    let shorter = proof.split_last().map(|(_, rest)| rest.to_vec());
    flipped.chain(shorter).chain([[proof, &[Digest::ZERO]].concat()])
}

#[test]
fn every_inclusion_proof_verifies_and_every_spoiled_one_fails() {
    let tree = big(21);
    for size in 1..=21 {
        let root = tree.root_at(size).unwrap();
        for index in 0..size {
            let leaf = leaf_hash(&index.to_be_bytes());
            let proof = tree.inclusion(index, size).unwrap();
            assert!(verify_inclusion(&leaf, index, size, &proof, &root), "{index} of {size}");
            let other = leaf_hash(b"other");
            assert!(!verify_inclusion(&other, index, size, &proof, &root));
            assert!(!verify_inclusion(&leaf, index + size, size, &proof, &root));
            for spoiled in spoiled(&proof) {
                assert!(!verify_inclusion(&leaf, index, size, &spoiled, &root));
            }
        }
    }
}

#[test]
fn every_consistency_proof_verifies_and_every_spoiled_one_fails() {
    let tree = big(21);
    for size in 0..=21 {
        let later = (size, tree.root_at(size).unwrap());
        for first in 0..=size {
            let earlier = (first, tree.root_at(first).unwrap());
            let proof = tree.consistency(first, size).unwrap();
            assert!(verify_consistency(earlier, later, &proof), "{first} of {size}");
            assert!(!verify_consistency((first, Digest::of(b"other")), later, &proof));
            for spoiled in spoiled(&proof) {
                assert!(!verify_consistency(earlier, later, &spoiled), "{first} of {size}");
            }
        }
    }
    let (two, one) = ((2, tree.root_at(2).unwrap()), (1, tree.root_at(1).unwrap()));
    assert!(!verify_consistency(two, one, &[]));
}
