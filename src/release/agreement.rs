//! Whether journal and ledger of a data folder are of one age, and what one lacks of the other.

use std::collections::HashSet;

use super::{ReleaseError, releaser::DRAWN};
use crate::{
    ledger::{Ledger, Recovery},
    store::Store,
};

/// Refuses a journal and a ledger of different ages: a ledger put back to an older copy would
/// draw again for what residents already paid; an older journal would forget what they paid, and
/// bring back what was erased.
///
/// # Errors
/// When a drawn release is not in the ledger, a reservation's charge not in the journal, or one
/// knows of replaced keys or erasures that the other cannot lack.
pub fn check_agreement(store: &Store, ledger: &Ledger) -> Result<(), ReleaseError> {
    let charges = charged(store)?;
    let mut reserved = HashSet::new();
    for (release_id, attempt, window) in ledger.reserves() {
        let name = (release_id.bytes(), *attempt);
        if *window >= store.charges_from() && !charges.contains(&name) {
            return Err(ReleaseError::JournalOlder);
        }
        reserved.insert(name);
    }
    let drawn = charges.iter().filter(|(_, attempt)| attempt & DRAWN > 0);
    if !drawn.map(|(id, attempt)| (*id, attempt & !DRAWN)).all(|n| reserved.contains(&n)) {
        return Err(ReleaseError::LedgerOlder);
    }
    for (journal, ledger) in changes(store, ledger) {
        // The journal goes first; a crash in between leaves the ledger one behind.
        match journal.checked_sub(ledger) {
            None => return Err(ReleaseError::JournalOlder),
            Some(0 | 1) => {}
            Some(_) => return Err(ReleaseError::LedgerOlder),
        }
    }
    Ok(())
}

/// Puts into the ledger what the journal knows and a crash kept from it: that the pseudonym key
/// was replaced, that a record was erased.
///
/// # Errors
/// When the ledger cannot be written, or a reservation is open.
pub fn record_missing(store: &Store, ledger: &mut Ledger) -> Result<(), ReleaseError> {
    let [(rekeyed, told), (erased, said)] = changes(store, ledger);
    if rekeyed > told {
        let until = store.rotation().map_or(store.first_open(), |rotation| rotation.until);
        ledger.record_rekey(until)?;
    }
    if erased > said {
        ledger.record_erase()?;
    }
    Ok(())
}

/// Whether a crash left a release half done: charged and not reserved, reserved and not committed,
/// committed and not published. A run ends it.
///
/// # Errors
/// When the store fails.
pub fn is_unfinished(
    store: &Store,
    ledger: &Ledger,
    found: &Recovery,
) -> Result<bool, ReleaseError> {
    let reserved: HashSet<([u8; 32], u32)> =
        ledger.reserves().iter().map(|(id, attempt, _)| (id.bytes(), *attempt)).collect();
    let unreserved = |charge: &([u8; 32], u32)| charge.1 & DRAWN == 0 && !reserved.contains(charge);
    Ok(found.outstanding.is_some()
        || !found.unpublished.is_empty()
        || charged(store)?.iter().any(unreserved))
}

fn charged(store: &Store) -> Result<HashSet<([u8; 32], u32)>, ReleaseError> {
    Ok(store.charges()?.into_iter().map(|(id, attempt, _)| (id, attempt)).collect())
}

/// How often the key was replaced and a record erased, as the journal and the ledger have it.
fn changes(store: &Store, ledger: &Ledger) -> [(u32, u32); 2] {
    [(store.rekeyings(), ledger.rekeyings()), (store.erasures(), ledger.erasures())]
}
