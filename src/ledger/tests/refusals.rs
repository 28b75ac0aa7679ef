//! What the writer refuses to write, and who may not open.

use super::*;
use crate::privacy::{MicroRho, Rho};

fn refused<T: std::fmt::Debug>(outcome: Result<T, LedgerError>) -> OrderError {
    match outcome {
        Err(LedgerError::Refused(error)) => error,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn reserve_without_a_plan_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (mut ledger, _) = open(dir.path()).unwrap();
    assert!(matches!(refused(reserve(&mut ledger, 0)), OrderError::NoPlan));
    assert_eq!(ledger.len(), 1);
}

#[test]
fn plan_above_its_budget_is_refused_with_the_arithmetic() {
    let (_dir, mut ledger) = planned();
    let mut stated = plan().stated();
    stated.budget.micro = MicroRho(80_000);
    let text = refused(ledger.record_plan(&json!({ PLAN_PRIVACY_KEY: stated }))).to_string();
    assert!(text.contains("of 80000 micro-rho"), "{text}");
    let refusal = refused(ledger.record_plan(&json!({ "title": "no privacy" })));
    assert!(matches!(refusal, OrderError::PlanShape(_)));
    assert_eq!(ledger.len(), 2);
}

#[test]
fn plan_with_a_number_that_readers_disagree_on_is_refused() {
    let (_dir, mut ledger) = planned();
    let plan = json!({ PLAN_PRIVACY_KEY: plan(), "cards": [{ "accuracy": 1.0 / 3.0 }] });
    assert!(matches!(ledger.record_plan(&plan), Err(LedgerError::PlanNumber(_))));
    assert_eq!(ledger.len(), 2);
}

#[test]
fn charge_that_is_not_the_plans_is_refused() {
    let (_dir, mut ledger) = planned();
    let mut specs = crate::privacy::specs_for_tests();
    specs[0].sigma_units = Some(1_000);
    let budget = plan().budget().clone();
    let keys = crate::privacy::keys_for_tests();
    let other = PrivacyPlan::new(budget, specs, &keys).unwrap();
    let family = &other.families()[0];
    let request = ReserveRequest { family, window: Window(0), attempt: 1 };
    assert!(matches!(
        refused(ledger.reserve(request)),
        OrderError::Charge { what: "sigma_units", .. }
    ));
    assert_eq!(ledger.len(), 2);
}

#[test]
fn release_that_is_committed_is_not_paid_for_again() {
    let (dir, mut ledger) = planned();
    let receipt = reserve(&mut ledger, 0).unwrap();
    commit(dir.path(), &mut ledger, receipt);
    assert!(matches!(refused(reserve(&mut ledger, 0)), OrderError::Committed(_)));
    let _next = reserve(&mut ledger, 1).unwrap();
}

#[test]
fn reserve_while_another_is_open_is_refused() {
    let (_dir, mut ledger) = planned();
    let _receipt = reserve(&mut ledger, 0).unwrap();
    assert!(matches!(refused(reserve(&mut ledger, 1)), OrderError::Outstanding { attempt: 1, .. }));
    let other = json!({ "title": "amended", PLAN_PRIVACY_KEY: plan() });
    assert!(matches!(refused(ledger.record_plan(&other)), OrderError::Outstanding { .. }));
}

#[test]
fn attempt_out_of_turn_is_refused() {
    let (_dir, mut ledger) = planned();
    let (family, window) = (pulse(), Window(0));
    let request = ReserveRequest { family: &family, window, attempt: 2 };
    assert!(matches!(refused(ledger.reserve(request)), OrderError::Attempt { expected: 1, .. }));
}

#[test]
fn receipt_is_worth_nothing_after_its_abandon_or_in_another_ledger() {
    let (_dir, mut ledger) = planned();
    let receipt = reserve(&mut ledger, 0).unwrap();
    ledger.abandon(receipt.release_id(), 1, AbandonReason::OutputFailed).unwrap();
    let _second = reserve(&mut ledger, 0).unwrap();
    let stale = ledger.commit(receipt, "a.json", Digest::ZERO);
    assert!(matches!(refused(stale), OrderError::NotReserved { attempt: 1, .. }));
    let (_other_dir, mut other) = planned();
    let spoiled = reserve(&mut other, 3).unwrap();
    other.abandon(spoiled.release_id(), 1, AbandonReason::OutputFailed).unwrap();
    let foreign = reserve(&mut other, 0).unwrap();
    other.abandon(foreign.release_id(), 1, AbandonReason::OutputFailed).unwrap();
    let foreign = reserve(&mut other, 0).unwrap();
    assert_eq!(foreign.attempt(), 2);
    assert!(matches!(
        refused(ledger.commit(foreign, "a.json", Digest::ZERO)),
        OrderError::NotReserved { .. }
    ));
}

#[test]
fn file_names_that_lead_elsewhere_or_are_taken_are_refused() {
    let (dir, mut ledger) = planned();
    let receipt = reserve(&mut ledger, 0).unwrap();
    commit(dir.path(), &mut ledger, receipt);
    for name in ["../up.json", "", ".hidden", "a/b", "Upper.json", "pulse-0.json"] {
        let receipt = reserve(&mut ledger, 1).unwrap();
        let (id, attempt) = (receipt.release_id(), receipt.attempt());
        assert!(matches!(refused(ledger.commit(receipt, name, Digest::ZERO)), OrderError::File(_)));
        ledger.abandon(id, attempt, AbandonReason::OutputFailed).unwrap();
    }
}

#[test]
fn publish_of_what_is_not_committed_is_refused() {
    let (_dir, mut ledger) = planned();
    let receipt = reserve(&mut ledger, 0).unwrap();
    let id = receipt.release_id();
    ledger.abandon(id, 1, AbandonReason::MechanismFailed).unwrap();
    assert!(matches!(refused(ledger.publish(id)), OrderError::NotCommitted(_)));
}

#[test]
fn ledger_of_another_key_or_name_does_not_open() {
    let dir = busy();
    let other = SigningKey::from_bytes(&[6; 32]);
    let opened = Ledger::open(dir.path(), ORIGIN, other, clock());
    assert!(matches!(opened, Err(LedgerError::Key { .. })));
    let opened = Ledger::open(dir.path(), "undertone/other", key(), clock());
    assert!(matches!(opened, Err(LedgerError::OriginDiffers { .. })));
    let opened = Ledger::open(dir.path(), "two words", key(), clock());
    assert!(matches!(opened, Err(LedgerError::Origin(_))));
}

#[test]
fn ledger_that_is_open_does_not_open_again() {
    let (dir, _ledger) = planned();
    assert!(matches!(open(dir.path()), Err(LedgerError::Log(_))));
}

#[test]
fn loss_in_the_ledger_is_the_librarys_to_the_bit() {
    let dir = busy();
    let entries = read_entries(dir.path()).unwrap();
    let Fact::Reserve(reserve) = &entries[2].fact else { panic!("not a reserve") };
    let loss: Rho = crate::privacy::loss_of(reserve.sigma_units[0], 60).unwrap();
    assert_eq!(reserve.loss.to_bits(), loss.to_bits());
}
