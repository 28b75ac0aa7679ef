//! Finding the folder of the weights.

use std::path::{Path, PathBuf};

/// The first of these that holds a manifest: `near`, `models` in the working folder, `models`
/// beside the program or beside the build folder it stands in.
pub fn find_models(near: &Path) -> Option<PathBuf> {
    let program = std::env::current_exe().ok();
    let beside = |up: usize| Some(program.as_deref()?.ancestors().nth(up)?.join("models"));
    [Some(near.to_owned()), Some(PathBuf::from("models")), beside(1), beside(3)]
        .into_iter()
        .flatten()
        .find(|folder| folder.join("manifest.json").is_file())
}
