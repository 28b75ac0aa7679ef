//! `undertone bench engine`: one encoder as a program, for `bench encoder` to measure from outside.

use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;

use super::super::{Failure, lines, redact::folder};
use crate::{
    model::{Compute, Embedder, Isa, Precision},
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
}

/// The answer to a text.
#[derive(Serialize)]
struct Embedded {
    /// Little-endian `f32` numbers in hexadecimal: exact, and cheap to write for every engine.
    embedding: String,
}

/// Runs the command.
pub(in super::super) fn run(args: &Args) -> Result<(), Failure> {
    let models = folder(args.models.as_deref())?;
    let ours = |precision| Embedder::load(&models, Compute { precision, isa: args.isa });
    let embedder = match args.kind {
        Kind::Int8 => ours(Precision::Int8),
        Kind::F32 => ours(Precision::F32),
        Kind::Stock => Embedder::stock(&models),
    };
    let embedder = embedder.map_err(Failure::model)?;
    lines::answer_each(|text| {
        let text = RedactedText::unredacted(&text);
        let vector = embedder.embed(text.as_str()).map_err(|error| error.to_string())?;
        Ok(Embedded { embedding: hex::encode(super::vectors::bytes(&vector)) })
    })
}
