//! Published schemas are the ones the program writes and reads.

use std::fs;

use serde_json::Value;

fn published(name: &str) -> Value {
    serde_json::from_slice(&fs::read(format!("docs/schema/{name}")).unwrap()).unwrap()
}

#[test]
fn release_schema_in_docs_is_the_one_that_is_printed() {
    let hint = "run: undertone release schema > docs/schema/release.schema.json";
    assert_eq!(published("release.schema.json"), undertone::release::schema_json(), "{hint}");
}

#[test]
fn demo_comments_fit_the_published_comment_schema() {
    let validator = jsonschema::validator_for(&published("comment.schema.json")).unwrap();
    let rows = fs::read_to_string("fixtures/riverton/comments.jsonl").unwrap();
    let fits =
        |row: &str| serde_json::from_str(row).is_ok_and(|row: Value| validator.is_valid(&row));
    let misfits: Vec<_> = (1..).zip(rows.lines()).filter(|(_, row)| !fits(row)).collect();
    let misfits: Vec<u64> = misfits.into_iter().map(|(line, _)| line).collect();
    let truth = fs::read("fixtures/riverton/truth.json").unwrap();
    let truth: Value = serde_json::from_slice(&truth).unwrap();
    let malformed = ["no_place", "no_account", "missing_text", "missing_id", "not_json"];
    let planted = truth["bad_rows"].as_array().unwrap().iter();
    let planted = planted.filter(|row| malformed.contains(&row["reason"].as_str().unwrap()));
    let planted: Vec<u64> = planted.map(|row| row["line"].as_u64().unwrap()).collect();
    assert_eq!(misfits, planted, "every row fits but those that are planted as malformed");
}
