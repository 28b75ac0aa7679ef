//! `Rho`: a privacy loss as the library returned it, kept to the bit.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::library::{self, LossError};

/// A zero-concentrated privacy loss.
///
/// It serialises as `{"rho": "0.0098…", "bits": "3f84…"}`: a decimal for people and the exact bits
/// of the double for machines. Reading it back refuses two that disagree.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Rho(f64);

/// Why a number is not a [`Rho`].
#[derive(Debug, thiserror::Error)]
#[error("{0} is not a privacy loss: a finite number of at least 0 is needed")]
pub struct RhoError(f64);

impl Rho {
    /// No loss.
    pub const ZERO: Rho = Rho(0.0);

    /// Wraps a number.
    ///
    /// # Errors
    /// When it is negative, infinite or not a number.
    pub fn new(rho: f64) -> Result<Self, RhoError> {
        if rho.is_finite() && rho.is_sign_positive() { Ok(Self(rho)) } else { Err(RhoError(rho)) }
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }

    /// The exact bits of the double.
    pub fn to_bits(self) -> u64 {
        self.0.to_bits()
    }

    /// Reads back [`Rho::to_bits`].
    ///
    /// # Errors
    /// As [`Rho::new`].
    pub fn from_bits(bits: u64) -> Result<Self, RhoError> {
        Self::new(f64::from_bits(bits))
    }

    /// The loss of several releases together, by the library.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn compose(losses: &[Rho]) -> Result<Self, LossError> {
        library::compose(losses)
    }

    /// The loss of `times` releases of this one, by the library.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn composed(self, times: u32) -> Result<Self, LossError> {
        library::compose(&vec![self; times as usize])
    }

    /// The epsilon of (epsilon, delta)-DP that this loss implies at `delta`, by the library.
    ///
    /// # Errors
    /// When the library refuses, for instance a delta outside 0 to 1.
    pub fn epsilon(self, delta: f64) -> Result<f64, LossError> {
        library::epsilon(self, delta)
    }

    /// The delta of (epsilon, delta)-DP that this loss implies at `epsilon`, by the library.
    ///
    /// # Errors
    /// When the library refuses, for instance a negative epsilon.
    pub fn delta(self, epsilon: f64) -> Result<f64, LossError> {
        library::delta(self, epsilon)
    }

    /// The largest loss found whose library epsilon at `delta` is at most `epsilon`.
    ///
    /// Bisection over multiples of 2^-40, so that the last bits of a platform's logarithm do not
    /// move the answer.
    ///
    /// # Errors
    /// When the library refuses.
    pub fn for_budget(epsilon: f64, delta: f64) -> Result<Self, LossError> {
        let fits = |rho: f64| library::epsilon(Rho(rho), delta).map(|found| found <= epsilon);
        let mut above = 1.0;
        while above < RHO_MAX && fits(above)? {
            above *= 2.0;
        }
        let mut below = 0.0;
        while above - below > RHO_STEP {
            let middle = f64::midpoint(below, above);
            if fits(middle)? {
                below = middle;
            } else {
                above = middle;
            }
        }
        Ok(Rho(below))
    }
}

/// Beyond this no epsilon means anything; it also ends the search.
const RHO_MAX: f64 = 1024.0;
const RHO_STEP: f64 = 1.0 / (1_u64 << 40) as f64;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    rho: String,
    bits: String,
}

impl Serialize for Rho {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bits = format!("{:016x}", self.to_bits());
        Written { rho: self.0.to_string(), bits }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Rho {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let bits = u64::from_str_radix(&written.bits, 16).map_err(D::Error::custom)?;
        let rho = Rho::from_bits(bits).map_err(D::Error::custom)?;
        let decimal: f64 = written.rho.parse().map_err(D::Error::custom)?;
        if decimal.to_bits() == bits && written.bits.len() == 16 {
            Ok(rho)
        } else {
            Err(D::Error::custom("the decimal and the bits of a loss disagree"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rho_for_budget_matches_the_known_conversions() {
        for (epsilon, known) in
            [(1.0, 0.024_356), (2.0, 0.088_153), (3.0, 0.185_07), (4.0, 0.311_065)]
        {
            let rho = Rho::for_budget(epsilon, 1e-6).unwrap();
            assert!((rho.get() - known).abs() < 1e-6, "epsilon {epsilon}: {rho:?}");
            assert!(rho.epsilon(1e-6).unwrap() <= epsilon);
            assert!(Rho(rho.get() + 1e-6).epsilon(1e-6).unwrap() > epsilon);
        }
    }

    #[test]
    fn rho_reads_back_to_the_bit() {
        for value in [0.0, 0.1, f64::MIN_POSITIVE, 0.008_815_3, 1.0 / 3.0] {
            let rho = Rho::new(value).unwrap();
            let text = serde_json::to_string(&rho).unwrap();
            let back: Rho = serde_json::from_str(&text).unwrap();
            assert_eq!(back.to_bits(), rho.to_bits(), "{text}");
        }
    }

    #[test]
    fn rho_with_a_decimal_that_disagrees_is_refused() {
        let text = serde_json::to_string(&Rho::new(0.25).unwrap()).unwrap();
        let forged = text.replace("0.25", "0.20");
        assert_ne!(text, forged);
        assert!(serde_json::from_str::<Rho>(&forged).is_err());
    }

    #[test]
    fn rho_that_is_negative_or_not_finite_is_refused() {
        for value in [-0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Rho::new(value).is_err(), "{value}");
        }
    }

    #[test]
    fn composition_is_never_below_the_sum() {
        let loss = Rho::new(0.1).unwrap();
        assert!(loss.composed(3).unwrap().get() >= 0.3);
        assert_eq!(Rho::compose(&[]).unwrap(), Rho::ZERO);
    }
}
