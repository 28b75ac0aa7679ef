//! Products alone, as many as asked: what a path reaches when nothing else is in its way.

use super::{gemm::Gemm, isa::Isa, panel::PANEL};

/// Rows of one product; as many as the encoder multiplies at once.
const ROWS: usize = 96;
/// Steps of depth: the width of the sentence encoder.
const DEPTH: usize = 384;

/// Multiplies 96 rows of 384 bytes by one panel of 64 columns, `times` times over; rows, panel and sums
/// stay in the nearest caches. Returns the multiplications and additions done, or `None` where the
/// machine cannot run the path. The caller measures the time.
pub fn multiply_repeatedly(isa: Isa, times: u32) -> Option<u64> {
    let gemm = Gemm::new(isa)?;
    let rows: Vec<i8> = (0..ROWS * DEPTH).map(|i| ((i * 37) % 255) as u8 as i8).collect();
    let weight = |column, step| (((column * 53 + step * 29) % 255) as u8 as i8).max(-127);
    let panel = gemm.order().pack(DEPTH, weight);
    let mut sums = vec![0; ROWS * PANEL];
    for _ in 0..times {
        gemm.multiply(std::hint::black_box(&rows), ROWS, DEPTH, &panel, &mut sums);
        std::hint::black_box(&mut sums);
    }
    Some(2 * (ROWS * DEPTH * PANEL) as u64 * u64::from(times))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_counted_for_every_path_of_this_machine_and_no_other() {
        for isa in Isa::ALL {
            let expected = isa.is_available().then_some(3 * 2 * 96 * 384 * 64);
            assert_eq!(multiply_repeatedly(isa, 3), expected, "{isa}");
        }
    }
}
