//! The weights of an encoder as plain numbers, before they are packed.

use std::sync::Arc;

use half::f16;

use super::norm::Norm;

/// A matrix [out, in] and its bias [out].
pub(in crate::model) struct Part {
    pub matrix: Vec<f32>,
    pub bias: Vec<f32>,
}

/// One layer.
pub(in crate::model) struct LayerWeights {
    /// Queries, keys and values one below the other; the queries divided by the square root of the
    /// head's width.
    pub fused: Part,
    pub output: Part,
    pub output_norm: Norm,
    pub up: Part,
    pub down: Part,
    pub down_norm: Norm,
}

/// The largest absolute activations a layer was seen to reach, by input column of its four products.
pub(in crate::model) struct LayerReach {
    /// Before queries, keys and values.
    pub input: Vec<f32>,
    /// Before the output of attention.
    pub context: Vec<f32>,
    /// Before the rise to the inner width.
    pub up: Vec<f32>,
    /// Before the way back down.
    pub down: Vec<f32>,
}

/// What stands for words, places and types before the first layer.
pub(in crate::model) struct Embeddings {
    /// [vocabulary, width]
    pub words: Vec<f16>,
    /// [positions, width], token type 0 added.
    pub positions: Vec<f32>,
    /// [types, width]: what each type adds beyond type 0.
    pub types: Vec<f32>,
    pub norm: Norm,
}

/// Embeddings, which several encoders may share, and layers.
pub(in crate::model) struct EncoderWeights {
    pub embeddings: Arc<Embeddings>,
    pub layers: Vec<(LayerWeights, LayerReach)>,
}
