//! How the models compute, as options of a command.

use crate::model::{Compute, Isa, Precision};

/// Options that several commands share.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub(super) struct ComputeArgs {
    /// Arithmetic of the models: int8 (the same labels on every machine) or f32 (the reference)
    #[arg(long, value_name = "KIND", default_value_t = Precision::Int8)]
    precision: Precision,
    /// Instructions for int8: amx, avx512vnni, avx2 or portable; the machine's fastest unless named
    #[arg(long, value_name = "ISA")]
    isa: Option<Isa>,
}

impl ComputeArgs {
    /// What the models are told.
    pub(super) fn compute(self) -> Compute {
        Compute { precision: self.precision, isa: self.isa }
    }
}
