//! What a release says of the classifier: its noise interval does not cover the model's mistakes.

use serde::{Deserialize, Serialize};

/// Which model labelled the comments, and how often it is wrong.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ModelFacts {
    /// Encoder and heads.
    pub name: String,
    /// SHA-256 of the model manifest: which weights, exactly.
    pub manifest_sha256: String,
    /// Measured quality, each figure with its data set.
    pub measured: Vec<String>,
    /// Languages it reads; a comment in another is counted as unread.
    pub languages: Vec<String>,
    /// How its tones were mistaken on texts like those of the source, and whom it serves worse.
    #[serde(default, skip_serializing_if = "Evaluation::is_empty")]
    pub evaluation: Evaluation,
}

/// What measuring the model on texts that it was not trained on has shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Tones given against tones meant, for each source of texts and language.
    #[serde(default)]
    pub tone_errors: Vec<ToneErrors>,
    /// Groups of texts that lie more than ten points below the whole set, each in a line.
    #[serde(default)]
    pub served_worse: Vec<String>,
}

/// Tones given against tones meant on one published set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToneErrors {
    /// What kind of texts: `comments` or `posts`.
    pub source: String,
    /// Their language, by ISO 639-1 code.
    pub language: String,
    /// Which set, and how many texts.
    pub set: String,
    /// Texts by tone meant (rows) and tone given (columns): negative, neutral, positive.
    pub confusion: [[u32; 3]; 3],
}

impl Evaluation {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.tone_errors.is_empty() && self.served_worse.is_empty()
    }

    /// What it says of texts of one source in these languages. A line begins with the source, and
    /// with its language where that is not English: `posts`, `posts in es`.
    #[must_use]
    pub fn of_source(self, source: &str, languages: &[String]) -> Self {
        let begins: Vec<String> = languages
            .iter()
            .map(|code| if code == "en" { source.into() } else { format!("{source} in {code}") })
            .collect();
        let of =
            |line: &String| line.split(',').next().is_some_and(|of| begins.iter().any(|b| b == of));
        let tone_errors = self
            .tone_errors
            .into_iter()
            .filter(|errors| errors.source == source && languages.contains(&errors.language));
        let served_worse = self.served_worse.into_iter().filter(of);
        Self { tone_errors: tone_errors.collect(), served_worse: served_worse.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evaluation_of_a_source_keeps_what_was_measured_on_such_texts() {
        let errors = |source: &str, language: &str| ToneErrors {
            source: source.into(),
            language: language.into(),
            set: "a set".into(),
            confusion: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        };
        let lines =
            ["posts, capitals: worse", "comments, questions: worse", "posts in es, x: worse"];
        let lines = lines.map(String::from);
        let whole = Evaluation {
            tone_errors: vec![
                errors("comments", "en"),
                errors("posts", "en"),
                errors("posts", "es"),
            ],
            served_worse: lines.to_vec(),
        };
        let [en, es] = ["en", "es"].map(String::from);
        let kept = whole.clone().of_source("posts", std::slice::from_ref(&en));
        assert_eq!((kept.tone_errors.len(), kept.served_worse), (1, lines[..1].to_vec()));
        let kept = whole.clone().of_source("posts", std::slice::from_ref(&es));
        assert_eq!((kept.tone_errors.len(), kept.served_worse), (1, lines[2..].to_vec()));
        assert_eq!(whole.clone().of_source("posts", &[en.clone(), es]).tone_errors.len(), 2);
        assert!(whole.of_source("letters", &[en]).is_empty());
    }
}
