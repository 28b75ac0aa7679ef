//! Topics as a city writes them: a name, a description and example sentences.
//!
//! The built-in list is `taxonomy.toml` of the models folder; a pipeline file may replace it.
//! Nothing is trained on it: [`super::Classifier`] compares meanings.

use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Manifest, ModelError, kit::Kit};

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
    /// Short names of things that it is about: `a broken swing`, `the night bus`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<String>,
}

impl TopicSpec {
    /// What stands for the topic: name with description, each example, each thing that it is about.
    pub(super) fn phrases(&self) -> impl Iterator<Item = String> + '_ {
        let title = format!("{}. {}", self.name, self.description);
        std::iter::once(title).chain(self.examples.iter().chain(&self.about).cloned())
    }
}

/// SHA-256 of the words of topics: a release names it, so that nobody can change what a topic means
/// unseen.
#[must_use]
pub fn wording_digest(topics: &[TopicSpec]) -> String {
    let mut hash = Sha256::new();
    for topic in topics {
        for part in std::iter::once(topic.id.clone()).chain(topic.phrases()) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.update([0xff; 8]);
    }
    hex::encode(hash.finalize())
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

/// Topics as somebody who writes in this language would put them: those of the built-in list that a
/// pipeline took over unchanged are told by their sentences in it, a city's own by what it wrote.
pub(super) fn spoken(
    manifest: &Manifest,
    language: &str,
    topics: &[TopicSpec],
) -> Result<Vec<TopicSpec>, ModelError> {
    if language == Kit::ENGLISH.language {
        return Ok(topics.to_vec());
    }
    let built_in = parse(&manifest.read(FILE)?)?;
    let file = format!("taxonomy.{language}.toml");
    let own = parse(&manifest.read(&file)?)?;
    let ids = |list: &[TopicSpec]| list.iter().map(|topic| topic.id.clone()).collect::<Vec<_>>();
    if ids(&built_in) != ids(&own) {
        let why = format!("its topics are not those of {FILE} in their order");
        return Err(ModelError::malformed(&file, why));
    }
    let in_it = |topic: &TopicSpec| {
        let at = built_in.iter().position(|one| one == topic);
        at.map_or(topic, |at| &own[at]).clone()
    };
    Ok(topics.iter().map(in_it).collect())
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
        let toml = "[[topic]]\nid='noise'\nname='Noise'\ndescription='Loud.'\nexamples=['Hush']
            about=['a car alarm']";
        let topics = parse(toml.as_bytes()).unwrap();
        let phrases: Vec<_> = topics[0].phrases().collect();
        assert_eq!(phrases, ["Noise. Loud.", "Hush", "a car alarm"]);
    }

    #[test]
    fn wording_digest_changes_with_every_word_and_with_the_order() {
        let toml = "[[topic]]\nid='a'\nname='A'\ndescription='Aa.'\nexamples=['x', 'y']
            [[topic]]\nid='b'\nname='B'\ndescription='Bb.'\nabout=['z']";
        let topics = parse(toml.as_bytes()).unwrap();
        let changed = |change: fn(&mut Vec<TopicSpec>)| {
            let mut other = topics.clone();
            change(&mut other);
            wording_digest(&other)
        };
        let same = wording_digest(&topics);
        assert_eq!(same, changed(|_| ()));
        for change in [
            (|t| t[0].examples.swap(0, 1)) as fn(&mut Vec<TopicSpec>),
            |t| t[1].about = vec!["zz".into()],
            |t| t[0].description = "Aa".into(),
            |t| t[0].examples = vec!["xy".into()],
            |t| t.swap(0, 1),
        ] {
            assert_ne!(same, changed(change));
        }
    }

    #[test]
    fn spoken_puts_built_in_topics_in_the_language_and_leaves_a_citys_own() {
        let models = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/models"));
        let manifest = Manifest::open(models).unwrap();
        let mut topics = built_in_topics(models).unwrap();
        topics[1].description = "Cars in Riverton alone.".into();
        let found = spoken(&manifest, "es", &topics).unwrap();
        assert_eq!(
            (found[0].id.as_str(), found[0].name.as_str()),
            ("streets", "Calles y calzadas")
        );
        assert_eq!(found[1], topics[1]);
        assert_eq!(spoken(&manifest, "en", &topics).unwrap(), topics);
        assert!(spoken(&manifest, "eo", &topics).is_err());
    }

    #[test]
    fn parse_of_an_unknown_field_is_refused() {
        let toml = "[[topic]]\nid='noise'\nname='Noise'\ndescription='Loud.'\nweight=2";
        assert!(parse(toml.as_bytes()).unwrap_err().to_string().contains("weight"));
    }
}
