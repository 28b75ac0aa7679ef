//! The crates, each as its documentation starts it: default recognizers, English, nothing masked.

use std::ops::Range;

use cloakrs_core::Locale;
use pii::{
    Analyzer, PolicyConfig, nlp::SimpleNlpEngine, presets::default_recognizers, types::Language,
};
use redact_core::AnalyzerEngine;

/// A crate, ready to be asked.
pub struct Engine {
    /// Crate and version.
    pub name: &'static str,
    /// What it finds in a text; `None` when it fails.
    pub find: Box<dyn Fn(&str) -> Option<Vec<Found>>>,
}

/// A stretch and the crate's word for it.
pub struct Found {
    pub bytes: Range<usize>,
    pub kind: String,
}

/// The crate of that name.
pub fn named(name: &str) -> Option<Engine> {
    match name {
        "redact-core" => Some(redact_core()),
        "cloakrs" => Some(cloakrs()),
        "pii" => Some(pii()),
        _ => None,
    }
}

fn redact_core() -> Engine {
    let engine = AnalyzerEngine::new();
    let find = move |text: &str| {
        let result = engine.analyze(text, Some("en")).ok()?;
        let found = |one: redact_core::RecognizerResult| Found {
            bytes: one.start..one.end,
            kind: one.entity_type.to_string(),
        };
        Some(result.detected_entities.into_iter().map(found).collect())
    };
    Engine { name: "redact-core 0.12.7", find: Box::new(find) }
}

fn cloakrs() -> Engine {
    let registry = cloakrs_locales::default_registry();
    let scanner = registry.into_scanner_builder().locale(Locale::US).without_masking().build();
    // Unwrap safety: the builder fails only without recognizers or on a bad confidence.
    let scanner = scanner.expect("the default scanner");
    let find = move |text: &str| {
        let found = |one: cloakrs_core::PiiEntity| Found {
            bytes: one.span.start..one.span.end,
            kind: format!("{:?}", one.entity_type),
        };
        Some(scanner.scan(text).ok()?.findings.into_iter().map(found).collect())
    };
    Engine { name: "cloakrs 0.4.0", find: Box::new(find) }
}

fn pii() -> Engine {
    let nlp = Box::new(SimpleNlpEngine::default());
    let analyzer = Analyzer::new(nlp, default_recognizers(), Vec::new(), PolicyConfig::default());
    let english = Language::from("en");
    let find = move |text: &str| {
        let found = |one: pii::types::Detection| Found {
            bytes: one.start..one.end,
            kind: one.entity_type.as_str().to_owned(),
        };
        Some(analyzer.analyze(text, &english).ok()?.entities.into_iter().map(found).collect())
    };
    Engine { name: "pii 0.1.0", find: Box::new(find) }
}
