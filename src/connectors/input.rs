//! Inputs: a file, which can be continued, or standard input, which cannot.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::PathBuf,
};

use super::lines::Lines;
use crate::{
    domain::{PseudonymKey, SourceId},
    pipeline::{Bookmark, Position, SourceError},
};

/// What to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// What the source's service answers; no path.
    Service,
}

const BUFFER_BYTES: usize = 1 << 16;

/// An open input.
pub(super) enum Feed {
    /// Can be read from any position, again and again.
    File { file: File, path: PathBuf, bytes: u64 },
    /// Can be read once.
    Stream { stream: Box<dyn Read + Send>, name: String },
}

impl Feed {
    pub fn open(input: &Input) -> Result<Self, SourceError> {
        let path = match input {
            Input::File(path) => path,
            Input::Stdin => {
                let stream = Box::new(io::stdin());
                return Ok(Self::Stream { stream, name: "standard input".into() });
            }
            Input::Service => {
                let (input, error) = ("a service".into(), io::ErrorKind::Unsupported.into());
                return Err(SourceError::Open { input, error });
            }
        };
        let name = path.display().to_string();
        let broken = |error| SourceError::Open { input: name.clone(), error };
        let file = File::open(path).map_err(broken)?;
        let metadata = file.metadata().map_err(broken)?;
        if metadata.is_dir() {
            return Err(broken(io::ErrorKind::IsADirectory.into()));
        }
        Ok(if metadata.is_file() {
            Self::File { file, path: path.clone(), bytes: metadata.len() }
        } else {
            Self::Stream { stream: Box::new(file), name }
        })
    }

    pub fn name(&self) -> String {
        match self {
            Self::File { path, .. } => path.display().to_string(),
            Self::Stream { name, .. } => name.clone(),
        }
    }

    pub fn bytes(&self) -> Option<u64> {
        match self {
            Self::File { bytes, .. } => Some(*bytes),
            Self::Stream { .. } => None,
        }
    }

    pub fn bookmark(
        &self,
        reading: &str,
        source: &SourceId,
        key: &PseudonymKey,
    ) -> Result<Option<Bookmark>, SourceError> {
        let Self::File { file, path, .. } = self else { return Ok(None) };
        let file = file.try_clone().map_err(|error| self.broken(error))?;
        Ok(Some(Bookmark::new(file, path, reading, source.clone(), key.clone())))
    }

    /// The lines from `from` on; a stream always gives those that come next.
    pub fn lines(self, from: Position) -> Result<Lines, SourceError> {
        let name = self.name();
        let stream: Box<dyn Read + Send> = match self {
            Self::File { mut file, .. } => {
                file.seek(SeekFrom::Start(from.offset))
                    .map_err(|error| SourceError::Open { input: name.clone(), error })?;
                Box::new(file)
            }
            Self::Stream { stream, .. } => stream,
        };
        Ok(Lines::new(BufReader::with_capacity(BUFFER_BYTES, stream), name, from))
    }

    /// The same file once more, for what stands at its start; `None` for a stream.
    pub fn again(&self) -> Result<Option<Self>, SourceError> {
        let Self::File { file, path, bytes } = self else { return Ok(None) };
        let file = file.try_clone().map_err(|error| self.broken(error))?;
        Ok(Some(Self::File { file, path: path.clone(), bytes: *bytes }))
    }

    fn broken(&self, error: io::Error) -> SourceError {
        SourceError::Open { input: self.name(), error }
    }
}
