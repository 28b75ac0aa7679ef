//! The one text of a recorded plan, the same in every build: keys sorted, numbers exact.

use serde_json::Value;

use crate::privacy::reads_back;

/// The text of a plan with its keys sorted at every depth: what is recorded and hashed.
pub fn plan_text(plan: &Value) -> String {
    sorted(plan).to_string()
}

pub(super) fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut pairs: Vec<(&String, &Value)> = fields.iter().collect();
            pairs.sort_by_key(|(name, _)| *name);
            pairs.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect()
        }
        Value::Array(values) => values.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// The first number of a plan that some JSON reader would not read back to the bit.
pub(super) fn inexact_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) if number.is_f64() => number.as_f64().filter(|n| !reads_back(*n)),
        Value::Object(fields) => fields.values().find_map(inexact_number),
        Value::Array(values) => values.iter().find_map(inexact_number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plan_text_does_not_depend_on_the_order_of_keys() {
        let one = json!({"b": [{"y": 1, "x": 2}], "a": 0.000001});
        let mut other = serde_json::Map::new();
        other.insert("a".into(), json!(0.000001));
        other.insert("b".into(), json!([{"x": 2, "y": 1}]));
        assert_eq!(plan_text(&one), plan_text(&Value::Object(other)));
        assert_eq!(plan_text(&one), r#"{"a":1e-6,"b":[{"x":2,"y":1}]}"#);
    }
}
