//! One transformer layer: four matrix products and the fused passes between them.

use candle_core::{DType, Result, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::Config;

use super::ops::{AddNorm, Attention, BiasGelu, HEAD};

/// Attention and feed-forward, each added to the residual stream and normalised after.
pub(super) struct Layer {
    fused: Tensor,
    attention: Attention,
    output: Tensor,
    output_norm: AddNorm,
    up: Tensor,
    gelu: BiasGelu,
    down: Tensor,
    down_norm: AddNorm,
}

impl Layer {
    /// Reads one layer's weights and lays them out for the products: input dimension first.
    pub(super) fn load(weights: &VarBuilder, config: &Config) -> Result<Self> {
        let (width, inner) = (config.hidden_size, config.intermediate_size);
        let attention = weights.pp("attention");
        let (fused, bias) = fused_query_key_value(&attention.pp("self"), width)?;
        let output = attention.pp("output");
        let down = weights.pp("output");
        let up = weights.pp("intermediate").pp("dense");
        Ok(Self {
            fused,
            attention: Attention { bias },
            output: transposed(&output.pp("dense"), width, width)?,
            output_norm: add_norm(&output, config)?,
            up: transposed(&up, inner, width)?,
            gelu: BiasGelu { bias: vector(&up, "bias", inner)? },
            down: transposed(&down.pp("dense"), width, inner)?,
            down_norm: add_norm(&down, config)?,
        })
    }

    /// Transforms the hidden states of one text.
    ///
    /// # Shape
    /// [tokens, hidden] to [tokens, hidden]
    pub(super) fn forward(&self, hidden: &Tensor) -> Result<Tensor> {
        let fused = hidden.matmul(&self.fused)?;
        let attended = fused.apply_op1_no_bwd(&self.attention)?.matmul(&self.output)?;
        attended.inplace_op2(hidden, &self.output_norm)?;
        let inner = attended.matmul(&self.up)?;
        inner.inplace_op1(&self.gelu)?;
        let out = inner.matmul(&self.down)?;
        out.inplace_op2(&attended, &self.down_norm)?;
        Ok(out)
    }
}

/// Query, key and value weights side by side, the queries already divided by sqrt(head).
fn fused_query_key_value(weights: &VarBuilder, width: usize) -> Result<(Tensor, Vec<f32>)> {
    let scale = 1.0 / (HEAD as f64).sqrt();
    let mut parts = Vec::with_capacity(3);
    let mut biases = Vec::with_capacity(3);
    for (name, scale) in [("query", scale), ("key", 1.0), ("value", 1.0)] {
        let part = weights.pp(name);
        parts.push((part.get((width, width), "weight")?.to_dtype(DType::F32)? * scale)?);
        biases.push((part.get(width, "bias")?.to_dtype(DType::F32)? * scale)?);
    }
    let fused = Tensor::cat(&parts, 0)?.t()?.contiguous()?;
    Ok((fused, Tensor::cat(&biases, 0)?.to_vec1()?))
}

/// A weight stored [out, in], as contiguous [in, out].
fn transposed(weights: &VarBuilder, out: usize, width: usize) -> Result<Tensor> {
    weights.get((out, width), "weight")?.to_dtype(DType::F32)?.t()?.contiguous()
}

/// The bias of a dense part and the LayerNorm that follows it.
fn add_norm(weights: &VarBuilder, config: &Config) -> Result<AddNorm> {
    let width = config.hidden_size;
    Ok(AddNorm {
        bias: vector(&weights.pp("dense"), "bias", width)?,
        gain: vector(&weights.pp("LayerNorm"), "weight", width)?,
        offset: vector(&weights.pp("LayerNorm"), "bias", width)?,
        epsilon: config.layer_norm_eps as f32,
    })
}

/// One vector of weights as plain numbers.
pub(super) fn vector(weights: &VarBuilder, name: &str, len: usize) -> Result<Vec<f32>> {
    weights.get(len, name)?.to_dtype(DType::F32)?.to_vec1()
}
