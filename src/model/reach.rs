//! How far the activations of an encoder were seen to reach on texts it was made for.
//!
//! Measured once by `models/reach.py`; the kernel evens out columns by it before it rounds.

use candle_core::{DType, Device};
use candle_nn::VarBuilder;

use super::{ModelError, kernel::LayerReach};

/// The largest absolute activations by layer and column.
pub struct Reach(VarBuilder<'static>);

impl Reach {
    /// Reads a reach file.
    ///
    /// # Errors
    /// When it is not one.
    pub fn load(file: &str, bytes: Vec<u8>) -> Result<Self, ModelError> {
        VarBuilder::from_buffered_safetensors(bytes, DType::F32, &Device::Cpu)
            .map(Self)
            .map_err(|error| ModelError::malformed(file, error))
    }

    /// What stands under these names.
    pub(super) fn of(tensors: VarBuilder<'static>) -> Self {
        Self(tensors)
    }

    /// One layer's.
    pub(super) fn layer(
        &self,
        index: usize,
        width: usize,
        inner: usize,
    ) -> candle_core::Result<LayerReach> {
        let layer = self.0.pp(index);
        let column = |name, len: usize| layer.get(len, name)?.to_vec1();
        Ok(LayerReach {
            input: column("input", width)?,
            context: column("context", width)?,
            up: column("up", width)?,
            down: column("down", inner)?,
        })
    }
}
