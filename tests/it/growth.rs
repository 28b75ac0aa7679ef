//! Levels, running totals, and a plan that gains a question while it runs.

use std::fs;

use serde_json::Value;
use undertone::ledger::{Fact, read_entries};

use crate::support::{Ran, Town, models, undertone};

/// Mood on three levels, and residents so far; 30 % of the budget is left.
const FAMILIES: &str = r#"
[[neighborhoods.district]]
id = "shore"
name = "Shore"
neighborhoods = ["east"]

[[neighborhoods.district]]
id = "hills"
name = "Hills"
neighborhoods = ["west"]

[[family]]
id = "pulse"
name = "mood by neighbourhood"
by = ["neighborhood", "sentiment"]
windows_max = 2
share_percent = 50
levels = { city = 10, district = 20, neighborhood = 70 }

[[family]]
id = "reach"
name = "residents so far"
by = ["neighborhood"]
to_date_windows = 2
windows_max = 1
share_percent = 20
"#;

const QUESTION: &str = r#"
[[family]]
id = "asked"
name = "what about noise"
by = ["topic"]
from_window = 1
windows_max = 1
share_percent = 30
"#;

fn town() -> Town {
    let town = Town::of(40, 2);
    let path = town.path().join("town.toml");
    let text = fs::read_to_string(&path).unwrap();
    let head = text.split("[[family]]").next().unwrap();
    fs::write(path, format!("{head}{FAMILIES}")).unwrap();
    town
}

/// As if the second window were still open.
fn run_in_the_second_window(town: &Town) -> Ran {
    let mut command = town.run_command();
    Ran::from(command.args(["--as-of", "2026-03-12T12:00:00Z"]).output().unwrap())
}

fn amend(town: &Town, arguments: &[&str]) -> Ran {
    let mut command = undertone();
    command.arg("amend").arg(town.path().join("town.toml")).arg("--models").arg(models());
    Ran::from(command.args(arguments).output().unwrap())
}

fn ask(town: &Town, question: &str) {
    let path = town.path().join("town.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, format!("{text}{question}")).unwrap();
}

/// The releases of a family, oldest first.
fn documents(town: &Town, family: &str) -> Vec<Value> {
    let parse = |bytes: Vec<u8>| serde_json::from_slice::<Value>(&bytes).unwrap()["release"].take();
    let all = town.releases().into_iter().map(|(_, bytes)| parse(bytes));
    all.filter(|release| release["family"]["id"] == family).collect()
}

#[test]
fn levels_are_released_with_their_own_noise_and_reconciled_so_that_sums_agree() {
    let town = town();
    town.run().exits(0);
    town.verify().exits(0);
    let pulse = documents(&town, "pulse");
    assert_eq!(pulse.len(), 2);
    for release in pulse {
        let levels: Vec<_> = release["levels"].as_array().unwrap().iter().collect();
        assert_eq!(levels.len(), 2);
        assert_eq!(
            (&levels[0]["level"], &levels[1]["level"]),
            (&"district".into(), &"city".into())
        );
        assert_eq!(levels[1]["cells"].as_array().unwrap().len(), 4);
        let sums = |level: &str, tone: &str| -> f64 {
            let rows = release["reconciled"].as_array().unwrap().iter();
            rows.filter(|row| row["level"] == level && row["sentiment"] == tone)
                .map(|row| row["voices"]["value"].as_f64().unwrap())
                .sum()
        };
        for tone in ["negative", "neutral", "positive", "unread"] {
            let city = sums("city", tone);
            for level in ["neighborhood", "district"] {
                assert!((sums(level, tone) - city).abs() < 1e-9, "{level} {tone}");
            }
        }
        assert!(release["privacy"]["wider_levels"].as_array().unwrap().len() == 2);
    }
}

#[test]
fn running_total_carries_the_releases_it_was_decoded_from() {
    let town = town();
    town.run().exits(0);
    let reach = documents(&town, "reach");
    assert_eq!(reach.len(), 2);
    let noisy = |release: &Value| -> Vec<Value> {
        release["cells"]
            .as_array()
            .unwrap()
            .iter()
            .map(|cell| cell["noisy_units"].clone())
            .collect()
    };
    let steps = reach[1]["to_date"]["releases"].as_array().unwrap();
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[0].as_array().unwrap(), &noisy(&reach[0]));
    assert_eq!(steps[1].as_array().unwrap(), &noisy(&reach[1]));
}

#[test]
fn question_added_while_the_plan_runs_is_asked_of_open_windows_alone_and_verifies() {
    let town = town();
    run_in_the_second_window(&town).exits(0);
    let before = town.releases();
    ask(&town, QUESTION);
    run_in_the_second_window(&town).exits(78).says("family `asked`").says("undertone amend");
    let dry = amend(&town, &["--dry-run"]).exits(0);
    assert!(dry.stdout.contains("adds   asked") && dry.stdout.contains("Nothing was recorded"));
    run_in_the_second_window(&town).exits(78);
    let done = amend(&town, &["--json"]).exits(0);
    let done: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((&done["recorded"], &done["unassigned_percent"]), (&true.into(), &0.into()));
    town.run().exits(0);
    town.verify().exits(0);
    assert!(before.iter().all(|file| town.releases().contains(file)), "an old release changed");
    let asked = documents(&town, "asked");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["window"]["last"], 1);
    let entries = read_entries(&town.data()).unwrap();
    let plans = entries.iter().filter(|entry| matches!(entry.fact, Fact::Plan { .. })).count();
    assert_eq!(plans, 2);
}

#[test]
fn question_without_a_slice_or_about_closed_windows_is_refused() {
    let town = town();
    run_in_the_second_window(&town).exits(0);
    ask(&town, &QUESTION.replace("share_percent = 30", "share_percent = 31"));
    amend(&town, &[]).exits(78).says("101 %");
    let town = self::town();
    run_in_the_second_window(&town).exits(0);
    ask(&town, &QUESTION.replace("from_window = 1\n", ""));
    amend(&town, &[]).exits(78).says("from_window = 1");
}

#[test]
fn changed_promise_is_refused_by_its_key_and_a_changed_title_is_only_recorded() {
    let town = town();
    run_in_the_second_window(&town).exits(0);
    town.edit_pipeline("epsilon = 2.0", "epsilon = 1.0");
    let refused = run_in_the_second_window(&town).exits(78).says("`budget.epsilon`");
    assert!(!refused.stderr.contains("undertone amend"), "{}", refused.stderr);
    refused.says("--data");
    town.edit_pipeline("epsilon = 1.0", "epsilon = 2.0");
    town.edit_pipeline("title = \"Town\"", "title = \"The town\"");
    run_in_the_second_window(&town).exits(78).says("`pipeline.title`").says("undertone amend");
    assert!(amend(&town, &[]).exits(0).stdout.contains("label  `pipeline.title`"));
    run_in_the_second_window(&town).exits(0);
}

#[test]
fn registry_entry_follows_from_the_ledger_and_needs_the_facts_that_only_people_know() {
    let town = town();
    town.run().exits(0);
    let registry = |town: &Town| {
        let mut command = undertone();
        command.args(["release", "registry", "--data"]).arg(town.data());
        Ran::from(command.output().unwrap())
    };
    registry(&town).exits(1).says("[deployment]");
    ask(
        &town,
        "\n[deployment]\nname = \"Town voice\"\ndata_curators = [\"Town hall\"]\nintended_use = \
         \"To listen.\"\nregion = \"Town\"\nsector = \"Public sector\"\nregistry_authors = [\"Clerk\"]\n",
    );
    amend(&town, &[]).exits(0);
    let entry = registry(&town).exits(0).stdout;
    for fact in ["tier: 3", "name: Town voice", "epsilon: 2", "pulse", "sigma", "- Town hall"] {
        assert!(entry.contains(fact), "`{fact}` is not in\n{entry}");
    }
    town.run().exits(0);
    town.verify().exits(0);
}
