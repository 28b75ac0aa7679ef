//! Texts per second of the encoder beside candle's own BERT, and of classifying and tagging whole; and
//! products alone, by path.
//!
//! `cargo bench --bench model`; one thread, so that a time is a CPU time on a quiet machine.

use std::{hint::black_box, path::PathBuf, time::Duration};

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use undertone::{
    model::{
        Classifier, Compute, Encoder, Isa, Languages, Manifest, Precision, RampartTagger, Reach,
        TAG_THRESHOLD, built_in_topics, multiply_repeatedly,
    },
    text::{RedactedText, TokenTagger},
};

const TEXT: &str = "The streetlight on our corner has been out for three weeks and it feels unsafe to \
                    walk home.";

fn models() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models")
}

/// Ours in bytes and in `f32`, and the stock model, on the same weights.
fn encoders() -> (Encoder, Encoder, BertModel) {
    let manifest = Manifest::open(models()).expect("the models folder");
    let config = manifest.read("minilm/config.json").expect("the configuration");
    let config: Config = serde_json::from_slice(&config).expect("a BERT configuration");
    let weights = |precision| {
        let bytes = manifest.read("minilm/model.safetensors").expect("the weights");
        VarBuilder::from_buffered_safetensors(bytes, precision, &Device::Cpu).expect("safetensors")
    };
    let stock = BertModel::load(weights(DType::F32), &config).expect("the stock model");
    let reach = manifest.read("minilm/reach.safetensors").expect("the reach");
    let reach = Reach::load("minilm/reach.safetensors", reach).expect("a reach file");
    let ours = |precision| {
        let compute = Compute { precision, isa: None };
        Encoder::load(&weights(DType::F16), &config, &reach, compute).expect("the encoder")
    };
    (ours(Precision::Int8), ours(Precision::F32), stock)
}

fn encoder_beside_stock(criterion: &mut Criterion) {
    let (ours, reference, stock) = encoders();
    let mut group = criterion.benchmark_group("encoder");
    group.throughput(Throughput::Elements(1)).measurement_time(Duration::from_secs(5));
    for tokens in [12_u32, 25, 64, 256] {
        let ids: Vec<u32> = (0..tokens).map(|token| 1_000 + token * 97 % 20_000).collect();
        group.bench_function(BenchmarkId::new("ours", tokens), |bench| {
            bench.iter(|| ours.forward(black_box(&ids)).expect("hidden states"));
        });
        group.bench_function(BenchmarkId::new("reference", tokens), |bench| {
            bench.iter(|| reference.forward(black_box(&ids)).expect("hidden states"));
        });
        let batch = Tensor::new(&ids[..], &Device::Cpu).and_then(|ids| ids.unsqueeze(0));
        let batch = batch.expect("a batch of one");
        let segments = batch.zeros_like().expect("segment ids");
        group.bench_function(BenchmarkId::new("stock", tokens), |bench| {
            bench.iter(|| stock.forward(black_box(&batch), &segments, None).expect("states"));
        });
    }
    group.finish();
}

fn whole_texts(criterion: &mut Criterion) {
    let topics = built_in_topics(&models()).expect("the built-in topics");
    let classifier =
        Classifier::load(&models(), &topics, &Languages::english(), Compute::default())
            .expect("the classifier");
    let tagger =
        RampartTagger::load(&models(), TAG_THRESHOLD, Compute::default()).expect("the tagger");
    let text = RedactedText::from_public(TEXT);
    let mut group = criterion.benchmark_group("text");
    group.throughput(Throughput::Elements(1)).measurement_time(Duration::from_secs(5));
    group.bench_function("classify", |bench| {
        bench.iter(|| classifier.classify(black_box(&text)).expect("a reading"));
    });
    group.bench_function("tag", |bench| {
        bench.iter(|| tagger.tag(black_box(TEXT), &[]).expect("spans"));
    });
    group.finish();
}

/// Products alone on each path of this machine; the throughput is in operations.
fn products(criterion: &mut Criterion) {
    const TIMES: u32 = 100;
    let mut group = criterion.benchmark_group("products");
    for isa in Isa::available() {
        let operations = multiply_repeatedly(isa, 1).expect("a path of this machine");
        group.throughput(Throughput::Elements(operations * u64::from(TIMES)));
        group.bench_function(isa.name(), |bench| {
            bench.iter(|| multiply_repeatedly(black_box(isa), TIMES));
        });
    }
    group.finish();
}

criterion_group!(benches, products, encoder_beside_stock, whole_texts);
criterion_main!(benches);
