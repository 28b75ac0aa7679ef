//! Loading the models, with the scorecard that must pass before anything is read.

use std::{path::Path, sync::Arc};

use anyhow::anyhow;

use super::Failure;
use crate::{
    config::Pipeline,
    model::{
        Classifier, Compute, LanguageCard, Manifest, ModelCard, ModelError, RampartTagger,
        wording_digest,
    },
    pipeline::ModelLabeller,
    release::{Evaluation, ModelFacts},
    text::{Policy, Redactor, TokenTagger, self_test},
};

/// Written by `undertone eval record`.
const EVALUATION: &str = "evaluation.json";

/// The redactor over patterns and the token classifier; refuses to start on one leaked canary.
pub(super) fn redactor(
    models: &Path,
    policy: Policy,
    compute: Compute,
) -> Result<Redactor, Failure> {
    let tagger = RampartTagger::load(models, policy.score_min, compute).map_err(Failure::model)?;
    checked(policy, Some(Arc::new(tagger)))
}

/// The redactor over patterns alone.
pub(super) fn patterns(policy: Policy) -> Result<Redactor, Failure> {
    checked(policy, None)
}

fn checked(policy: Policy, tagger: Option<Arc<dyn TokenTagger>>) -> Result<Redactor, Failure> {
    let redactor = Redactor::new(policy, tagger).map_err(Failure::usage)?;
    self_test(&redactor).map_err(|leak| Failure::refused(anyhow!("{leak}; nothing was read")))?;
    Ok(redactor)
}

/// Redactor and classifier of a pipeline as one labeller.
pub(super) fn labeller(pipeline: &Pipeline, compute: Compute) -> Result<ModelLabeller, Failure> {
    let redactor = redactor(&pipeline.models, pipeline.redaction.clone(), compute)?;
    Ok(ModelLabeller::new(redactor, classifier(pipeline, compute)?))
}

/// The classifier with the topics of a pipeline.
pub(super) fn classifier(pipeline: &Pipeline, compute: Compute) -> Result<Classifier, Failure> {
    let (models, languages) = (&pipeline.models, &pipeline.languages);
    let loaded = match &pipeline.topic_head {
        Some(head) => Classifier::load_with_head(models, head, languages, compute),
        None => Classifier::load(models, &pipeline.topics, languages, compute),
    };
    loaded.map_err(Failure::model)
}

/// What a release says of the classifier.
pub(super) fn facts(pipeline: &Pipeline) -> Result<ModelFacts, Failure> {
    let manifest = Manifest::open(&pipeline.models).map_err(Failure::model)?;
    let card = ModelCard::load(&manifest).map_err(Failure::model)?;
    let languages: Vec<String> = pipeline.languages.codes().iter().map(|&c| c.into()).collect();
    let read = |card: &LanguageCard| languages.contains(&card.language);
    let (names, figures): (Vec<_>, Vec<_>) =
        card.models.into_iter().filter(read).map(|card| (card.name, card.measured)).unzip();
    let name = names.join("; ");
    let mut measured = figures.concat();
    measured.push(match &pipeline.topic_head {
        Some(head) => format!("topics: a head of the city's own, SHA-256 {}", head.digest()),
        None => worded(&wording_digest(&pipeline.topics), &languages),
    });
    let evaluation = evaluation(&manifest)?.of_source(&pipeline.writing, &languages);
    let manifest_sha256 = manifest.digest().to_owned();
    Ok(ModelFacts { name, manifest_sha256, measured, languages, evaluation })
}

/// Which words tell the topics: those of the pipeline, and built-in ones in another language by the
/// models' own, which the manifest covers.
fn worded(digest: &str, languages: &[String]) -> String {
    let others: Vec<&str> =
        languages.iter().map(String::as_str).filter(|code| *code != "en").collect();
    let mut text = format!("topics: told by words of SHA-256 {digest}");
    if !others.is_empty() {
        let codes = others.join(", ");
        text += &format!("; built-in ones in {codes} by words that the manifest covers");
    }
    text
}

/// How often the model was seen to be wrong; nothing where the folder does not say.
fn evaluation(manifest: &Manifest) -> Result<Evaluation, Failure> {
    if !manifest.files().any(|(file, _)| file == EVALUATION) {
        return Ok(Evaluation::default());
    }
    let bytes = manifest.read(EVALUATION).map_err(Failure::model)?;
    serde_json::from_slice(&bytes).map_err(|error| Failure::usage(anyhow!("{EVALUATION}: {error}")))
}

impl Failure {
    /// A models folder that is missing or altered is a matter of configuration.
    pub(super) fn model(error: ModelError) -> Self {
        Failure::usage(error)
    }
}
