//! A small encoder on texts of every short length, on every path of the machine.

use half::f16;

use super::kernel::{
    EncoderWeights, Isa, LayerReach, LayerWeights, Norm, PackedEncoder, Part, Tokens, Workspace,
};

const WIDTH: usize = 64;
const INNER: usize = 128;

/// Numbers between -1 and 1 that look like none in particular.
fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let step = |i: u32| (i.wrapping_mul(2_654_435_761).wrapping_add(seed * 97) >> 8) & 0xffff;
    (0..count as u32).map(|i| step(i) as f32 / 32_768.0 - 1.0).collect()
}

fn part(rows: usize, columns: usize, seed: u32) -> Part {
    let matrix = numbers(rows * columns, seed).iter().map(|x| x * 0.2).collect();
    Part { matrix, bias: numbers(rows, seed + 1) }
}

fn norm() -> Norm {
    Norm { gain: vec![1.0; WIDTH], offset: vec![0.0; WIDTH], epsilon: 1e-12 }
}

fn encoder(isa: Isa) -> PackedEncoder {
    let layer = |seed| LayerWeights {
        fused: part(3 * WIDTH, WIDTH, seed),
        output: part(WIDTH, WIDTH, seed + 2),
        output_norm: norm(),
        up: part(INNER, WIDTH, seed + 4),
        down: part(WIDTH, INNER, seed + 6),
        down_norm: norm(),
    };
    let reach = || LayerReach {
        input: vec![2.0; WIDTH],
        context: vec![1.0; WIDTH],
        up: vec![2.0; WIDTH],
        down: vec![1.5; INNER],
    };
    let words = numbers(50 * WIDTH, 3).into_iter().map(f16::from_f32).collect();
    let weights = EncoderWeights {
        words,
        positions: numbers(40 * WIDTH, 5),
        types: vec![0.0; WIDTH],
        norm: norm(),
        layers: vec![(layer(10), reach()), (layer(30), reach())],
    };
    PackedEncoder::pack(isa, weights).expect("shapes that the kernel is written for")
}

/// Every number of tokens up to 37, alone and together, on every path: the shapes at which a block, a
/// tile or a vector is not full.
#[test]
fn states_of_texts_of_any_length_are_the_same_bits_on_every_path() {
    let ids: Vec<Vec<u32>> =
        (1..38_u32).map(|length| (0..length).map(|at| (at * 7 + length) % 50).collect()).collect();
    let texts: Vec<Tokens<'_>> = ids.iter().map(|ids| Tokens { ids, types: &[] }).collect();
    let mut expected: Option<Vec<Vec<u32>>> = None;
    for isa in Isa::available() {
        let (encoder, mut work) = (encoder(isa), Workspace::default());
        let mut states = vec![Vec::new(); texts.len()];
        let keep = |states: &mut Vec<Vec<u32>>, text: usize, rows: &[f32]| {
            states[text] = rows.iter().map(|x| x.to_bits()).collect();
        };
        encoder.run(&texts, &mut work, |_, text, rows| keep(&mut states, text, rows)).unwrap();
        for (at, text) in texts.iter().enumerate() {
            let mut alone = vec![Vec::new()];
            encoder.run(&[*text], &mut work, |_, _, rows| keep(&mut alone, 0, rows)).unwrap();
            assert!(alone[0] == states[at], "{isa}: {} tokens", text.ids.len());
        }
        let expected = expected.get_or_insert_with(|| states.clone());
        assert!(*expected == states, "{isa}");
    }
}
