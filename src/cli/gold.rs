//! A file of published or invented texts of which somebody knows what should go.

use std::{
    fmt::Display,
    fs::File,
    io::{self, BufRead, BufReader, Lines},
    iter::Enumerate,
    marker::PhantomData,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use serde::de::DeserializeOwned;

use super::Failure;
use crate::text::GoldText;

/// The texts of a file, each with the number of its line; blank lines are passed over.
pub(super) struct GoldFile<T = GoldText> {
    path: PathBuf,
    lines: Enumerate<Lines<BufReader<File>>>,
    line: PhantomData<T>,
}

impl<T: DeserializeOwned> GoldFile<T> {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let file = File::open(path)
            .map_err(|e| Failure::usage(anyhow!("{}: cannot open it: {e}", path.display())))?;
        let lines = BufReader::new(file).lines().enumerate();
        Ok(Self { path: path.to_owned(), lines, line: PhantomData })
    }

    /// What is wrong with a line.
    pub fn fault(&self, line: usize, what: impl Display) -> Failure {
        Failure::usage(anyhow!("{}: line {line}: {what}", self.path.display()))
    }

    fn read(&self, number: usize, line: io::Result<String>) -> Result<T, Failure> {
        let line = line.map_err(|e| self.fault(number, e))?;
        // The fault of a line may quote it, so only its place is told.
        serde_json::from_str(&line).map_err(|e| {
            self.fault(number, format!("column {}: not such a text; see --help", e.column()))
        })
    }
}

impl<T: DeserializeOwned> Iterator for GoldFile<T> {
    type Item = Result<(usize, T), Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let is_blank = |line: &io::Result<String>| line.as_ref().is_ok_and(|l| l.trim().is_empty());
        let (at, line) = self.lines.find(|(_, line)| !is_blank(line))?;
        Some(self.read(at + 1, line).map(|text| (at + 1, text)))
    }
}
