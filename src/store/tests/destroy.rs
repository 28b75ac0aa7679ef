//! Scrubbing and forgetting: what must be gone is gone from every file, what must stay stays.

use std::fs;

use super::*;

#[test]
fn scrubbed_window_leaves_keys_only_and_its_duplicates_stay_no_ops() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = on_disk(dir.path());
    let (old, new) = (contribution(1, 1, 1, 0), contribution(2, 1, 1, 1));
    store.commit(batch(vec![old.clone(), new.clone()])).unwrap();
    store.charge(charge(1, 0, 0, 3..4)).unwrap();
    assert!(matches!(store.scrub(Window(1)), Err(StoreError::StillOpen { .. })));
    store.close_through(Window(0)).unwrap();
    store.flush().unwrap();
    assert!(holds(dir.path(), &resident(1).0), "the test looks in the wrong place");
    store.scrub(Window(1)).unwrap();
    store.scrub(Window(1)).unwrap();

    assert!(!dir.path().join("journal/window-000000.log").exists());
    store.flush().unwrap();
    assert!(!holds(dir.path(), &resident(1).0), "the resident is still on the disk");
    assert!(holds(dir.path(), &resident(2).0));
    for again in [0, 1] {
        if again == 1 {
            drop(store);
            store = on_disk(dir.path()).0;
        }
        let said = contents(&store).said;
        assert_eq!(said.iter().map(|(who, _)| *who).collect::<Vec<_>>(), [resident(2)]);
        assert_eq!(store.spent(&resident(3)).unwrap().len(), 1);
        let mut moved = old.clone();
        moved.window = Window(1);
        let applied = store
            .commit(batch(vec![
                moved,
                contribution(1, 1, 20 + again, 1),
                edit(1, 1, 30 + again, 1),
            ]))
            .unwrap();
        assert_eq!(applied, [Applied::Duplicate, Applied::Duplicate, Applied::TooLate]);
    }
}

#[test]
fn scrub_destroys_states_set_aside_too() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = on_disk(dir.path());
    store.commit(batch(vec![contribution(1, 1, 1, 0)])).unwrap();
    store.close_through(Window(0)).unwrap();
    store.close().unwrap();
    fs::rename(dir.path().join("state"), dir.path().join("state.quarantine-1")).unwrap();
    let (mut store, _) = on_disk(dir.path());
    store.scrub(Window(1)).unwrap();
    assert!(!dir.path().join("state.quarantine-1").exists());
}

#[test]
fn scrub_cut_short_is_finished_when_the_store_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = on_disk(dir.path());
    store.commit(batch(vec![contribution(1, 1, 1, 0), contribution(1, 2, 1, 1)])).unwrap();
    store.close_through(Window(1)).unwrap();
    store.flush().unwrap();
    // The mark is durable and the process ends.
    store.journal.append(&Record::Scrubbed { until: Window(2) }).unwrap();
    drop(store);
    let (mut store, recovery) = on_disk(dir.path());
    assert!(matches!(recovery.state, StateRecovery::Built));
    assert_eq!(contents(&store).said, []);
    assert_eq!(store.scrubbed_until(), Window(2));
    assert!(!holds(dir.path(), &resident(1).0));
    let again = contribution(1, 1, 1, 2);
    assert_eq!(store.commit(batch(vec![again])).unwrap(), [Applied::Duplicate]);
}

#[test]
fn state_without_a_mark_keeps_nothing_of_a_window_scrubbed_since() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = on_disk(dir.path());
    store.commit(batch(vec![contribution(1, 1, 1, 0)])).unwrap();
    store.close_through(Window(0)).unwrap();
    store.close().unwrap();
    fs::remove_dir_all(dir.path().join("state")).unwrap();
    // A replay that ended before its mark, then a scrub that ended at its mark.
    let home = Home::Disk(dir.path().to_owned());
    let mut half = home.open().unwrap();
    let mut view = View::of(&*half);
    let (said, event) = (contribution(1, 1, 1, 0).said, EventKey([9; 16]));
    let effect = record::Effect { event, resident: resident(1), origin: OriginKey([9; 16]), said };
    view.apply(&Record::Comments { window: Window(0), effects: vec![effect] });
    let writes = view.into_writes();
    half.apply(&writes, None).unwrap();
    drop(half);
    in_memory(dir.path()).journal.append(&Record::Scrubbed { until: Window(1) }).unwrap();
    assert_eq!(contents(&on_disk(dir.path()).0).said, []);
}

#[test]
fn scrub_of_many_comments_keeps_every_key() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = in_memory(dir.path());
    let all: Vec<_> = (0..1000u16)
        .map(|n| contribution((n / 100) as u8, (n % 100) as u8, 1, u32::from(n % 2)))
        .collect();
    store.commit(batch(all.clone())).unwrap();
    store.close_through(Window(1)).unwrap();
    store.scrub(Window(2)).unwrap();
    drop(store);
    let mut store = in_memory(dir.path());
    let applied = store.commit(batch(all)).unwrap();
    assert!(applied.iter().all(|applied| *applied == Applied::Duplicate));
}

#[test]
fn forgotten_charges_are_gone_and_everything_else_of_the_spine_stays() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = on_disk(dir.path());
    store.charge(charge(1, 0, 0, 1..3)).unwrap();
    store.charge(charge(2, 0, 5, 2..4)).unwrap();
    let contributions = vec![contribution(5, 1, 1, 0), contribution(5, 1, 2, 0)];
    store.commit(Batch { contributions, cursor: Some(cursor(1, 3)) }).unwrap();
    store.close_through(Window(0)).unwrap();
    let mut expected = contents(&store);
    store.forget_charges_before(Window(5)).unwrap();
    store.forget_charges_before(Window(2)).unwrap();
    expected.charges[1] = None;
    expected.spent[1].clear();
    expected.spent[2].remove(0);
    assert_eq!(contents(&store), expected);
    store.flush().unwrap();
    assert!(!holds(dir.path(), &resident(1).0), "the charge is still on the disk");
    assert!(matches!(store.charge(charge(3, 0, 4, 1..2)), Err(StoreError::ChargeTooOld { .. })));
    drop(store);
    let mut store = on_disk(dir.path()).0;
    assert_eq!(contents(&store), expected);
    let noted = contribution(5, 1, 2, 1);
    assert!(store.is_applied(&noted.event).unwrap());
    assert_eq!(store.commit(batch(vec![noted])).unwrap(), [Applied::Duplicate]);
}

#[test]
fn forgetting_cut_short_is_finished_when_the_store_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = on_disk(dir.path());
    store.charge(charge(1, 0, 0, 1..3)).unwrap();
    store.flush().unwrap();
    store.journal.append(&Record::ChargesForgotten { before: Window(1) }).unwrap();
    drop(store);
    let (store, recovery) = on_disk(dir.path());
    assert!(matches!(recovery.state, StateRecovery::Built));
    assert_eq!(store.spent(&resident(1)).unwrap(), []);
    assert!(!holds(dir.path(), &resident(1).0));
}
