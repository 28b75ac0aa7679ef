//! Why a stretch was hidden or stayed: one finding for each time a recognizer spoke up.
//!
//! An account of what the layers did, not a layer: it decides nothing.

use super::{Action, Redaction, Span};

/// What became of one text, with everything that was found on the way.
#[derive(Debug)]
pub struct Explanation {
    /// What `Redactor::redact` says of the same text.
    pub redaction: Redaction,
    /// Every finding in the order in which it was made.
    pub findings: Vec<Finding>,
}

/// One stretch that one recognizer found in one view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// Where it stands in the original, as what, by whom and how surely; before it is widened to
    /// words and joined with others.
    pub span: Span,
    /// The view in which it was found.
    pub view: ViewKind,
    /// What was checked beyond the shape.
    pub check: Check,
    /// Whether it was hidden.
    pub decision: Decision,
}

impl Finding {
    /// Whether it was hidden.
    pub fn is_hidden(&self) -> bool {
        matches!(self.decision, Decision::Hidden(_))
    }
}

macro_rules! words {
    ($name:ident, $about:literal: $($variant:ident $word:literal $doc:literal;)*) => {
        #[doc = $about]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = $doc] $variant,)*
        }

        impl $name {
            /// The word that the command line prints.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)*
                }
            }
        }
    };
}

words! { ViewKind, "A way to read a text.":
    Original "original" "As it is written.";
    Plain "plain" "Markup undone, signs folded to plain ones.";
    Spoken "spoken" "Spelled-out marks and numbers read as such, spaced letters joined.";
    Decoded "base64" "What stands encoded in it.";
    Reread "reread" "As a tagger best reads it: title case, figures as letters.";
    SecondLook "second-look" "What was about to leave, searched again.";
}

words! { Kept, "Why a finding stays visible.":
    Policy "policy" "The policy keeps its kind.";
    Host "allowed-host" "The policy allows the host.";
    Agency "agency" "The account belongs to an agency.";
    Official "official" "An official named in their role.";
    Implausible "implausible" "A tagger alone cannot know: a street without a house, few figures.";
    Unsure "unsure" "The tagger's score is below the policy's least score.";
}

/// What happened to a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It was hidden, with or without a coarse value in its place.
    Hidden(Action),
    /// It stays, unless another finding covers it.
    Kept(Kept),
}

/// What was checked beyond the shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Check {
    /// Nothing: the shape suffices.
    Shape,
    /// What stands around and inside it.
    Context,
    /// The named check sum or register, which it passed.
    Passed(&'static str),
    /// The named check sum or register, which it failed; it is hidden as another kind.
    Failed(&'static str),
    /// A model's judgement.
    Model,
}

impl Check {
    /// The words that the command line prints.
    pub fn words(self) -> String {
        match self {
            Check::Shape => "shape".to_owned(),
            Check::Context => "context".to_owned(),
            Check::Passed(name) => format!("{name} passed"),
            Check::Failed(name) => format!("{name} failed"),
            Check::Model => "model".to_owned(),
        }
    }
}
