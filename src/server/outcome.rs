//! What became of each row, in words that say nothing of what the row said.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    pipeline::{BadRow, Rejection},
    store::Applied,
};

/// What became of one row of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowOutcome {
    /// The row, or line of JSON Lines, counted from 1.
    #[schema(minimum = 1)]
    pub row: usize,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was refused, where it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "missing_text")]
    pub reason: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<&'static str>,
}

/// Whether and how a row counts. Each but `refused` is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A comment or reaction that was not known.
    New,
    /// It replaced what the same account had said under the same id.
    Replaced,
    /// It took that back.
    Removed,
    /// It was known already; nothing changed.
    Duplicate,
    /// The window it counts in is closed; nothing changed.
    TooLate,
    /// It counts nowhere; `reason` says why.
    Refused,
}

/// Why a row was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is no comment.
    Bad(BadRow),
    /// It is one, and does not count here.
    Rejected(Rejection),
    /// It holds control characters or signs that turn the direction of text.
    NotPlain,
    /// It names a source that its sender may not speak for.
    Source,
    /// An event of another type or specification.
    EventType,
    /// A vote that names no topic of the plan.
    VoteTopic,
    /// A vote without a stance of -1, 0 or 1.
    VoteStance,
}

impl Refusal {
    pub fn code(self) -> String {
        let named = |value: serde_json::Result<Value>| match value {
            Ok(Value::String(code)) => code,
            _ => "refused".to_owned(),
        };
        match self {
            Refusal::Bad(reason) => named(serde_json::to_value(reason)),
            Refusal::Rejected(reason) => named(serde_json::to_value(reason)),
            Refusal::NotPlain => "control_characters".into(),
            Refusal::Source => "source_not_allowed".into(),
            Refusal::EventType => "unknown_event_type".into(),
            Refusal::VoteTopic => "vote_without_topic".into(),
            Refusal::VoteStance => "vote_without_stance".into(),
        }
    }

    fn advice(self) -> Option<&'static str> {
        Some(match self {
            Refusal::Bad(BadRow::MissingId) => "give the source's own id of the comment",
            Refusal::Bad(BadRow::BadDate) => "give posted_at as RFC 3339 with an offset",
            Refusal::Bad(BadRow::BadField) => "compare the row with the schema of a comment",
            Refusal::Rejected(Rejection::NoAccount) => {
                "name the account: this pipeline promises privacy to residents"
            }
            Refusal::Rejected(Rejection::NoPlace) => "name the neighbourhood, or lat and lon",
            Refusal::Rejected(Rejection::UnknownNeighborhood) => {
                "use a name of the plan, or have the city add an alias"
            }
            Refusal::NotPlain => {
                "leave out control characters, and signs that turn the direction of text"
            }
            Refusal::Source => "name a source that this token was made for",
            Refusal::EventType => "send CloudEvents 1.0 of type undertone.comment",
            Refusal::VoteTopic => {
                "name a topic of the plan: what a vote is about may not be taken from another \
                 resident's comment"
            }
            Refusal::VoteStance => "give stance as -1, 0 or 1",
            _ => return None,
        })
    }
}

impl RowOutcome {
    pub fn refused(row: usize, refusal: Refusal) -> Self {
        let (reason, advice) = (Some(refusal.code()), refusal.advice());
        Self { row, outcome: Outcome::Refused, reason, advice }
    }

    pub fn applied(row: usize, applied: Applied) -> Self {
        let outcome = match applied {
            Applied::New => Outcome::New,
            Applied::Replaced => Outcome::Replaced,
            Applied::Removed => Outcome::Removed,
            Applied::Duplicate => Outcome::Duplicate,
            Applied::TooLate => Outcome::TooLate,
        };
        Self { row, outcome, reason: None, advice: None }
    }
}
