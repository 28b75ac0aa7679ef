//! Arithmetic in sixteen lanes of `f32`, in one fixed order on every instruction set.
//!
//! Plain safe Rust that the compiler turns into whatever vectors [`wide`] finds at run time. Sums
//! run lane by lane and are folded in one order, and fused multiply-add is written out, so the
//! width of the machine's vectors never shows in a result. Not here: matrix products, which are
//! candle's.

use pulp::{Arch, Simd, WithSimd};

/// How many lanes a sum runs in.
pub(super) const LANES: usize = 16;

/// Work that is compiled once per instruction set; `run` must be `#[inline(always)]`.
pub(super) trait Kernel {
    /// Does the work.
    fn run(self);
}

struct Dispatched<K>(K);

impl<K: Kernel> WithSimd for Dispatched<K> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        self.0.run();
    }
}

/// Runs `kernel` with the widest vectors this machine has.
pub(super) fn wide(kernel: impl Kernel) {
    Arch::new().dispatch(Dispatched(kernel));
}

/// Adds up `values` through `term`, lane by lane.
#[inline(always)]
pub(super) fn sum(values: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let (blocks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0_f32; LANES];
    for block in blocks {
        for (lane, &value) in lanes.iter_mut().zip(block) {
            *lane += term(value);
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane += term(value);
    }
    add_up(lanes)
}

/// The product of two rows, lane by lane.
#[inline(always)]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (blocks_a, rest_a) = a.as_chunks::<LANES>();
    let (blocks_b, rest_b) = b.as_chunks::<LANES>();
    let mut lanes = [0.0_f32; LANES];
    for (a, b) in blocks_a.iter().zip(blocks_b) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    for (lane, (a, b)) in lanes.iter_mut().zip(rest_a.iter().zip(rest_b)) {
        *lane += a * b;
    }
    add_up(lanes)
}

/// The largest of `values`, those that are not numbers left out; negative infinity of none.
#[inline(always)]
pub(super) fn largest(values: &[f32]) -> f32 {
    let (blocks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [f32::NEG_INFINITY; LANES];
    for block in blocks {
        for (lane, &value) in lanes.iter_mut().zip(block) {
            *lane = if value > *lane { value } else { *lane };
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane = if value > *lane { value } else { *lane };
    }
    largest_of(lanes)
}

/// The sum of sixteen lanes.
#[inline(always)]
pub(super) fn add_up(lanes: [f32; LANES]) -> f32 {
    fold(lanes, |a, b| a + b)
}

/// The largest of sixteen lanes.
#[inline(always)]
pub(super) fn largest_of(lanes: [f32; LANES]) -> f32 {
    fold(lanes, |a, b| if b > a { b } else { a })
}

/// Folds lanes by halves: 8 + 8, 4 + 4, and so on.
#[inline(always)]
fn fold(mut lanes: [f32; LANES], join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] = join(lanes[lane], lanes[lane + width]);
        }
        width /= 2;
    }
    lanes[0]
}

/// e to the power of `x`, for `x` at most 0; below -87 the result is that of -87, about 1e-38.
///
/// # Source
/// Cody-Waite reduction and the degree-6 polynomial of Cephes `expf`; relative error below 2e-7.
#[inline(always)]
pub(super) fn exp_negative(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0; // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
    let x = if x < -87.0 { -87.0 } else { x }; // written so that NaN stays NaN
    let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUND);
    let whole = shifted - ROUND;
    let part = whole.mul_add(-0.693_359_4, x);
    let part = whole.mul_add(2.121_944_4e-4, part);
    let mut poly = 1.987_569_1e-4_f32;
    poly = poly.mul_add(part, 1.398_199_9e-3);
    poly = poly.mul_add(part, 8.333_452e-3);
    poly = poly.mul_add(part, 4.166_579_6e-2);
    poly = poly.mul_add(part, 1.666_666_5e-1);
    poly = poly.mul_add(part, 0.5);
    let value = poly.mul_add(part * part, part) + 1.0;
    let exponent = shifted.to_bits().wrapping_add(127).wrapping_shl(23);
    value * f32::from_bits(exponent)
}

/// The Gaussian error linear unit, `x` times the normal distribution function at `x`.
///
/// # Source
/// Hendrycks and Gimpel, "Gaussian Error Linear Units", exact form; erf as the rational
/// approximation of Eigen's `generic_fast_erf_float`, absolute error below 3e-7.
#[inline(always)]
pub(super) fn gelu(x: f32) -> f32 {
    let scaled = x * std::f32::consts::FRAC_1_SQRT_2;
    let scaled = if scaled > 4.0 { 4.0 } else { scaled };
    let scaled = if scaled < -4.0 { -4.0 } else { scaled };
    let square = scaled * scaled;
    let mut over = -2.726_142_4e-10_f32;
    over = over.mul_add(square, 2.770_681_3e-8);
    over = over.mul_add(square, -2.101_024e-6);
    over = over.mul_add(square, -5.692_506_6e-5);
    over = over.mul_add(square, -7.349_906_3e-4);
    over = over.mul_add(square, -2.954_600_1e-3);
    over = over.mul_add(square, -1.609_603_3e-2);
    let mut under = -1.456_607_2e-5_f32;
    under = under.mul_add(square, -2.133_740_5e-4);
    under = under.mul_add(square, -1.682_827e-3);
    under = under.mul_add(square, -7.373_329e-3);
    under = under.mul_add(square, -1.426_473_9e-2);
    let erf = scaled * over / under;
    let half = 0.5 * x;
    half.mul_add(erf, half)
}

#[cfg(test)]
mod tests {
    use statrs::function::erf::erf;

    use super::*;

    fn grid(from: f32, until: f32) -> impl Iterator<Item = f32> {
        (0..=200_000_u32).map(move |i| from + (until - from) * (i as f32 / 200_000.0))
    }

    #[test]
    fn gelu_on_a_fine_grid_is_exact_to_single_precision() {
        for x in grid(-12.0, 12.0) {
            let exact = 0.5 * f64::from(x) * (1.0 + erf(f64::from(x) / std::f64::consts::SQRT_2));
            let error = (f64::from(gelu(x)) - exact).abs();
            assert!(error <= 5e-7 * f64::from(x.abs()).max(1.0), "at {x}: off by {error:e}");
        }
    }

    #[test]
    fn exp_on_a_fine_grid_is_exact_to_single_precision() {
        for x in grid(-87.0, 0.0) {
            let error = f64::from(exp_negative(x)) / f64::from(x).exp() - 1.0;
            assert!(error.abs() < 2e-7, "at {x}: off by {error:e}");
        }
        assert_eq!(exp_negative(0.0), 1.0);
        assert!(exp_negative(f32::NEG_INFINITY) < 1e-37);
        assert!(exp_negative(f32::NAN).is_nan() && gelu(f32::NAN).is_nan());
    }

    #[test]
    fn sum_and_largest_of_any_length_agree_with_the_plain_loop() {
        for len in 0..70_u8 {
            let values: Vec<f32> = (0..len).map(|i| f32::from(i % 7) - 3.0).collect();
            assert_eq!(sum(&values, |x| x), values.iter().sum::<f32>());
            let plain = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            assert_eq!(largest(&values), plain);
        }
    }
}
