//! Which encoder reads which language, and where its files stand in the models folder.
//!
//! English is read by one encoder and Spanish by another, which was made for several languages. Each
//! stands in a folder of its own with its tokenizer, its tone head and the numbers of its topic rule.

use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::Config;

use super::{
    Compute, Encoder, Manifest, ModelError, Reach, emoji::EmojiWords, tokenize::WordPieces,
    words::Words,
};

/// The files of one encoder.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kit {
    /// The language that it reads, by ISO 639-1 code.
    pub language: &'static str,
    folder: &'static str,
    /// What its training put before every text.
    pub prefix: &'static str,
    /// Its table of emoji; none where its vocabulary knows them.
    emoji: Option<&'static str>,
}

/// Every encoder that comments are read by.
static KITS: [Kit; 2] = [
    Kit { language: "en", folder: "minilm", prefix: "", emoji: Some("emoji.tsv") },
    Kit { language: "es", folder: "e5", prefix: "query: ", emoji: None },
];

impl Kit {
    /// That of English.
    pub const ENGLISH: &Kit = &KITS[0];

    /// That of a language; none where it is not read.
    pub fn of(language: &str) -> Option<&'static Kit> {
        KITS.iter().find(|kit| kit.language == language)
    }

    /// A file of it, by its name inside the models folder.
    pub fn file(&self, name: &str) -> String {
        format!("{}/{name}", self.folder)
    }

    /// SHA-256 of its weights, as the manifest lists them.
    pub fn digest(&self, manifest: &Manifest) -> Result<String, ModelError> {
        let file = self.file("model.safetensors");
        let listed = manifest.files().find(|(name, _)| *name == file);
        listed.map(|(_, digest)| digest.to_owned()).ok_or(ModelError::NotListed { file })
    }

    /// Its configuration.
    pub fn config(&self, manifest: &Manifest) -> Result<Config, ModelError> {
        let file = self.file("config.json");
        serde_json::from_slice(&manifest.read(&file)?)
            .map_err(|error| ModelError::malformed(&file, error))
    }

    /// Its weights, read as numbers of this kind.
    pub fn weights(
        &self,
        manifest: &Manifest,
        kind: DType,
    ) -> Result<VarBuilder<'static>, ModelError> {
        let file = self.file("model.safetensors");
        VarBuilder::from_buffered_safetensors(manifest.read(&file)?, kind, &Device::Cpu)
            .map_err(|error| ModelError::malformed(&file, error))
    }

    /// Its encoder.
    pub fn encoder(&self, manifest: &Manifest, compute: Compute) -> Result<Encoder, ModelError> {
        let config = self.config(manifest)?;
        let reach = self.file("reach.safetensors");
        let reach = Reach::load(&reach, manifest.read(&reach)?)?;
        Encoder::load(&self.weights(manifest, DType::F16)?, &config, &reach, compute)
            .map_err(|error| ModelError::malformed(&self.file("model.safetensors"), error))
    }

    /// What it reads of a text.
    pub fn words(&self, manifest: &Manifest) -> Result<Words, ModelError> {
        let table = |name: &&str| {
            let file = self.file(name);
            EmojiWords::load(&file, &manifest.read(&file)?)
        };
        Ok(Words::new(self.emoji.as_ref().map(table).transpose()?))
    }

    /// Its tokenizer.
    pub fn pieces(&self, manifest: &Manifest) -> Result<WordPieces, ModelError> {
        let file = self.file("tokenizer.json");
        WordPieces::load(&file, &manifest.read(&file)?)
    }
}

/// The languages that comments are read in, in the order in which they were listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Languages(Vec<&'static str>);

impl Languages {
    /// Those of a list of ISO 639-1 codes.
    ///
    /// # Errors
    /// When it is empty, names one twice, or one that no encoder reads.
    pub fn new<S: AsRef<str>>(codes: &[S]) -> Result<Self, ModelError> {
        let known = || KITS.iter().map(|kit| kit.language).collect::<Vec<_>>().join(", ");
        let mut found: Vec<&'static str> = Vec::new();
        for code in codes {
            let kit = Kit::of(code.as_ref()).filter(|kit| !found.contains(&kit.language));
            let refused = || {
                let code = code.as_ref();
                ModelError::Languages(format!("`{code}`; allowed: each of {} once", known()))
            };
            found.push(kit.ok_or_else(refused)?.language);
        }
        match found.is_empty() {
            true => Err(ModelError::Languages(format!("none; allowed: {}", known()))),
            false => Ok(Self(found)),
        }
    }

    /// English alone: what a pipeline reads that lists none.
    pub fn english() -> Self {
        Self(vec![Kit::ENGLISH.language])
    }

    /// Every language that there is an encoder for.
    pub fn all() -> Self {
        Self(KITS.iter().map(|kit| kit.language).collect())
    }

    /// Those whose encoder has weights of this digest: what a topic head was fitted on.
    ///
    /// # Errors
    /// When there is none, or the manifest lists no weights.
    pub fn of_encoder(manifest: &Manifest, digest: &str) -> Result<Self, ModelError> {
        let mut found = Vec::new();
        for kit in &KITS {
            if kit.digest(manifest)? == digest {
                found.push(kit.language);
            }
        }
        if found.is_empty() { Err(super::topic_head::of_other_weights()) } else { Ok(Self(found)) }
    }

    /// Their codes.
    pub fn codes(&self) -> &[&'static str] {
        &self.0
    }

    pub(super) fn kits(&self) -> Vec<&'static Kit> {
        self.0.iter().filter_map(|code| Kit::of(code)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_those_listed_in_their_order() {
        assert_eq!(Languages::new(&["es", "en"]).unwrap().codes(), ["es", "en"]);
        assert_eq!(Languages::all().codes(), ["en", "es"]);
        assert_eq!(Languages::english().kits(), [Kit::ENGLISH]);
    }

    #[test]
    fn languages_that_are_none_unknown_or_twice_are_refused_by_name() {
        let refused = |codes: &[&str]| Languages::new(codes).unwrap_err().to_string();
        assert!(refused(&[]).contains("en, es"));
        assert!(refused(&["en", "pt"]).contains("`pt`"));
        assert!(refused(&["es", "es"]).contains("`es`"));
    }
}
