//! Reactions: votes and likes, as contributions of the resident who gave them.
//!
//! A vote says a tone by its stance. What it is about it must say itself, by naming a topic of the
//! public plan: taken from the comment it replies to, its cell would follow from what another
//! resident wrote, and one resident's row would move another's.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::outcome::Refusal;
use crate::{
    connectors::comment,
    domain::{Labels, NamedKey, Sentiment, SourceId, Topic},
    pipeline::{BadRow, Given},
};

/// Stands where a comment has its words, and is never read.
const NO_WORDS: &str = "\"-\"";

/// What tells a vote from a comment.
#[derive(Deserialize)]
pub(super) struct Kinds<'a> {
    kind: Option<&'a str>,
}

/// The fields that a vote adds to the contract.
#[derive(Deserialize)]
struct Vote {
    stance: Option<i64>,
    topic: Option<String>,
}

/// Whether the row calls itself a vote. A row that cannot be told is none: reading it says why.
pub(super) fn is_vote(row: &[u8]) -> bool {
    serde_json::from_slice::<Kinds>(row).is_ok_and(|kinds| kinds.kind == Some("vote"))
}

/// Reads a vote.
///
/// # Privacy
/// Labels are a function of this row and the public plan.
pub(super) fn vote(row: &[u8], id: &SourceId, topics: &[NamedKey]) -> Result<Given, Refusal> {
    let bad = |reason| Refusal::Bad(reason);
    let text = str::from_utf8(row).map_err(|_| bad(BadRow::InvalidUtf8))?;
    let Vote { stance, topic } = serde_json::from_str(text).map_err(|_| bad(BadRow::BadField))?;
    let sentiment = match stance {
        Some(-1) => Sentiment::Negative,
        Some(0) => Sentiment::Neutral,
        Some(1) => Sentiment::Positive,
        _ => return Err(Refusal::VoteStance),
    };
    let named = |topic: &NamedKey, id: &str| topic.id == id;
    let topic = topic.and_then(|id| topics.iter().position(|topic| named(topic, &id)));
    let topic = topic.and_then(|at| u16::try_from(at).ok()).ok_or(Refusal::VoteTopic)?;
    let raw = comment(as_comment(text)?.as_bytes(), id).map_err(bad)?;
    Ok(Given::Reaction(raw, Labels { sentiment, topics: vec![Topic(topic)] }))
}

/// The same row as a comment, so that ids, dates and places are read by one reader.
fn as_comment(vote: &str) -> Result<String, Refusal> {
    let broken = |_| Refusal::Bad(BadRow::BadField);
    let mut fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(vote).map_err(broken)?;
    let words = |json: &str| RawValue::from_string(json.to_owned()).map_err(broken);
    fields.remove("kind");
    fields.insert("text".to_owned(), words(NO_WORDS)?);
    serde_json::to_string(&fields).map_err(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(row: &str) -> Result<Labels, Refusal> {
        let key = |id: &str| NamedKey { id: id.into(), name: id.into() };
        let topics = [key("streets"), key("riverfront"), key("other")];
        let source = SourceId::new("app").unwrap();
        match vote(row.as_bytes(), &source, &topics)? {
            Given::Reaction(_, labels) => Ok(labels),
            Given::Comment(_) => panic!("a vote has no words"),
        }
    }

    const VOTE: &str = r#"{"id":9,"account":"ana","kind":"vote","stance":-1,"topic":"riverfront","reply_to":"c7","posted_at":"2026-01-05T08:00:00Z","neighborhood":"East"}"#;

    #[test]
    fn vote_says_its_stance_about_the_topic_it_names() {
        assert!(is_vote(VOTE.as_bytes()));
        let labels = read(VOTE).unwrap();
        assert_eq!(labels, Labels { sentiment: Sentiment::Negative, topics: vec![Topic(1)] });
        let like = VOTE.replace("-1", "1").replace("riverfront", "streets");
        assert_eq!(read(&like).unwrap().sentiment, Sentiment::Positive);
    }

    #[test]
    fn vote_about_another_residents_comment_alone_is_refused() {
        let refused = |from: &str, to: &str| read(&VOTE.replace(from, to)).unwrap_err();
        assert_eq!(refused("\"topic\":\"riverfront\",", ""), Refusal::VoteTopic);
        assert_eq!(refused("riverfront", "moon"), Refusal::VoteTopic);
        assert_eq!(refused("-1", "2"), Refusal::VoteStance);
        assert_eq!(refused("\"stance\":-1,", ""), Refusal::VoteStance);
        assert_eq!(refused("\"id\":9,", ""), Refusal::Bad(BadRow::MissingId));
        assert_eq!(
            refused("\"id\":9", "\"id\":9007199254740993.0"),
            Refusal::Bad(BadRow::BadField)
        );
    }

    #[test]
    fn comment_is_no_vote() {
        assert!(!is_vote(br#"{"id":1,"text":"my vote is no"}"#));
        assert!(!is_vote(b"vote"));
    }
}
