//! Two pseudonym keys: one resident, one comment, one event, whichever key it came under.

use super::*;

/// Resident 1 and 2 speak under the former key, then the key is replaced.
fn rotated(dir: &Path) -> Store {
    let (mut store, _) = on_disk(dir);
    let old = [contribution(1, 1, 1, 0), contribution(2, 1, 1, 0)];
    store.commit(batch(old.iter().map(before).collect())).unwrap();
    store
        .charge(Charge { costs: vec![(former(1), 7), (former(2), 8)], ..charge(1, 0, 0, 0..0) })
        .unwrap();
    rekey(&mut store);
    store
}

fn all_said(store: &Store) -> Vec<(Pseudonym, usize)> {
    let said = store.said(Window(0)..Window(9));
    said.map(|resident| resident.map(|(who, said)| (who, said.len())).unwrap()).collect()
}

#[test]
fn resident_under_both_keys_is_one_and_pays_from_one_odometer() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = rotated(dir.path());
    let new = [contribution(1, 2, 1, 0), contribution(3, 1, 1, 0)];
    let applied = store.commit(batch(new.iter().map(under_both).collect())).unwrap();
    assert_eq!(applied, [Applied::New; 2]);
    store.charge(Charge { window: Window(1), ..charge(2, 0, 1, 1..2) }).unwrap();
    for again in [false, true] {
        if again {
            drop(store);
            store = rekeyed(dir.path());
        }
        let expected = [(former(2), 1), (resident(1), 2), (resident(3), 1)];
        assert_eq!(all_said(&store), expected);
        let spent = |who| store.spent(&who).unwrap().iter().map(|s| s.cost_micro).collect();
        let (one, two): (Vec<u64>, Vec<u64>) = (spent(resident(1)), spent(former(2)));
        assert_eq!((one.clone(), two), (vec![7, 1001], vec![8]));
        assert_eq!(spent(former(1)), one);
        let costs = store.charge_of([1; 32], 0).unwrap().unwrap().costs;
        assert_eq!(costs, [(former(2), 8), (resident(1), 7)]);
    }
}

#[test]
fn resident_who_says_nothing_new_in_a_span_speaks_through_the_former_pseudonym() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = rotated(dir.path());
    store.commit(batch(vec![under_both(&contribution(1, 2, 1, 5))])).unwrap();
    let said: Vec<_> = store.said(Window(0)..Window(1)).map(Result::unwrap).collect();
    let who: Vec<_> = said.iter().map(|(who, said)| (*who, said.len())).collect();
    assert_eq!(who, [(resident(1), 1), (former(2), 1)]);
}

#[test]
fn event_and_comment_of_before_are_known_under_the_new_key() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = rotated(dir.path());
    let again = under_both(&contribution(1, 1, 1, 0));
    assert_eq!(store.commit(batch(vec![again])).unwrap(), [Applied::Duplicate]);
    let created_again = under_both(&contribution(1, 1, 9, 0));
    assert_eq!(store.commit(batch(vec![created_again])).unwrap(), [Applied::Duplicate]);
    let changes = [edit(1, 1, 2, 0), deletion(2, 1, 3, 0)];
    let changes: Vec<_> = changes.iter().map(under_both).collect();
    let applied = store.commit(batch(changes.clone())).unwrap();
    assert_eq!(applied, [Applied::Replaced, Applied::Removed]);
    assert_eq!(store.commit(batch(changes)).unwrap(), [Applied::Duplicate; 2]);
    let said: Vec<_> = store.said(Window(0)..Window(9)).map(Result::unwrap).collect();
    assert_eq!(said.len(), 1);
    assert_eq!((said[0].0, &said[0].1[0].labels), (former(1), &labels(2)));
    store.close_through(Window(0)).unwrap();
    let late = under_both(&edit(1, 1, 4, 1));
    assert_eq!(store.commit(batch(vec![late])).unwrap(), [Applied::TooLate]);
}

#[test]
fn former_key_is_forgotten_only_after_its_period_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = rotated(dir.path());
    store.commit(batch(vec![under_both(&contribution(1, 2, 1, 2))])).unwrap();
    let refused = store.rekey("00".into(), rotation(4, 9));
    assert!(matches!(refused, Err(StoreError::InRotation { until: Window(3) })));
    store.close_through(Window(1)).unwrap();
    store.scrub(Window(1)).unwrap();
    assert!(!store.forget_former().unwrap(), "before the period was over");
    store.close_through(Window(2)).unwrap();
    store.forget_charges_before(Window(1)).unwrap();
    assert!(store.rotation().is_some() && store.told_from() == Window(0));
    assert!(store.forget_former().unwrap());
    assert!(!store.forget_former().unwrap());
    store.flush().unwrap();
    for who in [1, 2] {
        assert!(!holds(dir.path(), &former(who).0), "a former pseudonym is still on the disk");
    }
    drop(store);
    let mut store = rekeyed(dir.path());
    assert_eq!((store.rotation(), store.told_from(), store.rekeyings()), (None, Window(1), 1));
    assert_eq!(all_said(&store), [(resident(1), 1)]);
    // A second rotation keeps what the first one left.
    store.rekey("0011".into(), rotation(5, 9)).unwrap();
    store.forget_charges_before(Window(3)).unwrap();
    drop(store);
    let options = StoreOptions { key_check: "0011".into(), plan_check: None };
    let store = Store::open(dir.path(), options).unwrap().0;
    assert_eq!((store.told_from(), store.rekeyings()), (Window(1), 2));
    assert_eq!(store.rotation().unwrap().until, Window(9));
}

#[test]
fn former_key_is_kept_while_something_written_under_it_may_still_be_counted() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = rotated(dir.path());
    store.close_through(Window(2)).unwrap();
    assert!(!store.forget_former().unwrap(), "window 0 is not scrubbed");
    store.scrub(Window(1)).unwrap();
    assert!(store.forget_former().unwrap());
}

#[test]
fn rotation_dated_before_what_was_read_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = on_disk(dir.path());
    store.commit(batch(vec![contribution(1, 1, 1, 4)])).unwrap();
    let refused = store.rekey("00".into(), rotation(4, 9));
    assert!(matches!(refused, Err(StoreError::RotationBackdated { held: Window(4) })));
    store.rekey("00".into(), rotation(5, 9)).unwrap();
}

#[test]
fn data_opens_with_the_new_key_alone_and_names_the_other() {
    let dir = tempfile::tempdir().unwrap();
    drop(rotated(dir.path()));
    let refused = Store::open(dir.path(), options()).err().unwrap();
    assert!(matches!(refused, StoreError::OtherKey { .. }));
    assert!(refused.to_string().contains("fedcba9876543210"), "{refused}");
    assert_eq!(rekeyed(dir.path()).rotation(), Some(&rotation(1, 3)));
}

#[test]
fn links_survive_compaction_and_a_lost_state() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = rotated(dir.path());
    store.commit(batch(vec![under_both(&contribution(1, 2, 1, 0))])).unwrap();
    store.charge(charge(3, 0, 5, 3..4)).unwrap();
    let expected = all_said(&store);
    store.forget_charges_before(Window(1)).unwrap();
    assert_eq!(all_said(&store), expected);
    drop(store);
    fs::remove_dir_all(dir.path().join("state")).unwrap();
    let mut store = rekeyed(dir.path());
    assert_eq!(all_said(&store), expected);
    let again = under_both(&contribution(1, 2, 1, 0));
    assert_eq!(store.commit(batch(vec![again])).unwrap(), [Applied::Duplicate]);
}
