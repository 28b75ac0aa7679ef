//! Keyed hashes that stand for accounts and comments.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{RawComment, Sensitive, SourceId};

/// The city's secret key for pseudonyms and for the choice of cells; zeroed on drop.
#[derive(Clone)]
pub struct PseudonymKey(Zeroizing<[u8; 32]>);

/// One resident as the system knows them: HMAC-SHA256(key, source, account), 16 bytes of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pseudonym(pub [u8; 16]);

/// One comment of one resident. It hashes the account too, so that nobody can edit, delete or
/// shadow another resident's comment by naming its id.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OriginKey(pub [u8; 16]);

/// One event (creation, edit, deletion) on a comment: an event already applied is a no-op.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventKey(pub [u8; 16]);

/// Who, which comment of theirs and which event on it, all under one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Who.
    pub resident: Pseudonym,
    /// Which comment of theirs.
    pub origin: OriginKey,
    /// Which event on it.
    pub event: EventKey,
}

impl PseudonymKey {
    /// Wraps key bytes read from the key file.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The pseudonym of the resident who wrote `raw`.
    ///
    /// # Privacy
    /// A comment without an account is its own resident: the unit is then the comment (event
    /// level), and the release says so.
    pub fn pseudonym(&self, raw: &RawComment) -> Pseudonym {
        match &raw.account {
            Some(account) => self.pseudonym_of(&raw.source, account),
            None => Pseudonym(self.prf("event", &raw.source, &[raw.origin.expose().as_bytes()])),
        }
    }

    /// The pseudonym of whoever holds `account` at `source`, written there or not.
    pub fn pseudonym_of(&self, source: &SourceId, account: &Sensitive<String>) -> Pseudonym {
        Pseudonym(self.prf("resident", source, &[account.expose().as_bytes()]))
    }

    /// All that this key says of who wrote `raw` and what it is.
    pub fn identity(&self, raw: &RawComment) -> Identity {
        Identity { resident: self.pseudonym(raw), origin: self.origin(raw), event: self.event(raw) }
    }

    /// The key of the comment that `raw` creates, edits or deletes.
    pub fn origin(&self, raw: &RawComment) -> OriginKey {
        let resident = self.pseudonym(raw);
        OriginKey(self.prf("origin", &raw.source, &[&resident.0, raw.origin.expose().as_bytes()]))
    }

    /// The key of this very event.
    pub fn event(&self, raw: &RawComment) -> EventKey {
        let origin = self.origin(raw);
        let revised = raw.revised_at.map_or(0, |at| at.as_millisecond()).to_be_bytes();
        let action = [raw.action as u8];
        EventKey(self.prf("applied", &raw.source, &[&origin.0, &action, &revised]))
    }

    /// A number that orders `cell` among one resident's cells of one window, unpredictably to the
    /// resident and independently of arrival.
    pub fn cell_order(&self, family: &str, window: u32, resident: Pseudonym, cell: u64) -> u64 {
        let parts: [&[u8]; 4] =
            [family.as_bytes(), &window.to_be_bytes(), &resident.0, &cell.to_be_bytes()];
        let digest = self.mac("cell", &parts);
        u64::from_be_bytes(digest[..8].try_into().expect("a digest has 32 bytes")) // Unwrap safety: 8 of 32 bytes
    }

    /// A keyed digest of bytes that are not a resident's account, such as a stretch of an input.
    ///
    /// # Privacy
    /// Keyed, so that a copy of the digest cannot be tested against guesses without the key.
    pub fn digest(&self, label: &str, parts: &[&[u8]]) -> [u8; 16] {
        let all: Vec<&[u8]> =
            std::iter::once(label.as_bytes()).chain(parts.iter().copied()).collect();
        let digest = self.mac("digest", &all);
        digest[..16].try_into().expect("a digest has 32 bytes") // Unwrap safety: 16 of 32 bytes
    }

    /// A short public check value, so that a wrong key file is noticed before it splits residents.
    pub fn check_value(&self) -> String {
        hex::encode(&self.mac("check", &[])[..8])
    }

    fn prf(&self, label: &str, source: &SourceId, parts: &[&[u8]]) -> [u8; 16] {
        let mut all: Vec<&[u8]> = vec![source.as_str().as_bytes()];
        all.extend_from_slice(parts);
        let digest = self.mac(label, &all);
        digest[..16].try_into().expect("a digest has 32 bytes") // Unwrap safety: 16 of 32 bytes
    }

    /// HMAC over the label and length-prefixed parts, so that no two inputs collide by joining.
    fn mac(&self, label: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.0).expect("any key length works"); // Unwrap safety: HMAC takes keys of any length
        for part in std::iter::once(label.as_bytes()).chain(parts.iter().copied()) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PseudonymKey(..)")
    }
}

/// Keyed hashes are secret too: who holds the key can test a guess against them.
macro_rules! opaque_debug {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}
opaque_debug!(Pseudonym, OriginKey, EventKey);

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::{Action, Place, Sensitive};

    fn comment(account: Option<&str>, origin: &str) -> RawComment {
        RawComment {
            source: SourceId::new("s").unwrap(),
            origin: Sensitive::new(origin.into()),
            account: account.map(|a| Sensitive::new(a.into())),
            text: Sensitive::new(String::new()),
            place: Place::Missing,
            posted_at: Timestamp::UNIX_EPOCH,
            revised_at: None,
            action: Action::Create,
        }
    }

    #[test]
    fn pseudonym_of_one_account_is_stable_and_differs_between_accounts_and_keys() {
        let key = PseudonymKey::new([7; 32]);
        let (ana, bo) = (comment(Some("ana"), "1"), comment(Some("bo"), "1"));
        assert_eq!(key.pseudonym(&ana), key.pseudonym(&comment(Some("ana"), "2")));
        assert_ne!(key.pseudonym(&ana), key.pseudonym(&bo));
        assert_ne!(key.pseudonym(&ana), PseudonymKey::new([8; 32]).pseudonym(&ana));
    }

    #[test]
    fn pseudonym_of_an_account_is_that_of_its_comments() {
        let key = PseudonymKey::new([7; 32]);
        let (source, account) = (SourceId::new("s").unwrap(), Sensitive::new("ana".to_owned()));
        let ana = comment(Some("ana"), "1");
        assert_eq!(key.pseudonym_of(&source, &account), key.pseudonym(&ana));
        let elsewhere = SourceId::new("t").unwrap();
        assert_ne!(key.pseudonym_of(&elsewhere, &account), key.pseudonym(&ana));
    }

    #[test]
    fn origin_of_the_same_id_differs_between_accounts() {
        let key = PseudonymKey::new([7; 32]);
        assert_ne!(key.origin(&comment(Some("ana"), "1")), key.origin(&comment(Some("bo"), "1")));
    }

    #[test]
    fn comment_without_account_is_its_own_resident() {
        let key = PseudonymKey::new([7; 32]);
        assert_ne!(key.pseudonym(&comment(None, "1")), key.pseudonym(&comment(None, "2")));
    }

    #[test]
    fn digest_differs_between_labels_parts_and_keys() {
        let key = PseudonymKey::new([7; 32]);
        let digest = key.digest("guard", &[b"ab", b"c"]);
        assert_eq!(digest, key.digest("guard", &[b"ab", b"c"]));
        assert_ne!(digest, key.digest("guard", &[b"a", b"bc"]));
        assert_ne!(digest, key.digest("input", &[b"ab", b"c"]));
        assert_ne!(digest, PseudonymKey::new([8; 32]).digest("guard", &[b"ab", b"c"]));
    }

    #[test]
    fn event_differs_between_actions_and_revisions() {
        let key = PseudonymKey::new([7; 32]);
        let created = comment(Some("ana"), "1");
        let mut edited = created.clone();
        edited.action = Action::Edit;
        let mut again = edited.clone();
        again.revised_at = Some(Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(1));
        let keys = [key.event(&created), key.event(&edited), key.event(&again)];
        assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2]);
    }
}
