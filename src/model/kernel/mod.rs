//! The fast encoder: products of bytes in exact integers, everything between them in one fixed order.
//!
//! An integer sum is the same in any order, and the numbers between the products are computed row
//! by row with every fused multiply-add written out. So a text's states are the same bits alone and
//! in any batch, on any number of threads and on every instruction set; speed and the stability that
//! the privacy proof needs are one property. candle stays the framework: it reads the weights, and
//! its `f32` encoder beside this one is the reference. Not here: tokenizing, heads, threads.

mod attention;
mod dense;
mod encoder;
mod gelu;
mod gemm;
mod isa;
mod layer;
mod norm;
mod panel;
mod plain;
mod rate;
mod rows;
mod simd;
mod smooth;
mod weights;
mod workspace;

pub(super) use attention::HEAD;
pub(super) use encoder::{PackedEncoder, Tokens};
pub use isa::{Isa, UnknownIsa};
pub(super) use norm::Norm;
pub(super) use plain::Plain;
pub use rate::multiply_repeatedly;
pub(super) use weights::{Embeddings, EncoderWeights, LayerReach, LayerWeights, Part};
pub(super) use workspace::Workspace;

/// How one machine computes: the products, and the vectors of everything between them.
#[derive(Clone, Copy, Debug)]
struct Path {
    gemm: gemm::Gemm,
    vectors: simd::Vectors,
}

/// The widest row that the kernel is written for.
const INNER_MAX: usize = 1_536;
