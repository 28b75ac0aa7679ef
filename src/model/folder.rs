//! Finding the folder of the weights.

use std::path::{Path, PathBuf};

/// The first of these that holds a manifest: `near`, `models` in the working folder, `models`
/// beside the program or beside the build folder it stands in.
pub fn find_models(near: &Path) -> Option<PathBuf> {
    candidates(near).into_iter().find(|folder| folder.join("manifest.json").is_file())
}

/// That there is none, and where it was looked for.
pub fn no_models(near: &Path) -> String {
    let looked: Vec<String> =
        candidates(near).iter().map(|folder| folder.display().to_string()).collect();
    format!("no folder of weights (with manifest.json) at any of {}", looked.join(", "))
}

/// Where weights may lie, the likeliest first.
fn candidates(near: &Path) -> Vec<PathBuf> {
    let program = std::env::current_exe().ok();
    let beside = |up: usize| Some(program.as_deref()?.ancestors().nth(up)?.join("models"));
    let mut folders = vec![near.to_owned()];
    for folder in [Some(PathBuf::from("models")), beside(1), beside(3)].into_iter().flatten() {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders
}
