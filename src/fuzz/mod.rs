//! All fuzz targets in one place, replayed on stable: a few hundred broken inputs with every test
//! run, and ten million of each by hand.
//!
//! What must hold stands beside the parsers (`text::fuzz`, `connectors::fuzz`, `server::fuzz`); here
//! are their seeds and the hand that feeds them.

mod long;

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    connectors,
    domain::fuzz::{Mutator, Target},
    server, text,
};

fn targets() -> impl Iterator<Item = (&'static str, Target)> {
    let floors = [
        ("text", &text::fuzz::TARGETS[..]),
        ("connectors", &connectors::fuzz::TARGETS),
        ("server", &server::fuzz::TARGETS),
    ];
    floors.into_iter().flat_map(|(floor, all)| all.iter().map(move |target| (floor, *target)))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The seeds of a target, each with the file that it stands in.
fn seeds(target: &Target) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for beginning in target.seeds {
        let (folder, name) = beginning.rsplit_once('/').unwrap();
        let listed = match fs::read_dir(root().join("fixtures").join(beginning)) {
            Ok(folder) if name.is_empty() => folder,
            _ => fs::read_dir(root().join("fixtures").join(folder)).unwrap(),
        };
        let paths = listed.map(|entry| entry.unwrap().path());
        let paths = paths
            .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(name))
            .map(|path| if path.is_dir() { path.join("page") } else { path });
        let before = files.len();
        files.extend(paths);
        assert!(files.len() > before, "{}: no seed {beginning}", target.name);
    }
    files.sort();
    files.into_iter().map(|file| (file.clone(), fs::read(file).unwrap())).collect()
}

fn mutator(seed: u64, target: &Target) -> Mutator {
    let seeds = seeds(target).into_iter().map(|(_, seed)| seed).collect();
    Mutator::new(seed, seeds, target.tokens)
}

#[test]
fn every_seed_holds_and_each_target_finds_something_in_its_own() {
    for (_, target) in targets() {
        let found: u64 = seeds(&target).iter().map(|(_, seed)| (target.run)(seed)).sum();
        assert!(found > 0, "{} finds nothing in its seeds", target.name);
    }
}

#[test]
fn fuzz_short_holds() {
    for (_, target) in targets() {
        let (mut mutator, mut found) = (mutator(1, &target), 0);
        for number in 1..=400 {
            let made = mutator.next();
            let done = std::panic::catch_unwind(|| (target.run)(made));
            let Ok(rows) = done else {
                panic!("{}, input {number}: {}", target.name, hex::encode(made));
            };
            found += u64::from(rows > 0);
        }
        assert!(found > 10, "{}: broken inputs are hardly ever read: {found}", target.name);
    }
}

/// A text that grows must not take work that grows faster.
#[test]
fn long_texts_of_every_seed_hold() {
    for target in text::fuzz::TARGETS {
        for (_, seed) in seeds(&target) {
            (target.run)(&seed.repeat(10_000 / seed.len().max(1)));
        }
    }
}

#[test]
fn every_target_has_its_file() {
    let folder = root().join("fuzz");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let mut listed = 0;
    for (floor, target) in targets() {
        let name = target.name;
        let file = folder.join(format!("fuzz_targets/{name}.rs"));
        let body = fs::read_to_string(&file).unwrap();
        let called = body.split("fuzz::").find(|part| part.contains("(data)")).unwrap();
        let function = called.split('(').next().unwrap();
        assert!(body.contains(&format!("undertone::{floor}::fuzz::{function}(data)")), "{name}");
        assert!(name.ends_with(function) || function == "reaction", "{name}: {function}");
        assert!(manifest.contains(&format!("name = \"{name}\"\n")), "{name}");
        listed += 1;
    }
    assert_eq!(fs::read_dir(folder.join("fuzz_targets")).unwrap().count(), listed);
    assert_eq!(manifest.matches("[[bin]]").count(), listed);
}
