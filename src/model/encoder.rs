//! The encoder that heads and tagger stand on: the fast kernel, or candle's reference beside it.
//!
//! One text per call: what the encoder says of a text cannot depend on another. Parallelism lies
//! above, between texts.

use std::sync::{Mutex, PoisonError};

use candle_core::{Tensor, bail};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::Config;

use super::{
    ModelError,
    compute::{Compute, Precision},
    kernel::{EncoderWeights, Isa, PackedEncoder, Tokens, Workspace},
    reach::Reach,
    reference::ReferenceEncoder,
    states::States,
};

const STAGE: &str = "encoder";

/// A loaded encoder.
pub struct Encoder(Engine);

enum Engine {
    Packed(Packed),
    Reference(ReferenceEncoder),
}

/// The kernel with the memory its threads work in.
struct Packed {
    encoder: PackedEncoder,
    spare: Mutex<Vec<Workspace>>,
}

impl Encoder {
    /// Loads an encoder with the parameter names of Hugging Face's `BertModel` under `weights`.
    ///
    /// `reach` is what its activations were seen to reach, which the kernel needs.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape, the configuration is one that is not
    /// computed here, or the machine cannot run the path asked for.
    pub fn load(
        weights: &VarBuilder,
        config: &Config,
        reach: &Reach,
        compute: Compute,
    ) -> candle_core::Result<Self> {
        let engine = match compute.precision {
            Precision::F32 => Engine::Reference(ReferenceEncoder::load(weights, config)?),
            Precision::Int8 => {
                let weights = super::packing::read(weights, config, reach)?;
                return Self::packed(weights, compute.isa);
            }
        };
        Ok(Self(engine))
    }

    /// An encoder of the fast kernel.
    ///
    /// # Errors
    /// When the machine cannot run the path asked for, or the kernel has no such widths.
    pub(super) fn packed(weights: EncoderWeights, isa: Option<Isa>) -> candle_core::Result<Self> {
        let isa = isa.unwrap_or_else(Isa::best);
        if !isa.is_available() {
            let known: Vec<_> = Isa::available().iter().map(|isa| isa.name()).collect();
            bail!("this machine has no {isa}; it has {}", known.join(", "));
        }
        let Some(encoder) = PackedEncoder::pack(isa, weights) else {
            bail!("the kernel has no such widths; compute it with --precision f32");
        };
        Ok(Self(Engine::Packed(Packed { encoder, spare: Mutex::default() })))
    }

    /// Width of a hidden state.
    pub fn width(&self) -> usize {
        match &self.0 {
            Engine::Packed(packed) => packed.encoder.width(),
            Engine::Reference(encoder) => encoder.width(),
        }
    }

    /// Number of layers.
    pub fn depth(&self) -> usize {
        match &self.0 {
            Engine::Packed(packed) => packed.encoder.depth(),
            Engine::Reference(encoder) => encoder.depth(),
        }
    }

    /// The path that its products of bytes take; none in the reference.
    pub fn isa(&self) -> Option<Isa> {
        match &self.0 {
            Engine::Packed(packed) => Some(packed.encoder.isa()),
            Engine::Reference(_) => None,
        }
    }

    /// The hidden states of one text after each layer, first layer first.
    ///
    /// # Shape
    /// `ids` is [tokens], with the classification and separator tokens; each result is
    /// [tokens, hidden].
    ///
    /// # Errors
    /// When there are more tokens than positions, an id outside the vocabulary, or a value that is
    /// not finite.
    pub fn forward(&self, ids: &[u32]) -> Result<Vec<States>, ModelError> {
        match &self.0 {
            Engine::Packed(packed) => packed.states(Tokens { ids, types: &[] }, 0),
            Engine::Reference(encoder) => plain(encoder.forward(ids)?),
        }
    }

    /// The hidden states of one text after the last layer, with a token type for each token, or type
    /// 0 for all if there are none.
    ///
    /// # Shape
    /// [tokens] to [tokens, hidden]
    ///
    /// # Errors
    /// As [`Encoder::forward`], or when there are not as many types as tokens or one is unknown.
    pub fn last(&self, ids: &[u32], types: &[u32]) -> Result<States, ModelError> {
        let states = match &self.0 {
            Engine::Packed(packed) => {
                packed.states(Tokens { ids, types }, self.depth().saturating_sub(1))
            }
            Engine::Reference(encoder) if types.is_empty() => plain(encoder.forward(ids)?),
            Engine::Reference(encoder) => plain(encoder.forward_typed(ids, types)?),
        };
        let none = || ModelError::malformed("config.json", "it has no layers");
        states?.pop().ok_or_else(none)
    }
}

impl Packed {
    /// The states after each layer from layer `from` on.
    fn states(&self, text: Tokens<'_>, from: usize) -> Result<Vec<States>, ModelError> {
        let spare = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let mut work = spare().pop().unwrap_or_default();
        let mut kept: Vec<Vec<f32>> = Vec::with_capacity(self.encoder.depth());
        let done = self.encoder.run(&[text], &mut work, |layer, _, states| {
            if layer >= from {
                kept.push(states.to_vec());
            }
        });
        spare().push(work);
        done.map_err(|unfit| ModelError::compute(STAGE)(candle_core::Error::wrap(unfit)))?;
        if kept.last().is_some_and(|last| !last.iter().sum::<f32>().is_finite()) {
            return Err(ModelError::NotFinite { stage: STAGE });
        }
        let width = self.encoder.width();
        Ok(kept.into_iter().map(|rows| States::new(rows, width)).collect())
    }
}

/// The reference's tensors as plain numbers.
fn plain(states: Vec<Tensor>) -> Result<Vec<States>, ModelError> {
    let rows = |state: Tensor| Ok(States::new(state.flatten_all()?.to_vec1()?, state.dim(1)?));
    let rows = states.into_iter().map(rows).collect::<candle_core::Result<_>>();
    rows.map_err(ModelError::compute(STAGE))
}

#[cfg(test)]
mod tests;
