//! What one frame of the journal says, and its bytes. No text is among it: there is none to store.
//!
//! # Shape
//! Format version (u8, 1), sequence number (u64), tag (u8), then the fields of the record in the
//! order of its declaration, big-endian.

use crate::domain::{
    EventKey, Labels, Neighborhood, OriginKey, Pseudonym, Sentiment, SourceId,
    TOPICS_PER_COMMENT_MAX, Topic, Window,
};

use super::{
    Charge, Cursor, Rotation,
    bytes::{Fields, put_list, put_text},
};

const FORMAT: u8 = 1;

/// One entry of the journal, decided and final: replaying it asks no question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// The journal was made with this pseudonym key and, where given, under this plan.
    Created { key_check: String, plan_check: Option<String> },
    /// Comments of one window that a batch changed, in order.
    Comments { window: Window, effects: Vec<Effect> },
    /// How far a batch went, and its events that changed nothing.
    Progress { cursor: Option<Cursor>, noted: Vec<EventKey> },
    /// Windows before this one take no more comments.
    Closed { first_open: Window },
    /// What comments of windows before this one said is to be destroyed.
    Scrubbed { until: Window },
    /// What is left of a scrubbed window.
    Seen { window: Window, events: Vec<EventKey>, origins: Vec<OriginKey> },
    /// Residents were charged.
    Charged(Charge),
    /// Some of `of` residents were charged, `before` of them in the frames before; they are once all
    /// of them are named.
    ChargedPart { part: Charge, before: u32, of: u32 },
    /// Charges for windows before this one are to be destroyed.
    ChargesForgotten { before: Window },
    /// The pseudonym key was replaced, for the `nth` time; the former one lives on for a while.
    Rekeyed { nth: u32, key_check: String, rotation: Rotation },
    /// Residents under the former key, each with their pseudonym under the present one.
    Linked { links: Vec<(Pseudonym, Pseudonym)> },
    /// The former key is gone, and what linked it is to be destroyed: rows dated before
    /// `told_from` may have been counted under it.
    FormerForgotten { nth: u32, key_check: String, told_from: Window },
    /// What these residents said is to be destroyed, by the `nth` erasure; nobody is named any
    /// more once it is.
    Erased { nth: u32, residents: Vec<Pseudonym> },
}

/// What one event did to one comment; `said` is `None` where it took it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Effect {
    pub(super) event: EventKey,
    pub(super) resident: Pseudonym,
    pub(super) origin: OriginKey,
    pub(super) said: Option<(Neighborhood, Labels)>,
}

impl Record {
    /// The body of the frame that says this under the number `seq`.
    pub(super) fn encode(&self, seq: u64) -> Vec<u8> {
        let mut out = vec![FORMAT];
        out.extend_from_slice(&seq.to_be_bytes());
        match self {
            Record::Created { key_check, plan_check } => {
                out.push(1);
                put_text(key_check, &mut out);
                put_list(plan_check.as_slice(), &mut out, |plan, out| put_text(plan, out));
            }
            Record::Comments { window, effects } => {
                put_window(2, *window, &mut out);
                put_list(effects, &mut out, put_effect);
            }
            Record::Progress { cursor, noted } => {
                out.push(3);
                put_list(cursor.as_slice(), &mut out, put_cursor);
                put_list(noted, &mut out, |event, out| out.extend_from_slice(&event.0));
            }
            Record::Closed { first_open } => put_window(4, *first_open, &mut out),
            Record::Scrubbed { until } => put_window(5, *until, &mut out),
            Record::Seen { window, events, origins } => {
                put_window(6, *window, &mut out);
                put_list(events, &mut out, |event, out| out.extend_from_slice(&event.0));
                put_list(origins, &mut out, |origin, out| out.extend_from_slice(&origin.0));
            }
            Record::Charged(charge) => {
                out.push(7);
                put_charge(charge, &mut out);
            }
            Record::ChargedPart { part, before, of } => {
                put_number(13, *before, &mut out);
                out.extend_from_slice(&of.to_be_bytes());
                put_charge(part, &mut out);
            }
            Record::ChargesForgotten { before } => put_window(8, *before, &mut out),
            Record::Rekeyed { nth, key_check, rotation } => {
                put_number(9, *nth, &mut out);
                put_text(key_check, &mut out);
                put_text(&rotation.former_check, &mut out);
                out.extend_from_slice(&rotation.told_from.0.to_be_bytes());
                out.extend_from_slice(&rotation.until.0.to_be_bytes());
            }
            Record::Linked { links } => {
                out.push(10);
                put_list(links, &mut out, |(former, present), out| {
                    out.extend_from_slice(&former.0);
                    out.extend_from_slice(&present.0);
                });
            }
            Record::FormerForgotten { nth, key_check, told_from } => {
                put_number(11, *nth, &mut out);
                put_text(key_check, &mut out);
                out.extend_from_slice(&told_from.0.to_be_bytes());
            }
            Record::Erased { nth, residents } => {
                put_number(12, *nth, &mut out);
                put_list(residents, &mut out, |who, out| out.extend_from_slice(&who.0));
            }
        }
        out
    }

    /// Reads the body of a frame; `None` when it means nothing to this program.
    pub(super) fn decode(body: &[u8]) -> Option<(u64, Record)> {
        let mut from = Fields::new(body);
        if from.u8()? != FORMAT {
            return None;
        }
        let seq = from.u64()?;
        let record = match from.u8()? {
            1 => Record::Created {
                key_check: from.text()?.to_owned(),
                plan_check: from.list(|from| from.text().map(str::to_owned))?.pop(),
            },
            2 => Record::Comments { window: window(&mut from)?, effects: from.list(effect)? },
            3 => Record::Progress { cursor: from.list(cursor)?.pop(), noted: from.list(event)? },
            4 => Record::Closed { first_open: window(&mut from)? },
            5 => Record::Scrubbed { until: window(&mut from)? },
            6 => Record::Seen {
                window: window(&mut from)?,
                events: from.list(event)?,
                origins: from.list(|from| from.array().map(OriginKey))?,
            },
            7 => Record::Charged(charge(&mut from)?),
            8 => Record::ChargesForgotten { before: window(&mut from)? },
            9 => Record::Rekeyed {
                nth: from.u32()?,
                key_check: from.text()?.to_owned(),
                rotation: Rotation {
                    former_check: from.text()?.to_owned(),
                    told_from: window(&mut from)?,
                    until: window(&mut from)?,
                },
            },
            10 => Record::Linked {
                links: from.list(|from| Some((pseudonym(from)?, pseudonym(from)?)))?,
            },
            11 => Record::FormerForgotten {
                nth: from.u32()?,
                key_check: from.text()?.to_owned(),
                told_from: window(&mut from)?,
            },
            12 => Record::Erased { nth: from.u32()?, residents: from.list(pseudonym)? },
            13 => Record::ChargedPart {
                before: from.u32()?,
                of: from.u32()?,
                part: charge(&mut from)?,
            },
            _ => return None,
        };
        from.end((seq, record))
    }
}

/// Appends labels: tone (u8), number of topics (u8), topics (u16 each).
pub(super) fn put_labels(labels: &Labels, out: &mut Vec<u8>) {
    out.push(match labels.sentiment {
        Sentiment::Negative => 0,
        Sentiment::Neutral => 1,
        Sentiment::Positive => 2,
        Sentiment::Unread => 3,
    });
    debug_assert!(labels.topics.len() <= TOPICS_PER_COMMENT_MAX, "refused before it is written");
    out.push(labels.topics.len() as u8);
    labels.topics.iter().for_each(|topic| out.extend_from_slice(&topic.0.to_be_bytes()));
}

/// Takes labels off the front.
pub(super) fn labels(from: &mut Fields<'_>) -> Option<Labels> {
    let sentiment = match from.u8()? {
        0 => Sentiment::Negative,
        1 => Sentiment::Neutral,
        2 => Sentiment::Positive,
        3 => Sentiment::Unread,
        _ => return None,
    };
    let count = usize::from(from.u8()?);
    if count > TOPICS_PER_COMMENT_MAX {
        return None;
    }
    let topics = (0..count).map(|_| from.u16().map(Topic)).collect::<Option<_>>()?;
    Some(Labels { sentiment, topics })
}

fn put_window(tag: u8, window: Window, out: &mut Vec<u8>) {
    put_number(tag, window.0, out);
}

fn put_number(tag: u8, number: u32, out: &mut Vec<u8>) {
    out.push(tag);
    out.extend_from_slice(&number.to_be_bytes());
}

fn window(from: &mut Fields<'_>) -> Option<Window> {
    from.u32().map(Window)
}

fn event(from: &mut Fields<'_>) -> Option<EventKey> {
    from.array().map(EventKey)
}

fn pseudonym(from: &mut Fields<'_>) -> Option<Pseudonym> {
    from.array().map(Pseudonym)
}

fn put_effect(effect: &Effect, out: &mut Vec<u8>) {
    out.extend_from_slice(&effect.event.0);
    out.extend_from_slice(&effect.resident.0);
    out.extend_from_slice(&effect.origin.0);
    out.push(u8::from(effect.said.is_some()));
    if let Some((neighborhood, labels)) = &effect.said {
        out.extend_from_slice(&neighborhood.0.to_be_bytes());
        put_labels(labels, out);
    }
}

fn effect(from: &mut Fields<'_>) -> Option<Effect> {
    Some(Effect {
        event: event(from)?,
        resident: pseudonym(from)?,
        origin: from.array().map(OriginKey)?,
        said: match from.u8()? {
            0 => None,
            1 => Some((Neighborhood(from.u16()?), labels(from)?)),
            _ => return None,
        },
    })
}

fn put_cursor(cursor: &Cursor, out: &mut Vec<u8>) {
    put_text(cursor.source.as_str(), out);
    out.extend_from_slice(&cursor.input);
    out.extend_from_slice(&cursor.offset.to_be_bytes());
    out.extend_from_slice(&cursor.line.to_be_bytes());
    out.extend_from_slice(&cursor.guard);
}

fn cursor(from: &mut Fields<'_>) -> Option<Cursor> {
    Some(Cursor {
        source: SourceId::new(from.text()?).ok()?,
        input: from.array()?,
        offset: from.u64()?,
        line: from.u64()?,
        guard: from.array()?,
    })
}

fn put_charge(charge: &Charge, out: &mut Vec<u8>) {
    out.extend_from_slice(&charge.release_id);
    out.extend_from_slice(&charge.attempt.to_be_bytes());
    out.extend_from_slice(&charge.window.0.to_be_bytes());
    out.extend_from_slice(&charge.family.to_be_bytes());
    put_list(&charge.costs, out, |(resident, cost_micro), out| {
        out.extend_from_slice(&resident.0);
        out.extend_from_slice(&cost_micro.to_be_bytes());
    });
}

fn charge(from: &mut Fields<'_>) -> Option<Charge> {
    Some(Charge {
        release_id: from.array()?,
        attempt: from.u32()?,
        window: window(from)?,
        family: from.u16()?,
        costs: from.list(|from| Some((pseudonym(from)?, from.u64()?)))?,
    })
}
