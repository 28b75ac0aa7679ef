//! What readers of a finished run are given: tables, and a key to pin.

use serde_json::Value;
use undertone::ledger::VerifyingKey;

use crate::support::{Ran, Town, undertone};

fn read(town: &Town, arguments: &[&str]) -> Ran {
    Ran::from(undertone().args(arguments).arg("--data").arg(town.data()).output().unwrap())
}

fn documents(town: &Town) -> Vec<Value> {
    let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap()["release"].clone();
    town.releases().iter().map(|(_, bytes)| read(bytes)).collect()
}

fn rows(csv: &str) -> Vec<Vec<&str>> {
    csv.lines().map(|line| line.split(',').collect()).collect()
}

#[test]
fn exported_tables_hold_the_released_integers_and_every_opinion() {
    let town = Town::of(400, 2);
    town.run().exits(0);
    let count = |key: &str| {
        documents(&town).iter().map(|release| release[key].as_array().unwrap().len()).sum::<usize>()
    };
    let cells = read(&town, &["release", "export"]).exits(0).stdout;
    let cells = rows(&cells);
    let at = cells[0].iter().position(|name| *name == "noisy_units").unwrap();
    let mut exported: Vec<i64> = cells[1..].iter().map(|row| row[at].parse().unwrap()).collect();
    let drawn = |release: &Value| {
        let cells = release["cells"].as_array().unwrap().clone();
        cells.into_iter().map(|cell| cell["noisy_units"].as_i64().unwrap())
    };
    let mut released: Vec<i64> = documents(&town).iter().flat_map(drawn).collect();
    exported.sort_unstable();
    released.sort_unstable();
    assert_eq!(exported, released);

    let opinions = read(&town, &["release", "export", "--table", "opinions"]).exits(0).stdout;
    let opinions = rows(&opinions);
    assert_eq!(opinions.len() - 1, count("opinions"));
    assert!(opinions.iter().all(|row| row.len() == opinions[0].len()), "{opinions:?}");
    for row in &opinions[1..] {
        let [state, net, low, high] = [row[7], row[8], row[9], row[10]];
        match state {
            "measuring" => assert!(net.is_empty() && !row[14].is_empty(), "{row:?}"),
            "estimate" => {
                let [low, net, high] = [low, net, high].map(|end| end.parse::<f64>().unwrap());
                assert!(-1.0 <= low && low <= net && net <= high && high <= 1.0, "{row:?}");
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn verifier_line_that_keys_show_prints_is_a_key_for_verify() {
    let town = Town::of(10, 1);
    town.run().exits(0);
    let mut show = undertone();
    show.args(["keys", "show", "--json"]).arg(town.path().join("town.toml"));
    let shown: Value =
        serde_json::from_str(&Ran::from(show.output().unwrap()).exits(0).stdout).unwrap();
    let (key, line) = (shown["public_key"].as_str().unwrap(), shown["verifier"].as_str().unwrap());
    for key in [key, line, &format!(" {line}\n")] {
        read(&town, &["ledger", "verify", "--key", key]).exits(0);
    }
    let other = VerifyingKey::from_base64(key).unwrap().verifier("undertone/elsewhere");
    let told = read(&town, &["ledger", "verify", "--key", &other]).exits(1).stdout;
    assert!(told.contains("FAIL  name"), "{told}");
    read(&town, &["ledger", "verify", "--key", &line.replace("town+", "tomn+")]).exits(2);
}
