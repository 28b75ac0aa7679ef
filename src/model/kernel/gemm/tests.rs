//! Every path against the definition, bit for bit.

use proptest::prelude::*;

use super::*;

/// What the AMX instructions are documented to do, in plain Rust.
struct Emulated([[u8; 16 * LINE]; 8]);

impl Emulated {
    fn new() -> Self {
        Self([[0xa5; 16 * LINE]; 8])
    }
}

impl amx::Tiles for Emulated {
    fn zero<const T: i32>(&mut self) {
        self.0[T as usize].fill(0);
    }

    fn load<const T: i32>(&mut self, from: &[i8], stride: usize) {
        for row in 0..16 {
            for byte in 0..LINE {
                self.0[T as usize][row * LINE + byte] = from[row * stride + byte].cast_unsigned();
            }
        }
    }

    fn load_lines<const T: i32>(&mut self, from: &[Line]) {
        assert_eq!(from.len(), 16);
        for (row, line) in from.iter().enumerate() {
            self.0[T as usize][row * LINE..(row + 1) * LINE].copy_from_slice(&line.0);
        }
    }

    fn dot<const C: i32, const A: i32, const B: i32>(&mut self) {
        for m in 0..16 {
            for n in 0..16 {
                let at = m * LINE + n * 4;
                let old = self.0[C as usize][at..at + 4].try_into().unwrap();
                let mut sum = i32::from_le_bytes(old);
                for k in 0..LINE {
                    let a = self.0[A as usize][m * LINE + k].cast_signed();
                    let b = self.0[B as usize][(k / 4) * LINE + n * 4 + k % 4];
                    sum = sum.wrapping_add(i32::from(a) * i32::from(b));
                }
                self.0[C as usize][at..at + 4].copy_from_slice(&sum.to_le_bytes());
            }
        }
    }

    fn store<const T: i32>(&mut self, to: &mut [i32]) {
        for m in 0..16 {
            for n in 0..16 {
                let at = m * LINE + n * 4;
                let value = self.0[T as usize][at..at + 4].try_into().unwrap();
                to[m * PANEL + n] = i32::from_le_bytes(value);
            }
        }
    }
}

/// Rows and weights of any size, by a multiplier that reaches every byte.
fn operands(count: usize, depth: usize, seed: usize) -> (Vec<i8>, impl Fn(usize, usize) -> i8) {
    let byte =
        move |i: usize| ((i.wrapping_mul(2_654_435_761).wrapping_add(seed) >> 13) % 255) as i16;
    let padded = count.next_multiple_of(ROW_TILE);
    let rows = (0..padded * depth).map(|i| (byte(i) - 127) as i8).collect();
    (rows, move |column: usize, step: usize| (byte(column * 7_919 + step * 31 + 5) - 127) as i8)
}

fn defined(
    rows: &[i8],
    count: usize,
    depth: usize,
    weight: impl Fn(usize, usize) -> i8,
) -> Vec<i32> {
    let sum = |row: usize, column: usize| -> i32 {
        let step = |k: usize| {
            i32::from(rows[row * depth + k])
                * (i32::from(weight(column, k)) + super::super::panel::OFFSET)
        };
        (0..depth).map(step).sum()
    };
    (0..count * PANEL).map(|i| sum(i / PANEL, i % PANEL)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn multiply_on_each_path_is_the_sum_of_products(
        count in 1_usize..40, blocks in 1_usize..5, seed in 0_usize..1_000_000,
    ) {
        let depth = 64 * blocks;
        let (rows, weight) = operands(count, depth, seed);
        let expected = defined(&rows, count, depth, &weight);
        for isa in Isa::available() {
            let gemm = Gemm::new(isa).unwrap();
            let panel = gemm.order().pack(depth, &weight);
            let mut out = vec![7; rows.len() / depth * PANEL];
            gemm.multiply(&rows, count, depth, &panel, &mut out);
            prop_assert!(out[..expected.len()] == expected[..], "{isa}");
        }
    }

    #[test]
    fn multiply_by_emulated_tiles_is_the_sum_of_products(
        count in 1_usize..70, blocks in 1_usize..4, seed in 0_usize..1_000_000,
    ) {
        let depth = 64 * blocks;
        let (rows, weight) = operands(count, depth, seed);
        let expected = defined(&rows, count, depth, &weight);
        let panel = Order::Tiles.pack(depth, &weight);
        let mut out = vec![7; rows.len() / depth * PANEL];
        amx::multiply(&mut Emulated::new(), &rows, depth, &panel, &mut out);
        prop_assert!(out[..expected.len()] == expected[..]);
    }
}

#[test]
fn multiply_of_the_largest_bytes_does_not_overflow_or_saturate() {
    let (depth, count) = (1_536, 3);
    let rows = vec![127_i8; ROW_TILE * depth];
    for isa in Isa::available() {
        let gemm = Gemm::new(isa).unwrap();
        let panel = gemm.order().pack(depth, |_, _| 127);
        let mut out = vec![0; ROW_TILE * PANEL];
        gemm.multiply(&rows, count, depth, &panel, &mut out);
        assert!(out[..count * PANEL].iter().all(|&sum| sum == 1_536 * 127 * 255), "{isa}");
    }
}

#[test]
fn tiles_that_multiply_wrong_are_found_out() {
    struct Broken(Emulated);
    impl amx::Tiles for Broken {
        fn zero<const T: i32>(&mut self) {
            self.0.zero::<T>();
        }
        fn load<const T: i32>(&mut self, from: &[i8], stride: usize) {
            self.0.load::<T>(from, stride);
        }
        fn load_lines<const T: i32>(&mut self, from: &[Line]) {
            self.0.load_lines::<T>(from);
        }
        fn dot<const C: i32, const A: i32, const B: i32>(&mut self) {
            self.0.dot::<C, A, B>();
            self.0.0[C as usize][77] ^= 1;
        }
        fn store<const T: i32>(&mut self, to: &mut [i32]) {
            self.0.store::<T>(to);
        }
    }
    assert!(tiles_agree(&mut Emulated::new()));
    assert!(!tiles_agree(&mut Broken(Emulated::new())));
}

#[test]
#[should_panic(expected = "assertion failed")]
fn multiply_by_a_panel_of_another_depth_is_refused() {
    let rows = vec![0_i8; ROW_TILE * 128];
    let panel = Order::Tiles.pack(64, |_, _| 0);
    amx::multiply(&mut Emulated::new(), &rows, 128, &panel, &mut [0; ROW_TILE * PANEL]);
}
