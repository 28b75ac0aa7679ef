//! What tells a pipeline file's plan from the one that a data folder goes by, in the file's own
//! words.

use std::path::Path;

use anyhow::anyhow;
use serde_json::Value;

use super::Failure;
use crate::{
    config::Pipeline,
    ledger::{
        Fact, LedgerError, PLAN_DEPLOYMENT_KEY, PLAN_PRIVACY_KEY, PLAN_TITLE_KEY, read_entries,
    },
};

/// The changed keys of a pipeline file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changed {
    /// Names that promise nothing: the title, and the facts about who deploys it.
    pub labels: Vec<String>,
    /// Everything else.
    others: Vec<String>,
}

/// The plan that a data folder goes by, as its ledger recorded it.
pub(super) fn recorded(data: &Path) -> Option<Value> {
    read_entries(data).ok()?.into_iter().rev().find_map(|entry| match entry.fact {
        Fact::Plan { plan, .. } => Some(plan),
        _ => None,
    })
}

/// The refusal of a plan that promises something else than the data folder was opened with; none
/// where the ledger cannot tell what changed.
pub(super) fn other_promises(pipeline: &Pipeline) -> Option<Failure> {
    let changed = Changed::between(&recorded(&pipeline.data)?, &pipeline.plan.public());
    (!changed.others.is_empty()).then(|| {
        Failure::refused(anyhow!(
            "{} changes {}; while the data folder {} lives, only questions can be added or ended. \
             Put it back, or start a new folder with --data",
            pipeline.file.display(),
            listed(&changed.others),
            pipeline.data.display()
        ))
    })
}

/// The refusal of a plan that the ledger does not know yet. `would_record` is what the ledger says
/// to recording it.
pub(super) fn unknown_plan(pipeline: &Pipeline, would_record: Result<(), LedgerError>) -> Failure {
    let file = pipeline.file.display();
    let changed = recorded(&pipeline.data)
        .map(|before| Changed::between(&before, &pipeline.plan.public()))
        .unwrap_or_default();
    let keys = changed.all();
    Failure::refused(match would_record {
        Ok(()) if changed.others.is_empty() && !changed.labels.is_empty() => anyhow!(
            "{file} changes {keys}, which the ledger does not know: `undertone amend {file}` \
             records it; it costs nothing"
        ),
        Ok(()) => anyhow!(
            "{file} changes {keys}, which the ledger does not know: `undertone amend {file}` shows \
             what that costs and records it"
        ),
        Err(error) => anyhow!(
            "{file} changes {keys}: {error}. Put the plan back, or start a new folder with --data"
        ),
    })
}

impl Changed {
    /// Compares two public plans, field by field.
    pub fn between(old: &Value, new: &Value) -> Self {
        let mut changed = Self::default();
        for key in keys(old, new) {
            let (old, new) = (&old[&key], &new[&key]);
            if old == new {
                continue;
            }
            match key.as_str() {
                PLAN_TITLE_KEY => changed.labels.push("`pipeline.title`".to_owned()),
                PLAN_DEPLOYMENT_KEY => changed.labels.extend(fields("deployment", old, new)),
                PLAN_PRIVACY_KEY => changed.others.extend(privacy(old, new)),
                "pipeline" => changed.others.push("`pipeline.id`".to_owned()),
                "unit" => changed.others.push("`source.unit`".to_owned()),
                "identity" => changed.others.extend(identity(old, new)),
                "schedule" => changed.others.extend(fields("schedule", old, new)),
                "keys" => changed.others.extend(lists(old, new)),
                other => changed.others.push(format!("`{other}`")),
            }
        }
        changed
    }

    /// Every changed key, parted by commas.
    fn all(&self) -> String {
        let all: Vec<String> = self.others.iter().chain(&self.labels).cloned().collect();
        if all.is_empty() { "the plan".to_owned() } else { listed(&all) }
    }
}

fn listed(keys: &[String]) -> String {
    match keys {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The keys of either object, in order, each once.
fn keys(old: &Value, new: &Value) -> Vec<String> {
    let of = |value: &Value| -> Vec<String> {
        value.as_object().into_iter().flat_map(|fields| fields.keys().cloned()).collect()
    };
    let mut keys = [of(old), of(new)].concat();
    keys.sort();
    keys.dedup();
    keys
}

/// The changed fields of a table that stands in the file under the same name.
fn fields(table: &str, old: &Value, new: &Value) -> Vec<String> {
    let differs = |key: &String| old[key] != new[key];
    keys(old, new).into_iter().filter(differs).map(|key| format!("`{table}.{key}`")).collect()
}

/// What tells one resident from another, by the names of the `[source]` table.
fn identity(old: &Value, new: &Value) -> Vec<String> {
    let named = |key: &str| match key {
        "source" => "source.name".to_owned(),
        "id_columns" => "source.map.id".to_owned(),
        "account_column" => "source.map.account".to_owned(),
        "account_placeholders" => "source.map.account_placeholders".to_owned(),
        "account_field" => "source.service.account_field".to_owned(),
        other => format!("source.{other}"),
    };
    let differs = |key: &String| old[key] != new[key];
    keys(old, new).into_iter().filter(differs).map(|key| format!("`{}`", named(&key))).collect()
}

fn lists(old: &Value, new: &Value) -> Vec<String> {
    let named = |key: &str| match key {
        "districts" => "`neighborhoods.district`".to_owned(),
        other => format!("`{other}`"),
    };
    let differs = |key: &String| old[key] != new[key];
    keys(old, new).into_iter().filter(differs).map(|key| named(&key)).collect()
}

/// Budget, questions, and what this build of the program brings along. Numbers that follow from
/// others are not told.
fn privacy(old: &Value, new: &Value) -> Vec<String> {
    let mut changed = Vec::new();
    let (before, after) = (&old["budget"], &new["budget"]);
    for (key, named) in [
        ("epsilon", "budget.epsilon"),
        ("delta", "budget.delta"),
        ("period_windows", "schedule.period_windows"),
    ] {
        if before[key] != after[key] {
            changed.push(format!("`{named}`"));
        }
    }
    for key in ["voice_units", "mechanism", "library"] {
        if old[key] != new[key] {
            changed.push(format!("the program's `{key}`"));
        }
    }
    changed.extend(families(old, new));
    changed
}

/// Questions by their id: changed, removed, or new.
fn families(old: &Value, new: &Value) -> Vec<String> {
    let of = |plan: &Value| -> Vec<(String, Value)> {
        let rows = plan["families"].as_array().into_iter().flatten();
        let id = |row: &Value| row["declared"]["id"].as_str().unwrap_or_default().to_owned();
        rows.map(|row| (id(row), row["declared"].clone())).collect()
    };
    let (old, new) = (of(old), of(new));
    let mut ids: Vec<&String> = old.iter().chain(&new).map(|(id, _)| id).collect();
    ids.sort();
    ids.dedup();
    let declared = |plan: &[(String, Value)], id: &str| {
        plan.iter().find(|(of, _)| of == id).map(|(_, declared)| declared.clone())
    };
    let differs = |id: &&String| declared(&old, id) != declared(&new, id);
    ids.into_iter().filter(differs).map(|id| format!("family `{id}`")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plan() -> Value {
        json!({
            "pipeline": "town", "title": "Town", "unit": "resident",
            "identity": {"source": "forum", "kind": "csv", "account_column": "who"},
            "schedule": {"starts_on": "2026-03-02", "windows": 2},
            "keys": {"neighborhoods": ["east"], "topics": ["noise"]},
            "privacy": {
                "budget": {"epsilon": 2.0, "delta": 1e-6, "rho": 0.1, "period_windows": 2},
                "families": [{"declared": {"id": "pulse", "share_percent": 60}, "loss": 0.1}],
            },
        })
    }

    fn changed(edit: impl Fn(&mut Value)) -> Changed {
        let mut new = plan();
        edit(&mut new);
        Changed::between(&plan(), &new)
    }

    #[test]
    fn changed_keys_are_named_as_the_pipeline_file_names_them() {
        let found = changed(|plan| {
            plan["pipeline"] = json!("city");
            plan["schedule"]["starts_on"] = json!("2026-03-09");
            plan["identity"]["account_column"] = json!("author");
            plan["keys"]["topics"] = json!(["noise", "parks"]);
            plan["privacy"]["budget"]["epsilon"] = json!(4.0);
            plan["privacy"]["budget"]["rho"] = json!(0.3);
        });
        let expected = [
            "`source.map.account`",
            "`topics`",
            "`pipeline.id`",
            "`budget.epsilon`",
            "`schedule.starts_on`",
        ];
        assert_eq!(found.others, expected);
        assert!(found.labels.is_empty());
    }

    #[test]
    fn changed_title_or_deployment_is_a_label_and_no_question() {
        let found = changed(|plan| {
            plan["title"] = json!("The town");
            plan["deployment"] = json!({"name": "Town voice"});
        });
        assert_eq!(found.labels, ["`deployment.name`", "`pipeline.title`"]);
        assert!(found.others.is_empty());
        assert_eq!(found.all(), "`deployment.name` and `pipeline.title`");
    }

    #[test]
    fn questions_are_named_by_their_id_and_derived_numbers_are_not_told() {
        let found = changed(|plan| {
            let families = plan["privacy"]["families"].as_array_mut().unwrap();
            families.push(json!({"declared": {"id": "noise"}, "loss": 0.2}));
            families[0]["loss"] = json!(0.2);
        });
        assert_eq!(found.others, ["family `noise`"]);
    }
}
