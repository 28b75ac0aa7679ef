//! The demo city: what is released against what its residents really think.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use crate::support::{Ran, models, undertone};

/// Most that the classifier shifts the net sentiment of a neighbourhood of this city, as measured
/// on its labels; the intervals of a release cover the noise alone and say so.
const CLASSIFIER_SHIFT_MAX: f64 = 0.06;

/// Net sentiment of every (window, neighbourhood) that `value` names.
type Nets<T> = BTreeMap<(u64, String), T>;

fn truth(city: &Path) -> Nets<f64> {
    let truth: Value = serde_json::from_slice(&fs::read(city.join("truth.json")).unwrap()).unwrap();
    let mut nets = Nets::new();
    for place in truth["neighborhoods"].as_array().unwrap() {
        for window in place["windows"].as_array().unwrap() {
            let key = (window["window"].as_u64().unwrap(), place["id"].as_str().unwrap().into());
            nets.insert(key, window["net"].as_f64().unwrap());
        }
    }
    nets
}

fn released(folder: &Path) -> Nets<(f64, f64)> {
    let mut nets = Nets::new();
    for entry in fs::read_dir(folder).unwrap() {
        let release: Value =
            serde_json::from_slice(&fs::read(entry.unwrap().path()).unwrap()).unwrap();
        let release = &release["release"];
        if release["family"]["id"] != "pulse" {
            continue;
        }
        for opinion in release["opinions"].as_array().unwrap() {
            let net = &opinion["net_sentiment"];
            assert_eq!(
                net["state"], "estimate",
                "a cell of the city is not informative: {opinion}"
            );
            let place = opinion["neighborhood"].as_str().unwrap().to_owned();
            let key = (release["window"]["last"].as_u64().unwrap(), place);
            nets.insert(key, (net["low"].as_f64().unwrap(), net["high"].as_f64().unwrap()));
        }
    }
    nets
}

/// Each of 32 intervals holds its noise with probability 0.95; with the classifier's shift allowed
/// for on both sides, at most seven misses have probability above 0.9996.
#[test]
fn released_net_sentiment_holds_the_truth_of_the_demo_city_within_its_intervals() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = tempfile::tempdir().unwrap();
    let mut run = undertone();
    run.arg("run").arg(root.join("fixtures/riverton/small.toml")).arg("--data").arg(data.path());
    let ran = Ran::from(run.arg("--models").arg(models()).output().unwrap()).exits(0);
    assert!(ran.stdout.contains("Riverton"), "{}", ran.stdout);
    let (truth, released) =
        (truth(&root.join("fixtures/riverton")), released(&data.path().join("releases")));
    assert_eq!((truth.len(), released.len()), (32, 32));
    let misses: Vec<_> = released
        .iter()
        .map(|(key, (low, high))| {
            (key, truth[key], low - CLASSIFIER_SHIFT_MAX, high + CLASSIFIER_SHIFT_MAX)
        })
        .filter(|(_, truth, low, high)| truth < low || high < truth)
        .collect();
    assert!(misses.len() <= 7, "{misses:?}");
    let widths: f64 = released.values().map(|(low, high)| (high - low) / 2.0).sum::<f64>() / 32.0;
    assert!(widths < 0.25, "half-widths average {widths:.2}: the city says little");
}
