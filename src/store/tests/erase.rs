//! Erasure: what one resident said is gone from every file, and from every count to come.

use super::*;

/// Three windows: the first scrubbed, the second closed, the third open; everybody speaks twice in
/// each, edits and takes back.
fn filled(dir: &Path) -> (Store, Vec<Contribution>) {
    let (mut store, _) = on_disk(dir);
    let mut all = Vec::new();
    for who in 1..5 {
        for window in 0..3 {
            let which = 2 * window as u8;
            all.push(contribution(who, which, 1, window));
            all.push(contribution(who, which + 1, 2, window));
            all.push(edit(who, which, 3, window));
        }
        all.push(deletion(who, 5, 4, 2));
    }
    store.commit(Batch { contributions: all.clone(), cursor: Some(cursor(1, 9)) }).unwrap();
    store.close_through(Window(1)).unwrap();
    store.commit(batch(vec![edit(1, 0, 9, 0)])).unwrap(); // too late: noted
    store.charge(charge(1, 0, 0, 1..5)).unwrap();
    store.scrub(Window(1)).unwrap();
    (store, all)
}

fn without(all: &Contents, who: Pseudonym) -> Vec<(Pseudonym, Vec<Said>)> {
    all.said.iter().filter(|(other, _)| *other != who).cloned().collect()
}

#[test]
fn erased_resident_is_gone_and_everything_else_stays() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, all) = filled(dir.path());
    let mut expected = contents(&store);
    expected.said = without(&expected, resident(2));
    store.erase(&[resident(2)]).unwrap();
    assert_eq!(contents(&store), expected);
    assert_eq!(store.spent(&resident(2)).unwrap().len(), 1, "what was paid stays paid");
    drop(store);
    let mut store = on_disk(dir.path()).0;
    assert_eq!(contents(&store), expected);
    // Reading the input again brings nothing back, not even as another event or an edit.
    let mut again: Vec<_> = all.iter().filter(|c| c.window == Window(2)).cloned().collect();
    again.extend([contribution(2, 4, 8, 2), edit(2, 4, 7, 2)]);
    let applied = store.commit(batch(again)).unwrap();
    assert!(applied.iter().all(|applied| *applied == Applied::Duplicate), "{applied:?}");
    assert_eq!(contents(&store), expected);
    // A new comment of theirs counts.
    assert_eq!(store.commit(batch(vec![contribution(2, 9, 1, 2)])).unwrap(), [Applied::New]);
}

#[test]
fn erased_resident_leaves_no_byte_but_in_charges() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = filled(dir.path());
    store.forget_charges_before(Window(1)).unwrap();
    store.flush().unwrap();
    assert!(holds(dir.path(), &resident(2).0), "the test looks in the wrong place");
    store.erase(&[resident(2)]).unwrap();
    store.flush().unwrap();
    assert!(!holds(dir.path(), &resident(2).0), "the resident is still on the disk");
    assert!(holds(dir.path(), &resident(3).0));
    // Not in the journal either once the erased window is scrubbed, and duplicates stay no-ops.
    store.close_through(Window(2)).unwrap();
    store.scrub(Window(3)).unwrap();
    let again = contribution(2, 4, 1, 3);
    assert_eq!(store.commit(batch(vec![again])).unwrap(), [Applied::Duplicate]);
}

#[test]
fn erasing_somebody_who_never_wrote_does_the_same_work() {
    let (with, none) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut one, _) = filled(with.path());
    let (mut other, _) = filled(none.path());
    let expected = contents(&other);
    one.erase(&[resident(2)]).unwrap();
    other.erase(&[resident(0xF)]).unwrap();
    assert_eq!(contents(&other), expected);
    assert_eq!((one.erasures(), other.erasures()), (1, 1));
    let names = |dir: &Path| {
        let entries = fs::read_dir(dir.join("journal")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(with.path()), names(none.path()));
    other.erase(&[resident(0xF)]).unwrap();
    drop(other);
    assert_eq!(on_disk(none.path()).0.erasures(), 2);
}

#[test]
fn erasure_cut_short_is_finished_when_the_store_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = filled(dir.path());
    let mut expected = contents(&store);
    expected.said = without(&expected, resident(2));
    store.forget_charges_before(Window(1)).unwrap();
    expected =
        Contents { spent: contents(&store).spent, charges: contents(&store).charges, ..expected };
    store.flush().unwrap();
    // The mark is durable and the process ends.
    let erased = Record::Erased { nth: 1, residents: vec![resident(2)] };
    store.journal.append(&erased).unwrap();
    drop(store);
    let (store, recovery) = on_disk(dir.path());
    assert!(matches!(recovery.state, StateRecovery::Built));
    assert_eq!(contents(&store), expected);
    assert_eq!(store.erasures(), 1);
    assert!(!holds(dir.path(), &resident(2).0), "the resident is still on the disk");
}

#[test]
fn resident_under_both_keys_is_erased_under_both() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = on_disk(dir.path());
    store.commit(batch(vec![before(&contribution(1, 1, 1, 0)), contribution(2, 1, 1, 0)])).unwrap();
    rekey(&mut store);
    store.commit(batch(vec![under_both(&contribution(1, 2, 1, 1))])).unwrap();
    store.erase(&[resident(1), former(1)]).unwrap();
    let left: Vec<_> = contents(&store).said.into_iter().map(|(who, _)| who).collect();
    assert_eq!(left, [resident(2)]);
    let again = [contribution(1, 1, 1, 0), contribution(1, 2, 1, 1), edit(1, 1, 5, 0)];
    let applied = store.commit(batch(again.iter().map(under_both).collect())).unwrap();
    assert_eq!(applied, [Applied::Duplicate; 3]);
}
