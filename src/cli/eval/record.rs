//! `undertone eval record`: how often tones are mistaken, as a file beside the weights.
//!
//! A release carries it, so that a reader sees the table corrected and who is served worse.

use std::{fs, path::Path};

use anyhow::anyhow;

use super::{super::Failure, groups::Group, report::Report, tones};
use crate::{
    model::{Classifier, TopicSpec},
    release::{Evaluation, ToneErrors},
};

/// Measures every source of texts and writes the file.
pub(super) fn write(
    data: &Path,
    classifier: &Classifier,
    specs: &[TopicSpec],
    out: &Path,
) -> Result<Vec<Report>, Failure> {
    let mut reports = Vec::new();
    let mut evaluation = Evaluation { tone_errors: Vec::new(), served_worse: Vec::new() };
    for set in [tones::SENTIHOOD, tones::TWEETEVAL] {
        let report = tones::report(set, &set.rows(data)?, classifier, specs)?;
        let whole = report.figures.iter().find(|figure| figure.name == "right");
        let whole = whole.map_or(0.0, |figure| figure.value);
        let worse = report.groups.iter().filter(|group| group.served_worse);
        evaluation.served_worse.extend(worse.map(|group| line(set.source, group, whole)));
        if let Some(confusion) = report.confusion {
            evaluation.tone_errors.push(ToneErrors {
                source: set.source.into(),
                language: "en".into(),
                set: format!("{}, {} texts", set.name, report.texts),
                confusion,
            });
        }
        reports.push(report);
    }
    let body = serde_json::to_string_pretty(&evaluation).map_err(Failure::internal)? + "\n";
    fs::write(out, body).map_err(|error| Failure::usage(anyhow!("{}: {error}", out.display())))?;
    Ok(reports)
}

fn line(source: &str, group: &Group, whole: f64) -> String {
    let (right, texts) = (group.right.value, group.right.texts);
    format!("{source}, {}: tone right in {right:.2} of {texts}, {whole:.2} of all", group.group)
}
