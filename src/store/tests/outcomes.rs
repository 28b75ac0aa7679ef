//! What a batch does and answers.

use super::*;

#[test]
fn batch_answers_each_contribution_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = in_memory(dir.path());
    let applied = store
        .commit(batch(vec![
            contribution(1, 1, 1, 0),
            contribution(1, 1, 1, 0), // the same event
            contribution(1, 1, 2, 0), // created again
            edit(1, 1, 3, 5),
            deletion(1, 2, 4, 0), // before its creation
            contribution(1, 2, 5, 0),
        ]))
        .unwrap();
    use Applied::*;
    assert_eq!(applied, [New, Duplicate, Duplicate, Replaced, Removed, Duplicate]);
    let expected = Said { window: Window(0), neighborhood: Neighborhood(1), labels: labels(3) };
    assert_eq!(contents(&store).said, [(resident(1), vec![expected])]);
}

#[test]
fn every_outcome_makes_its_event_known() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = in_memory(dir.path());
    store.commit(batch(vec![contribution(1, 1, 1, 0)])).unwrap();
    store.close_through(Window(0)).unwrap();
    let late = [edit(1, 1, 2, 1), deletion(1, 1, 3, 1), contribution(1, 1, 4, 1)];
    let applied = store.commit(batch(late.to_vec())).unwrap();
    assert_eq!(applied, [Applied::TooLate, Applied::TooLate, Applied::Duplicate]);
    for contribution in &late {
        assert!(store.is_applied(&contribution.event).unwrap());
    }
    assert!(!store.is_applied(&contribution(1, 1, 5, 1).event).unwrap());
}

#[test]
fn batch_with_a_new_comment_in_a_closed_window_is_refused_whole() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = in_memory(dir.path());
    store.close_through(Window(0)).unwrap();
    let before = contents(&store);
    let refused = store.commit(batch(vec![contribution(1, 1, 1, 1), contribution(2, 1, 1, 0)]));
    assert!(matches!(refused, Err(StoreError::WindowClosed { .. })));
    assert_eq!(contents(&store), before);
    assert_eq!(store.commit(batch(vec![contribution(1, 1, 1, 1)])).unwrap(), [Applied::New]);
}

#[test]
fn closing_is_for_good() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = in_memory(dir.path());
    store.close_through(Window(4)).unwrap();
    store.close_through(Window(2)).unwrap();
    assert_eq!(store.first_open(), Window(5));
}

#[test]
fn said_yields_residents_in_order_with_the_windows_asked_for_only() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = in_memory(dir.path());
    let all = [(3, 1, 0), (1, 1, 0), (2, 1, 1), (1, 2, 1), (1, 3, 2)];
    let contributions = all.map(|(who, which, window)| contribution(who, which, 1, window));
    store.commit(batch(contributions.to_vec())).unwrap();
    let of = |from, until| -> Vec<(Pseudonym, usize)> {
        let said = store.said(Window(from)..Window(until));
        said.map(|item| item.map(|(who, said)| (who, said.len())).unwrap()).collect()
    };
    assert_eq!(of(0, 3), [(resident(1), 3), (resident(2), 1), (resident(3), 1)]);
    assert_eq!(of(1, 2), [(resident(1), 1), (resident(2), 1)]);
    assert_eq!(of(2, 2), []);
}

#[test]
fn cursor_is_kept_for_each_input_of_each_source() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = in_memory(dir.path());
    for (input, line) in [(1, 10), (2, 20), (1, 30)] {
        let cursor = Some(cursor(input, line));
        store.commit(Batch { contributions: Vec::new(), cursor }).unwrap();
    }
    let source = SourceId::new("city-311").unwrap();
    assert_eq!(store.cursor(&source, [1; 16]).unwrap(), Some(cursor(1, 30)));
    assert_eq!(store.cursor(&source, [2; 16]).unwrap(), Some(cursor(2, 20)));
    let other = SourceId::new("city-31").unwrap();
    assert_eq!(store.cursor(&other, [1; 16]).unwrap(), None);
}

#[test]
fn charge_is_kept_once_and_adds_to_the_odometer_of_each_resident() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = in_memory(dir.path());
    let first = charge(1, 0, 3, 0..3);
    store.charge(first.clone()).unwrap();
    store.charge(first.clone()).unwrap();
    store.charge(Charge { attempt: 1, ..first.clone() }).unwrap();
    let spent = Spent { window: Window(3), family: 1, cost_micro: 1002 };
    assert_eq!(store.spent(&resident(2)).unwrap(), [spent; 2]);
    assert_eq!(store.spent(&resident(3)).unwrap(), []);
    assert_eq!(store.charge_of([1; 32], 0).unwrap(), Some(first.clone()));
    assert_eq!(store.charge_of([1; 32], 2).unwrap(), None);

    let cheaper = charge(1, 0, 3, 0..2);
    assert!(matches!(store.charge(cheaper), Err(StoreError::ChargeDiffers { attempt: 0, .. })));
    let mut twice = charge(2, 0, 3, 0..2);
    twice.costs.push(twice.costs[0]);
    assert!(matches!(store.charge(twice), Err(StoreError::ChargeRepeats)));
    assert_eq!(store.charge_of([2; 32], 0).unwrap(), None);
}

/// A charge of so many residents that it lies in several frames.
fn large_charge(residents: std::ops::Range<u8>) -> Charge {
    charge(1, 0, 3, residents)
}

#[test]
fn charge_of_many_residents_is_one_charge_wherever_it_is_read_from() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = on_disk(dir.path()).0;
    store.charge(large_charge(0..14)).unwrap();
    store.charge(large_charge(0..14)).unwrap();
    for other in [large_charge(0..3), large_charge(0..15)] {
        assert!(matches!(store.charge(other), Err(StoreError::ChargeDiffers { .. })));
    }
    let whole = Some(large_charge(0..14));
    assert_eq!(store.charge_of([1; 32], 0).unwrap(), whole);
    drop(store);
    fs::remove_dir_all(dir.path().join("state")).unwrap();
    let mut store = on_disk(dir.path()).0;
    assert_eq!(store.charge_of([1; 32], 0).unwrap(), whole);
    store.forget_charges_before(Window(3)).unwrap();
    assert_eq!(store.charge_of([1; 32], 0).unwrap(), whole, "the spine anew");
    store.forget_charges_before(Window(4)).unwrap();
    assert_eq!(store.charges().unwrap(), []);
}

#[test]
fn charge_cut_off_between_its_frames_was_never_made_and_names_nobody_for_long() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = on_disk(dir.path()).0;
    let whole = large_charge(0..8);
    store.journal.charge(crate::store::charge::frames(&whole).take(2)).unwrap();
    drop(store);
    let mut store = on_disk(dir.path()).0;
    assert_eq!((store.charges().unwrap(), store.spent(&resident(0)).unwrap()), (vec![], vec![]));
    assert!(holds(dir.path(), &resident(0).0));
    let other = large_charge(3..8);
    store.charge(other.clone()).unwrap();
    drop(store);
    let mut store = on_disk(dir.path()).0;
    assert_eq!(store.charge_of([1; 32], 0).unwrap(), Some(other.clone()));
    store.forget_charges_before(Window(1)).unwrap();
    assert_eq!(store.charge_of([1; 32], 0).unwrap(), Some(other));
    assert!(!holds(dir.path(), &resident(0).0), "who never paid is still named");
}

#[test]
fn malformed_batches_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = in_memory(dir.path());
    let mut wide = contribution(1, 1, 1, 0);
    let topics = (0..4).map(Topic).collect();
    wide.said = Some((Neighborhood(0), Labels { sentiment: Sentiment::Neutral, topics }));
    let refused = store.commit(batch(vec![wide]));
    assert!(matches!(refused, Err(StoreError::TooManyTopics { topics: 4 })));
    let long = vec![contribution(1, 1, 1, 0); BATCH_MAX + 1];
    assert!(matches!(store.commit(batch(long)), Err(StoreError::BatchTooLong { .. })));
    assert_eq!(contents(&store).said, []);
}
