//! What a town's folder holds of each account, read back without noise.

use std::{collections::BTreeMap, fs, process::Command};

use undertone::{
    config::{KeyKind, read_key},
    domain::{Pseudonym, PseudonymKey, Sensitive, SourceId, Window},
    store::{Store, StoreOptions},
};

use crate::support::{Ran, Town, undertone};

/// What an account said, and what it paid: (window, family, cost).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    pub said: Vec<String>,
    pub paid: Vec<(u32, u16, u64)>,
}

/// The record of each of these accounts, under whichever key; panics when one account is two
/// residents, or somebody else is there.
pub fn records(town: &Town, accounts: &[&str]) -> BTreeMap<String, Record> {
    let keys = pseudonym_keys(town);
    let key_check = keys[0].check_value();
    let options = StoreOptions { key_check, plan_check: None };
    let (store, _) = Store::open(&town.data(), options).unwrap();
    let said = store.said(Window(0)..Window(u32::MAX)).map(Result::unwrap);
    let mut said: BTreeMap<Pseudonym, Vec<_>> = said.collect();
    let mut found = BTreeMap::new();
    for account in accounts {
        let names: Vec<_> = keys.iter().map(|key| pseudonym(key, account)).collect();
        let mut heard: Vec<_> = names.iter().filter_map(|name| said.remove(name)).collect();
        assert!(heard.len() <= 1, "{account} is two residents");
        let mut all: Vec<_> =
            heard.pop().unwrap_or_default().iter().map(|s| format!("{s:?}")).collect();
        all.sort();
        let paid = store.spent(&names[0]).unwrap();
        let paid = if paid.is_empty() { store.spent(names.last().unwrap()).unwrap() } else { paid };
        let paid = paid.iter().map(|s| (s.window.0, s.family, s.cost_micro)).collect();
        found.insert((*account).to_owned(), Record { said: all, paid });
    }
    assert!(said.is_empty(), "somebody else is there");
    found
}

/// The key in force and, where it lives, the one before it.
pub fn pseudonym_keys(town: &Town) -> Vec<PseudonymKey> {
    let folder = town.data().join("keys");
    ["pseudonym.key", "pseudonym.key.former"]
        .iter()
        .map(|name| folder.join(name))
        .filter(|path| path.exists())
        .map(|path| PseudonymKey::new(*read_key(&path, KeyKind::Pseudonym).unwrap()))
        .collect()
}

/// Whom the town's forum knows an account as.
pub fn pseudonym(key: &PseudonymKey, account: &str) -> Pseudonym {
    key.pseudonym_of(&SourceId::new("forum").unwrap(), &Sensitive::new(account.into()))
}

/// A town like another down to its last file.
pub fn copy(of: &Town) -> Town {
    let town = Town::new(b"");
    for path in crate::support::files(of.path()) {
        let to = town.path().join(path.strip_prefix(of.path()).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(&path, &to).unwrap();
    }
    for folder in ["journal", "state", "keys"] {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        fs::set_permissions(town.data().join(folder), mode).unwrap();
    }
    town
}

/// Kinds of the entries of a town's ledger, in order.
pub fn entry_kinds(town: &Town) -> Vec<String> {
    let mut show = undertone();
    show.args(["ledger", "show", "--json", "--data"]).arg(town.data());
    let shown = Ran::from(show.output().unwrap()).exits(0).stdout;
    let entries: Vec<serde_json::Value> = serde_json::from_str(&shown).unwrap();
    entries.iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect()
}

/// How often the ledger of a town has an entry of this kind.
pub fn entries_of(town: &Town, kind: &str) -> usize {
    entry_kinds(town).iter().filter(|found| *found == kind).count()
}

/// A run as of this instant.
pub fn run_as_of(town: &Town, instant: &str) -> Command {
    let mut command = town.run_command();
    command.args(["--quiet", "--as-of", instant]);
    command
}
