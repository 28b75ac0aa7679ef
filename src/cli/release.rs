//! `undertone release`: list, show or export what was released.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::{Failure, compare, data_folder::DataArg, numbers::days, out, registry, summary};
#[cfg(feature = "pipeline")]
use super::{alerts, silent};
use crate::{
    estimate::{corrected_places, correction_matrices},
    ledger::read_entries,
    release::{Archive, ReleaseFile, Table, schema_json},
};

/// Arguments of `release`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone release list --data data/riverton
  undertone release summary --data data/riverton
  undertone release show pulse.00015 --data data/riverton
  undertone release show pulse.00015 --data data/riverton --json --corrected
  undertone release compare --windows 14,15 --data data/riverton
  undertone release silent pipelines/demo.toml --topic riverfront
  undertone release alerts pipelines/demo.toml
  undertone release export --format csv --out riverton.csv --data data/riverton
  undertone release export --table opinions --out net-sentiment.csv --data data/riverton
  undertone release registry --out riverton.yaml --data data/riverton")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// One line per release
    #[command(after_help = "\
Examples:
  undertone release list --data data/riverton
  undertone release list --data data/riverton --json")]
    List {
        #[command(flatten)]
        data: DataArg,
        /// JSON for machines
        #[arg(long)]
        json: bool,
    },
    /// The newest release of every family, as a run prints it
    #[command(after_help = "\
Examples:
  undertone release summary --data data/riverton")]
    Summary {
        #[command(flatten)]
        data: DataArg,
    },
    /// One release, whole
    #[command(after_help = "\
Examples:
  undertone release show pulse.00015 --data data/riverton
  undertone release show pulse.00015 --data data/riverton --json
  undertone release show pulse.00015 --data data/riverton --json --corrected")]
    Show {
        /// File name, release id, or the beginning of either
        release: String,
        #[command(flatten)]
        data: DataArg,
        /// JSON for machines: the very bytes that are signed
        #[arg(long)]
        json: bool,
        /// With --json, the table corrected for the classifier's mistakes in place of the release
        #[arg(long, requires = "json")]
        corrected: bool,
    },
    /// Releases as one file
    #[command(after_help = "\
Examples:
  undertone release export --format csv --out riverton.csv --data data/riverton
  undertone release export --table opinions --out net-sentiment.csv --data data/riverton
  undertone release export pulse.00015 --format json --data data/riverton")]
    Export {
        /// File name, release id, or the beginning of either; left out, all
        release: Option<String>,
        #[command(flatten)]
        data: DataArg,
        /// Format
        #[arg(long, value_enum, default_value_t = Format::Csv)]
        format: Format,
        /// What the lines of a CSV are
        #[arg(long, value_enum, default_value_t = Rows::Cells)]
        table: Rows,
        /// Where to write; left out, standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// The pipeline's entry in the OpenDP registry of deployments, as YAML, from the ledger's facts
    #[command(after_help = "\
Examples:
  undertone release registry --out riverton.yaml --data data/riverton
  undertone release registry --data data/riverton --json")]
    Registry {
        #[command(flatten)]
        data: DataArg,
        /// Where to write; left out, standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// JSON for machines
        #[arg(long)]
        json: bool,
    },
    /// Which places differ, or which windows, with intervals that hold for all pairs at once
    Compare(compare::Args),
    /// What may be said of those who did not post: participation, tipping point, declared odds, surveys
    #[cfg(feature = "pipeline")]
    Silent(silent::Args),
    /// Released changes beyond their intervals, for everybody who subscribed to the file
    #[cfg(feature = "pipeline")]
    Alerts(alerts::Args),
    /// The JSON Schema of a release file
    #[command(after_help = "\
Examples:
  undertone release schema > release.schema.json")]
    Schema,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Comma-separated rows (with FILE.csv-metadata.json beside it, when --out is given)
    Csv,
    /// The signed release files as a JSON array
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
enum Rows {
    /// Every noisy cell, with the exact integer that was released
    Cells,
    /// Net sentiment of every place and topic with its interval, or `measuring`
    Opinions,
}

impl Rows {
    fn table(self) -> Table {
        match self {
            Rows::Cells => Table::Cells,
            Rows::Opinions => Table::Opinions,
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::List { data, json } => list(&releases(data)?, *json),
        Command::Summary { data } => {
            let found = releases(data)?;
            let documents: Vec<_> = found.iter().map(|file| file.envelope.document()).collect();
            out::text(&summary::newest(&documents))
        }
        Command::Show { release, data, json: true, corrected: true } => {
            corrected_table(&find(releases(data)?, release)?)
        }
        Command::Show { release, data, json, .. } => show(&find(releases(data)?, release)?, *json),
        Command::Export { release, data, format, table, out } => {
            let mut found = releases(data)?;
            if let Some(wanted) = release {
                found = vec![find(found, wanted)?];
            }
            export(&found, *format, table.table(), out.as_deref())
        }
        Command::Registry { data, out, json } => {
            registry::write(&data.folder()?, out.as_ref(), *json)
        }
        Command::Compare(args) => {
            let found = releases(&args.data)?;
            let documents: Vec<_> = found.iter().map(|file| file.envelope.document()).collect();
            compare::run(args, &documents)
        }
        #[cfg(feature = "pipeline")]
        Command::Silent(args) => silent::run(args),
        #[cfg(feature = "pipeline")]
        Command::Alerts(args) => alerts::run(args),
        Command::Schema => out::json(&schema_json()),
    }
}

fn releases(data: &DataArg) -> Result<Vec<ReleaseFile>, Failure> {
    let folder = data.folder()?;
    let entries = read_entries(&folder).map_err(Failure::check)?;
    let found = Archive::of(&folder).published(&entries).map_err(Failure::check)?;
    if found.is_empty() {
        return Err(Failure::check(anyhow!("nothing has been released in this folder yet")));
    }
    Ok(found)
}

fn find(mut found: Vec<ReleaseFile>, wanted: &str) -> Result<ReleaseFile, Failure> {
    let fits = |file: &ReleaseFile| {
        file.name.starts_with(wanted) || file.envelope.document().release_id.starts_with(wanted)
    };
    found.retain(fits);
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(Failure::usage(anyhow!(
            "no release `{wanted}`; `undertone release list` names them"
        ))),
        _ => {
            let names: Vec<_> = found.iter().map(|file| file.name.as_str()).collect();
            Err(Failure::usage(anyhow!("`{wanted}` fits several: {}", names.join(", "))))
        }
    }
}

fn list(found: &[ReleaseFile], as_json: bool) -> Result<(), Failure> {
    if as_json {
        let row = |file: &ReleaseFile| {
            let document = file.envelope.document();
            json!({"file": file.name, "release_id": document.release_id, "family": document.family.id,
                "window": document.window, "cells": document.cells.len()})
        };
        return out::json(&found.iter().map(row).collect::<Vec<_>>());
    }
    let mut table = format!("{:<34} {:<24} {:>6}\n", "file", "days", "cells");
    for file in found {
        let document = file.envelope.document();
        let days = days(&document.window.from, &document.window.until);
        table += &format!("{:<34} {days:<24} {:>6}\n", file.name, document.cells.len());
    }
    out::text(&table)
}

fn show(file: &ReleaseFile, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return out::text(&String::from_utf8_lossy(file.envelope.bytes()));
    }
    out::text(&summary::release(file.envelope.document()))
}

/// The table corrected for the classifier's mistakes, with the sets that say how often it errs; no
/// place where the release does not say so for every language it reads, or has too few voices.
fn corrected_table(file: &ReleaseFile) -> Result<(), Failure> {
    let document = file.envelope.document();
    out::json(&json!({
        "release_id": document.release_id,
        "errs_as_on": correction_matrices(document),
        "places": corrected_places(document),
    }))
}

fn export(
    found: &[ReleaseFile],
    format: Format,
    table: Table,
    to: Option<&std::path::Path>,
) -> Result<(), Failure> {
    let body = match format {
        Format::Csv => table.csv(found.iter().map(|file| file.envelope.document())),
        Format::Json => {
            let files: Vec<_> =
                found.iter().map(|file| String::from_utf8_lossy(file.envelope.bytes())).collect();
            let files: Vec<_> = files.iter().map(|file| file.trim_end()).collect();
            format!("[{}]\n", files.join(",\n"))
        }
    };
    let Some(path) = to else { return out::text(&body) };
    let write = |path: &std::path::Path, body: &str| {
        std::fs::write(path, body)
            .map_err(|e| Failure::usage(anyhow!("cannot write {}: {e}", path.display())))
    };
    write(path, &body)?;
    if matches!(format, Format::Csv) {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let beside = path.with_file_name(format!("{name}-metadata.json"));
        write(&beside, &format!("{:#}\n", table.csvw(&name)))?;
    }
    Ok(())
}
