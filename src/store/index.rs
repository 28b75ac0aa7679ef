//! What the derived state holds, and how a record of the journal changes it.
//!
//! Live commits and replays go through [`View::apply`], so they cannot drift apart.

use crate::domain::{EventKey, Labels, Neighborhood, OriginKey, Pseudonym, SourceId, Window};

use super::{
    Charge, Cursor, Said, Spent,
    bytes::{Fields, put_text},
    record::{self, Effect, Record},
    state::{Entry, State, StateError, Writes},
};

const EVENT: u8 = b'e';
const ORIGIN: u8 = b'o';
const SAID: u8 = b's';
const CURSOR: u8 = b'c';
const CHARGE: u8 = b'k';
const SPENT: u8 = b'p';
const PRESENT: u8 = b'l';
const FORMER: u8 = b'f';

/// What is known of one comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// The window it counts in, for good.
    pub(super) window: Window,
    /// Whether it says something, as far as the journal still knows.
    pub(super) stands: bool,
}

/// The state as it will be: what is stored, under the writes not yet applied.
pub(super) struct View<'a> {
    state: &'a dyn State,
    writes: Writes,
}

impl<'a> View<'a> {
    pub(super) fn of(state: &'a dyn State) -> Self {
        Self { state, writes: Writes::new() }
    }

    /// The writes that make it so.
    pub(super) fn into_writes(self) -> Writes {
        self.writes
    }

    /// Whether the event was applied.
    pub(super) fn has_event(&self, event: &EventKey) -> Result<bool, StateError> {
        Ok(self.get(&key(EVENT, &[&event.0]))?.is_some())
    }

    /// What is known of a comment. An origin key hashes the account, so it names the resident too.
    pub(super) fn origin(&self, origin: &OriginKey) -> Result<Option<Origin>, StateError> {
        let Some(value) = self.get(&key(ORIGIN, &[&origin.0]))? else { return Ok(None) };
        let mut from = Fields::new(&value);
        let fields = from.u32().zip(from.u8()).ok_or(StateError::Mismatch)?;
        Ok(Some(Origin { window: Window(fields.0), stands: fields.1 == 1 }))
    }

    /// How far an input was read.
    pub(super) fn cursor(
        &self,
        source: &SourceId,
        input: [u8; 16],
    ) -> Result<Option<Cursor>, StateError> {
        let Some(value) = self.get(&cursor_key(source, &input))? else { return Ok(None) };
        let mut from = Fields::new(&value);
        let mut fields = || Some((from.u64()?, from.u64()?, from.array()?));
        let (offset, line, guard) = fields().ok_or(StateError::Mismatch)?;
        Ok(Some(Cursor { source: source.clone(), input, offset, line, guard }))
    }

    /// Takes in one record. Marks (closed, scrubbed, forgotten) are kept by the journal itself.
    pub(super) fn apply(&mut self, record: &Record) {
        match record {
            Record::Comments { window, effects } => {
                effects.iter().for_each(|effect| self.apply_effect(*window, effect));
            }
            Record::Progress { cursor, noted } => {
                noted.iter().for_each(|event| self.note(event));
                if let Some(cursor) = cursor {
                    self.put_cursor(cursor);
                }
            }
            Record::Seen { window, events, origins } => {
                events.iter().for_each(|event| self.note(event));
                let seen = Origin { window: *window, stands: false };
                origins.iter().for_each(|origin| self.put_origin(origin, seen));
            }
            Record::Charged(charge) => self.put_charge(charge),
            Record::Linked { links } => {
                links.iter().for_each(|(former, present)| self.link(former, present));
            }
            // Gathered until they are whole, see `charge::Gathered`.
            Record::ChargedPart { .. }
            | Record::Created { .. }
            | Record::Closed { .. }
            | Record::Scrubbed { .. }
            | Record::ChargesForgotten { .. }
            | Record::Rekeyed { .. }
            | Record::FormerForgotten { .. }
            | Record::Erased { .. } => {}
        }
    }

    /// Takes in what one event did to one comment of `window`.
    pub(super) fn apply_effect(&mut self, window: Window, effect: &Effect) {
        self.note(&effect.event);
        self.put_origin(&effect.origin, Origin { window, stands: effect.said.is_some() });
        let said_key = key(SAID, &[&effect.resident.0, &effect.origin.0]);
        let value = effect.said.as_ref().map(|(place, labels)| said_value(window, *place, labels));
        self.writes.insert(said_key, value);
    }

    /// Takes in an event that changed nothing.
    pub(super) fn note(&mut self, event: &EventKey) {
        self.put(key(EVENT, &[&event.0]), Vec::new());
    }

    /// Whether a pseudonym under the former key has its link to the present one.
    pub(super) fn is_linked(&self, former: &Pseudonym) -> Result<bool, StateError> {
        Ok(self.get(&key(PRESENT, &[&former.0]))?.is_some())
    }

    /// Takes in that two pseudonyms are one resident's.
    pub(super) fn link(&mut self, former: &Pseudonym, present: &Pseudonym) {
        self.put(key(PRESENT, &[&former.0]), present.0.to_vec());
        self.put(key(FORMER, &[&present.0]), former.0.to_vec());
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        match self.writes.get(key) {
            Some(value) => Ok(value.clone()),
            None => self.state.get(key),
        }
    }

    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.writes.insert(key, Some(value));
    }

    fn put_origin(&mut self, origin: &OriginKey, known: Origin) {
        let mut value = known.window.0.to_be_bytes().to_vec();
        value.push(u8::from(known.stands));
        self.put(key(ORIGIN, &[&origin.0]), value);
    }

    /// Takes in how far an input was read.
    pub(super) fn put_cursor(&mut self, cursor: &Cursor) {
        let mut value = cursor.offset.to_be_bytes().to_vec();
        value.extend_from_slice(&cursor.line.to_be_bytes());
        value.extend_from_slice(&cursor.guard);
        self.put(cursor_key(&cursor.source, &cursor.input), value);
    }

    /// Takes in a charge, or some residents of one.
    pub(super) fn put_charge(&mut self, charge: &Charge) {
        let attempt = charge.attempt.to_be_bytes();
        let (window, family) = (charge.window.0.to_be_bytes(), charge.family.to_be_bytes());
        let head = [window.as_slice(), family.as_slice()].concat();
        self.put(key(CHARGE, &[&charge.release_id, &attempt]), head);
        for (resident, cost_micro) in &charge.costs {
            let parts: [&[u8]; 5] = [&resident.0, &window, &family, &charge.release_id, &attempt];
            self.put(key(SPENT, &parts), cost_micro.to_be_bytes().to_vec());
        }
    }
}

/// Every standing comment, by ascending resident.
pub(super) fn said(
    state: &dyn State,
) -> impl Iterator<Item = Result<(Pseudonym, Said), StateError>> + '_ {
    state.scan(&[SAID]).map(read_said)
}

/// The standing comments under one pseudonym.
pub(super) fn said_by(
    state: &dyn State,
    resident: &Pseudonym,
) -> impl Iterator<Item = Result<Said, StateError>> {
    state.scan(&key(SAID, &[&resident.0])).map(|entry| read_said(entry).map(|(_, said)| said))
}

/// The pseudonym under the present key, where the resident has one under the former key linked.
pub(super) fn present_of(
    state: &dyn State,
    former: &Pseudonym,
) -> Result<Option<Pseudonym>, StateError> {
    linked(state, &key(PRESENT, &[&former.0]))
}

/// The pseudonym under the former key that is linked to one under the present key.
pub(super) fn former_of(
    state: &dyn State,
    present: &Pseudonym,
) -> Result<Option<Pseudonym>, StateError> {
    linked(state, &key(FORMER, &[&present.0]))
}

fn linked(state: &dyn State, key: &[u8]) -> Result<Option<Pseudonym>, StateError> {
    let read = |value: Vec<u8>| Fields::new(&value).array().map(Pseudonym);
    state.get(key)?.map(|value| read(value).ok_or(StateError::Mismatch)).transpose()
}

/// The odometer of one resident, by ascending window and family.
pub(super) fn spent(
    state: &dyn State,
    resident: &Pseudonym,
) -> impl Iterator<Item = Result<Spent, StateError>> {
    state.scan(&key(SPENT, &[&resident.0])).map(|entry| {
        let (key, value) = entry?;
        spent_entry(&key, &value).map(|(_, _, spent)| spent).ok_or(StateError::Mismatch)
    })
}

/// Release, attempt and window of every charge.
pub(super) fn charges(state: &dyn State) -> Result<Vec<([u8; 32], u32, Window)>, StateError> {
    let read = |key: &[u8], head: &[u8]| {
        let name = key.get(1..)?;
        let (release_id, attempt) = name.split_first_chunk::<32>()?;
        let attempt = u32::from_be_bytes(attempt.try_into().ok()?);
        Some((*release_id, attempt, Window(Fields::new(head).u32()?)))
    };
    let entries = state.scan(&[CHARGE]).map(|entry| {
        let (key, head) = entry?;
        read(&key, &head).ok_or(StateError::Mismatch)
    });
    entries.collect()
}

/// One charge, read back resident by resident: it walks every odometer.
pub(super) fn charge(
    state: &dyn State,
    release_id: &[u8; 32],
    attempt: u32,
) -> Result<Option<Charge>, StateError> {
    let suffix = key(CHARGE, &[release_id, &attempt.to_be_bytes()]);
    let Some(head) = state.get(&suffix)? else { return Ok(None) };
    let mut from = Fields::new(&head);
    let (window, family) = from.u32().zip(from.u16()).ok_or(StateError::Mismatch)?;
    let mut costs = Vec::new();
    for entry in state.scan(&[SPENT]) {
        let (key, value) = entry?;
        let (resident, name, spent) = spent_entry(&key, &value).ok_or(StateError::Mismatch)?;
        if suffix.ends_with(&name) {
            costs.push((resident, spent.cost_micro));
        }
    }
    let window = Window(window);
    Ok(Some(Charge { release_id: *release_id, attempt, window, family, costs }))
}

fn key(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = vec![tag];
    parts.iter().for_each(|part| key.extend_from_slice(part));
    key
}

fn cursor_key(source: &SourceId, input: &[u8; 16]) -> Vec<u8> {
    let mut key = vec![CURSOR];
    put_text(source.as_str(), &mut key);
    key.extend_from_slice(input);
    key
}

fn said_value(window: Window, place: Neighborhood, labels: &Labels) -> Vec<u8> {
    let mut value = window.0.to_be_bytes().to_vec();
    value.extend_from_slice(&place.0.to_be_bytes());
    record::put_labels(labels, &mut value);
    value
}

fn read_said(entry: Result<Entry, StateError>) -> Result<(Pseudonym, Said), StateError> {
    let (key, value) = entry?;
    said_entry(&key, &value).ok_or(StateError::Mismatch)
}

fn said_entry(key: &[u8], value: &[u8]) -> Option<(Pseudonym, Said)> {
    let (mut key, mut from) = (Fields::new(key), Fields::new(value));
    key.u8()?;
    let resident = Pseudonym(key.array()?);
    let (window, neighborhood) = (Window(from.u32()?), Neighborhood(from.u16()?));
    let labels = record::labels(&mut from)?;
    from.end((resident, Said { window, neighborhood, labels }))
}

/// Who, the name of the charge (release and attempt), and what.
fn spent_entry(key: &[u8], value: &[u8]) -> Option<(Pseudonym, [u8; 36], Spent)> {
    let (mut key, mut from) = (Fields::new(key), Fields::new(value));
    key.u8()?;
    let resident = Pseudonym(key.array()?);
    let (window, family, name) = (Window(key.u32()?), key.u16()?, key.array()?);
    let spent = Spent { window, family, cost_micro: from.u64()? };
    from.end((resident, name, spent))
}
