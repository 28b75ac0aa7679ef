//! How memory, disk and time grow with what the store keeps: measured by hand, on a release build.

use std::time::Instant;

use super::*;

/// Rows of the first measured step; each one after doubles what is kept.
const FIRST: u32 = 20_000;
/// Rows that are kept at the end, unless UNDERTONE_ROWS says otherwise.
const ROWS: u32 = 320_000;
/// Comments of one resident.
const EACH: u32 = 3;
/// Rows that become durable together, as requests that wait together bring them.
const BATCH: usize = 64;

/// `cargo test --release --lib -- --ignored --nocapture memory_grows`.
#[test]
#[ignore = "writes a third of a million rows, or UNDERTONE_ROWS, and prints what they take"]
#[allow(clippy::print_stderr, clippy::disallowed_methods)] // figures for whoever measures
fn memory_grows_by_little_for_each_row() {
    let most = std::env::var("UNDERTONE_ROWS").map_or(ROWS, |rows| rows.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = on_disk(dir.path());
    eprintln!("   rows  residents  MiB  bytes/row here  bytes/row  disk/row  us/row here");
    let first = resident_bytes();
    let (mut kept, mut next) = (0, FIRST);
    while kept < most {
        let (before, begun) = (resident_bytes(), Instant::now());
        let rows: Vec<u32> = (kept..next).collect();
        for rows in rows.chunks(BATCH) {
            let applied = store.commit(batch(rows.iter().map(|row| scattered(*row)).collect()));
            assert!(applied.unwrap().iter().all(|applied| *applied == Applied::New));
        }
        let (after, here) = (resident_bytes(), u64::from(next - kept));
        eprintln!(
            "{next:7}  {:9}  {:3}  {:14}  {:9}  {:8}  {:11.1}",
            next / EACH,
            after >> 20,
            after.saturating_sub(before) / here,
            after.saturating_sub(first) / u64::from(next),
            bytes_below(dir.path()) / u64::from(next),
            begun.elapsed().as_secs_f64() * 1e6 / here as f64,
        );
        assert!(after.saturating_sub(before) / here < 600, "more than a cache without an end took");
        (kept, next) = (next, (next * 2).min(most));
    }
}

fn bytes_below(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| match entry.file_type().unwrap().is_dir() {
            true => bytes_below(&entry.path()),
            false => entry.metadata().unwrap().len(),
        })
        .sum()
}

/// A comment whose keys are spread as hashes are.
fn scattered(row: u32) -> Contribution {
    use sha2::{Digest, Sha256};
    let hash = |part: u8, of: u32| -> [u8; 16] {
        let digest = Sha256::new().chain_update([part]).chain_update(of.to_be_bytes()).finalize();
        digest[..16].try_into().unwrap()
    };
    Contribution {
        resident: Pseudonym(hash(0, row / EACH)),
        origin: OriginKey(hash(1, row)),
        event: EventKey(hash(2, row)),
        ..contribution(1, 1, row as u16, 0)
    }
}

fn resident_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() << 10
}
