//! An insider who holds the signing key: what `ledger verify` still finds.

use std::{fs, path::Path};

use undertone::{
    config::{KeyKind, read_key},
    ledger::{
        CHECKPOINT_FILE, Checkpoint, Digest, ENTRIES_FILE, Entry, Fact, LEDGER_FOLDER, SigningKey,
        Tree, read_entries,
    },
    log::{AppendLog, Visibility},
    release::{Archive, Document, Envelope, Measure},
};

use crate::support::Town;

type Forgery = (&'static str, fn(&mut Document));

/// Each keeps the noise as it was drawn and claims something else of it.
const FORGERIES: [Forgery; 6] = [
    ("a smaller epsilon", |document| document.privacy.all_per_period.epsilon /= 2.0),
    ("more noise than was drawn", |document| document.privacy.sigma_voices *= 2.0),
    ("another neighbour relation", |document| document.privacy.adjacency.push_str(", mostly")),
    ("one caveat less", |document| drop(document.privacy.not_covered.pop())),
    ("a narrower interval", |document| document.cells[0].voices.low += 1.0),
    ("an opinion that was measuring", |document| {
        document.opinions[0].net_sentiment = Measure::Measuring { voices_min: 1.0 };
    }),
];

#[test]
fn privacy_statement_forged_with_the_citys_own_key_is_found_and_its_file_named() {
    let town = Town::of(200, 2);
    town.run().exits(0);
    let (name, original) = town.releases().remove(0);
    forge(&town.data(), &name, |_| {});
    town.verify().exits(0); // the forger's ledger itself holds together
    for (what, change) in FORGERIES {
        forge(&town.data(), &name, change);
        let told = town.verify().exits(1).stdout;
        let failed: Vec<_> = told.lines().filter(|line| line.starts_with("FAIL")).collect();
        assert_eq!(failed.len(), 1, "{what}:\n{told}");
        assert!(failed[0].contains("release contents"), "{what}:\n{told}");
        assert!(failed[0].contains(&name), "{what}:\n{told}");
        fs::write(town.data().join("releases").join(&name), &original).unwrap();
    }
}

/// Changes one release, signs it anew, and mends ledger and checkpoint behind it.
fn forge(data: &Path, name: &str, change: fn(&mut Document)) {
    let key = read_key(&data.join("keys/signing.key"), KeyKind::Signing).unwrap();
    let key = SigningKey::from_bytes(&key);
    let archive = Archive::of(data);
    let mut document = archive.release(name).unwrap().envelope.document().clone();
    change(&mut document);
    let sealed = Envelope::seal(document, &key);
    fs::write(archive.folder().join(name), sealed.bytes()).unwrap();
    let mut entries = read_entries(data).unwrap();
    for entry in &mut entries {
        match &mut entry.fact {
            Fact::Commit { file, sha256, .. } if file == name => {
                *sha256 = Digest::of(sealed.bytes());
            }
            _ => {}
        }
    }
    rewrite(&data.join(LEDGER_FOLDER), entries, &key);
}

fn rewrite(folder: &Path, entries: Vec<Entry>, key: &SigningKey) {
    let Fact::Open { ledger_origin, .. } = &entries[0].fact else { panic!("not an opening") };
    let origin = ledger_origin.clone();
    let path = folder.join(ENTRIES_FILE);
    fs::remove_file(&path).unwrap();
    let (mut log, _) = AppendLog::open(&path, Visibility::Public).unwrap();
    let (mut prev, mut tree) = (Digest::ZERO, Tree::default());
    for mut entry in entries {
        entry.prev = prev;
        let body = entry.body().unwrap();
        log.append(&body).unwrap();
        tree.push(&body);
        prev = Digest::of(&body);
    }
    log.sync().unwrap();
    let head = Checkpoint { origin, size: tree.size(), root: tree.root() };
    fs::write(folder.join(CHECKPOINT_FILE), head.sign(key)).unwrap();
}
