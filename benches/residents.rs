//! How cost grows with the residents of a city: what keeping their comments, closing windows,
//! releasing and starting again take, ten times as many residents at each step.
//!
//! `cargo bench --bench residents` goes to a million; `UNDERTONE_RESIDENTS=10000000` goes on. Labels are
//! given, not computed; the store, the ledger, the plan of the demo and the releaser are those of a city.
//! Each step is a program of its own, so that its memory is its own.

// A measurement: asked for by hand, told in wall times.
#![allow(clippy::print_stdout, clippy::disallowed_methods)]

use std::{
    env, fs,
    path::Path,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use sha2::{Digest as _, Sha256};
use undertone::{
    config::{self, Overrides},
    domain::{
        Contribution, EventKey, FixedClock, Labels, Neighborhood, OriginKey, Pseudonym,
        PseudonymKey, Sentiment, Topic, Window,
    },
    ledger::{Digest, Ledger, SigningKey, plan_text},
    release::{Archive, ModelFacts, Releaser},
    store::{Batch, Store, StoreOptions},
};

/// The first step.
const FIRST: u32 = 1_000;
/// The last one, unless UNDERTONE_RESIDENTS says otherwise.
const LAST: u32 = 1_000_000;
/// Rows that become durable together.
const TOGETHER: usize = 256;
/// Windows in which they speak, each resident in one; all families of the demo are due at their end.
const WINDOWS: u32 = 4;
/// Names the step to the program that measures it.
const STEP: &str = "UNDERTONE_RESIDENTS_STEP";

fn main() {
    if let Ok(residents) = env::var(STEP) {
        return step(residents.parse().expect("a number of residents"));
    }
    let last = env::var("UNDERTONE_RESIDENTS").map_or(LAST, |last| last.parse().expect("a number"));
    println!(
        "{:>10} {:>12} {:>10} {:>14} {:>9} {:>11} {:>9} {:>10} {:>9}",
        "residents",
        "keep us/row",
        "disk B/row",
        "memory, kept",
        "close s",
        "release s",
        "us each",
        "most",
        "start s"
    );
    let mut residents = FIRST;
    while residents <= last {
        let program = env::current_exe().expect("this program");
        let status = Command::new(program).env(STEP, residents.to_string()).status();
        assert!(status.expect("the step starts").success(), "the step of {residents} failed");
        residents = residents.saturating_mul(10);
    }
}

/// Measures one number of residents and prints its line.
fn step(residents: u32) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/demo.toml");
    let plan = config::load(&file, Overrides::default()).expect("the demo's pipeline").plan;
    let (key, signer) = (PseudonymKey::new([7; 32]), SigningKey::from_bytes(&[5; 32]));
    let public = plan.public();
    let options = || StoreOptions {
        key_check: key.check_value(),
        plan_check: Some(Digest::of(plan_text(&public).as_bytes()).to_string()),
    };
    let empty = memory("VmRSS:");
    let (mut store, _) = Store::open(folder.path(), options()).expect("an empty folder");
    let kept = timed(|| {
        let rows: Vec<u32> = (0..residents).collect();
        for rows in rows.chunks(TOGETHER) {
            let contributions = rows.iter().map(|row| contribution(*row)).collect();
            store.commit(Batch { contributions, cursor: None }).expect("a commit");
        }
    });
    let (held, disk) = (memory("VmRSS:") - empty, bytes_below(folder.path()));
    let closed = timed(|| store.close_through(Window(WINDOWS - 1)).expect("windows that are over"));
    let clock = Arc::new(FixedClock("2026-06-01T00:00:00Z".parse().expect("a time")));
    let (mut ledger, _) =
        Ledger::open(folder.path(), "undertone/riverton", signer.clone(), clock).expect("a ledger");
    ledger.record_plan(&public).expect("a plan");
    let model = ModelFacts { name: "none: labels are given".into(), ..ModelFacts::default() };
    let released = timed(|| {
        let archive = Archive::of(folder.path());
        let (plan, key, signer) = (&plan, &key, &signer);
        let mut releaser = Releaser {
            plan,
            model: &model,
            key,
            signer,
            store: &mut store,
            ledger: &mut ledger,
            archive,
        };
        for due in releaser.due(WINDOWS) {
            releaser.release(due).expect("a release");
        }
        releaser.scrub(WINDOWS).expect("a scrub");
    });
    let most = memory("VmHWM:") - empty;
    drop(store);
    let started = timed(|| drop(Store::open(folder.path(), options()).expect("it opens again")));
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(residents);
    println!(
        "{residents:>10} {:>12.1} {:>10} {:>10} MiB {:>9.2} {:>11.2} {:>9.1} {:>6} MiB {:>9.2}",
        each(kept),
        disk / u64::from(residents),
        held >> 20,
        closed.as_secs_f64(),
        released.as_secs_f64(),
        each(released),
        most >> 20,
        started.as_secs_f64(),
    );
}

/// The comment of one resident, with keys spread as hashes are.
fn contribution(row: u32) -> Contribution {
    let hash = |part: u8| -> [u8; 16] {
        let digest = Sha256::new().chain_update([part]).chain_update(row.to_be_bytes()).finalize();
        digest[..16].try_into().expect("16 of 32 bytes")
    };
    let tone = Sentiment::READ[row as usize % Sentiment::READ.len()];
    let labels = Labels { sentiment: tone, topics: vec![Topic((row % 20) as u16)] };
    Contribution {
        resident: Pseudonym(hash(0)),
        origin: OriginKey(hash(1)),
        event: EventKey(hash(2)),
        former: None,
        window: Window(row % WINDOWS),
        said: Some((Neighborhood((row % 8) as u16), labels)),
        replaces: false,
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

/// Bytes of memory by a line of the kernel's own record: of now, or the most so far.
fn memory(line: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let found = status.lines().find_map(|one| one.strip_prefix(line)).expect("the line");
    found.trim().trim_end_matches(" kB").trim().parse::<u64>().expect("a number") << 10
}

fn bytes_below(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    entries
        .map(|entry| match entry.metadata().expect("it is there") {
            about if about.is_dir() => bytes_below(&entry.path()),
            about => about.len(),
        })
        .sum()
}
