//! Which doubles survive their decimal form in any reader.

/// Whether every JSON reader gets `value` back to the bit from its shortest decimal: at most 15
/// digits, and a power of ten that is itself exact.
pub(crate) fn reads_back(value: f64) -> bool {
    let shortest = format!("{value:e}");
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    let exponent: i64 = exponent.parse().unwrap_or(i64::MAX);
    let power = exponent.saturating_sub(digits as i64 - 1);
    value.is_finite() && digits <= DIGITS_MAX && (-POWER_MAX..=POWER_MAX).contains(&power)
}

/// Whole numbers of so many digits are exact doubles.
const DIGITS_MAX: usize = 15;
/// So are powers of ten up to this one.
const POWER_MAX: i64 = 22;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_decimals_read_back_and_long_or_far_ones_may_not() {
        for value in [0.0, 2.0, 1e-6, 0.1, 0.873_4, -1.5, 123_456_789_012_345.0, 1e22] {
            assert!(reads_back(value), "{value}");
        }
        for value in [1.0 / 3.0, 0.1 + 0.2, 1e-23, 1.5e300, f64::NAN, f64::INFINITY] {
            assert!(!reads_back(value), "{value}");
        }
    }
}
