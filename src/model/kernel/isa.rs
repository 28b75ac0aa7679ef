//! Which instructions multiply: four ways to the same integers.

use std::{fmt, str::FromStr};

/// An instruction set that the kernel has a path for, fastest first.
///
/// Every path gives the same bits; only the time differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Isa {
    /// Tiles of 16 x 64 bytes (Sapphire Rapids and later).
    Amx,
    /// 512-bit vectors with dot products of bytes (Ice Lake, Zen 4 and later).
    Avx512Vnni,
    /// 256-bit vectors (nearly every machine since 2013).
    Avx2,
    /// Plain Rust, on any machine.
    Portable,
}

impl Isa {
    /// Every path, fastest first.
    pub const ALL: [Self; 4] = [Self::Amx, Self::Avx512Vnni, Self::Avx2, Self::Portable];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Amx => "amx",
            Self::Avx512Vnni => "avx512vnni",
            Self::Avx2 => "avx2",
            Self::Portable => "portable",
        }
    }

    /// Whether this machine can run the path.
    pub fn is_available(self) -> bool {
        match self {
            Self::Amx => super::gemm::amx_available() && Self::Avx512Vnni.is_available(),
            Self::Avx512Vnni => super::gemm::vnni_available(),
            Self::Avx2 => super::gemm::avx2_available(),
            Self::Portable => true,
        }
    }

    /// The fastest path of this machine.
    pub fn best() -> Self {
        Self::ALL.into_iter().find(|isa| isa.is_available()).unwrap_or(Self::Portable)
    }

    /// The paths of this machine, fastest first.
    pub fn available() -> Vec<Self> {
        Self::ALL.into_iter().filter(|isa| isa.is_available()).collect()
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A name that no path has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no instruction set; use amx, avx512vnni, avx2 or portable")]
pub struct UnknownIsa(String);

impl FromStr for Isa {
    type Err = UnknownIsa;

    fn from_str(name: &str) -> Result<Self, UnknownIsa> {
        let known = Self::ALL.into_iter().find(|isa| isa.name() == name);
        known.ok_or_else(|| UnknownIsa(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn isa_by_its_name_is_itself_and_another_name_is_refused() {
        for isa in Isa::ALL {
            assert_eq!(isa.to_string().parse(), Ok(isa));
        }
        assert!("sse9".parse::<Isa>().unwrap_err().to_string().contains("avx512vnni"));
    }

    #[test]
    fn isa_of_any_machine_has_the_portable_path() {
        assert!(Isa::available().contains(&Isa::Portable));
        assert!(Isa::best().is_available());
    }
}
