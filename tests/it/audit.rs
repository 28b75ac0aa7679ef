//! `undertone audit` as it is run: its verdict, its two forms, and what it leaves behind.

use serde_json::Value;

use crate::support::{Ran, undertone};

/// Fails on a correct program in at most one of a million runs.
#[test]
fn audit_of_this_build_holds_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = undertone();
    command.args(["audit", "--json", "--quiet", "--trials", "600", "--folder"]);
    let ran = Ran::from(command.arg(folder.path()).output().unwrap()).exits(0);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["format"], "undertone-audit/1");
    assert_eq!(report["holds"], true);
    let plans = report["plans"].as_array().unwrap();
    assert_eq!(plans.len(), 2);
    for plan in plans {
        assert_eq!((&plan["trials_without"], &plan["trials_with"]), (&600.into(), &600.into()));
        assert!(plan["windows_per_trial"].as_u64() > Some(1));
        for filter in plan["filters"].as_array().unwrap() {
            assert!(filter["mu_lower"].as_f64() <= filter["mu_promised"].as_f64());
            assert_eq!(filter["curve"].as_array().unwrap().len(), 9);
        }
        assert!(plan["shapes"][0]["p_value"].is_number(), "too few draws to say anything");
    }
}

#[test]
fn audit_of_a_plan_looks_at_its_own_families_and_stops_when_the_time_is_up() {
    let mut command = undertone();
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/riverton/small.toml");
    command.args(["audit", demo, "--quiet", "--trials", "100000", "--seconds-max", "3"]);
    let ran = Ran::from(command.output().unwrap()).exits(1).says("too few trials");
    assert!(!ran.stdout.contains("Every check holds"), "{}", ran.stdout);
    for words in ["Plan riverton", "pulse, as charged", "reach, as charged", "The time was up"] {
        assert!(ran.stdout.contains(words), "`{words}` is not in\n{}", ran.stdout);
    }
}

#[test]
fn audit_without_a_chance_of_error_is_refused() {
    let ran = undertone().args(["audit", "--false-alarm", "0"]).output().unwrap();
    Ran::from(ran).exits(2).says("--false-alarm");
}
