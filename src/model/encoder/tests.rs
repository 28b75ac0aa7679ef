//! Tests of the kernel behind the encoder, against the reference on the weights in `models/`.

use std::path::PathBuf;

use candle_core::{DType, Device};
use proptest::prelude::*;

use super::*;
use crate::model::{Manifest, sentences, tokenize::WordPieces};

struct Loaded {
    pieces: WordPieces,
    config: Config,
    manifest: Manifest,
    model: &'static str,
    root: &'static str,
}

impl Loaded {
    fn open(model: &'static str, root: &'static str) -> Self {
        let models = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models");
        let manifest = Manifest::open(models).unwrap();
        let read = |file: &str| manifest.read(&format!("{model}/{file}")).unwrap();
        let config = serde_json::from_slice(&read("config.json")).unwrap();
        let pieces = WordPieces::load(model, &read("tokenizer.json")).unwrap();
        Self { pieces, config, manifest, model, root }
    }

    fn encoder(&self, compute: Compute) -> Encoder {
        let read = |file: &str| self.manifest.read(&format!("{}/{file}", self.model)).unwrap();
        let bytes = read("model.safetensors");
        let weights = VarBuilder::from_buffered_safetensors(bytes, DType::F16, &Device::Cpu);
        let weights = weights.unwrap();
        let weights = if self.root.is_empty() { weights } else { weights.pp(self.root) };
        let reach = Reach::load("reach", read("reach.safetensors")).unwrap();
        Encoder::load(&weights, &self.config, &reach, compute).unwrap()
    }
}

fn on(isa: Isa) -> Compute {
    Compute { precision: Precision::Int8, isa: Some(isa) }
}

fn unit(states: &States) -> Vec<f64> {
    let mut mean = vec![0.0_f64; states.width()];
    for row in states.tokens() {
        for (sum, value) in mean.iter_mut().zip(row) {
            *sum += f64::from(*value);
        }
    }
    let length = mean.iter().map(|x| x * x).sum::<f64>().sqrt();
    mean.iter().map(|x| x / length).collect()
}

/// Mean and smallest cosine between the text vectors of kernel and reference.
fn cosines(model: &'static str, root: &'static str) -> (f64, f64) {
    let loaded = Loaded::open(model, root);
    let kernel = loaded.encoder(Compute::default());
    let reference = loaded.encoder(Compute { precision: Precision::F32, isa: None });
    let (mut sum, mut least, mut count) = (0.0, 1.0_f64, 0.0);
    let texts = if model == "e5" { sentences::spanish() } else { sentences::texts() };
    let (step, prefix) = if model == "e5" { (2, "query: ") } else { (3, "") };
    for text in texts.iter().step_by(step) {
        let ids = loaded.pieces.ids(&format!("{prefix}{text}")).unwrap();
        let ours = unit(&kernel.last(&ids, &[]).unwrap());
        let theirs = unit(&reference.last(&ids, &[]).unwrap());
        let cosine: f64 = ours.iter().zip(&theirs).map(|(a, b)| a * b).sum();
        (sum, least, count) = (sum + cosine, least.min(cosine), count + 1.0);
    }
    (sum / count, least)
}

#[test]
fn kernel_stays_within_its_bounds_of_the_reference() {
    for (model, root) in [("minilm", ""), ("e5", ""), ("tagger", "bert")] {
        let (mean, least) = cosines(model, root);
        assert!(mean >= 0.998 && least >= 0.99, "{model}: {mean} and {least}");
    }
}

#[test]
fn kernel_on_each_path_gives_the_same_bits() {
    for (model, texts) in [("minilm", sentences::texts()), ("e5", sentences::spanish())] {
        let loaded = Loaded::open(model, "");
        let paths: Vec<Encoder> =
            Isa::available().into_iter().map(|isa| loaded.encoder(on(isa))).collect();
        for text in texts.iter().take(12) {
            let ids = loaded.pieces.ids(text).unwrap();
            let states: Vec<_> = paths.iter().map(|path| path.forward(&ids).unwrap()).collect();
            assert!(states.windows(2).all(|pair| pair[0] == pair[1]), "{model}");
        }
    }
}

/// The last states of each text of a batch, and of each alone.
fn together_and_alone(
    encoder: &PackedEncoder,
    texts: &[Vec<u32>],
) -> (Vec<Vec<u32>>, Vec<Vec<u32>>) {
    let bits = |states: &[f32]| states.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    let last = encoder.depth() - 1;
    let tokens: Vec<_> = texts.iter().map(|ids| Tokens { ids, types: &[] }).collect();
    let (mut together, mut alone) = (vec![Vec::new(); texts.len()], Vec::new());
    let mut work = Workspace::default();
    let keep = |layer, text: usize, states: &[f32], kept: &mut Vec<Vec<u32>>| {
        if layer == last {
            kept[text] = bits(states);
        }
    };
    encoder.run(&tokens, &mut work, |l, t, s| keep(l, t, s, &mut together)).unwrap();
    for text in &tokens {
        let mut one = vec![Vec::new()];
        encoder.run(&[*text], &mut work, |l, t, s| keep(l, t, s, &mut one)).unwrap();
        alone.append(&mut one);
    }
    (together, alone)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn kernel_over_any_batch_is_bit_identical_to_each_text_alone(
        lengths in prop::collection::vec(1_usize..70, 1..12), seed in 0_u32..1_000,
    ) {
        static PACKED: std::sync::OnceLock<Encoder> = std::sync::OnceLock::new();
        let loaded = || Loaded::open("minilm", "").encoder(Compute::default());
        let Engine::Packed(packed) = &PACKED.get_or_init(loaded).0 else { unreachable!() };
        let id = |text: usize, at: usize| (text as u32 * 7_919 + at as u32 * 131 + seed) % 30_522;
        let texts: Vec<Vec<u32>> = lengths.iter().enumerate()
            .map(|(text, &length)| (0..length).map(|at| id(text, at)).collect()).collect();
        let (together, alone) = together_and_alone(&packed.encoder, &texts);
        prop_assert_eq!(together, alone);
    }
}

#[test]
fn forward_past_the_positions_or_the_vocabulary_is_refused() {
    let encoder = Loaded::open("tagger", "bert").encoder(Compute::default());
    let refused = |ids: &[u32], types: &[u32]| {
        matches!(encoder.last(ids, types), Err(ModelError::Compute { .. }))
    };
    assert!(refused(&[101; 513], &[]));
    assert!(refused(&[40_000], &[]));
    assert!(refused(&[101, 102], &[0]));
    assert!(refused(&[101, 102], &[0, 3]));
    assert!(!refused(&[101, 102], &[0, 2]));
}

#[test]
fn forward_of_no_token_gives_no_state() {
    let encoder = Loaded::open("minilm", "").encoder(Compute::default());
    assert_eq!(encoder.last(&[], &[]).unwrap().tokens().count(), 0);
}
