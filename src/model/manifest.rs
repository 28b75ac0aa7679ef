//! The models folder and the digests that say which files belong in it.
//!
//! A file reaches the model only through [`Manifest::read`], which hashes the very bytes it hands
//! out. Not a signature: who may change the folder may change the manifest with it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::ModelError;

const FILE: &str = "manifest.json";

/// An open models folder.
#[derive(Clone, Debug)]
pub struct Manifest {
    folder: PathBuf,
    files: BTreeMap<String, String>,
    digest: String,
}

#[derive(Deserialize)]
struct Listing {
    files: BTreeMap<String, String>,
}

impl Manifest {
    /// Reads `manifest.json` of a models folder.
    ///
    /// # Errors
    /// When it is missing or is not a manifest.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, ModelError> {
        let folder = folder.into();
        let bytes = read_file(&folder.join(FILE))?;
        let listing: Listing =
            serde_json::from_slice(&bytes).map_err(|error| ModelError::malformed(FILE, error))?;
        Ok(Self { folder, files: listing.files, digest: hex_digest(&bytes) })
    }

    /// SHA-256 of the manifest itself: one value that names every model file, for the release.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The files it lists, with their SHA-256.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(file, digest)| (file.as_str(), digest.as_str()))
    }

    /// Reads one file, given by its name inside the folder, and checks its digest.
    ///
    /// # Errors
    /// When the file is not listed, not there, or another file than the manifest names.
    pub fn read(&self, file: &str) -> Result<Vec<u8>, ModelError> {
        let not_listed = || ModelError::NotListed { file: file.to_owned() };
        let expected = self.files.get(file).ok_or_else(not_listed)?;
        let path = self.folder.join(file);
        let bytes = read_file(&path)?;
        let found = hex_digest(&bytes);
        if found.eq_ignore_ascii_case(expected) {
            Ok(bytes)
        } else {
            Err(ModelError::Altered { path, expected: expected.clone(), found })
        }
    }

    /// Checks every listed file.
    ///
    /// # Errors
    /// On the first that is missing or altered.
    pub fn verify(&self) -> Result<(), ModelError> {
        self.files.keys().try_for_each(|file| self.read(file).map(drop))
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, ModelError> {
    fs::read(path).map_err(|source| ModelError::Unreadable { path: path.to_owned(), source })
}

fn hex_digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.bin"), b"weights").unwrap();
        let listing = serde_json::json!({
            "files": { "a.bin": hex_digest(b"weights"), "gone.bin": hex_digest(b"") }
        });
        fs::write(folder.path().join(FILE), listing.to_string()).unwrap();
        folder
    }

    #[test]
    fn read_of_a_listed_file_gives_its_bytes() {
        let folder = folder();
        let manifest = Manifest::open(folder.path()).unwrap();
        assert_eq!(manifest.read("a.bin").unwrap(), b"weights");
    }

    #[test]
    fn read_of_an_altered_file_is_refused() {
        let folder = folder();
        let manifest = Manifest::open(folder.path()).unwrap();
        fs::write(folder.path().join("a.bin"), b"Weights").unwrap();
        assert!(matches!(manifest.read("a.bin"), Err(ModelError::Altered { .. })));
    }

    #[test]
    fn read_of_a_missing_or_unlisted_file_names_it() {
        let folder = folder();
        let manifest = Manifest::open(folder.path()).unwrap();
        let missing = manifest.read("gone.bin").unwrap_err().to_string();
        let unlisted = manifest.read("b.bin").unwrap_err().to_string();
        assert!(missing.contains("gone.bin") && unlisted.contains("b.bin"));
        assert!(matches!(manifest.verify(), Err(ModelError::Unreadable { .. })));
    }

    #[test]
    fn open_of_a_folder_without_a_manifest_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Manifest::open(folder.path()), Err(ModelError::Unreadable { .. })));
    }
}
