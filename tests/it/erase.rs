//! `undertone erase`: the account is gone, and nothing tells whether it was ever there.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use crate::{
    records::{copy, entries_of, pseudonym, pseudonym_keys, records, run_as_of},
    rekey::{ACCOUNTS, append, long_town, noon, rotate_as_of, row},
    support::{Ran, Town, files, undertone},
};

/// `undertone erase`, with the account on its standard input.
pub fn erase(town: &Town, account: &[u8], more: &[&str], crash_at: Option<&str>) -> Ran {
    let mut command = undertone();
    command.arg("erase").arg(town.path().join("town.toml")).args(["--source", "forum"]).args(more);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(point) = crash_at {
        command.env("UNDERTONE_CRASH_AT", point);
    }
    let mut child = command.spawn().unwrap();
    // A program that refuses its arguments closes the pipe; what it says is what counts.
    let _ = child.stdin.take().unwrap().write_all(account);
    Ran::from(child.wait_with_output().unwrap())
}

fn ran(mut command: Command) -> Ran {
    Ran::from(command.output().unwrap())
}

/// A town in the middle of window 3, windows 0 to 2 closed, its span of windows 2 and 3 not yet
/// counted; everybody but `without` wrote everywhere.
pub fn town(without: &str) -> Town {
    let town = long_town();
    for window in 0..4 {
        let rows = ACCOUNTS.map(|who| row(window, who, &format!("{who}-{window}"), "create"));
        let rows: Vec<_> = rows.into_iter().filter(|row| row["account"] != without).collect();
        append(&town, &rows);
    }
    ran(run_as_of(&town, &noon(26))).exits(0);
    town
}

#[test]
fn counts_after_an_erasure_are_those_of_a_stream_without_the_account() {
    let (with, without) = (town("nobody"), town("bo"));
    let paid = records(&with, &ACCOUNTS)["bo"].paid.clone();
    assert!(!paid.is_empty());
    erase(&with, b" bo\n", &[], None).exits(0);
    // Read again from the start, and on to the end of the span.
    let again = with.path().join("again.jsonl");
    std::fs::copy(with.path().join("comments.jsonl"), &again).unwrap();
    let mut command = run_as_of(&with, &noon(27));
    ran({
        command.arg("--input").arg(again);
        command
    })
    .exits(0);
    for day in [27, 28] {
        [&with, &without]
            .into_iter()
            .for_each(|town| drop(ran(run_as_of(town, &noon(day))).exits(0)));
        let mut found = records(&with, &ACCOUNTS);
        let mut expected = records(&without, &ACCOUNTS);
        let bo = found.remove("bo").unwrap();
        assert_eq!(bo.said, Vec::<String>::new());
        assert_eq!(bo.paid, paid, "what was paid stays paid, and nothing more is");
        expected.remove("bo");
        assert_eq!(found, expected);
    }
    assert!(with.verify().exits(0).stdout.contains("every check holds"));
}

#[test]
fn erasure_says_the_same_of_an_account_that_never_wrote() {
    let written = town("nobody");
    let unwritten = copy(&written);
    let files_of = |town: &Town| {
        let mut names: Vec<_> = files(&town.data())
            .iter()
            .map(|path| path.strip_prefix(town.data()).unwrap().to_owned())
            .filter(|path| !path.starts_with("state"))
            .collect();
        names.sort();
        names
    };
    for more in [&["--dry-run"][..], &[], &["--json"]] {
        let one = erase(&written, b"bo", more, None).exits(0);
        let other = erase(&unwritten, b"zoe", more, None).exits(0);
        assert_eq!((one.stdout, one.stderr), (other.stdout, other.stderr));
        assert_eq!(files_of(&written), files_of(&unwritten));
    }
    let entries = [&written, &unwritten].map(crate::records::entry_kinds);
    assert_eq!(entries[0], entries[1]);
    assert_eq!(entries_of(&written, "erase"), 2);
    let ledger = |town: &Town| std::fs::read(town.data().join("ledger/entries.log")).unwrap();
    assert_eq!(ledger(&written).len(), ledger(&unwritten).len());
}

#[test]
fn dry_run_changes_nothing() {
    let town = town("nobody");
    let before = records(&town, &ACCOUNTS);
    erase(&town, b"bo", &["--dry-run"], None).exits(0);
    assert_eq!(records(&town, &ACCOUNTS), before);
    assert_eq!(entries_of(&town, "erase"), 0);
}

#[test]
fn account_is_erased_under_both_keys_while_both_live() {
    let town = town("nobody");
    ran(rotate_as_of(&town, &noon(26))).exits(0);
    append(&town, &[row(3, "bo", "bo-new", "create")]);
    ran(run_as_of(&town, &noon(26))).exits(0);
    assert_eq!(records(&town, &ACCOUNTS)["bo"].said.len(), 3, "windows 2 and 3, and a new one");
    erase(&town, b"bo", &[], None).exits(0);
    assert!(records(&town, &ACCOUNTS)["bo"].said.is_empty());
    let names = pseudonym_keys(&town).iter().map(|key| pseudonym(key, "bo").0).collect::<Vec<_>>();
    let segments = files(&town.data().join("journal"));
    let segments = segments.iter().filter(|path| path.to_string_lossy().contains("window-"));
    for path in segments {
        let bytes = std::fs::read(path).unwrap();
        let held = |name: &[u8; 16]| bytes.windows(16).any(|window| window == name);
        assert!(!names.iter().any(held), "{}", path.display());
    }
}

#[test]
fn input_that_is_no_account_is_refused_and_not_repeated() {
    let town = town("nobody");
    for input in [&b""[..], b" \n", b"maria\nbo\n", &[b'm'; 2_000], b"mar\xFFia"] {
        let refused = erase(&town, input, &[], None).exits(2).says("must hold one account");
        assert!(!refused.stderr.contains("mar") && !refused.stderr.contains("mm"));
    }
    let mut other = undertone();
    other.arg("erase").arg(town.path().join("town.toml")).args(["--source", "phone"]);
    ran(other).exits(2).says("reads `forum` alone");
    assert_eq!(entries_of(&town, "erase"), 0);
}
