//! The encoder in exact integers: several texts packed end to end, each as if it were alone.

use std::sync::Arc;

use half::slice::HalfFloatSliceExt;

use super::{
    HEAD, INNER_MAX, Path,
    gemm::Gemm,
    isa::Isa,
    layer::Layer,
    norm::AddNorm,
    panel::PANEL,
    simd::Vectors,
    weights::{Embeddings, EncoderWeights},
    workspace::Workspace,
};

/// One text for the encoder.
#[derive(Clone, Copy, Debug)]
pub(in crate::model) struct Tokens<'a> {
    /// Ids in the vocabulary.
    pub ids: &'a [u32],
    /// A type for each token; type 0 for all if empty.
    pub types: &'a [u32],
}

/// Why packed texts could not be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::model) enum Unfit {
    #[error("a text has more tokens than the encoder has positions")]
    TooLong,
    #[error("a token or type is not in the vocabulary")]
    Unknown,
    #[error("there are not as many types as tokens")]
    Types,
}

/// An encoder with packed weights.
pub(in crate::model) struct PackedEncoder {
    path: Path,
    width: usize,
    inner: usize,
    embeddings: Arc<Embeddings>,
    layers: Vec<Layer>,
}

impl PackedEncoder {
    /// Packs weights for a path; `None` where this machine cannot run it or the encoder has a shape
    /// that the kernel is not written for.
    pub fn pack(isa: Isa, weights: EncoderWeights) -> Option<Self> {
        let path = Path { gemm: Gemm::new(isa)?, vectors: Vectors::of(isa) };
        let width = weights.embeddings.norm.gain.len();
        let inner = weights.layers.first().map_or(0, |(layer, _)| layer.up.bias.len());
        let fits = |size: usize| (1..=INNER_MAX).contains(&size) && size.is_multiple_of(PANEL);
        if !fits(width) || !fits(inner) || !width.is_multiple_of(HEAD) {
            return None;
        }
        let layers = weights.layers.into_iter();
        Some(Self {
            path,
            width,
            inner,
            embeddings: weights.embeddings,
            layers: layers.map(|(layer, reach)| Layer::pack(path, layer, &reach)).collect(),
        })
    }

    /// The path it runs on.
    pub fn isa(&self) -> Isa {
        self.path.gemm.isa()
    }

    /// Width of a hidden state.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of layers.
    pub fn depth(&self) -> usize {
        self.layers.len()
    }

    /// Encodes texts; `observe` is told the hidden states [tokens, width] of each text after each
    /// layer, as (layer from 0, text, states).
    ///
    /// # Errors
    /// When a text does not fit; nothing is observed then.
    pub fn run(
        &self,
        texts: &[Tokens<'_>],
        work: &mut Workspace,
        mut observe: impl FnMut(usize, usize, &[f32]),
    ) -> Result<(), Unfit> {
        texts.iter().try_for_each(|text| self.check(text))?;
        let lengths: Vec<usize> = texts.iter().map(|text| text.ids.len()).collect();
        let tokens: usize = lengths.iter().sum();
        work.reserve(tokens, self.width, self.inner);
        self.embed(texts, tokens, work);
        for (index, layer) in self.layers.iter().enumerate() {
            let next = self.layers.get(index + 1).map(|next| &next.input_smooth[..]);
            layer.run(self.path, &lengths, next, work);
            let mut first = 0;
            for (text, &length) in lengths.iter().enumerate() {
                let until = first + length * self.width;
                observe(index, text, &work.hidden[first..until]);
                first = until;
            }
        }
        Ok(())
    }

    fn check(&self, text: &Tokens<'_>) -> Result<(), Unfit> {
        let below = |ids: &[u32], rows: usize| ids.iter().all(|&id| (id as usize) < rows);
        if text.ids.len() * self.width > self.embeddings.positions.len() {
            return Err(Unfit::TooLong);
        }
        if !text.types.is_empty() && text.types.len() != text.ids.len() {
            return Err(Unfit::Types);
        }
        let words = below(text.ids, self.embeddings.words.len() / self.width);
        let types = below(text.types, self.embeddings.types.len() / self.width);
        if words && types { Ok(()) } else { Err(Unfit::Unknown) }
    }

    /// Word, position and type of each token, added up, normalised and rounded.
    fn embed(&self, texts: &[Tokens<'_>], tokens: usize, work: &mut Workspace) {
        let (width, from) = (self.width, &self.embeddings);
        let rows = work.hidden.chunks_exact_mut(width).zip(work.update.chunks_exact_mut(width));
        let words = texts.iter().flat_map(|text| {
            text.ids.iter().enumerate().map(move |(at, id)| {
                (*id as usize, at, text.types.get(at).map_or(0, |kind| *kind as usize))
            })
        });
        for ((hidden, update), (id, at, kind)) in rows.zip(words) {
            from.words[id * width..][..width].convert_to_f32_slice(hidden);
            let positions = from.positions[at * width..].iter().zip(&from.types[kind * width..]);
            for (x, (position, kind)) in update.iter_mut().zip(positions) {
                *x = position + kind;
            }
        }
        let smooth = self.layers.first().map(|layer| &layer.input_smooth[..]);
        let Workspace { hidden, update, rows, .. } = work;
        self.path.vectors.run(AddNorm {
            norm: &from.norm,
            hidden: &mut hidden[..tokens * width],
            update: &update[..tokens * width],
            next: smooth.map(|smooth| (smooth, rows)),
        });
    }
}
