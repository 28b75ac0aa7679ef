//! Texts per second of the text layer without a tagger: views, patterns, second look.
//!
//! `cargo bench --bench text`; times are processor times of the one thread, so that other work on the
//! machine counts little. `UNDERTONE_BENCH_TEXTS=FOLDER` adds every `*.jsonl` of a folder, with lines
//! as `undertone redact` reads them.

use std::{fs, hint::black_box, path::Path, time::Duration};

use criterion::{
    BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main,
    measurement::{Measurement, ValueFormatter, WallTime},
};
use rustix::time::{ClockId, clock_gettime};
use serde::Deserialize;
use undertone::{
    domain::Sensitive,
    text::{Policy, Redactor},
};

/// The processor time of this thread.
struct ProcessorTime;

impl Measurement for ProcessorTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).expect("nanoseconds"))
    }

    fn end(&self, start: Duration) -> Duration {
        self.start() - start
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

type Group<'a> = BenchmarkGroup<'a, ProcessorTime>;

#[derive(Deserialize)]
struct Line {
    text: String,
}

/// The texts of a file; lines that are no comments are left out.
fn texts(file: &Path) -> Vec<Sensitive<String>> {
    let lines = fs::read_to_string(file).expect("a file of JSON lines");
    let line = |line: &str| serde_json::from_str::<Line>(line).ok();
    lines.lines().filter_map(line).map(|line| Sensitive::new(line.text)).collect()
}

fn measure(group: &mut Group<'_>, redactor: &Redactor, name: &str, texts: &[Sensitive<String>]) {
    group.throughput(Throughput::Elements(texts.len() as u64));
    group.bench_function(name, |bench| {
        bench.iter(|| texts.iter().for_each(|text| drop(black_box(redactor.redact(text)))));
    });
}

/// One text for each way through the layer.
fn ways(criterion: &mut Criterion<ProcessorTime>) {
    let redactor = Redactor::new(Policy::default(), None).expect("the default policy");
    let mut group = criterion.benchmark_group("one text");
    for (way, text) in [
        (
            "plain",
            "The streetlight on our corner has been out for three weeks and it feels unsafe.",
        ),
        (
            "accents",
            "Los árboles de la calle están secos desde julio y nadie viene a regarlos, señor.",
        ),
        (
            "spelled out",
            "write ana dot ruiz at example dot org or call two oh two, five five five.",
        ),
        ("figures", "In 2019 the city spent $1,250,000 on 14 buses; line 7 still leaves at 10:45."),
        ("personal", "Call Mrs. Ruiz at 607-555-0134 or ana@example.org about 12 Elm St, Apt 4."),
    ] {
        measure(&mut group, &redactor, way, &[Sensitive::new(text.to_owned())]);
    }
    group.finish();
}

fn files(criterion: &mut Criterion<ProcessorTime>) {
    let redactor = Redactor::new(Policy::default(), None).expect("the default policy");
    let mut group = criterion.benchmark_group("file");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    let riverton = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/riverton/comments.jsonl");
    measure(&mut group, &redactor, "riverton", &texts(&riverton));
    #[allow(clippy::disallowed_methods)] // a setting of this bench alone
    let folder = std::env::var_os("UNDERTONE_BENCH_TEXTS");
    let more = folder.into_iter().flat_map(|folder| fs::read_dir(folder).expect("a folder"));
    let mut more: Vec<_> = more.map(|file| file.expect("a file").path()).collect();
    more.sort();
    for file in more.iter().filter(|file| file.extension().is_some_and(|end| end == "jsonl")) {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        measure(&mut group, &redactor, &name, &texts(file));
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(ProcessorTime);
    targets = ways, files
}
criterion_main!(benches);
