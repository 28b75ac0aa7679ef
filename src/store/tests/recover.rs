//! Opening again: other keys, lost and damaged files, failing engines.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use proptest::{prelude::*, test_runner::RngSeed};

use super::*;
use crate::store::state::{Entry, MemoryState};

/// Some of everything: two open windows, one closed, edits, deletions, cursors, charges.
fn fill(store: &mut Store) {
    let mut contributions = Vec::new();
    for who in 0..6 {
        contributions.extend((0..4).map(|w| contribution(who, w, 1, u32::from(w % 3))));
        contributions.push(edit(who, 1, 2, 1));
        contributions.push(deletion(who, 2, 3, 2));
    }
    store.commit(Batch { contributions, cursor: Some(cursor(1, 9)) }).unwrap();
    store.close_through(Window(0)).unwrap();
    store.commit(batch(vec![edit(1, 0, 9, 0)])).unwrap();
    store.charge(charge(1, 0, 0, 0..5)).unwrap();
}

fn filled(dir: &Path) -> Contents {
    let (mut store, _) = on_disk(dir);
    fill(&mut store);
    let all = contents(&store);
    store.close().unwrap();
    all
}

fn state_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![dir.join("state")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

#[test]
fn store_closed_and_opened_again_replays_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let all = filled(dir.path());
    let (store, recovery) = on_disk(dir.path());
    assert_eq!((recovery.replayed, recovery.truncated_bytes), (0, 0));
    assert!(matches!(recovery.state, StateRecovery::Kept));
    assert_eq!(contents(&store), all);
}

#[test]
fn everything_on_disk_is_closed_to_others() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    for folder in ["journal", "state"] {
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&dir.path().join(folder)), 0o700);
    }
    for entry in fs::read_dir(dir.path().join("journal")).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{path:?}");
    }
}

#[test]
fn data_of_another_key_or_plan_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let plan = |plan: &str| StoreOptions { plan_check: Some(plan.into()), ..options() };
    Store::open(dir.path(), plan("plan-a")).unwrap().0.close().unwrap();
    let other = StoreOptions { key_check: "ffff".into(), plan_check: None };
    let error = Store::open(dir.path(), other).err().unwrap();
    assert!(matches!(error, StoreError::OtherKey { .. }));
    assert!(error.to_string().contains("0123456789abcdef"), "{error}");
    assert!(error.to_string().contains("use the key file"), "{error}");
    let refused = Store::open(dir.path(), plan("plan-b"));
    assert!(matches!(refused, Err(StoreError::OtherPlan { .. })));
    assert!(Store::open(dir.path(), options()).is_ok());
}

#[test]
fn state_of_another_version_is_built_anew_and_not_kept() {
    let dir = tempfile::tempdir().unwrap();
    let all = filled(dir.path());
    let state = dir.path().join("state");
    fs::remove_dir_all(&state).unwrap();
    let engine = sled::open(&state).unwrap();
    engine.insert([0], [&[2][..], &[0; 24]].concat()).unwrap();
    engine.flush().unwrap();
    drop(engine);
    let (store, recovery) = on_disk(dir.path());
    assert!(matches!(recovery.state, StateRecovery::Built));
    assert_eq!(contents(&store), all);
    assert!(!dir.path().join("state.quarantine-1").exists());
}

#[test]
fn store_open_elsewhere_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let _held = on_disk(dir.path());
    let refused = Store::open(dir.path(), options());
    assert!(matches!(refused, Err(StoreError::Log(crate::log::LogError::Locked(_)))));
}

#[test]
fn journal_without_its_spine_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    fs::remove_file(dir.path().join("journal/spine.log")).unwrap();
    let refused = Store::open(dir.path(), options());
    assert!(matches!(refused, Err(StoreError::SpineMissing(_))));
    assert!(!dir.path().join("journal/spine.log").exists());
}

#[test]
fn segment_under_the_name_of_another_window_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let file = |n: u32| dir.path().join(format!("journal/window-{n:06}.log"));
    fs::rename(file(1), file(7)).unwrap();
    let refused = Store::open(dir.path(), options());
    assert!(matches!(refused, Err(StoreError::Unreadable { offset: 8, .. })));
}

#[test]
fn state_that_is_deleted_is_built_again() {
    let dir = tempfile::tempdir().unwrap();
    let all = filled(dir.path());
    fs::remove_dir_all(dir.path().join("state")).unwrap();
    let (store, recovery) = on_disk(dir.path());
    assert!(recovery.replayed > 0);
    assert!(matches!(recovery.state, StateRecovery::Built));
    assert_eq!(contents(&store), all);
    store.close().unwrap();
    assert_eq!(on_disk(dir.path()).1.replayed, 0);
}

#[test]
fn state_behind_the_journal_catches_up() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = on_disk(dir.path());
    store.commit(batch(vec![contribution(7, 7, 7, 0)])).unwrap();
    store.close().unwrap();
    // The rest reaches the journal only, as when the state's tail is lost.
    let mut store = in_memory(dir.path());
    fill(&mut store);
    let all = contents(&store);
    drop(store);
    let (store, recovery) = on_disk(dir.path());
    assert!(matches!(recovery.state, StateRecovery::Kept));
    assert!(recovery.replayed > 0 && recovery.replayed < store.journal.last_seq());
    assert_eq!(contents(&store), all);
}

#[test]
fn state_ahead_of_the_journal_is_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    drop(in_memory(dir.path()));
    let copy = dir.path().join("old-journal");
    fs::create_dir(&copy).unwrap();
    fs::copy(dir.path().join("journal/spine.log"), copy.join("spine.log")).unwrap();
    filled(dir.path());
    fs::remove_dir_all(dir.path().join("journal")).unwrap();
    fs::rename(copy, dir.path().join("journal")).unwrap();
    let (store, recovery) = on_disk(dir.path());
    assert!(matches!(
        recovery.state,
        StateRecovery::Rebuilt { cause: StateError::Ahead, quarantined: Some(_) }
    ));
    assert_eq!(contents(&store).said, []);
}

/// A state whose every step fails, as a sled that panicked does.
struct Broken;

impl State for Broken {
    fn get(&self, _: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        Err(StateError::Panicked)
    }
    fn scan<'a>(&'a self, _: &[u8]) -> Box<dyn Iterator<Item = Result<Entry, StateError>> + 'a> {
        Box::new(std::iter::once(Err(StateError::Panicked)))
    }
    fn apply(&mut self, _: &Writes, _: Option<u64>) -> Result<(), StateError> {
        Err(StateError::Panicked)
    }
    fn applied_seq(&self) -> u64 {
        0
    }
    fn flush(&mut self) -> Result<(), StateError> {
        Err(StateError::Panicked)
    }
}

/// A state that answers and then cannot take the answer in.
struct ReadOnly(MemoryState);

impl State for ReadOnly {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        self.0.get(key)
    }
    fn scan<'a>(&'a self, p: &[u8]) -> Box<dyn Iterator<Item = Result<Entry, StateError>> + 'a> {
        self.0.scan(p)
    }
    fn apply(&mut self, _: &Writes, _: Option<u64>) -> Result<(), StateError> {
        Err(StateError::Engine("a bug"))
    }
    fn applied_seq(&self) -> u64 {
        0
    }
    fn flush(&mut self) -> Result<(), StateError> {
        Ok(())
    }
}

#[test]
fn state_that_fails_while_running_is_replaced_and_the_batch_applied_once() {
    let dir = tempfile::tempdir().unwrap();
    let twin = tempfile::tempdir().unwrap();
    let (mut store, mut sound) = (on_disk(dir.path()).0, in_memory(twin.path()));
    store.state = Box::new(Broken);
    fill(&mut store);
    fill(&mut sound);
    store.state = Box::new(ReadOnly(MemoryState::default()));
    for store in [&mut store, &mut sound] {
        let applied = store.commit(batch(vec![contribution(7, 1, 1, 1)])).unwrap();
        assert_eq!(applied, [Applied::New]);
    }
    assert_eq!(contents(&store), contents(&sound));
    assert!(dir.path().join("state.quarantine-2").exists());
}

#[test]
fn store_that_failed_to_write_refuses_everything_until_it_is_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = in_memory(dir.path());
    let obstacle = dir.path().join("journal/window-000001.log");
    fs::create_dir(&obstacle).unwrap();
    let both = batch(vec![contribution(1, 1, 1, 0), contribution(1, 2, 1, 1)]);
    assert!(matches!(store.commit(both.clone()), Err(StoreError::Log(_))));
    assert!(matches!(store.commit(both.clone()), Err(StoreError::Failed)));
    assert!(matches!(store.close_through(Window(0)), Err(StoreError::Failed)));
    fs::remove_dir(&obstacle).unwrap();
    drop(store);
    let mut store = in_memory(dir.path());
    store.commit(both).unwrap();
    assert_eq!(contents(&store).said[0].1.len(), 2);
}

#[test]
fn failed_state_read_by_a_release_ends_it_with_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = in_memory(dir.path());
    store.state = Box::new(Broken);
    let mut said = store.said(Window(0)..Window(9));
    assert!(matches!(said.next(), Some(Err(StoreError::State(_)))));
    assert!(said.next().is_none());
    drop(said);
    assert!(store.is_applied(&contribution(1, 1, 1, 0).event).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x57A7E),
        ..ProptestConfig::default()
    })]

    #[test]
    fn state_damaged_anywhere_yields_the_same_contents(
        file in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        flip in 1..=255u8,
        cut in any::<bool>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let all = filled(dir.path());
        let files = state_files(dir.path());
        let path = &files[file.index(files.len())];
        let mut bytes = fs::read(path).unwrap();
        // sled fills its file with zeros: aim at what is written.
        let written = bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1).max(1);
        let at = at.index(written);
        if cut { bytes.truncate(at) } else if let Some(byte) = bytes.get_mut(at) { *byte ^= flip }
        fs::write(path, &bytes).unwrap();
        let (mut store, _) = on_disk(dir.path());
        prop_assert_eq!(&contents(&store), &all);
        let applied = store.commit(batch(vec![contribution(7, 1, 1, 1)])).unwrap();
        prop_assert_eq!(applied, [Applied::New]);
    }
}
