//! Whole ledgers on disk: what a crash leaves, what an attacker changes, what a reader sees.

mod amend;
mod recovery;
mod refusals;
mod tampering;

use std::{fs, path::Path, sync::Arc};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::{
    domain::{FixedClock, Window},
    privacy::{Family, PrivacyPlan, plan_for_tests},
};

const ORIGIN: &str = "undertone/riverton";

fn key() -> SigningKey {
    SigningKey::from_bytes(&[5; 32])
}

fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock("2026-01-05T10:00:00Z".parse().unwrap()))
}

fn open(dir: &Path) -> Result<(Ledger, Recovery), LedgerError> {
    Ledger::open(dir, ORIGIN, key(), clock())
}

fn plan() -> PrivacyPlan {
    plan_for_tests()
}

fn public(plan: &PrivacyPlan) -> Value {
    json!({ "title": "Riverton", PLAN_PRIVACY_KEY: plan })
}

fn pulse() -> Family {
    plan().families()[0].clone()
}

/// A data folder with a ledger in which the plan is recorded.
pub(super) fn planned() -> (TempDir, Ledger) {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("releases")).unwrap();
    let (mut ledger, recovery) = open(dir.path()).unwrap();
    assert_eq!(recovery, Recovery { signed_entries: 1, ..Recovery::default() });
    ledger.record_plan(&public(&plan())).unwrap();
    (dir, ledger)
}

fn reserve(ledger: &mut Ledger, window: u32) -> Result<Receipt, LedgerError> {
    let family = pulse();
    let release_id = ledger.release_id(&family, Window(window))?;
    let attempt = ledger.next_attempt(&release_id);
    ledger.reserve(ReserveRequest { family: &family, window: Window(window), attempt })
}

/// Writes an output and commits it.
fn commit(dir: &Path, ledger: &mut Ledger, receipt: Receipt) -> CommitProof {
    let file = format!("pulse-{}.json", receipt.window().0);
    let bytes = format!("noisy {}", receipt.window().0);
    fs::write(dir.join("releases").join(&file), &bytes).unwrap();
    ledger.commit(receipt, &file, Digest::of(bytes.as_bytes())).unwrap()
}

/// A finished ledger: one published, one abandoned and repeated, one open reserve.
pub(super) fn busy() -> TempDir {
    let (dir, mut ledger) = planned();
    let first = reserve(&mut ledger, 0).unwrap();
    let id = first.release_id();
    commit(dir.path(), &mut ledger, first);
    ledger.publish(id).unwrap();
    let failed = reserve(&mut ledger, 1).unwrap();
    ledger.abandon(failed.release_id(), 1, AbandonReason::MechanismFailed).unwrap();
    let again = reserve(&mut ledger, 1).unwrap();
    commit(dir.path(), &mut ledger, again);
    let _open = reserve(&mut ledger, 2).unwrap();
    dir
}

fn verified(dir: &Path) -> Report {
    verify(dir, Some(key().verifying_key()), &dir.join("releases"))
}

fn failed(dir: &Path) -> Vec<(&'static str, String)> {
    let report = verified(dir);
    report.checks.into_iter().filter(|c| !c.passed).map(|c| (c.name, c.detail)).collect()
}

fn entries_path(dir: &Path) -> std::path::PathBuf {
    dir.join(LEDGER_FOLDER).join(ENTRIES_FILE)
}

fn checkpoint_path(dir: &Path) -> std::path::PathBuf {
    dir.join(LEDGER_FOLDER).join(CHECKPOINT_FILE)
}

#[test]
fn busy_ledger_verifies_and_reads_back() {
    let dir = busy();
    let report = verified(dir.path());
    assert!(report.passed(), "{report:#?}");
    let names: Vec<_> = report.checks.iter().map(|check| check.name).collect();
    assert_eq!(names, ["frames", "chain", "checkpoint", "plans", "losses", "order", "releases"]);
    let kinds: Vec<String> = read_entries(dir.path())
        .unwrap()
        .iter()
        .map(|entry| serde_json::to_value(entry).unwrap()["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        kinds.join(" "),
        "open plan reserve commit publish reserve abandon reserve commit reserve"
    );
}

#[test]
fn commit_proof_shows_the_entry_in_the_signed_checkpoint() {
    let (dir, mut ledger) = planned();
    let receipt = reserve(&mut ledger, 0).unwrap();
    let proof = commit(dir.path(), &mut ledger, receipt);
    let head = Checkpoint::open(&proof.checkpoint, ORIGIN, &key().verifying_key()).unwrap();
    assert!(verify_inclusion(&proof.leaf, proof.index, head.size, &proof.inclusion, &head.root));
    let entry = &read_entries(dir.path()).unwrap()[proof.index as usize];
    assert_eq!(leaf_hash(&entry.body().unwrap()), proof.leaf);
}

#[test]
fn state_of_a_release_follows_its_entries() {
    let (dir, mut ledger) = planned();
    let id = ledger.release_id(&pulse(), Window(0)).unwrap();
    assert_eq!(ledger.state(&id), ReleaseState::Absent);
    let receipt = reserve(&mut ledger, 0).unwrap();
    assert_eq!(ledger.state(&id), ReleaseState::Reserved { attempt: 1 });
    ledger.abandon(id, 1, AbandonReason::OutputFailed).unwrap();
    drop(receipt);
    assert_eq!(ledger.state(&id), ReleaseState::Abandoned { attempt: 1 });
    let receipt = reserve(&mut ledger, 0).unwrap();
    assert_eq!(receipt.attempt(), 2);
    commit(dir.path(), &mut ledger, receipt);
    assert!(matches!(ledger.state(&id), ReleaseState::Committed { attempt: 2, .. }));
    ledger.publish(id).unwrap();
    ledger.publish(id).unwrap();
    assert!(matches!(ledger.state(&id), ReleaseState::Published { attempt: 2, .. }));
    assert_eq!(ledger.len(), 7);
}

#[test]
fn plan_that_is_in_force_is_not_recorded_twice() {
    let (_dir, mut ledger) = planned();
    let entries = ledger.len();
    let digest = ledger.record_plan(&public(&plan())).unwrap();
    assert_eq!((ledger.len(), ledger.plan_digest()), (entries, Some(digest)));
}
