//! Compiles a piece of plain Rust for the vectors of each path.
//!
//! The arithmetic between the products is written once, in lanes of a fixed number and with every fused
//! multiply-add spelt out, so wider vectors change its speed and never a bit of it.

use pulp::{
    Scalar, Simd, WithSimd,
    x86::{V3, V4},
};

use super::isa::Isa;

/// Work that is compiled once for each kind of vectors; `run` must be `#[inline(always)]`.
pub(super) trait Kernel {
    /// Does the work.
    fn run<S: Simd>(self, simd: S);
}

/// The vectors that go with a path.
#[derive(Clone, Copy, Debug)]
pub(in crate::model) enum Vectors {
    /// 512 bits.
    Wide(V4),
    /// 256 bits.
    Half(V3),
    /// Whatever the compiler takes for granted.
    Plain,
}

impl Vectors {
    /// The vectors of a path, or narrower ones where the machine lacks them.
    pub fn of(isa: Isa) -> Self {
        let wide = matches!(isa, Isa::Amx | Isa::Avx512Vnni).then(V4::try_new).flatten();
        let half = || (isa != Isa::Portable).then(V3::try_new).flatten();
        wide.map(Self::Wide).or_else(|| half().map(Self::Half)).unwrap_or(Self::Plain)
    }

    /// Runs `kernel` with these vectors.
    pub fn run(self, kernel: impl Kernel) {
        match self {
            Self::Wide(simd) => Simd::vectorize(simd, Dispatched(kernel)),
            Self::Half(simd) => Simd::vectorize(simd, Dispatched(kernel)),
            Self::Plain => kernel.run(Scalar),
        }
    }
}

struct Dispatched<K>(K);

impl<K: Kernel> WithSimd for Dispatched<K> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.0.run(simd);
    }
}

/// Sums and maxima of rows run in this many lanes, so that four of the widest vectors are under way
/// at once.
pub(super) const ROW_LANES: usize = 64;

/// Folds a row into lanes: lane `i` takes every 64th number from `i` on, through `step`.
///
/// # Shape
/// The row is a multiple of 64 numbers long; what is left over is not read.
#[inline(always)]
pub(super) fn fold_lanes<S: Simd>(
    row: &[f32],
    start: S::f32s,
    step: impl Fn(S::f32s, S::f32s) -> S::f32s,
) -> [f32; ROW_LANES] {
    let mut lanes = [0.0_f32; ROW_LANES];
    S::as_mut_simd_f32s(&mut lanes).0.fill(start);
    for block in row.as_chunks::<ROW_LANES>().0 {
        let values = S::as_simd_f32s(block).0;
        for (lane, &value) in S::as_mut_simd_f32s(&mut lanes).0.iter_mut().zip(values) {
            *lane = step(*lane, value);
        }
    }
    lanes
}

/// Folds lanes into one number by halves.
#[inline(always)]
pub(super) fn halve(mut lanes: [f32; ROW_LANES], join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut width = ROW_LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] = join(lanes[lane], lanes[lane + width]);
        }
        width /= 2;
    }
    lanes[0]
}
