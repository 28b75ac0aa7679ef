//! The store from outside: outcomes, replay, crashes, damage.

#[cfg(feature = "crash-points")]
mod crash;
mod destroy;
mod erase;
mod growth;
mod outcomes;
mod recover;
mod replay;
mod rotation;

use std::{fs, path::Path};

use rustix::fs::{FlockOperation, flock};

use crate::domain::{
    Contribution, EventKey, Identity, Labels, Neighborhood, OriginKey, Pseudonym, Sentiment,
    SourceId, Topic, Window,
};

use super::*;

fn options() -> StoreOptions {
    StoreOptions { key_check: "0123456789abcdef".into(), plan_check: None }
}

fn in_memory(dir: &Path) -> Store {
    Store::open_in_memory(dir, options()).unwrap().0
}

/// Opens the store once the one before, if any, has let go: sled gives its lock up when its threads
/// have ended, some time after the drop.
fn on_disk(dir: &Path) -> (Store, Recovery) {
    if let Ok(engine) = fs::File::open(dir.join("state/db")) {
        flock(&engine, FlockOperation::LockExclusive).unwrap();
    }
    Store::open(dir, options()).unwrap()
}

fn resident(n: u8) -> Pseudonym {
    Pseudonym([0xA0 | n; 16])
}

/// A contribution of resident `who` on their comment `which`; `event` tells events apart.
fn contribution(who: u8, which: u8, event: u16, window: u32) -> Contribution {
    let mut origin = [who; 16];
    origin[15] = which;
    let mut key = origin;
    key[..2].copy_from_slice(&event.to_be_bytes());
    Contribution {
        resident: resident(who),
        origin: OriginKey(origin),
        event: EventKey(key),
        former: None,
        window: Window(window),
        said: Some((Neighborhood(u16::from(which)), labels(event))),
        replaces: false,
    }
}

fn labels(n: u16) -> Labels {
    match n % 3 {
        0 => Labels::unread(),
        n => Labels { sentiment: Sentiment::READ[usize::from(n)], topics: vec![Topic(n)] },
    }
}

/// What resident `who` is known by under the key before.
fn former(who: u8) -> Pseudonym {
    Pseudonym([0x50 | who; 16])
}

/// The same contribution as it was read before the key was replaced.
fn before(of: &Contribution) -> Contribution {
    let Identity { resident, origin, event } = former_identity(of);
    Contribution { resident, origin, event, ..of.clone() }
}

/// The same contribution as it is read while both keys live.
fn under_both(of: &Contribution) -> Contribution {
    Contribution { former: Some(former_identity(of)), ..of.clone() }
}

fn former_identity(of: &Contribution) -> Identity {
    let flipped = |key: [u8; 16]| key.map(|byte| !byte);
    let (origin, event) = (OriginKey(flipped(of.origin.0)), EventKey(flipped(of.event.0)));
    Identity { resident: former(of.resident.0[0] & 0x0F), origin, event }
}

fn rotation(told_from: u32, until: u32) -> Rotation {
    let former_check = "0123456789abcdef".into();
    Rotation { former_check, told_from: Window(told_from), until: Window(until) }
}

fn rekeyed(dir: &Path) -> Store {
    let options = StoreOptions { key_check: "fedcba9876543210".into(), plan_check: None };
    Store::open(dir, options).unwrap().0
}

fn rekey(store: &mut Store) {
    store.rekey("fedcba9876543210".into(), rotation(1, 3)).unwrap();
}

fn edit(who: u8, which: u8, event: u16, window: u32) -> Contribution {
    Contribution { replaces: true, ..contribution(who, which, event, window) }
}

fn deletion(who: u8, which: u8, event: u16, window: u32) -> Contribution {
    Contribution { said: None, ..edit(who, which, event, window) }
}

fn batch(contributions: Vec<Contribution>) -> Batch {
    Batch { contributions, cursor: None }
}

fn cursor(input: u8, line: u64) -> Cursor {
    let source = SourceId::new("city-311").unwrap();
    Cursor { source, input: [input; 16], offset: line * 100, line, guard: [line as u8; 16] }
}

fn charge(id: u8, attempt: u32, window: u32, residents: std::ops::Range<u8>) -> Charge {
    Charge {
        release_id: [id; 32],
        attempt,
        window: Window(window),
        family: u16::from(id % 3),
        costs: residents.map(|n| (resident(n), 1000 + u64::from(n))).collect(),
    }
}

/// Everything a store can be asked, for comparison.
#[derive(Debug, PartialEq)]
struct Contents {
    said: Vec<(Pseudonym, Vec<Said>)>,
    spent: Vec<Vec<Spent>>,
    charges: Vec<Option<Charge>>,
    cursors: Vec<Option<Cursor>>,
    first_open: Window,
    scrubbed_until: Window,
}

fn contents(store: &Store) -> Contents {
    let source = SourceId::new("city-311").unwrap();
    let all = Window(0)..Window(u32::MAX);
    Contents {
        said: store.said(all).collect::<Result<_, _>>().unwrap(),
        spent: (0..8).map(|n| store.spent(&resident(n)).unwrap()).collect(),
        charges: (0..8).map(|n| store.charge_of([n; 32], 0).unwrap()).collect(),
        cursors: (0..4).map(|n| store.cursor(&source, [n; 16]).unwrap()).collect(),
        first_open: store.first_open(),
        scrubbed_until: store.scrubbed_until(),
    }
}

/// Bytes of every file below a folder.
fn everything(dir: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        bytes.extend(if path.is_dir() { everything(&path) } else { fs::read(&path).unwrap() });
    }
    bytes
}

fn holds(dir: &Path, needle: &[u8]) -> bool {
    everything(dir).windows(needle.len()).any(|window| window == needle)
}
