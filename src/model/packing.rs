//! From the weights of a file to those the kernel packs.

use std::sync::Arc;

use candle_core::{DType, Result, Tensor, bail};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::Config;
use half::f16;

use super::{
    kernel::{Embeddings, EncoderWeights, HEAD, LayerReach, LayerWeights, Norm, Part},
    reach::Reach,
    reference,
};

/// Reads an encoder's weights as plain numbers.
///
/// # Errors
/// When a tensor is missing, has another shape or holds what is no number, or the configuration is
/// one that the kernel does not compute.
pub(super) fn read(weights: &VarBuilder, config: &Config, reach: &Reach) -> Result<EncoderWeights> {
    reference::check(config)?;
    let width = config.hidden_size;
    let embeddings = weights.pp("embeddings");
    let table = |name: &str, rows: usize| embeddings.pp(name).get((rows, width), "weight");
    let types = table("token_type_embeddings", config.type_vocab_size)?.to_dtype(DType::F32)?;
    let first = types.narrow(0, 0, 1)?;
    let positions = table("position_embeddings", config.max_position_embeddings)?;
    let positions = positions.to_dtype(DType::F32)?.broadcast_add(&first)?;
    let embeddings = Embeddings {
        words: halves(&table("word_embeddings", config.vocab_size)?)?,
        positions: numbers(&positions)?,
        types: numbers(&types.broadcast_sub(&first)?)?,
        norm: norm(&embeddings.pp("LayerNorm"), config)?,
    };
    Ok(EncoderWeights {
        embeddings: Arc::new(embeddings),
        layers: layers(&weights.pp("encoder"), config, reach)?,
    })
}

/// Reads the layers of an encoder alone.
///
/// # Errors
/// As [`read`].
pub(super) fn layers(
    weights: &VarBuilder,
    config: &Config,
    reach: &Reach,
) -> Result<Vec<(LayerWeights, LayerReach)>> {
    let (width, inner) = (config.hidden_size, config.intermediate_size);
    let weights = weights.pp("layer");
    let layer = |index| Ok((layer(&weights.pp(index), config)?, reach.layer(index, width, inner)?));
    (0..config.num_hidden_layers).map(layer).collect()
}

fn layer(weights: &VarBuilder, config: &Config) -> Result<LayerWeights> {
    let (width, inner) = (config.hidden_size, config.intermediate_size);
    let attention = weights.pp("attention");
    let (output, down) = (attention.pp("output"), weights.pp("output"));
    Ok(LayerWeights {
        fused: fused(&attention.pp("self"), width)?,
        output: part(&output.pp("dense"), width, width, 1.0)?,
        output_norm: norm(&output.pp("LayerNorm"), config)?,
        up: part(&weights.pp("intermediate").pp("dense"), inner, width, 1.0)?,
        down: part(&down.pp("dense"), width, inner, 1.0)?,
        down_norm: norm(&down.pp("LayerNorm"), config)?,
    })
}

/// Queries, keys and values one below the other, the queries divided by sqrt(head).
fn fused(weights: &VarBuilder, width: usize) -> Result<Part> {
    let mut all = Part { matrix: Vec::new(), bias: Vec::new() };
    for (name, scale) in [("query", 1.0 / (HEAD as f64).sqrt()), ("key", 1.0), ("value", 1.0)] {
        let Part { matrix, bias } = part(&weights.pp(name), width, width, scale)?;
        all.matrix.extend(matrix);
        all.bias.extend(bias);
    }
    Ok(all)
}

pub(super) fn part(weights: &VarBuilder, columns: usize, depth: usize, scale: f64) -> Result<Part> {
    let scaled = |tensor: Tensor| numbers(&(tensor.to_dtype(DType::F32)? * scale)?);
    Ok(Part {
        matrix: scaled(weights.get((columns, depth), "weight")?)?,
        bias: scaled(weights.get(columns, "bias")?)?,
    })
}

fn norm(weights: &VarBuilder, config: &Config) -> Result<Norm> {
    let vector = |name| numbers(&weights.get(config.hidden_size, name)?.to_dtype(DType::F32)?);
    Ok(Norm {
        gain: vector("weight")?,
        offset: vector("bias")?,
        epsilon: config.layer_norm_eps as f32,
    })
}

/// Every number of a tensor, row by row. A product of bytes would hide one that is not finite, so
/// none is let in.
fn numbers(tensor: &Tensor) -> Result<Vec<f32>> {
    let values: Vec<f32> = tensor.flatten_all()?.to_vec1()?;
    if values.iter().all(|value| value.is_finite()) {
        Ok(values)
    } else {
        bail!("a weight is not a finite number")
    }
}

/// As [`numbers`], in half the memory.
fn halves(tensor: &Tensor) -> Result<Vec<f16>> {
    let values: Vec<f16> = tensor.to_dtype(DType::F16)?.flatten_all()?.to_vec1()?;
    if values.iter().all(|value| value.is_finite()) {
        Ok(values)
    } else {
        bail!("a word's weight is not a finite number")
    }
}
