//! `undertone bench engine`: one encoder as a program, for `bench encoder` and `bench parity` to ask from outside.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::ValueEnum;
use serde::Serialize;

use super::super::{Failure, lines, redact::folder};
use crate::{
    model::{Compute, Embedder, Isa, ModelError, Precision, Witness},
    text::RedactedText,
};

/// Arguments of `bench engine`.
#[derive(clap::Args)]
pub(in super::super) struct Args {
    /// Which encoder
    #[arg(long, value_name = "KIND")]
    kind: Kind,
    /// Instructions for int8
    #[arg(long, value_name = "ISA")]
    isa: Option<Isa>,
    /// Say the tone's logits too, as `bench parity` asks
    #[arg(long)]
    tone: bool,
    /// Folder of the model weights
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// Ours, in bytes
    Int8,
    /// Ours, the reference
    F32,
    /// candle's own model
    Stock,
    /// rust-bert's, through libtorch
    #[cfg(feature = "rust-bert")]
    RustBert,
}

/// The answer to a text.
#[derive(Serialize)]
struct Embedded {
    /// Little-endian `f32` numbers in hexadecimal: exact, and cheap to write for every engine.
    embedding: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tone: Option<[f32; 3]>,
}

/// Runs the command.
pub(in super::super) fn run(args: &Args) -> Result<(), Failure> {
    let models = folder(args.models.as_deref())?;
    if args.tone { testify(args, &models) } else { embed(args, &models) }
}

fn testify(args: &Args, models: &Path) -> Result<(), Failure> {
    let ours = |precision| Witness::load(models, Compute { precision, isa: args.isa });
    let witness = match args.kind {
        Kind::Int8 => ours(Precision::Int8),
        Kind::F32 => ours(Precision::F32),
        Kind::Stock => return Err(Failure::usage(anyhow!("the stock model has no tone head"))),
        #[cfg(feature = "rust-bert")]
        Kind::RustBert => Witness::rust_bert(models),
    };
    let witness = witness.map_err(Failure::model)?;
    answer(|text| witness.testify(text).map(|said| (said.vector, Some(said.tone))))
}

fn embed(args: &Args, models: &Path) -> Result<(), Failure> {
    let ours = |precision| Embedder::load(models, Compute { precision, isa: args.isa });
    let embedder = match args.kind {
        Kind::Int8 => ours(Precision::Int8),
        Kind::F32 => ours(Precision::F32),
        Kind::Stock => Embedder::stock(models),
        #[cfg(feature = "rust-bert")]
        Kind::RustBert => {
            let witness = Witness::rust_bert(models).map_err(Failure::model)?;
            return answer(|text| Ok((witness.testify(text)?.vector, None)));
        }
    };
    let embedder = embedder.map_err(Failure::model)?;
    answer(|text| Ok((embedder.embed(text)?, None)))
}

fn answer(
    say: impl Fn(&str) -> Result<(Vec<f32>, Option<[f32; 3]>), ModelError> + Sync,
) -> Result<(), Failure> {
    lines::answer_each(|text| {
        let text = RedactedText::unredacted(&text);
        let (vector, tone) = say(text.as_str()).map_err(|error| error.to_string())?;
        Ok(Embedded { embedding: hex::encode(super::vectors::bytes(&vector)), tone })
    })
}
