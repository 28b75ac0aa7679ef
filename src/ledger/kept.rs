//! A checkpoint that somebody kept outside: what shows a ledger that was put back or forked.

use std::path::Path;

use super::{
    Check, Checkpoint, ENTRIES_FILE, Entry, Fact, LEDGER_FOLDER, Tree, VerifyingKey, signing_keys,
    verify::read_frames,
};

/// Whether the ledger of the data folder `dir` continues the checkpoint `note`, signed by any key of
/// the ledger.
///
/// Without such a note nobody can tell a ledger from an older copy of itself.
pub fn verify_kept(dir: &Path, note: &str) -> Check {
    let outcome = continues(dir, note);
    let passed = outcome.is_ok();
    Check { name: "kept", passed, detail: outcome.unwrap_or_else(|error| error) }
}

fn continues(dir: &Path, note: &str) -> Result<String, String> {
    let frames = read_frames(&dir.join(LEDGER_FOLDER).join(ENTRIES_FILE))?;
    let entries: Result<Vec<Entry>, _> = frames.iter().map(|body| Entry::parse(body)).collect();
    let entries = entries.map_err(|error| error.to_string())?;
    let Some(Fact::Open { ledger_origin, .. }) = entries.first().map(|entry| &entry.fact) else {
        return Err("entry 0 does not open the ledger".to_owned());
    };
    let keys: Vec<VerifyingKey> = signing_keys(&entries);
    let mut opened = keys.iter().map(|key| Checkpoint::open(note, ledger_origin, key));
    let kept = match opened.find_map(Result::ok) {
        Some(kept) => kept,
        None => return Err("the kept checkpoint is not signed by a key of this ledger".to_owned()),
    };
    let mut tree = Tree::default();
    frames.iter().for_each(|body| tree.push(body));
    match tree.root_at(kept.size) {
        Some(root) if root == kept.root => {
            Ok(format!("the ledger continues the kept checkpoint of {} entries", kept.size))
        }
        Some(_) => Err(format!(
            "the first {} entries are not those of the kept checkpoint: the ledger was forked",
            kept.size
        )),
        None => Err(format!(
            "the kept checkpoint has {} entries, the ledger {}: it was put back to an older copy",
            kept.size,
            tree.size()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::tests::{busy, planned};

    fn kept(dir: &Path) -> String {
        std::fs::read_to_string(dir.join(LEDGER_FOLDER).join("checkpoint")).unwrap()
    }

    #[test]
    fn kept_checkpoint_is_continued_by_its_ledger_and_not_by_an_older_one() {
        let (older, ledger) = planned();
        drop(ledger);
        let newer = busy();
        let check = verify_kept(newer.path(), &kept(older.path()));
        assert!(check.passed, "{check:?}");
        let check = verify_kept(older.path(), &kept(newer.path()));
        assert!(!check.passed && check.detail.contains("older copy"), "{check:?}");
    }

    #[test]
    fn checkpoint_that_no_key_of_the_ledger_signed_is_refused() {
        let dir = busy();
        let forged = kept(dir.path()).replace("riverton", "elsewhere");
        assert!(!verify_kept(dir.path(), &forged).passed);
    }
}
