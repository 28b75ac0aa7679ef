//! `undertone doctor`: what it finds on a folder that is well, and on one that is not.

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::Value;

use crate::support::{Ran, Town, models, undertone};

fn doctor(town: &Town) -> (Option<i32>, Value) {
    let mut command = undertone();
    command.arg("doctor").arg(town.path().join("town.toml")).arg("--models").arg(models());
    let ran = Ran::from(command.arg("--json").output().unwrap());
    (ran.code, serde_json::from_str(&ran.stdout).unwrap())
}

fn state<'a>(found: &'a Value, what: &str) -> &'a str {
    let findings = found["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["what"] == what);
    finding.unwrap_or_else(|| panic!("{what} was not looked at: {found}"))["state"]
        .as_str()
        .unwrap()
}

#[test]
fn doctor_finds_what_is_wrong_with_a_folder_and_says_what_to_do() {
    let town = Town::of(20, 1);
    let (_, found) = doctor(&town);
    assert_eq!((state(&found, "data folder"), state(&found, "models")), ("look", "well"));
    town.run().exits(0);
    let (_, found) = doctor(&town);
    for what in ["pipeline", "data folder", "keys", "secrets", "ledger", "models", "core dumps"] {
        assert_eq!(state(&found, what), "well", "{what}: {found}");
    }
    fs::set_permissions(town.data(), fs::Permissions::from_mode(0o777)).unwrap();
    let keys = town.data().join("keys");
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o755)).unwrap();
    let key = keys.join("pseudonym.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let entries = town.data().join("ledger/entries.log");
    let mut bytes = fs::read(&entries).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&entries, bytes).unwrap();
    let (code, found) = doctor(&town);
    assert_eq!(code, Some(1));
    for what in ["data folder", "keys", "secrets", "ledger"] {
        assert_eq!(state(&found, what), "wrong", "{what}: {found}");
    }
    let wrong = found["findings"].as_array().unwrap().iter().filter(|f| f["state"] == "wrong");
    assert!(wrong.clone().all(|finding| finding["advice"].is_string()), "{found}");
}

#[test]
fn doctor_looks_at_the_receivers_of_alerts_and_asks_nobody() {
    let town = Town::of(2, 1);
    let alert = "[[alert]]\nid = \"mood\"\nfamily = \"pulse\"\nwebhook = { url = \"https://hooks.invalid/\", \
                 secret_file = \"hook\" }\n[budget]";
    town.edit_pipeline("[budget]", alert);
    assert_eq!(state(&doctor(&town).1, "webhooks"), "wrong", "no secret");
    let secret = town.path().join("hook");
    fs::write(&secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
    for (mode, expected) in [(0o644, "wrong"), (0o600, "well")] {
        fs::set_permissions(&secret, fs::Permissions::from_mode(mode)).unwrap();
        let (_, found) = doctor(&town);
        assert_eq!(state(&found, "webhooks"), expected);
        assert!(!found.to_string().contains("MfKQ9r8G"), "{found}");
    }
}
