//! How a model computes: which arithmetic, on which instructions.

use std::{fmt, str::FromStr};

use super::kernel::Isa;

/// The arithmetic of an encoder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Products of bytes in exact integers: fast, and the same bits on every machine.
    #[default]
    Int8,
    /// candle's `f32` products: the reference, whose last bits depend on the machine.
    F32,
}

impl Precision {
    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int8 => "int8",
            Self::F32 => "f32",
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that no arithmetic has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no precision; use int8 or f32")]
pub struct UnknownPrecision(String);

impl FromStr for Precision {
    type Err = UnknownPrecision;

    fn from_str(name: &str) -> Result<Self, UnknownPrecision> {
        let known = [Self::Int8, Self::F32].into_iter().find(|known| known.name() == name);
        known.ok_or_else(|| UnknownPrecision(name.to_owned()))
    }
}

/// How a model computes. The default is what a city runs: bytes, on the fastest path there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compute {
    /// The arithmetic.
    pub precision: Precision,
    /// The path of the products of bytes; the machine's fastest if `None`.
    pub isa: Option<Isa>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precision_by_its_name_is_itself_and_another_name_is_refused() {
        for precision in [Precision::Int8, Precision::F32] {
            assert_eq!(precision.to_string().parse(), Ok(precision));
        }
        assert!("int4".parse::<Precision>().unwrap_err().to_string().contains("int8 or f32"));
    }
}
