//! Loading the models, with the scorecard that must pass before anything is read.

use std::{path::Path, sync::Arc};

use anyhow::anyhow;

use super::Failure;
use crate::{
    model::{Classifier, Compute, Manifest, ModelCard, ModelError, RampartTagger, TopicSpec},
    pipeline::ModelLabeller,
    release::ModelFacts,
    text::{Policy, Redactor, TokenTagger, self_test},
};

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

/// Redactor and classifier as one labeller.
pub(super) fn labeller(
    models: &Path,
    policy: Policy,
    topics: &[TopicSpec],
    compute: Compute,
) -> Result<ModelLabeller, Failure> {
    let redactor = redactor(models, policy, compute)?;
    let classifier = Classifier::load(models, topics, compute).map_err(Failure::model)?;
    Ok(ModelLabeller::new(redactor, classifier))
}

/// What a release says of the classifier.
pub(super) fn facts(models: &Path) -> Result<ModelFacts, Failure> {
    let manifest = Manifest::open(models).map_err(Failure::model)?;
    let ModelCard { name, languages, measured } =
        ModelCard::load(&manifest).map_err(Failure::model)?;
    let manifest_sha256 = manifest.digest().to_owned();
    Ok(ModelFacts { name, manifest_sha256, measured, languages })
}

impl Failure {
    /// A models folder that is missing or altered is a matter of configuration.
    pub(super) fn model(error: ModelError) -> Self {
        Failure::usage(error)
    }
}
