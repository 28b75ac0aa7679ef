//! What residents wrote: read once, stripped of personal data, handed on as [`RedactedText`].
//!
//! The only module that opens a `Sensitive` text. It writes nothing, logs nothing and asks no
//! network. Layers (union of spans): views with a way back to the original, shapes behind one
//! prefilter, an address grammar, a token tagger that `model` brings, a policy, and a second look at
//! what is about to leave. Any doubt withholds the whole text.

mod address;
mod canary;
mod encoded;
mod explain;
mod fold;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod glyphs;
mod kind;
mod language;
mod layers;
mod mentions;
mod patterns;
mod policy;
mod quiet;
mod reading;
mod redacted;
mod redactor;
mod render;
mod scorecard;
mod script;
mod spans;
mod spoken;
mod tagger;
mod unescape;
mod views;

pub use canary::{Leak, self_test};
pub use explain::{Check, Decision, Explanation, Finding, Kept, ViewKind};
pub(crate) use fold::{accented, is_invisible};
pub use kind::{PiiKind, Span};
pub use language::Language;
pub use policy::{Action, CityPattern, Policy, PolicyError};
pub use redacted::{RedactedText, WITHHELD};
pub use redactor::{CodePointSpan, Redaction, Redactor, Withheld};
pub use scorecard::{GoldSpan, GoldText, KeptSpan, Score, ScoreError, Scorecard};
pub use tagger::{Hidden, TagError, Tagged, TokenTagger};
