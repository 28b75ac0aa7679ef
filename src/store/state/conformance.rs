//! What both states must do, checked of both.

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

#[test]
fn sled_state_that_lost_an_entry_behind_its_back_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut state = Home::Disk(at("first")).open().unwrap();
    let entries = writes(&[("a00-1", Some("1")), ("a00-2", Some("2")), ("a01-1", Some("3"))]);
    state.apply(&entries, Some(1)).unwrap();
    state.flush().unwrap();
    // sled lets go of its lock when its threads have ended, some time after the drop: each step works
    // on a copy instead.
    copy(&at("first/state"), &at("second/state"));
    let db = sled::open(at("second/state")).unwrap();
    assert!(db.remove("a01").unwrap().is_some());
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
