//! The topics of a plan: the built-in taxonomy, a city's own, and "other".

use super::{ConfigError, raw::RawTopics};
use crate::{domain::NamedKey, model::TopicSpec};

/// Most topics in one plan.
const TOPICS_MAX: usize = 200;

/// The topics that the classifier gets, and their public keys with "other" last.
pub(super) fn build(
    raw: RawTopics,
    taxonomy: Vec<TopicSpec>,
) -> Result<(Vec<TopicSpec>, Vec<NamedKey>), ConfigError> {
    let builtin = builtin(raw.builtin.as_deref(), taxonomy)?;
    let specs: Vec<TopicSpec> = builtin.into_iter().chain(raw.custom).collect();
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
        if topic.description.trim().is_empty() {
            let allowed = "a sentence that says what the topic is about";
            return Err(ConfigError::found("topics.custom.description", "nothing", allowed));
        }
    }
    let other = NamedKey { id: "other".into(), name: "Other".into() };
    let named = |topic: &TopicSpec| NamedKey { id: topic.id.clone(), name: topic.name.clone() };
    let keys = specs.iter().map(named).chain([other]).collect();
    Ok((specs, keys))
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
