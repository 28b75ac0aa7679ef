//! The invented town that pipelines are measured on: what is the same in every measurement.

/// The beginning of its pipeline file; places and questions are for each measurement to add.
pub(super) const TOWN: &str = r#"
[pipeline]
id = "bench"
title = "Bench"
data = "data"

[source]
kind = "jsonl"
name = "bench"
unit = "resident"

[schedule]
starts_on = 2026-03-02
window_days = 7
windows = 2
period_windows = 2
zone = "UTC"

[budget]
epsilon = 2.0
"#;
