//! The reference encoder: a BERT over candle tensors in `f32`, one text at a time.
//!
//! The fast kernel is held against it, and `--precision f32` runs it.
//!
//! [`ReferenceEncoder::load`] keeps the matrix products on the calling thread: parallelism lies above,
//! between texts.
//! Not a general BERT: inference only, no padding, no mask.

mod layer;
mod ops;

use candle_core::{DType, Device, Tensor, bail};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{Config, HiddenAct, PositionEmbeddingType};

use layer::{Layer, vector};
use ops::{AddNorm, HEAD};

use super::ModelError;

const STAGE: &str = "encoder";

/// A loaded encoder.
pub struct ReferenceEncoder {
    words: Tensor,
    positions: Tensor,
    /// What each token type adds beyond type 0, which `positions` holds already.
    types: Tensor,
    norm: AddNorm,
    layers: Vec<Layer>,
}

impl ReferenceEncoder {
    /// Loads an encoder with the parameter names of Hugging Face's `BertModel` under `weights`.
    ///
    /// The word embeddings stay in the precision of the file, all else becomes `f32`.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape, or the configuration is one this encoder
    /// does not compute.
    pub fn load(weights: &VarBuilder, config: &Config) -> candle_core::Result<Self> {
        check(config)?;
        keep_products_on_one_thread();
        let width = config.hidden_size;
        let embeddings = weights.pp("embeddings");
        let positions = (config.max_position_embeddings, width);
        let positions = embeddings.pp("position_embeddings").get(positions, "weight")?;
        let types = (config.type_vocab_size, width);
        let types = embeddings.pp("token_type_embeddings").get(types, "weight")?;
        let types = types.to_dtype(DType::F32)?;
        let first = types.narrow(0, 0, 1)?;
        let norm = embeddings.pp("LayerNorm");
        let layers = weights.pp("encoder").pp("layer");
        Ok(Self {
            words: embeddings.pp("word_embeddings").get((config.vocab_size, width), "weight")?,
            positions: positions.to_dtype(DType::F32)?.broadcast_add(&first)?,
            types: types.broadcast_sub(&first)?,
            norm: AddNorm {
                bias: vec![0.0; width],
                gain: vector(&norm, "weight", width)?,
                offset: vector(&norm, "bias", width)?,
                epsilon: config.layer_norm_eps as f32,
            },
            layers: (0..config.num_hidden_layers)
                .map(|index| Layer::load(&layers.pp(index), config))
                .collect::<candle_core::Result<_>>()?,
        })
    }

    /// Width of a hidden state.
    pub fn width(&self) -> usize {
        self.norm.bias.len()
    }

    /// Number of layers.
    pub fn depth(&self) -> usize {
        self.layers.len()
    }

    /// The hidden states of one text after each layer, first layer first.
    ///
    /// # Shape
    /// `ids` is [tokens], with the classification and separator tokens; each result is
    /// [tokens, hidden].
    ///
    /// # Errors
    /// When there are more tokens than positions, an id outside the vocabulary, or a value that is
    /// not finite: pooling and activations could hide one, so it is looked for here.
    pub fn forward(&self, ids: &[u32]) -> Result<Vec<Tensor>, ModelError> {
        Self::finite(self.states(ids, None))
    }

    /// As [`ReferenceEncoder::forward`], with a token type for each token; `forward` takes type 0 for all.
    ///
    /// # Errors
    /// As [`ReferenceEncoder::forward`], or when there are not as many types as tokens or one is unknown.
    pub fn forward_typed(&self, ids: &[u32], types: &[u32]) -> Result<Vec<Tensor>, ModelError> {
        Self::finite(self.states(ids, Some(types)))
    }

    fn finite(states: candle_core::Result<Vec<Tensor>>) -> Result<Vec<Tensor>, ModelError> {
        let states = states.map_err(ModelError::compute(STAGE))?;
        if states.last().map_or(Ok(true), is_finite).map_err(ModelError::compute(STAGE))? {
            Ok(states)
        } else {
            Err(ModelError::NotFinite { stage: STAGE })
        }
    }

    fn states(&self, ids: &[u32], types: Option<&[u32]>) -> candle_core::Result<Vec<Tensor>> {
        let ids = Tensor::new(ids, &Device::Cpu)?;
        let embedded = self.words.index_select(&ids, 0)?.to_dtype(DType::F32)?;
        let mut positions = self.positions.narrow(0, 0, ids.dims1()?)?;
        if let Some(types) = types.filter(|types| types.iter().any(|kind| *kind != 0)) {
            let types = Tensor::new(types, &Device::Cpu)?;
            positions = (positions + self.types.index_select(&types, 0)?)?;
        }
        embedded.inplace_op2(&positions, &self.norm)?;
        let mut states: Vec<Tensor> = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            let state = layer.forward(states.last().unwrap_or(&embedded))?;
            states.push(state);
        }
        Ok(states)
    }
}

/// Whether a state holds numbers only; what is not one in an earlier layer is not one in the last.
fn is_finite(state: &Tensor) -> candle_core::Result<bool> {
    Ok(state.sum_all()?.to_scalar::<f32>()?.is_finite())
}

/// Refuses a configuration that this encoder would compute wrongly.
pub(super) fn check(config: &Config) -> candle_core::Result<()> {
    if config.hidden_size != HEAD * config.num_attention_heads {
        bail!("attention heads are not {HEAD} wide");
    }
    if config.hidden_act != HiddenAct::Gelu {
        bail!("the activation is not exact GELU");
    }
    if config.position_embedding_type != PositionEmbeddingType::Absolute {
        bail!("positions are not absolute");
    }
    Ok(())
}

/// Makes the matrix products of this process single-threaded.
///
/// They would otherwise split one text over rayon's threads, which costs more than it gains at
/// these sizes and runs against the parallelism between texts. The bits of a product do not depend
/// on it: work is split by rows and columns, never along a sum.
fn keep_products_on_one_thread() {
    gemm::set_threading_threshold(usize::MAX);
}

#[cfg(test)]
mod tests;
