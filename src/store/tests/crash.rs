//! The process aborted at each named point, opened again, and told everything once more.

use std::{env, process::Command};

use super::*;

const POINTS: [&str; 13] = [
    "journal_segment_written",
    "journal_segment_synced",
    "journal_spine_synced",
    "state_applied",
    "closed_synced",
    "charge_frame_synced",
    "charge_synced",
    "charge_part_applied",
    "scrub_synced",
    "scrub_keys_kept",
    "scrub_segment_deleted",
    "forget_synced",
    "spine_rewritten",
];

const POINTS_OF_CHANGES: [&str; 9] = [
    "journal_segment_written",
    "journal_segment_synced",
    "journal_links_synced",
    "state_applied",
    "scrub_segment_deleted",
    "erase_synced",
    "erase_segment_rewritten",
    "former_forgotten_synced",
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

/// A key replaced, a resident erased and the former key forgotten, each step of it harmless when
/// done twice, with the keys at hand that the pipeline would have.
fn changes(dir: &Path) -> Contents {
    let open = |options| Store::open(dir, options).map(|(store, _)| store);
    let mut store = open(options()).unwrap_or_else(|_| rekeyed(dir));
    deliver(&mut store, &[contribution(1, 1, 1, 0), contribution(2, 1, 1, 0), edit(1, 1, 2, 0)]);
    if store.charge_of([1; 32], 0).unwrap().is_none() && store.charges_from() == Window(0) {
        let costs = vec![(former(1), 7), (former(2), 8)];
        store.charge(Charge { costs, ..charge(1, 0, 0, 0..0) }).unwrap();
    }
    if store.rekeyings() == 0 {
        rekey(&mut store);
    }
    deliver(&mut store, &[edit(2, 1, 3, 0), contribution(1, 2, 1, 1), contribution(2, 2, 1, 2)]);
    deliver(&mut store, &[contribution(3, 1, 1, 1), contribution(1, 3, 1, 2)]);
    if store.erasures() == 0 {
        store.erase(&[resident(2), former(2)]).unwrap();
    }
    deliver(&mut store, &[contribution(2, 2, 1, 2), contribution(4, 1, 1, 2)]);
    store.charge(charge(2, 0, 2, 3..4)).unwrap();
    store.close_through(Window(2)).unwrap();
    store.scrub(Window(1)).unwrap();
    store.forget_charges_before(Window(1)).unwrap();
    store.forget_former().unwrap();
    assert_eq!((store.rekeyings(), store.erasures()), (1, 1));
    contents(&store)
}

/// Commits rows as admission would pass them on: under the keys that live, and not at all once
/// their windows are closed and the former key is gone.
fn deliver(store: &mut Store, rows: &[Contribution]) {
    if store.told_from() > Window(0) {
        return;
    }
    let under: fn(&Contribution) -> Contribution =
        if store.rekeyings() == 0 { before } else { under_both };
    let rows = rows.iter().map(under).map(|row| {
        let window = row.window.max(store.first_open());
        Contribution { window, ..row }
    });
    let rows = rows.collect();
    store.commit(batch(rows)).unwrap();
}

#[test]
#[ignore = "run by the tests below in a process of its own"]
#[allow(clippy::disallowed_methods)] // the folder comes from the test that starts it
fn victim() {
    let dir = env::var("UNDERTONE_CRASH_DIR").unwrap();
    script(&mut on_disk(Path::new(&dir)).0);
}

#[test]
#[ignore = "run by the tests below in a process of its own"]
#[allow(clippy::disallowed_methods)] // the folder comes from the test that starts it
fn victim_of_changes() {
    changes(Path::new(&env::var("UNDERTONE_CRASH_DIR").unwrap()));
}

/// Runs a victim that is to be aborted; returns whether it was.
fn is_aborted(victim: &str, at: &str, dir: &Path) -> bool {
    let victim = format!("store::tests::crash::{victim}");
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", &victim, "--ignored"]);
    command.env("UNDERTONE_CRASH_AT", at).env("UNDERTONE_CRASH_DIR", dir);
    !command.output().unwrap().status.success()
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
            aborted += u32::from(is_aborted("victim", &format!("{point}:{nth}"), dir.path()));
            let mut store = on_disk(dir.path()).0;
            script(&mut store);
            assert_eq!(contents(&store), expected, "after {point}:{nth}");
        }
        assert!(aborted > 0, "{point} was never reached");
    }
}

#[test]
fn store_aborted_while_a_key_is_replaced_or_a_resident_erased_ends_where_it_would_have() {
    let unharmed = tempfile::tempdir().unwrap();
    let expected = changes(unharmed.path());
    assert_eq!(changes(unharmed.path()), expected, "the script is not harmless when done twice");
    for point in POINTS_OF_CHANGES {
        let mut aborted = 0;
        for nth in 1..=4 {
            let dir = tempfile::tempdir().unwrap();
            let at = format!("{point}:{nth}");
            aborted += u32::from(is_aborted("victim_of_changes", &at, dir.path()));
            assert_eq!(changes(dir.path()), expected, "after {at}");
            let gone = !holds(dir.path(), &former(1).0) && !holds(dir.path(), &former(2).0);
            assert!(gone, "a former pseudonym is still on the disk after {at}");
        }
        assert!(aborted > 0, "{point} was never reached");
    }
}
