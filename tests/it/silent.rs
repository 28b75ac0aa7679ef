//! What is said of the silent, and alerts, after a run: from releases and public numbers alone.

use std::fs;

use serde_json::Value;

use crate::support::{Ran, Town, models, undertone};

const PUBLIC: &str = r#"
[census]
source = "a count"
residents = { east = 900, west = 2100 }

[[survey]]
id = "march"
date = 2026-03-04
question = "Are the parks good?"
topic = "parks-and-trees"
respondents = 600
share = 0.61

[[alert]]
id = "mood"
family = "pulse"
"#;

fn town_with_public_numbers() -> Town {
    let town = Town::of(10, 1);
    add_public_numbers(&town);
    town
}

fn add_public_numbers(town: &Town) {
    town.edit_pipeline("[budget]", &format!("{PUBLIC}\n[budget]"));
}

fn release(town: &Town, command: &str, arguments: &[&str]) -> Ran {
    let mut run = undertone();
    run.args(["release", command]).arg(town.path().join("town.toml"));
    Ran::from(run.arg("--models").arg(models()).args(arguments).output().unwrap())
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap()
}

/// Voices of every cell of one neighbourhood in the newest release of a family.
fn released_voices(town: &Town, family: &str, place: &str) -> f64 {
    let (_, bytes) =
        town.releases().into_iter().rfind(|(name, _)| name.starts_with(family)).unwrap();
    let release: Value = serde_json::from_slice(&bytes).unwrap();
    let cells = release["release"]["cells"].as_array().unwrap();
    let here = cells.iter().filter(|cell| cell["neighborhood"] == place);
    here.map(|cell| cell["voices"]["value"].as_f64().unwrap()).sum()
}

/// Whatever the noise drew: what is said are the numbers of the release files, and each alert leaves zero
/// out and stands in its file once.
#[test]
fn public_numbers_added_later_change_no_plan_and_say_what_the_files_say() {
    let town = Town::of(20, 2);
    town.run().exits(0);
    let ledger = || fs::read(town.data().join("ledger/entries.log")).unwrap();
    let (before, releases) = (ledger(), town.releases());
    add_public_numbers(&town);
    town.run().exits(0);
    assert!(ledger() == before && town.releases() == releases);
    says_the_numbers_of_the_release_files(&town);
    tells_alerts_once(&town);
    town.verify().exits(0);
}

fn says_the_numbers_of_the_release_files(town: &Town) {
    let found = json(&release(town, "silent", &["--topic", "parks-and-trees", "--json"]).exits(0));
    let places = found["said"]["participation"]["places"].as_array().unwrap();
    for place in places {
        let id = place["neighborhood"].as_str().unwrap();
        let heard = place["heard"]["value"].as_f64().unwrap();
        assert!((heard - released_voices(town, "pulse", id)).abs() < 1e-9, "{id}");
        let rate = place["rate"]["value"].as_f64().unwrap();
        assert!((rate * place["residents"].as_f64().unwrap() - heard).abs() < 1e-9);
    }
    assert_eq!(places.len(), 2);
    let sentences = &found["sentences"];
    let count = |language: &str| sentences[language].as_array().unwrap().len();
    assert!(count("en") == count("es") && count("en") >= 4, "{sentences}");
    let text = release(town, "silent", &["--topic", "parks-and-trees", "--lang", "es"]).exits(0);
    assert!(text.stdout.contains("Cada residente pesa una sola voz"), "{}", text.stdout);
}

fn tells_alerts_once(town: &Town) {
    let file = town.data().join("alerts/mood.jsonl");
    let told = || fs::read_to_string(&file).unwrap_or_default();
    let after_the_run = told();
    let found = json(&release(town, "alerts", &["--json"]).exits(0));
    assert_eq!(found["new"], 0, "the run has told them");
    let alerts = found["alerts"].as_array().unwrap();
    assert_eq!(alerts.len(), after_the_run.lines().count());
    for alert in alerts {
        let end = |end: &str| alert["difference"][end].as_f64().unwrap();
        assert!(end("low") > 0.0 || end("high") < 0.0, "{alert}");
    }
    assert_eq!(told(), after_the_run);
}

#[test]
fn silent_names_what_the_plan_has_when_asked_for_what_it_has_not() {
    let town = town_with_public_numbers();
    release(&town, "silent", &[]).exits(2).says("holds no ledger");
    release(&town, "silent", &["--topic", "tolls"]).exits(2).says("it has: streets");
    release(&town, "silent", &["--odds", "0.5"]).exits(2).says("a factor from 1");
    town.edit_pipeline("west = 2100", "north = 2100");
    release(&town, "silent", &[]).exits(2).says("`north` is no neighbourhood");
}

#[test]
fn alert_on_what_the_plan_does_not_have_is_refused() {
    let town = town_with_public_numbers();
    town.edit_pipeline("family = \"pulse\"", "family = \"reach\"");
    town.run().exits(2).says("allowed: a family by sentiment: pulse, topics");
}

#[test]
fn webhook_that_the_door_would_not_open_for_is_refused_before_anything_is_read() {
    for (webhook, said) in [
        ("url = \"http://hooks.example.gov/\", secret_env = \"S\"", "not asked over TLS"),
        ("url = \"https://10.0.0.7/\", secret_env = \"S\"", "private network"),
        ("url = \"hooks\", secret_env = \"S\"", "https://host/path"),
        ("url = \"https://hooks.example.gov/\"", "secret_file or secret_env"),
        ("url = \"https://hooks.example.gov/\", secret = \"whsec_x\"", "unknown field"),
    ] {
        let town = town_with_public_numbers();
        town.edit_pipeline("id = \"mood\"", &format!("id = \"mood\"\nwebhook = {{ {webhook} }}"));
        town.run().exits(2).says(said);
        assert!(!town.data().exists(), "{webhook}");
    }
}
