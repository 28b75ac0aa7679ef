//! The topics of a plan: the built-in taxonomy, a city's own, and "other".

use std::{path::Path, sync::Arc};

use super::{ConfigError, beside, raw::RawTopics};
use crate::{
    domain::NamedKey,
    model::{TopicHead, TopicSpec},
};

/// Most topics in one plan.
const TOPICS_MAX: usize = 200;

/// What comments can be about.
pub(super) struct Topics {
    /// What the classifier gets; names alone where a head tells topics.
    pub specs: Vec<TopicSpec>,
    /// The public keys, with "other" last.
    pub keys: Vec<NamedKey>,
    /// The city's own head.
    pub head: Option<Arc<TopicHead>>,
}

/// Reads and checks the topics of a pipeline file.
pub(super) fn build(
    file: &Path,
    raw: RawTopics,
    taxonomy: Vec<TopicSpec>,
) -> Result<Topics, ConfigError> {
    let head = head(file, &raw)?;
    let specs: Vec<TopicSpec> = match &head {
        Some(head) => named(head),
        None => builtin(raw.builtin.as_deref(), taxonomy)?.into_iter().chain(raw.custom).collect(),
    };
    if specs.len() > TOPICS_MAX {
        let allowed = format!("at most {TOPICS_MAX}");
        return Err(ConfigError::found("topics", specs.len(), allowed));
    }
    for (at, topic) in specs.iter().enumerate() {
        super::check_id("topics.custom.id", &topic.id)?;
        if topic.id == "other" || specs[..at].iter().any(|earlier| earlier.id == topic.id) {
            let allowed =
                "ids that differ from each other, from the built-in ones and from `other`";
            return Err(ConfigError::found("topics.custom.id", &topic.id, allowed));
        }
        if head.is_none() && topic.description.trim().is_empty() {
            let allowed = "a sentence that says what the topic is about";
            return Err(ConfigError::found("topics.custom.description", "nothing", allowed));
        }
    }
    let other = NamedKey { id: "other".into(), name: "Other".into() };
    let key = |topic: &TopicSpec| NamedKey { id: topic.id.clone(), name: topic.name.clone() };
    let keys = specs.iter().map(key).chain([other]).collect();
    Ok(Topics { specs, keys, head })
}

/// The head that the file names, in place of every other topic.
fn head(file: &Path, raw: &RawTopics) -> Result<Option<Arc<TopicHead>>, ConfigError> {
    let Some(path) = &raw.head else { return Ok(None) };
    if raw.builtin.is_some() || !raw.custom.is_empty() {
        let fault = "a head brings its own topics: leave out topics.builtin and topics.custom";
        return Err(ConfigError::because("topics.head", fault));
    }
    let head = TopicHead::read(&beside(file, path));
    head.map(|head| Some(Arc::new(head))).map_err(|e| ConfigError::because("topics.head", e))
}

/// The topics of a head by name; what they are about stands in its weights.
fn named(head: &TopicHead) -> Vec<TopicSpec> {
    let topics = head.topics().iter();
    let spec = |(id, name): (&String, &String)| TopicSpec {
        id: id.clone(),
        name: name.clone(),
        description: String::new(),
        examples: Vec::new(),
        about: Vec::new(),
    };
    topics.map(|topic| spec((&topic.id, &topic.name))).collect()
}

fn builtin(
    wanted: Option<&[String]>,
    taxonomy: Vec<TopicSpec>,
) -> Result<Vec<TopicSpec>, ConfigError> {
    let Some(wanted) = wanted else { return Ok(taxonomy) };
    let known: Vec<&str> = taxonomy.iter().map(|topic| topic.id.as_str()).collect();
    if let Some(unknown) = wanted.iter().find(|id| !known.contains(&id.as_str())) {
        return Err(ConfigError::found("topics.builtin", format!("`{unknown}`"), known.join(", ")));
    }
    Ok(taxonomy.into_iter().filter(|topic| wanted.contains(&topic.id)).collect())
}
