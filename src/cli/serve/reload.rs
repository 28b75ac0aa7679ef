//! Reloading: tokens and bounds may change while the service runs, and nothing else.
//!
//! Whatever else stands in the pipeline file says what residents were promised or how their rows
//! are read; in the middle of a window, rows before and after would be judged by two rules.

use std::fs;

use anyhow::anyhow;

use super::{Failure, PipelineArg};
use crate::{
    config::{Bounds, Serve, TokenFile},
    server::Senders,
};

/// Reads the file again and compares.
pub(super) struct Reloader {
    argument: PipelineArg,
    written: toml::Table,
    serve: Serve,
}

impl Reloader {
    /// Remembers the file as it is now.
    pub fn new(argument: &PipelineArg) -> Result<Self, Failure> {
        let pipeline = argument.load()?;
        let written = table(argument)?;
        Ok(Self { argument: argument.clone(), written, serve: pipeline.serve })
    }

    /// The senders and bounds that stand in the files now.
    pub fn read(&self) -> Result<(Senders, Bounds), Failure> {
        let pipeline = self.argument.load()?;
        let written = table(&self.argument)?;
        let changed =
            |key: &&String| *key != "serve" && written.get(*key) != self.written.get(*key);
        let keys = || self.written.keys().chain(written.keys());
        if let Some(key) = keys().find(changed) {
            return Err(Failure::refused(anyhow!(
                "[{key}] of {} has changed, and with it how comments are counted: in the middle of \
                 a window that waits for a restart (new questions go through `undertone amend`)",
                pipeline.file.display()
            )));
        }
        self.refuse_restart(&pipeline.serve)?;
        let tokens = TokenFile::read(&pipeline.token_file()).map_err(Failure::usage)?;
        Ok((Senders::new(tokens), pipeline.serve.bounds))
    }

    /// What is fixed while the listeners are open.
    fn refuse_restart(&self, serve: &Serve) -> Result<(), Failure> {
        let (old, new) = (&self.serve, serve);
        let fixed = [
            ("inside", old.inside != new.inside),
            ("outside", old.outside != new.outside),
            ("visible_after_minutes", old.visible_after != new.visible_after),
            ("waiting_rows_max", old.bounds.waiting_rows_max != new.bounds.waiting_rows_max),
            ("waiting_bytes_max", old.bounds.waiting_bytes_max != new.bounds.waiting_bytes_max),
            ("connections_max", old.bounds.connections_max != new.bounds.connections_max),
            ("drain_seconds_max", old.bounds.drain != new.bounds.drain),
        ];
        match fixed.into_iter().find(|(_, changed)| *changed) {
            None => Ok(()),
            Some((key, _)) => Err(Failure::usage(anyhow!(
                "serve.{key} has changed: restart the service for that"
            ))),
        }
    }
}

fn table(argument: &PipelineArg) -> Result<toml::Table, Failure> {
    let path = &argument.pipeline;
    let text = fs::read_to_string(path)
        .map_err(|e| Failure::usage(anyhow!("cannot read {}: {e}", path.display())))?;
    text.parse().map_err(|_| Failure::usage(anyhow!("{} is not TOML", path.display())))
}
