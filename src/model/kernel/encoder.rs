//! The encoder in exact integers: several texts packed end to end, each as if it were alone.

use half::{f16, slice::HalfFloatSliceExt};

use super::{
    HEAD, INNER_MAX, Path,
    gemm::Gemm,
    isa::Isa,
    layer::Layer,
    norm::{AddNorm, Norm, Smooth},
    panel::PANEL,
    simd::Vectors,
    weights::EncoderWeights,
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

/// What settles tokens between layers, each by its own state.
pub(in crate::model) trait Settling {
    /// Which of the open tokens of a text of `tokens` need no layer after `layer`, from 0, by their
    /// states [open, width]; nothing where none is asked.
    fn settled(&self, layer: usize, open: (&[usize], usize), states: &[f32]) -> Option<Vec<bool>>;

    /// Moves the states [settled, width] of settled tokens on, in place of `layer`.
    fn carry(&self, layer: usize, states: &mut [f32]);
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
    words: Vec<f16>,
    positions: Vec<f32>,
    types: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
}

impl PackedEncoder {
    /// Packs weights for a path; `None` where this machine cannot run it or the encoder has a shape
    /// that the kernel is not written for.
    pub fn pack(isa: Isa, weights: EncoderWeights) -> Option<Self> {
        let path = Path { gemm: Gemm::new(isa)?, vectors: Vectors::of(isa) };
        let width = weights.norm.gain.len();
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
            words: weights.words,
            positions: weights.positions,
            types: weights.types,
            norm: weights.norm,
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
            layer.run(self.path, (&lengths, tokens), next, work);
            let mut first = 0;
            for (text, &length) in lengths.iter().enumerate() {
                let until = first + length * self.width;
                observe(index, text, &work.hidden[first..until]);
                first = until;
            }
        }
        Ok(())
    }

    /// Encodes one text for a reader of single tokens, some of which are settled on the way: these are
    /// computed no further, and the others look at what stands in for them.
    ///
    /// Returns the tokens that are open to the end; their states are the first of `work.hidden`.
    ///
    /// # Errors
    /// When the text does not fit.
    pub fn read(
        &self,
        text: Tokens<'_>,
        settling: &impl Settling,
        work: &mut Workspace,
    ) -> Result<Vec<usize>, Unfit> {
        self.check(&text)?;
        let (tokens, width) = (text.ids.len(), self.width);
        work.reserve(tokens, width, self.inner);
        self.embed(&[text], tokens, work);
        let mut open: Vec<usize> = (0..tokens).collect();
        for (index, layer) in self.layers.iter().enumerate() {
            layer.run(self.path, (&[tokens], open.len()), None, work);
            let (states, settled) = work.hidden[..tokens * width].split_at_mut(open.len() * width);
            settling.carry(index, settled);
            if let Some(settled) = settling.settled(index, (&open, tokens), states) {
                work.settle(width, &mut open, &settled);
            }
            let next = self.layers.get(index + 1);
            let Some(next) = next.filter(|_| !open.is_empty()) else { break };
            let Workspace { hidden, rows, .. } = &mut *work;
            let values = &hidden[..tokens * width];
            self.path.vectors.run(Smooth { values, first: 0, smooth: &next.input_smooth, rows });
        }
        Ok(open)
    }

    fn check(&self, text: &Tokens<'_>) -> Result<(), Unfit> {
        let below = |ids: &[u32], rows: usize| ids.iter().all(|&id| (id as usize) < rows);
        if text.ids.len() * self.width > self.positions.len() {
            return Err(Unfit::TooLong);
        }
        if !text.types.is_empty() && text.types.len() != text.ids.len() {
            return Err(Unfit::Types);
        }
        let words = below(text.ids, self.words.len() / self.width);
        let types = below(text.types, self.types.len() / self.width);
        if words && types { Ok(()) } else { Err(Unfit::Unknown) }
    }

    /// Word, position and type of each token, added up, normalised and rounded.
    fn embed(&self, texts: &[Tokens<'_>], tokens: usize, work: &mut Workspace) {
        let width = self.width;
        let rows = work.hidden.chunks_exact_mut(width).zip(work.update.chunks_exact_mut(width));
        let words = texts.iter().flat_map(|text| {
            text.ids.iter().enumerate().map(move |(at, id)| {
                (*id as usize, at, text.types.get(at).map_or(0, |kind| *kind as usize))
            })
        });
        for ((hidden, update), (id, at, kind)) in rows.zip(words) {
            self.words[id * width..][..width].convert_to_f32_slice(hidden);
            let positions = self.positions[at * width..].iter().zip(&self.types[kind * width..]);
            for (x, (position, kind)) in update.iter_mut().zip(positions) {
                *x = position + kind;
            }
        }
        let smooth = self.layers.first().map(|layer| &layer.input_smooth[..]);
        let Workspace { hidden, update, rows, .. } = work;
        self.path.vectors.run(AddNorm {
            norm: &self.norm,
            hidden: &mut hidden[..tokens * width],
            update: &update[..tokens * width],
            next: smooth.map(|smooth| (smooth, rows)),
        });
    }
}
