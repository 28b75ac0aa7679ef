//! What a city can ask before it spends, and of what it has released.

use serde_json::Value;

use crate::support::{Ran, Town, models, undertone};

fn plan(town: &Town, arguments: &[&str]) -> Ran {
    let mut command = undertone();
    command.arg("plan").arg(town.path().join("town.toml")).arg("--models").arg(models());
    Ran::from(command.args(arguments).output().unwrap())
}

fn compare(town: &Town, arguments: &[&str]) -> Ran {
    let mut command = undertone();
    command.args(["release", "compare", "--data"]).arg(town.data()).args(arguments);
    Ran::from(command.output().unwrap())
}

fn json(ran: Ran) -> Value {
    serde_json::from_str(&ran.exits(0).stdout).unwrap()
}

#[test]
fn plan_says_what_to_expect_shows_its_arithmetic_and_what_would_help() {
    let told = plan(&Town::of(1, 1), &["--residents", "200", "--explain"]).exits(0).stdout;
    for words in
        ["Laplace", "What would help most", "The arithmetic:", "at most k = ", "conversion"]
    {
        assert!(told.contains(words), "`{words}` is not in:\n{told}");
    }
}

#[test]
fn plan_without_a_guess_of_the_residents_asks_for_one() {
    let told = plan(&Town::of(1, 1), &[]).exits(0).stdout;
    assert!(told.contains("Give --residents N"), "{told}");
}

#[test]
fn what_if_varies_one_number_and_leaves_the_rest() {
    let told = json(plan(
        &Town::of(1, 1),
        &["--residents", "200", "--what-if", "epsilon=1,4,90", "--json"],
    ));
    let rows = told["what_if"][0]["rows"].as_array().unwrap();
    let sigma = |at: usize| rows[at]["forecast"]["families"][0]["sigma_units"].as_u64().unwrap();
    assert!(sigma(0) > 3 * sigma(1), "epsilon 1 needs more than three times the noise of 4");
    assert!(rows[2]["refused"].as_str().unwrap().contains("epsilon is 90"), "{told}");
}

#[test]
fn plan_of_another_number_of_places_needs_no_file_of_them() {
    let voices = |places: &str| {
        let told = json(plan(
            &Town::of(1, 1),
            &["--residents", "200", "--neighborhoods", places, "--json"],
        ));
        told["expected"][0]["even"]["voices"].as_f64().unwrap()
    };
    assert!((voices("2") / voices("8") - 4.0).abs() < 1e-9);
}

#[test]
fn what_if_of_an_unknown_number_is_refused_with_those_there_are() {
    let town = Town::of(1, 1);
    plan(&town, &["--what-if", "delta=1"]).exits(2).says("it varies epsilon, windows-max");
    plan(&town, &["--what-if", "epsilon=none"]).exits(2).says("`none` is not a number");
}

#[test]
fn compare_holds_places_and_windows_against_each_other() {
    let town = Town::of(300, 3);
    town.run().exits(0);
    let places = json(compare(&town, &["--json"]));
    assert_eq!(places["comparison"]["comparisons"], 1, "east and west");
    let windows = compare(&town, &["--windows", "0,1"]).exits(0).stdout;
    assert!(windows.contains("2 places compared"), "{windows}");
    compare(&town, &["--windows", "1,0"]).exits(2).says("the earlier first");
    compare(&town, &["--window", "7"]).exits(2).says("no release ends with window 7");
    compare(&town, &["--places", "north"]).exits(2).says("no place or topic `north`");
}
