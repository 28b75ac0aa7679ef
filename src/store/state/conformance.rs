//! What both states must do, checked of both.

use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::*,
    sample::select,
    test_runner::RngSeed,
};
use sha2::{Digest as _, Sha256};

use super::{Entry, Home, State, Writes};

type Open<'a> = dyn Fn() -> Box<dyn State> + 'a;

fn writes(pairs: &[(&str, Option<&str>)]) -> Writes {
    let bytes = |text: &str| text.as_bytes().to_vec();
    pairs.iter().map(|(key, value)| (bytes(key), value.map(bytes))).collect()
}

fn scanned(state: &dyn State, prefix: &str) -> Vec<(String, String)> {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let entries: Result<Vec<Entry>, _> = state.scan(prefix.as_bytes()).collect();
    entries.unwrap().into_iter().map(|(key, value)| (text(key), text(value))).collect()
}

fn conforms(open: &Open<'_>, survives: bool) {
    let mut state = open();
    assert_eq!(state.applied_seq(), 0);
    assert!(state.get(b"a1").unwrap().is_none());

    state.apply(&writes(&[("b", Some("4")), ("a2", Some("2")), ("a1", Some("1"))]), None).unwrap();
    assert_eq!(state.applied_seq(), 0, "a step without a mark moved it");
    state.apply(&writes(&[("a3", Some("3")), ("a2", None), ("no", None)]), Some(7)).unwrap();
    state.apply(&writes(&[("a1", Some("one"))]), Some(8)).unwrap();
    assert_eq!(state.get(b"a1").unwrap().unwrap(), b"one");
    assert!(state.get(b"a2").unwrap().is_none());

    let expected = [("a1".into(), "one".into()), ("a3".into(), "3".into())];
    assert_eq!(scanned(&*state, "a"), expected);
    assert_eq!(scanned(&*state, "c"), []);
    assert_eq!(state.applied_seq(), 8);

    state.flush().unwrap();
    drop(state);
    let state = open();
    assert_eq!(state.applied_seq(), if survives { 8 } else { 0 });
    assert_eq!(scanned(&*state, "a").len(), if survives { 2 } else { 0 });
}

#[test]
fn memory_state_conforms() {
    conforms(&|| Home::Memory.open().unwrap(), false);
}

#[test]
fn sled_state_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::Disk(folder.path().to_owned());
    conforms(&|| home.open().unwrap(), true);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(12), ..ProptestConfig::with_cases(24) })]

    /// Whatever is written in whatever steps, both states hold the same, before and after a start.
    #[test]
    fn sled_state_holds_what_the_one_in_memory_holds(steps in vec(step(), 1..14)) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::Disk(folder.path().to_owned());
        let (mut ours, mut plain) = (home.open().unwrap(), Home::Memory.open().unwrap());
        for (seq, step) in (1..).zip(&steps) {
            let writes = match step {
                Step::Write(writes) => writes.clone(),
                Step::Clear(prefix) => {
                    scanned_bytes(&*plain, prefix).into_iter().map(|(key, _)| (key, None)).collect()
                }
            };
            ours.apply(&writes, Some(seq)).unwrap();
            plain.apply(&writes, Some(seq)).unwrap();
            prop_assert!(agree(&*ours, &*plain, writes.keys()));
        }
        ours.flush().unwrap();
        copy(&folder.path().join("state"), &folder.path().join("again/state"));
        let again = Home::Disk(folder.path().join("again")).open().unwrap();
        prop_assert_eq!(again.applied_seq(), steps.len() as u64);
        let all = scanned_bytes(&*plain, b"");
        prop_assert!(agree(&*again, &*plain, all.iter().map(|(key, _)| key)));
    }
}

#[derive(Clone, Debug)]
enum Step {
    Write(Writes),
    /// Everything that begins so is removed.
    Clear(Vec<u8>),
}

fn step() -> impl Strategy<Value = Step> {
    let value = option::weighted(0.8, vec(any::<u8>(), 0..90));
    prop_oneof![
        4 => btree_map(key(), value, 1..150).prop_map(Step::Write),
        1 => key().prop_map(Step::Clear),
    ]
}

/// Keys that share beginnings, of two letters.
fn key() -> impl Strategy<Value = Vec<u8>> {
    (select(b"eo".to_vec()), vec(select(b"\x00a\xff".to_vec()), 0..7))
        .prop_map(|(letter, rest)| [&[letter], rest.as_slice()].concat())
}

fn scanned_bytes(state: &dyn State, prefix: &[u8]) -> Vec<Entry> {
    state.scan(prefix).collect::<Result<_, _>>().unwrap()
}

/// Whether two states say the same of some keys and of what begins in several ways.
fn agree<'a>(
    one: &dyn State,
    other: &dyn State,
    mut keys: impl Iterator<Item = &'a Vec<u8>>,
) -> bool {
    let begins: [&[u8]; 8] = [b"", b"e", b"e\x00", b"ea", b"ea\xff", b"o", b"o\xff\xff", b"x"];
    keys.all(|key| one.get(key).unwrap() == other.get(key).unwrap())
        && begins.iter().all(|begin| scanned_bytes(one, begin) == scanned_bytes(other, begin))
}

#[test]
fn sled_state_of_many_hashed_keys_holds_what_the_one_in_memory_holds() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::Disk(folder.path().to_owned());
    let (mut ours, mut plain) = (home.open().unwrap(), Home::Memory.open().unwrap());
    let key = |n: u32| {
        let letter = if n.is_multiple_of(3) { b'e' } else { b's' };
        [&[letter], Sha256::digest(n.to_be_bytes()).as_slice()].concat()
    };
    for step in 0..60_u32 {
        let fresh = (step * 300..(step + 1) * 300).map(|n| (key(n), Some(vec![n as u8; 30])));
        let gone = (step * 100..step * 100 + 30).map(|n| (key(n), None));
        let writes: Writes = fresh.chain(gone).collect();
        ours.apply(&writes, Some(u64::from(step) + 1)).unwrap();
        plain.apply(&writes, Some(u64::from(step) + 1)).unwrap();
    }
    let keys: Vec<Vec<u8>> = (0..18_000).map(key).collect();
    assert!(agree(&*ours, &*plain, keys.iter()));
}

#[test]
fn sled_state_with_an_entry_where_nobody_looks_for_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut state = Home::Disk(at("first")).open().unwrap();
    state.apply(&writes(&[("a-1", Some("1")), ("b-1", Some("2"))]), Some(1)).unwrap();
    state.flush().unwrap();
    copy(&at("first/state"), &at("second/state"));
    let db = sled::open(at("second/state")).unwrap();
    let (a, b) = (db.remove("a").unwrap().unwrap(), db.remove("b").unwrap().unwrap());
    db.insert("a", [a.as_ref(), b.as_ref()].concat()).unwrap();
    db.flush().unwrap();
    copy(&at("second/state"), &at("third/state"));
    assert!(matches!(Home::Disk(at("third")).open(), Err(super::StateError::Mismatch)));
}

#[test]
fn sled_state_that_lost_an_entry_behind_its_back_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut state = Home::Disk(at("first")).open().unwrap();
    let entries = writes(&[("a-1", Some("1")), ("a-2", Some("2")), ("b-1", Some("3"))]);
    state.apply(&entries, Some(1)).unwrap();
    state.flush().unwrap();
    // sled lets go of its lock when its threads have ended, some time after the drop: each step works
    // on a copy instead.
    copy(&at("first/state"), &at("second/state"));
    let db = sled::open(at("second/state")).unwrap();
    assert!(db.remove("b").unwrap().is_some());
    db.flush().unwrap();
    copy(&at("first/state"), &at("whole/state"));
    copy(&at("second/state"), &at("third/state"));
    assert!(Home::Disk(at("whole")).open().is_ok());
    assert!(matches!(Home::Disk(at("third")).open(), Err(super::StateError::Mismatch)));
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

#[test]
fn quarantine_sets_aside_under_a_free_name_and_destroy_removes_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::Disk(folder.path().to_owned());
    assert_eq!(home.quarantine().unwrap(), None);
    for n in 1..=2 {
        drop(home.open().unwrap());
        let expected = folder.path().join(format!("state.quarantine-{n}"));
        assert_eq!(home.quarantine().unwrap(), Some(expected));
    }
    std::fs::create_dir(folder.path().join("journal")).unwrap();
    home.destroy().unwrap();
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1);
}
