//! The local transformer: sentence encoder, sentiment, topics, and the tagger of personal data.
//!
//! candle and tokenizers live here and nowhere else. Every result is a pure function of one text
//! and of the files that the manifest names; parallelism is between texts, never inside one. Not
//! here: training (`models/` has the scripts), redaction (`text`), and any memory of a text.

mod card;
mod classifier;
mod compute;
mod embedder;
mod emoji;
mod encoder;
mod error;
mod fit;
mod folder;
mod glance;
mod heads;
mod kernel;
mod kit;
mod lanes;
#[cfg(feature = "rust-bert")]
mod libtorch;
mod manifest;
mod overlap;
mod packing;
mod pooling;
mod reach;
mod reference;
#[cfg(test)]
mod sentences;
mod states;
mod tagger;
mod taxonomy;
mod tokenize;
mod topic_head;
mod topics;
mod witness;
mod words;

pub use card::{LanguageCard, ModelCard};
pub use classifier::{Classifier, Reading, encoder_digest};
pub use compute::{Compute, Precision, UnknownPrecision};
pub use embedder::{Embedder, TokenCounter, linear_operations};
pub use encoder::Encoder;
pub use error::ModelError;
pub use fit::{Fitted, LabelledVector, TOPIC_ROWS_MIN, fit_topic_head};
pub use folder::{find_models, no_models};
pub use kernel::{Isa, UnknownIsa, multiply_repeatedly};
pub use kit::Languages;
pub use manifest::Manifest;
pub use overlap::{Overlap, overlaps};
pub use reach::Reach;
pub use states::States;
pub use tagger::{RampartTagger, TAG_THRESHOLD, TAGGED_PIECES_MAX};
pub use taxonomy::{TopicSpec, built_in_topics, wording_digest};
pub use tokenize::TOKENS_MAX;
pub use topic_head::{HeadTopic, TopicHead};
pub use witness::{Testimony, Witness};
