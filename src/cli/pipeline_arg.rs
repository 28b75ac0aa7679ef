//! Which pipeline a command works on, and the paths that the command line names instead of the file.

use std::path::PathBuf;

use super::Failure;
use crate::config::{Overrides, Pipeline, load};

/// The pipeline file and what replaces its paths.
#[derive(Clone, clap::Args)]
pub(super) struct PipelineArg {
    /// The pipeline file
    pub pipeline: PathBuf,
    /// Folder of everything a run writes; left out, the one the pipeline file names
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Folder of the model weights, where the built-in topics are too
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// GeoJSON of the neighbourhoods, instead of the one the pipeline file names
    #[arg(long, value_name = "FILE")]
    neighborhoods: Option<PathBuf>,
}

impl PipelineArg {
    /// The file with these models, as a test names it.
    #[cfg(test)]
    pub fn of(pipeline: PathBuf, models: PathBuf) -> Self {
        Self { pipeline, data: None, models: Some(models), neighborhoods: None }
    }

    /// Reads, checks and builds it.
    pub fn load(&self) -> Result<Pipeline, Failure> {
        let overrides = Overrides {
            data: self.data.clone(),
            models: self.models.clone(),
            neighborhoods: self.neighborhoods.clone(),
        };
        Ok(load(&self.pipeline, overrides)?)
    }
}
