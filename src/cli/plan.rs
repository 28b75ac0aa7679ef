//! `undertone plan`: what a plan costs and how sharp it will be, before any data is read.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::json;

use super::{Failure, out};
use crate::{
    config::{Overrides, Pipeline, load},
    domain::Grouping,
    privacy::{ExpectedError, Family, LossError},
};

/// Arguments of `plan`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone plan pipelines/demo.toml
  undertone plan pipelines/demo.toml --residents 2500
  undertone plan pipelines/demo.toml --json")]
pub(super) struct Args {
    /// The pipeline file
    pipeline: PathBuf,
    /// Residents you expect in a window, to say how sharp the numbers will be; a public guess
    #[arg(long, value_name = "N")]
    residents: Option<u32>,
    /// Folder of the model weights
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// GeoJSON of the neighbourhoods, instead of the one the pipeline file names
    #[arg(long, value_name = "FILE")]
    neighborhoods: Option<PathBuf>,
    /// JSON for machines
    #[arg(long)]
    json: bool,
}

/// What `plan` says of one family.
#[derive(Serialize)]
struct Row {
    family: String,
    name: String,
    every_windows: u32,
    windows_max: u32,
    share_percent: u8,
    epsilon_period: f64,
    expected: ExpectedError,
    /// Voices expected in one place and topic, and what its net sentiment would be known to.
    #[serde(skip_serializing_if = "Option::is_none")]
    voices_per_place: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    net_half_width: Option<f64>,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let overrides = Overrides {
        data: None,
        models: args.models.clone(),
        neighborhoods: args.neighborhoods.clone(),
    };
    let pipeline = load(&args.pipeline, overrides)?;
    let families = pipeline.plan.privacy.families();
    let rows: Result<Vec<Row>, _> =
        families.iter().map(|family| row(&pipeline, family, args.residents)).collect();
    let rows = rows.map_err(Failure::internal)?;
    if args.json {
        return out::json(&json!({"plan": pipeline.plan.public(), "expected": rows}));
    }
    out::text(&readable(&pipeline, &rows, args.residents))
}

fn row(pipeline: &Pipeline, family: &Family, residents: Option<u32>) -> Result<Row, LossError> {
    let (spec, budget) = (family.spec(), pipeline.plan.privacy.budget());
    let expected = ExpectedError::of(family)?;
    let voices_per_place = residents
        .filter(|_| spec.grouping.sentiment)
        .map(|residents| f64::from(residents) / places(pipeline, spec.grouping));
    Ok(Row {
        family: spec.id.clone(),
        name: spec.name.clone(),
        every_windows: spec.every_windows,
        windows_max: spec.windows_max,
        share_percent: spec.share_percent,
        epsilon_period: family.loss_period().epsilon(budget.delta)?,
        net_half_width: voices_per_place.and_then(|voices| expected.net_half_width(voices)),
        voices_per_place,
        expected,
    })
}

/// Places and topics that share the voices of a family.
fn places(pipeline: &Pipeline, grouping: Grouping) -> f64 {
    let keys = &pipeline.plan.keys;
    let of = |grouped: bool, count: usize| if grouped { count as f64 } else { 1.0 };
    of(grouping.neighborhood, keys.neighborhoods.len()) * of(grouping.topic, keys.topics.len())
}

fn readable(pipeline: &Pipeline, rows: &[Row], residents: Option<u32>) -> String {
    let (plan, budget) = (&pipeline.plan, pipeline.plan.privacy.budget());
    let mut text = format!(
        "{}: epsilon {} at delta {:e} for everything released in any {} windows\n\
         (rho {:.6}; the plan spends {:.6} of it)\n\n",
        plan.title,
        budget.epsilon,
        budget.delta,
        budget.period_windows,
        budget.rho.get(),
        plan.privacy.loss_period().get(),
    );
    text += &format!(
        "{:<10} {:>5} {:>3} {:>6} {:>8} {:>7} {:>12} {:>11}\n",
        "family", "every", "W", "share", "epsilon", "cells", "cell ± (95%)", "measuring <"
    );
    for row in rows {
        text += &format!(
            "{:<10} {:>5} {:>3} {:>5}% {:>8.3} {:>7} {:>12.1} {:>11.0}\n",
            row.family,
            row.every_windows,
            row.windows_max,
            row.share_percent,
            row.epsilon_period,
            row.expected.cells,
            row.expected.cell_half_width_voices,
            row.expected.measuring_voices,
        );
    }
    text += "Cells and the measuring threshold are in voices; one voice is one resident in one window.\n";
    if budget.epsilon > 10.0 {
        text += "An epsilon above 10 protects hardly anybody; cities publish at 1 to 4.\n";
    }
    match residents {
        Some(residents) => text += &expectations(rows, residents),
        None => {
            text += "Give --residents N, a public guess, to see how sharp net sentiment will be.\n"
        }
    }
    text
}

fn expectations(rows: &[Row], residents: u32) -> String {
    let mut text = format!("\nWith {residents} residents in a window, spread evenly:\n");
    for row in rows {
        let Some(voices) = row.voices_per_place else { continue };
        text += &match row.net_half_width {
            Some(half) => {
                format!(
                    "  {:<10} {voices:>7.0} voices a place: net sentiment ±{half:.2}\n",
                    row.family
                )
            }
            None => format!(
                "  {:<10} {voices:>7.0} voices a place: mostly \"measuring\" (needs {:.0}); fewer \
                 topics, longer windows or a larger share would help\n",
                row.family, row.expected.measuring_voices
            ),
        };
    }
    text
}
