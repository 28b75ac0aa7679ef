//! The rows of the recovery table, as far as the ledger is concerned.

use super::*;

/// Cuts the entries back to what they were after `entries` entries, as a crash would have.
fn cut_to(dir: &Path, entries: usize) {
    let frames = crate::log::read(&entries_path(dir)).unwrap().frames;
    fs::remove_file(entries_path(dir)).unwrap();
    let (mut log, _) =
        crate::log::AppendLog::open(&entries_path(dir), crate::log::Visibility::Public).unwrap();
    frames[..entries].iter().for_each(|body| log.append(body).unwrap());
    log.sync().unwrap();
}

#[test]
fn torn_last_frame_is_cut_off_and_reported() {
    let (dir, ledger) = planned();
    drop(ledger);
    let whole = fs::read(entries_path(dir.path())).unwrap();
    fs::write(entries_path(dir.path()), [whole.as_slice(), &[200, 0, 0, 0, 9]].concat()).unwrap();
    let found = failed(dir.path());
    assert_eq!(found[0].0, "frames");
    assert!(found[0].1.contains(&format!("byte {}", whole.len())), "{found:?}");
    let (_ledger, recovery) = open(dir.path()).unwrap();
    assert_eq!(recovery.truncated_bytes, 5);
    assert_eq!(fs::read(entries_path(dir.path())).unwrap(), whole);
}

#[test]
fn torn_open_entry_of_a_new_ledger_begins_it_again() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()).unwrap());
    let whole = fs::read(entries_path(dir.path())).unwrap();
    fs::remove_file(checkpoint_path(dir.path())).unwrap();
    for kept in [0, 3, whole.len() - 1] {
        fs::write(entries_path(dir.path()), &whole[..kept]).unwrap();
        let (ledger, _) = open(dir.path()).unwrap();
        assert_eq!(ledger.len(), 1, "{kept}");
        fs::remove_file(checkpoint_path(dir.path())).unwrap();
    }
}

#[test]
fn bad_frame_that_is_not_last_is_refused_with_its_offset() {
    let dir = busy();
    let mut bytes = fs::read(entries_path(dir.path())).unwrap();
    bytes[60] ^= 1;
    fs::write(entries_path(dir.path()), &bytes).unwrap();
    let refused = open(dir.path()).unwrap_err().to_string();
    assert!(refused.contains("damaged at byte 8"), "{refused}");
    assert_eq!(fs::read(entries_path(dir.path())).unwrap(), bytes);
}

#[test]
fn reserve_without_output_is_reported_and_must_be_abandoned_first() {
    let (dir, mut ledger) = planned();
    let receipt = reserve(&mut ledger, 4).unwrap();
    let id = receipt.release_id();
    drop((ledger, receipt));
    let (mut ledger, recovery) = open(dir.path()).unwrap();
    let open = recovery.outstanding.unwrap();
    assert_eq!((open.release_id, open.attempt, open.window), (id, 1, Window(4)));
    assert!(verified(dir.path()).passed());
    let refused = reserve(&mut ledger, 4);
    assert!(matches!(refused, Err(LedgerError::Refused(OrderError::Outstanding { .. }))));
    ledger.abandon(id, 1, AbandonReason::Interrupted).unwrap();
    let again = reserve(&mut ledger, 4).unwrap();
    assert_eq!((again.release_id(), again.attempt()), (id, 2));
}

#[test]
fn commit_without_checkpoint_is_signed_with_the_same_bytes_on_opening() {
    let (dir, mut ledger) = planned();
    let receipt = reserve(&mut ledger, 0).unwrap();
    let before = fs::read(checkpoint_path(dir.path())).unwrap();
    let id = receipt.release_id();
    let proof = commit(dir.path(), &mut ledger, receipt);
    drop(ledger);
    fs::write(checkpoint_path(dir.path()), before).unwrap();
    let report = verified(dir.path());
    assert!(report.passed(), "{report:#?}");
    let (ledger, recovery) = open(dir.path()).unwrap();
    assert_eq!((recovery.signed_entries, recovery.unpublished), (1, vec![id]));
    assert_eq!(fs::read_to_string(checkpoint_path(dir.path())).unwrap(), proof.checkpoint);
    assert!(matches!(ledger.state(&id), ReleaseState::Committed { .. }));
}

#[test]
fn missing_checkpoint_is_refused_since_no_crash_loses_one() {
    let dir = busy();
    fs::remove_file(checkpoint_path(dir.path())).unwrap();
    assert_eq!(failed(dir.path())[0].0, "checkpoint");
    assert!(open(dir.path()).is_err());
}

#[test]
fn one_unsigned_entry_is_signed_on_opening_and_two_are_refused() {
    let dir = busy();
    let whole = fs::read(checkpoint_path(dir.path())).unwrap();
    sign_head_of(dir.path(), 8);
    assert!(matches!(open(dir.path()), Err(LedgerError::Unsigned { entries: 10, signed: 8 })));
    sign_head_of(dir.path(), 9);
    let (_ledger, recovery) = open(dir.path()).unwrap();
    assert_eq!(recovery.signed_entries, 1);
    assert_eq!(fs::read(checkpoint_path(dir.path())).unwrap(), whole);
}

/// Signs the first `entries` entries, as the ledger did when it had no more.
fn sign_head_of(dir: &Path, entries: u64) {
    let mut tree = Tree::default();
    let frames = crate::log::read(&entries_path(dir)).unwrap().frames;
    frames.iter().take(entries as usize).for_each(|body| tree.push(body));
    let head = Checkpoint { origin: ORIGIN.to_owned(), size: entries, root: tree.root() };
    fs::write(checkpoint_path(dir), head.sign(&key())).unwrap();
}

#[test]
fn visible_release_whose_publish_is_missing_is_published_after_opening() {
    let dir = busy();
    cut_to(dir.path(), 4);
    sign_head_of(dir.path(), 4);
    let (mut ledger, recovery) = open(dir.path()).unwrap();
    assert_eq!(recovery.unpublished.len(), 1);
    ledger.publish(recovery.unpublished[0]).unwrap();
    drop(ledger);
    assert_eq!(open(dir.path()).unwrap().1, Recovery::default());
}

#[test]
fn ledger_cut_after_any_entry_opens_and_continues() {
    for entries in 0..=10 {
        let dir = busy();
        cut_to(dir.path(), entries);
        sign_head_of(dir.path(), entries as u64);
        if entries == 0 {
            fs::remove_file(checkpoint_path(dir.path())).unwrap();
        }
        let (mut ledger, recovery) = open(dir.path()).unwrap();
        if let Some(open) = recovery.outstanding {
            ledger.abandon(open.release_id, open.attempt, AbandonReason::Interrupted).unwrap();
        }
        ledger.record_plan(&public(&plan())).unwrap();
        let _receipt = reserve(&mut ledger, 9).unwrap();
        drop(ledger);
        let failed = failed(dir.path());
        let orphaned = failed.iter().all(|(name, _)| *name == "releases");
        assert!(orphaned, "{entries}: {failed:?}");
    }
}

#[test]
fn ledger_shorter_than_its_checkpoint_is_refused_and_left_alone() {
    let dir = busy();
    cut_to(dir.path(), 9);
    let before = fs::read(entries_path(dir.path())).unwrap();
    let refused = open(dir.path()).unwrap_err();
    assert!(matches!(refused, LedgerError::Rollback { entries: 9, signed: 10 }), "{refused}");
    assert_eq!(failed(dir.path())[0], ("checkpoint", "10 entries are signed, 9 are left".into()));
    assert_eq!(fs::read(entries_path(dir.path())).unwrap(), before);
    fs::remove_file(entries_path(dir.path())).unwrap();
    assert!(matches!(open(dir.path()), Err(LedgerError::Rollback { entries: 0, .. })));
}

#[test]
fn ledger_with_another_history_of_the_same_length_is_refused() {
    let (dir, mut ledger) = planned();
    let (other_dir, mut other) = planned();
    let _ = (reserve(&mut ledger, 0).unwrap(), reserve(&mut other, 1).unwrap());
    assert!(matches!(
        ledger.check_against(&other.checkpoint()),
        Err(LedgerError::Fork { signed: 3 })
    ));
    drop((ledger, other));
    fs::copy(checkpoint_path(other_dir.path()), checkpoint_path(dir.path())).unwrap();
    assert!(matches!(open(dir.path()), Err(LedgerError::Fork { signed: 3 })));
    assert_eq!(failed(dir.path())[0].0, "checkpoint");
}

#[test]
fn checkpoint_that_somebody_else_kept_convicts_a_rollback_of_both_files() {
    let (dir, mut ledger) = planned();
    let saved = [entries_path(dir.path()), checkpoint_path(dir.path())]
        .map(|path| (fs::read(&path).unwrap(), path));
    let _receipt = reserve(&mut ledger, 0).unwrap();
    let kept = ledger.checkpoint();
    ledger.check_against(&kept).unwrap();
    drop(ledger);
    saved.iter().for_each(|(bytes, path)| fs::write(path, bytes).unwrap());
    let (ledger, _) = open(dir.path()).unwrap();
    assert!(matches!(
        ledger.check_against(&kept),
        Err(LedgerError::Rollback { entries: 2, signed: 3 })
    ));
}
