//! What happens to a labelled comment: made durable, bounded to its resident's voice, summed, and noise drawn.
//!
//! `cargo bench --bench counts`; wall times of one thread, the journal's with the disk's syncs in them.

use std::{hint::black_box, path::Path, time::Duration};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sha2::{Digest, Sha256};
use undertone::{
    config::{self, Overrides},
    domain::{
        Contribution, EventKey, Labels, Neighborhood, OriginKey, Pseudonym, PseudonymKey,
        Sentiment, Topic, Window,
    },
    privacy::{bound_voice, noise_alone},
    store::{Batch, Store, StoreOptions},
};

/// A comment of one of `residents`, with keys spread as hashes are.
fn contribution(row: u32, residents: u32) -> Contribution {
    let hash = |part: u8, of: u32| -> [u8; 16] {
        let digest = Sha256::new().chain_update([part]).chain_update(of.to_be_bytes()).finalize();
        digest[..16].try_into().expect("16 of 32 bytes")
    };
    let tone = Sentiment::READ[row as usize % Sentiment::READ.len()];
    let labels = Labels { sentiment: tone, topics: vec![Topic(row as u16 % 20)] };
    Contribution {
        resident: Pseudonym(hash(0, row % residents)),
        origin: OriginKey(hash(1, row)),
        event: EventKey(hash(2, row)),
        former: None,
        window: Window(0),
        said: Some((Neighborhood(row as u16 % 8), labels)),
        replaces: false,
    }
}

fn store(folder: &Path) -> Store {
    let options = StoreOptions { key_check: "0123456789abcdef".into(), plan_check: None };
    Store::open(folder, options).expect("an empty folder").0
}

fn journal(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("journal");
    group.measurement_time(Duration::from_secs(5));
    for together in [1_u32, 32, 256] {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut store, mut next) = (store(folder.path()), 0);
        group.throughput(Throughput::Elements(together.into()));
        group.bench_function(BenchmarkId::new("synced batch", together), |bench| {
            bench.iter(|| {
                let rows = (next..next + together).map(|row| contribution(row, 5_000)).collect();
                next += together;
                store.commit(Batch { contributions: rows, cursor: None }).expect("a commit")
            });
        });
    }
}

fn reading_back(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("residents read back");
    group.sample_size(10);
    for residents in [1_000_u32, 10_000, 100_000] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut store = store(folder.path());
        let rows: Vec<u32> = (0..residents).collect();
        for rows in rows.chunks(4_096) {
            let contributions = rows.iter().map(|row| contribution(*row, residents)).collect();
            store.commit(Batch { contributions, cursor: None }).expect("a commit");
        }
        group.throughput(Throughput::Elements(residents.into()));
        group.bench_function(BenchmarkId::from_parameter(residents), |bench| {
            bench.iter(|| store.said(Window(0)..Window(1)).map(Result::unwrap).count());
        });
    }
}

fn bounding(criterion: &mut Criterion) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/demo.toml");
    let pipeline = config::load(&file, Overrides::default()).expect("the demo's pipeline");
    let key = PseudonymKey::new([7; 32]);
    let mut group = criterion.benchmark_group("bounding");
    for family in pipeline.plan.privacy.families() {
        for comments in [1_usize, 30] {
            let spoken: Vec<(usize, u32)> = (0..comments).map(|at| (at * 5 % 24, 60)).collect();
            let name = format!("{} comments, {}", comments, family.id());
            group.bench_function(name, |bench| {
                let said =
                    |spoken| bound_voice(&key, family, Window(0), Pseudonym([9; 16]), spoken);
                bench.iter(|| said(black_box(&spoken)));
            });
        }
    }
}

fn noise(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("noise");
    for cells in [32_usize, 672] {
        group.throughput(Throughput::Elements(cells as u64));
        group.bench_function(BenchmarkId::new("cells", cells), |bench| {
            bench.iter(|| noise_alone(black_box(840), cells).expect("a draw"));
        });
    }
}

criterion_group!(benches, journal, reading_back, bounding, noise);
criterion_main!(benches);
