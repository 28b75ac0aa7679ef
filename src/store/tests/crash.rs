//! The process aborted at each named point, opened again, and told everything once more.

use std::{env, process::Command};

use super::*;

const POINTS: [&str; 11] = [
    "journal_segment_written",
    "journal_segment_synced",
    "journal_spine_synced",
    "state_applied",
    "closed_synced",
    "charge_synced",
    "scrub_synced",
    "scrub_keys_kept",
    "scrub_segment_deleted",
    "forget_synced",
    "spine_rewritten",
];

/// What a source delivers and a release does, each step of it harmless when done twice.
fn script(store: &mut Store) {
    let of = |window: u32| move |who: u8| contribution(who, window as u8, 1, window);
    let first: Vec<_> = (0..5).map(of(0)).chain((0..5).map(of(1))).collect();
    store.commit(Batch { contributions: first, cursor: Some(cursor(1, 10)) }).unwrap();
    let changes = vec![edit(1, 0, 2, 0), deletion(2, 1, 3, 1), contribution(3, 0, 4, 0)];
    store.commit(Batch { contributions: changes, cursor: Some(cursor(1, 13)) }).unwrap();
    store.close_through(Window(0)).unwrap();
    match store.charge(charge(1, 0, 0, 0..4)) {
        Ok(()) | Err(StoreError::ChargeTooOld { .. }) => {} // forgotten at the end of the last run
        Err(error) => panic!("{error}"),
    }
    store.charge(charge(2, 0, 3, 0..4)).unwrap();
    store.commit(batch(vec![edit(4, 0, 5, 1), contribution(6, 2, 1, 2)])).unwrap();
    store.close_through(Window(1)).unwrap();
    store.scrub(Window(2)).unwrap();
    store.forget_charges_before(Window(2)).unwrap();
}

#[test]
#[ignore = "run by the test below in a process of its own"]
#[allow(clippy::disallowed_methods)] // the folder comes from the test that starts it
fn victim() {
    let dir = env::var("UNDERTONE_CRASH_DIR").unwrap();
    script(&mut on_disk(Path::new(&dir)).0);
}

#[test]
fn store_aborted_at_any_point_ends_where_it_would_have() {
    let unharmed = tempfile::tempdir().unwrap();
    let mut store = on_disk(unharmed.path()).0;
    script(&mut store);
    let expected = contents(&store);
    for point in POINTS {
        let mut aborted = 0;
        for nth in 1..=3 {
            let dir = tempfile::tempdir().unwrap();
            let status = Command::new(env::current_exe().unwrap())
                .args(["--exact", "store::tests::crash::victim", "--ignored"])
                .env("UNDERTONE_CRASH_AT", format!("{point}:{nth}"))
                .env("UNDERTONE_CRASH_DIR", dir.path())
                .output()
                .unwrap()
                .status;
            aborted += u32::from(!status.success());
            let mut store = on_disk(dir.path()).0;
            script(&mut store);
            assert_eq!(contents(&store), expected, "after {point}:{nth}");
        }
        assert!(aborted > 0, "{point} was never reached");
    }
}
