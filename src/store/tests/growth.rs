//! How memory grows with what the store keeps: measured by hand, on a release build.

use super::*;

/// Rows of one measured step.
const STEP: u32 = 20_000;
/// Rows that become durable together, as requests that wait together bring them.
const BATCH: usize = 64;

/// `cargo test --release --lib -- --ignored --nocapture memory_grows`.
#[test]
#[ignore = "writes a third of a million rows and prints what memory they take"]
#[allow(clippy::print_stderr)] // figures for whoever measures
fn memory_grows_by_little_for_each_row() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = on_disk(dir.path());
    let mut grown = Vec::new();
    for step in 0..16 {
        let before = resident_bytes();
        let rows: Vec<u32> = (step * STEP..(step + 1) * STEP).collect();
        for rows in rows.chunks(BATCH) {
            let applied = store.commit(batch(rows.iter().map(|row| scattered(*row)).collect()));
            assert!(applied.unwrap().iter().all(|applied| *applied == Applied::New));
        }
        let after = resident_bytes();
        grown.push(after.saturating_sub(before));
        eprintln!(
            "{:7} rows: {:4} MiB, {} bytes a row in this step",
            (step + 1) * STEP,
            after >> 20,
            grown[grown.len() - 1] / u64::from(STEP)
        );
    }
}

/// A comment whose keys are spread as hashes are.
fn scattered(row: u32) -> Contribution {
    use sha2::{Digest, Sha256};
    let hash = |part: u8, of: u32| -> [u8; 16] {
        let digest = Sha256::new().chain_update([part]).chain_update(of.to_be_bytes()).finalize();
        digest[..16].try_into().unwrap()
    };
    Contribution {
        resident: Pseudonym(hash(0, row % 5_000)),
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
