//! Whoever changes a byte is found out, also when they mend every checksum behind it.

use super::*;
use crate::{
    log::{self, AppendLog, Visibility},
    privacy::Rho,
};

fn bodies(dir: &Path) -> Vec<Vec<u8>> {
    log::read(&entries_path(dir)).unwrap().frames
}

/// Writes entries as an insider would who holds the signing key: frames, chain and head mended.
fn forge(dir: &Path, facts: impl Iterator<Item = Fact>) {
    fs::remove_file(entries_path(dir)).unwrap();
    let (mut log, _) = AppendLog::open(&entries_path(dir), Visibility::Public).unwrap();
    let (mut prev, mut tree) = (Digest::ZERO, Tree::default());
    for (index, fact) in (0..).zip(facts) {
        let entry = Entry { index, prev, at: "2026-01-05T10:00:00Z".parse().unwrap(), fact };
        let body = entry.body().unwrap();
        log.append(&body).unwrap();
        tree.push(&body);
        prev = Digest::of(&body);
    }
    log.sync().unwrap();
    let head = Checkpoint { origin: ORIGIN.into(), size: tree.size(), root: tree.root() };
    fs::write(checkpoint_path(dir), head.sign(&key())).unwrap();
}

fn forged(alter: impl Fn(&mut Vec<Fact>)) -> Vec<(&'static str, String)> {
    let dir = busy();
    let mut facts: Vec<Fact> =
        read_entries(dir.path()).unwrap().into_iter().map(|entry| entry.fact).collect();
    alter(&mut facts);
    forge(dir.path(), facts.into_iter());
    failed(dir.path())
}

fn names(failed: &[(&'static str, String)]) -> Vec<&'static str> {
    failed.iter().map(|(name, _)| *name).collect()
}

#[test]
fn any_flipped_byte_of_the_entries_is_found_and_located() {
    let dir = busy();
    let whole = fs::read(entries_path(dir.path())).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(entries_path(dir.path()), &bytes).unwrap();
        let report = verified(dir.path());
        let first = report.checks.iter().find(|check| !check.passed);
        let first = first.unwrap_or_else(|| panic!("byte {at} passed"));
        let located = first.detail.contains("byte") || first.detail.contains("log");
        assert!(located, "byte {at}: {first:?}");
    }
}

#[test]
fn any_flipped_byte_of_the_checkpoint_is_found() {
    let dir = busy();
    let whole = fs::read(checkpoint_path(dir.path())).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(checkpoint_path(dir.path()), &bytes).unwrap();
        assert_eq!(names(&failed(dir.path())), ["checkpoint"], "byte {at}");
    }
}

#[test]
fn any_flipped_byte_of_a_release_is_found() {
    let dir = busy();
    let path = dir.path().join("releases").join("pulse-0.json");
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert_eq!(names(&failed(dir.path())), ["releases"], "byte {at}");
    }
}

#[test]
fn flipped_body_byte_behind_mended_checksums_is_found() {
    let dir = busy();
    let whole = bodies(dir.path());
    for (entry, body) in whole.iter().enumerate() {
        for at in (0..body.len()).step_by(7) {
            let mut altered = whole.clone();
            altered[entry][at] ^= 1 << (at % 7);
            fs::remove_file(entries_path(dir.path())).unwrap();
            let (mut log, _) =
                AppendLog::open(&entries_path(dir.path()), Visibility::Public).unwrap();
            altered.iter().for_each(|body| log.append(body).unwrap());
            drop(log);
            assert!(!verified(dir.path()).passed(), "entry {entry}, byte {at}");
        }
    }
}

#[test]
fn forgery_without_the_change_verifies() {
    assert_eq!(forged(|_| {}), []);
}

#[test]
fn understated_charge_is_found_even_when_signed() {
    let found = forged(|facts| {
        let Fact::Reserve(reserve) = &mut facts[2] else { panic!("not a reserve") };
        reserve.loss = Rho::from_bits(reserve.loss.to_bits() - 1).unwrap();
    });
    assert_eq!(names(&found), ["losses", "order", "releases"]);
    assert!(found[0].1.contains("entry 2"), "{found:?}");
}

#[test]
fn charge_with_less_noise_than_planned_is_found_even_when_signed() {
    let found = forged(|facts| {
        let Fact::Reserve(reserve) = &mut facts[2] else { panic!("not a reserve") };
        reserve.sigma_units[0] /= 2;
        reserve.loss = crate::privacy::loss_of(reserve.sigma_units[0], 60).unwrap();
        reserve.loss_period = reserve.loss.composed(reserve.windows_max).unwrap();
    });
    assert!(names(&found).contains(&"order"), "{found:?}");
}

#[test]
fn plan_above_its_budget_is_found_even_when_signed() {
    let found = forged(|facts| {
        let Fact::Plan { plan_digest, plan } = &mut facts[1] else { panic!("not a plan") };
        plan["privacy"]["budget"]["micro"] = json!(1_000);
        *plan_digest = Digest::of(plan.to_string().as_bytes());
    });
    assert!(found[0].0 == "plans" && found[0].1.contains("costs"), "{found:?}");
}

#[test]
fn entries_out_of_order_are_found_even_when_signed() {
    assert!(names(&forged(|facts| facts.swap(2, 3))).contains(&"order"));
    assert!(names(&forged(|facts| facts.swap(3, 4))).contains(&"order"));
    assert!(names(&forged(|facts| drop(facts.remove(2)))).contains(&"order"));
    assert!(names(&forged(|facts| drop(facts.remove(6)))).contains(&"order"));
    assert!(names(&forged(|facts| facts.insert(4, facts[3].clone()))).contains(&"order"));
    assert!(names(&forged(|facts| facts.truncate(8))).contains(&"releases"));
}

#[test]
fn release_that_no_commit_names_is_found() {
    let dir = busy();
    fs::write(dir.path().join("releases").join("extra.json"), "x").unwrap();
    let found = failed(dir.path());
    assert!(found[0].1.contains("`extra.json`"), "{found:?}");
}

#[test]
fn release_that_is_missing_is_found() {
    let dir = busy();
    fs::remove_file(dir.path().join("releases").join("pulse-1.json")).unwrap();
    assert_eq!(names(&failed(dir.path())), ["releases"]);
}

#[test]
fn ledger_of_another_key_is_found_when_the_key_is_given() {
    let dir = busy();
    let other = SigningKey::from_bytes(&[6; 32]).verifying_key();
    assert!(!verify(dir.path(), Some(other), &dir.path().join("releases")).passed());
    assert!(verify(dir.path(), None, &dir.path().join("releases")).passed());
}
