//! Topics as a city writes them: a name, a description and example sentences.
//!
//! The built-in list is `taxonomy.toml` of the models folder; a pipeline file may replace it.
//! Nothing is trained on it: [`super::Classifier`] compares meanings.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Manifest, ModelError};

const FILE: &str = "taxonomy.toml";

/// One topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopicSpec {
    /// Stable id: `a-z 0-9 -`.
    pub id: String,
    /// What a table shows.
    pub name: String,
    /// What belongs to it, in one sentence.
    pub description: String,
    /// Sentences that a resident might write about it.
    #[serde(default)]
    pub examples: Vec<String>,
}

impl TopicSpec {
    /// The sentences that stand for the topic: name with description, and each example.
    pub(super) fn phrases(&self) -> impl Iterator<Item = String> + '_ {
        let title = format!("{}. {}", self.name, self.description);
        std::iter::once(title).chain(self.examples.iter().cloned())
    }
}

#[derive(Deserialize)]
struct Taxonomy {
    topic: Vec<TopicSpec>,
}

/// The topics that come with the models folder, "other" not among them.
///
/// # Errors
/// When the folder has no manifest or the list is missing, altered or not a list of topics.
pub fn built_in_topics(models: &Path) -> Result<Vec<TopicSpec>, ModelError> {
    parse(&Manifest::open(models)?.read(FILE)?)
}

fn parse(bytes: &[u8]) -> Result<Vec<TopicSpec>, ModelError> {
    let taxonomy: Result<Taxonomy, _> = toml::from_slice(bytes);
    Ok(taxonomy.map_err(|error| ModelError::malformed(FILE, error.message()))?.topic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_of_a_topic_gives_its_phrases_title_first() {
        let toml = "[[topic]]\nid='noise'\nname='Noise'\ndescription='Loud.'\nexamples=['Hush']";
        let topics = parse(toml.as_bytes()).unwrap();
        let phrases: Vec<_> = topics[0].phrases().collect();
        assert_eq!(phrases, ["Noise. Loud.", "Hush"]);
    }

    #[test]
    fn parse_of_an_unknown_field_is_refused() {
        let toml = "[[topic]]\nid='noise'\nname='Noise'\ndescription='Loud.'\nweight=2";
        assert!(parse(toml.as_bytes()).unwrap_err().to_string().contains("weight"));
    }
}
