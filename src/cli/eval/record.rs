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
    let spanish = tones::UMSAB_SPANISH;
    // No set of comments in Spanish is at hand: that of posts stands in, and says so.
    let stand_in = tones::ToneSet { source: "comments", ..spanish };
    for set in [tones::SENTIHOOD, tones::TWEETEVAL, stand_in, spanish] {
        let report = tones::report(set, &set.rows(data)?, classifier, specs)?;
        let whole = report.figures.iter().find(|figure| figure.name == "right");
        let whole = whole.map_or(0.0, |figure| figure.value);
        let worse = report.groups.iter().filter(|group| group.served_worse);
        evaluation.served_worse.extend(worse.map(|group| line(set, group, whole)));
        if let Some(confusion) = report.confusion {
            evaluation.tone_errors.push(ToneErrors {
                source: set.source.into(),
                language: set.language.into(),
                set: named(set, &report),
                confusion,
            });
        }
        if set.source != "comments" || set.language == "en" {
            reports.push(report);
        }
    }
    let body = serde_json::to_string_pretty(&evaluation).map_err(Failure::internal)? + "\n";
    fs::write(out, body).map_err(|error| Failure::usage(anyhow!("{}: {error}", out.display())))?;
    Ok(reports)
}

/// The set and its size, and that its texts are of another kind where they are.
fn named(set: tones::ToneSet, report: &Report) -> String {
    let posts = set.language != "en" && set.source == "comments";
    let kind = if posts { ", posts in place of comments" } else { "" };
    format!("{}, {} texts{kind}", set.name, report.texts)
}

/// A line that begins as [`Evaluation::of_source`] reads it.
fn line(set: tones::ToneSet, group: &Group, whole: f64) -> String {
    let (right, texts) = (group.right.value, group.right.texts);
    let source = match set.language {
        "en" => set.source.to_owned(),
        other => format!("{} in {other}", set.source),
    };
    format!("{source}, {}: tone right in {right:.2} of {texts}, {whole:.2} of all", group.group)
}
