//! Plans that follow plans.

use super::*;
use crate::privacy::{FamilySpec, plan_with_for_tests, spec_for_tests};

fn asked(from_window: u32, percent: u8) -> FamilySpec {
    FamilySpec { from_window: Some(from_window), ..spec_for_tests("asked", 1, 1, percent) }
}

/// A ledger whose plan leaves 10 % of the budget, with a release at window 0.
fn with_spare() -> (TempDir, Ledger) {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("releases")).unwrap();
    let (mut ledger, _) = open(dir.path()).unwrap();
    ledger.record_plan(&public(&plan_with_for_tests(vec![]))).unwrap();
    let family = plan_with_for_tests(vec![]).families()[0].clone();
    let receipt = reserve_of(&mut ledger, &family, 0).unwrap();
    commit(dir.path(), &mut ledger, receipt);
    (dir, ledger)
}

fn reserve_of(ledger: &mut Ledger, family: &Family, window: u32) -> Result<Receipt, LedgerError> {
    let release_id = ledger.release_id(family, Window(window))?;
    let attempt = ledger.next_attempt(&release_id);
    ledger.reserve(ReserveRequest { family, window: Window(window), attempt })
}

fn amend(ledger: &mut Ledger, plan: &PrivacyPlan) -> Result<Digest, LedgerError> {
    ledger.record_plan(&public(plan))
}

fn refusal(found: Result<Digest, LedgerError>) -> AmendError {
    match found.unwrap_err() {
        LedgerError::Refused(OrderError::Amend(error)) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn question_added_in_the_middle_is_recorded_asked_and_verified() {
    let (dir, mut ledger) = with_spare();
    let amended = plan_with_for_tests(vec![asked(1, 10)]);
    amend(&mut ledger, &amended).unwrap();
    let pulse = &amended.families()[0];
    let again = reserve_of(&mut ledger, pulse, 0);
    assert!(matches!(again, Err(LedgerError::Refused(OrderError::Window { .. }))));
    assert!(ledger.answer("pulse", Window(0)).is_some());
    for family in [pulse, &amended.families()[4]] {
        let receipt = reserve_of(&mut ledger, family, 1).unwrap();
        let file = format!("{}-1.json", family.id());
        fs::write(dir.path().join("releases").join(&file), &file).unwrap();
        ledger.commit(receipt, &file, Digest::of(file.as_bytes())).unwrap();
    }
    assert_eq!(failed(dir.path()), []);
    drop(ledger);
    let (reopened, _) = open(dir.path()).unwrap();
    assert_eq!(reopened.plan().unwrap().families.len(), 5);
}

#[test]
fn question_beyond_the_slice_that_is_left_is_refused() {
    let mut specs = crate::privacy::specs_for_tests();
    specs[0].share_percent = 35;
    specs.push(asked(1, 11));
    let budget = plan_with_for_tests(vec![]).budget().clone();
    let keys = crate::privacy::keys_for_tests();
    let found = PrivacyPlan::new(budget, specs, &keys);
    assert!(matches!(found, Err(crate::privacy::PlanError::Shares { total: 101, .. })));
}

#[test]
fn question_about_a_window_that_was_reserved_is_refused() {
    let (_dir, mut ledger) = with_spare();
    let found = amend(&mut ledger, &plan_with_for_tests(vec![asked(0, 5)]));
    assert!(matches!(refusal(found), AmendError::FromWindow { first: 1, .. }));
    let without = FamilySpec { from_window: None, ..asked(0, 5) };
    let found = amend(&mut ledger, &plan_with_for_tests(vec![without]));
    assert!(matches!(refusal(found), AmendError::FromWindow { .. }));
}

fn altered(alter: impl Fn(&mut Vec<FamilySpec>)) -> PrivacyPlan {
    let plan = plan_with_for_tests(vec![]);
    let mut specs: Vec<FamilySpec> = plan.families().iter().map(|f| f.spec().clone()).collect();
    alter(&mut specs);
    PrivacyPlan::new(plan.budget().clone(), specs, &crate::privacy::keys_for_tests()).unwrap()
}

#[test]
fn family_that_is_altered_moved_or_dropped_is_refused() {
    let changes: [fn(&mut Vec<FamilySpec>); 4] = [
        |specs| specs[0].share_percent = 34,
        |specs| specs.swap(0, 1),
        |specs| specs.truncate(3),
        |specs| specs[1].windows_max = 3,
    ];
    for change in changes {
        let (_dir, mut ledger) = with_spare();
        let found = refusal(amend(&mut ledger, &altered(change)));
        assert!(matches!(found, AmendError::Family(_)), "{found}");
    }
}

#[test]
fn family_may_end_but_not_in_the_past_and_not_come_back() {
    let (dir, mut ledger) = with_spare();
    let family = plan_with_for_tests(vec![]).families()[0].clone();
    let receipt = reserve_of(&mut ledger, &family, 1).unwrap();
    commit(dir.path(), &mut ledger, receipt);
    let mut ended =
        |until: u32| amend(&mut ledger, &altered(|specs| specs[1].until_window = Some(until)));
    let past = refusal(ended(1));
    assert!(matches!(past, AmendError::UntilWindow { first: 2, .. }), "{past}");
    ended(2).unwrap();
    let back = refusal(ended(9));
    assert!(matches!(back, AmendError::Prolonged { until: 2, .. }), "{back}");
}

#[test]
fn end_may_come_earlier_but_not_later_than_it_was_said_to() {
    let (_dir, mut ledger) = with_spare();
    let mut ended =
        |until: u32| amend(&mut ledger, &altered(|specs| specs[1].until_window = Some(until)));
    ended(8).unwrap();
    let later = refusal(ended(9));
    assert!(matches!(later, AmendError::Prolonged { until: 8, .. }), "{later}");
    ended(5).unwrap();
}

#[test]
fn noise_of_a_standing_family_cannot_be_amended() {
    let (_dir, mut ledger) = with_spare();
    let mut plan = public(&plan_with_for_tests(vec![]));
    let louder = altered(|specs| specs[0].sigma_units = Some(3_000)).stated();
    let mut family = serde_json::to_value(&louder.families[0]).unwrap();
    family["declared"].as_object_mut().unwrap().remove("sigma_units");
    plan[PLAN_PRIVACY_KEY] = serde_json::to_value(&louder).unwrap();
    plan[PLAN_PRIVACY_KEY]["families"][0] = family;
    let found = refusal(ledger.record_plan(&plan));
    assert!(matches!(&found, AmendError::Family(id) if id == "pulse"), "{found}");
}

#[test]
fn promise_that_changes_is_refused() {
    let (_dir, mut ledger) = with_spare();
    let mut other = public(&plan_with_for_tests(vec![]));
    other["unit"] = json!("comment");
    let found = refusal(ledger.record_plan(&other));
    assert!(matches!(&found, AmendError::Promise(key) if key == "unit"), "{found}");
    let named = json!({ "title": "Elsewhere", PLAN_PRIVACY_KEY: plan_with_for_tests(vec![]) });
    ledger.record_plan(&named).unwrap();
    let budget = crate::privacy::Budget::new(2.5, 1e-6, 13).unwrap();
    let specs = plan_with_for_tests(vec![]).families().iter().map(|f| f.spec().clone()).collect();
    let richer = PrivacyPlan::new(budget, specs, &crate::privacy::keys_for_tests()).unwrap();
    assert!(matches!(refusal(amend(&mut ledger, &richer)), AmendError::Budget));
}

#[test]
fn running_total_that_skips_a_window_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (mut ledger, _) = open(dir.path()).unwrap();
    let total = FamilySpec { to_date_windows: Some(4), ..spec_for_tests("total", 1, 1, 10) };
    let plan = plan_with_for_tests(vec![total]);
    ledger.record_plan(&public(&plan)).unwrap();
    let total = &plan.families()[4];
    let skipped = reserve_of(&mut ledger, total, 2);
    let Err(LedgerError::Refused(OrderError::Run { window, .. })) = skipped else {
        panic!("{skipped:?}")
    };
    assert_eq!(window, Window(0));
    let _first = reserve_of(&mut ledger, total, 0).unwrap();
}
