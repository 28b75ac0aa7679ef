//! What both states must do, checked of both.

use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::*,
    sample::select,
};

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
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is written in whatever steps, both states hold the same, before and after a start.
    #[test]
    fn sled_state_holds_what_the_one_in_memory_holds(
        steps in vec(btree_map(key(), option::weighted(0.8, vec(any::<u8>(), 0..90)), 1..150), 1..12)
    ) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::Disk(folder.path().to_owned());
        let (mut ours, mut plain) = (home.open().unwrap(), Home::Memory.open().unwrap());
        for (seq, writes) in (1..).zip(&steps) {
            ours.apply(writes, Some(seq)).unwrap();
            plain.apply(writes, Some(seq)).unwrap();
            for key in writes.keys() {
                prop_assert_eq!(ours.get(key).unwrap(), plain.get(key).unwrap());
            }
        }
        for prefix in ["", "e", "ea", "eab", "o", "obbb", "x"] {
            let all = |state: &dyn State| state.scan(prefix.as_bytes()).collect::<Result<Vec<Entry>, _>>();
            prop_assert_eq!(all(&*ours).unwrap(), all(&*plain).unwrap());
        }
        ours.flush().unwrap();
        copy(&folder.path().join("state"), &folder.path().join("again/state"));
        let again = Home::Disk(folder.path().join("again")).open().unwrap();
        prop_assert_eq!(again.applied_seq(), steps.len() as u64);
    }
}

/// Keys that share beginnings, of two letters.
fn key() -> impl Strategy<Value = Vec<u8>> {
    (select(b"eo".to_vec()), vec(select(b"abc".to_vec()), 0..7))
        .prop_map(|(letter, rest)| [&[letter], rest.as_slice()].concat())
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
