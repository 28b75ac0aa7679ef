//! `undertone plan`: what a plan costs and how sharp it will be, before any data is read.

use std::path::PathBuf;

use anyhow::anyhow;
use serde_json::json;

use super::{Failure, out, plan_arithmetic::explain, plan_text};
use crate::{
    config::{Overrides, Pipeline, load},
    domain::Window,
    estimate::coverage,
    privacy::{Change, Scenario, Turnout},
};

/// Arguments of `plan`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  undertone plan pipelines/demo.toml --residents 1100
  undertone plan pipelines/demo.toml --residents 1100 --explain
  undertone plan pipelines/demo.toml --residents 1100 --what-if epsilon=1,2,4
  undertone plan pipelines/demo.toml --residents 1100 --what-if window-days=7,28 --json
  undertone plan pipelines/demo.toml --coverage")]
pub(super) struct Args {
    /// The pipeline file
    pipeline: PathBuf,
    /// Residents you expect in a window, to say how sharp the numbers will be; a public guess
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    residents: Option<u32>,
    /// Different residents you expect in a whole period; left out, each speaks in two windows of it
    #[arg(long, value_name = "N", requires = "residents")]
    residents_period: Option<u32>,
    /// Windows you mean to release, to say what they cost in all; left out, those of the plan
    #[arg(long, value_name = "N")]
    windows: Option<u32>,
    /// A number of neighbourhoods to plan for, or a GeoJSON instead of the one the file names
    #[arg(long, value_name = "N|FILE")]
    neighborhoods: Option<String>,
    /// A number of topics to plan for, "other" included, instead of those of the file
    #[arg(long, value_name = "N")]
    topics: Option<usize>,
    /// Show the arithmetic, from epsilon to half-width
    #[arg(long)]
    explain: bool,
    /// Vary one number: epsilon, windows-max, window-days, neighborhoods, topics or residents
    #[arg(long, value_name = "NAME=A,B,..")]
    what_if: Vec<String>,
    /// Simulate how often each kind of interval holds, on an invented city; takes a minute
    #[arg(long, hide = true)]
    coverage: bool,
    /// Folder of the model weights
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// JSON for machines
    #[arg(long)]
    json: bool,
}

/// Repetitions of a simulation of coverage.
const REPETITIONS: u32 = 1000;

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    if args.coverage {
        return simulate(args.json);
    }
    let neighborhoods_file =
        args.neighborhoods.as_ref().filter(|text| text.parse::<usize>().is_err());
    let overrides = Overrides {
        data: None,
        models: args.models.clone(),
        neighborhoods: neighborhoods_file.map(PathBuf::from),
    };
    let pipeline = load(&args.pipeline, overrides)?;
    let scenario = scenario(&pipeline, args)?;
    let plan = scenario.plan().map_err(Failure::usage)?;
    let forecast = scenario.forecast().map_err(Failure::internal)?;
    let windows = args.windows.or(pipeline.plan.calendar.windows());
    let lifetime = match windows {
        Some(windows) => {
            let periods = windows.div_ceil(plan.budget().period_windows).max(1);
            let rho = plan.budget().rho.composed(periods).map_err(Failure::internal)?;
            Some((windows, rho.epsilon(plan.budget().delta).map_err(Failure::internal)?))
        }
        None => None,
    };
    let tables = what_ifs(&scenario, &args.what_if)?;
    let advice = scenario.advice();
    if args.json {
        let lifetime =
            lifetime.map(|(windows, epsilon)| json!({"windows": windows, "epsilon": epsilon}));
        return out::json(&json!({
            "plan": pipeline.plan.public(),
            "turnout": scenario.turnout,
            "expected": forecast.families,
            "laplace": forecast.laplace,
            "lifetime": lifetime,
            "advice": advice,
            "arithmetic": args.explain.then(|| explain(&scenario, &plan, &forecast)),
            "what_if": tables,
        }));
    }
    let mut text = plan_text::head(&pipeline.plan.title, &plan, lifetime);
    text += &plan_text::families(&forecast);
    text += &plan_text::laplace(&forecast.laplace);
    text += &plan_text::expectations(&scenario, &forecast, &advice);
    if args.explain {
        text += &plan_text::arithmetic(&explain(&scenario, &plan, &forecast));
    }
    for table in &tables {
        text += &plan_text::what_if(table);
    }
    out::text(&text)
}

fn simulate(as_json: bool) -> Result<(), Failure> {
    let report = coverage(REPETITIONS, &[1.0, 2.0, 4.0]).map_err(Failure::internal)?;
    if as_json {
        out::json(&report)?
    } else {
        out::text(&report.text())?
    }
    if report.holds() {
        return Ok(());
    }
    Err(Failure::check(anyhow!("an interval holds more or less often than it should")))
}

/// The plan of the file with the public numbers of the command line.
fn scenario(pipeline: &Pipeline, args: &Args) -> Result<Scenario, Failure> {
    let plan = &pipeline.plan;
    let (from, until) = plan.calendar.span(Window(0));
    let days = until.since(from).map_or(1, |span| span.get_days());
    let budget = plan.privacy.budget().clone();
    let in_period = args.residents_period.map(f64::from);
    let turnout = args
        .residents
        .map(|residents| Turnout::new(f64::from(residents), in_period, budget.period_windows));
    let mut scenario = Scenario {
        specs: plan.privacy.families().iter().map(|family| family.spec().clone()).collect(),
        budget,
        keys: plan.keys.clone(),
        window_days: u16::try_from(days).unwrap_or(u16::MAX),
        turnout,
    };
    let neighborhoods = args.neighborhoods.as_ref().and_then(|text| text.parse().ok());
    if let Some(count) = neighborhoods {
        scenario = scenario.with(&Change::Neighborhoods(count)).map_err(Failure::usage)?;
    }
    if let Some(count) = args.topics {
        scenario = scenario.with(&Change::Topics(count)).map_err(Failure::usage)?;
    }
    Ok(scenario)
}

fn what_ifs(scenario: &Scenario, asked: &[String]) -> Result<Vec<plan_text::WhatIf>, Failure> {
    asked.iter().map(|asked| what_if(scenario, asked)).collect()
}

fn what_if(scenario: &Scenario, asked: &str) -> Result<plan_text::WhatIf, Failure> {
    let (name, values) = asked
        .split_once('=')
        .ok_or_else(|| Failure::usage(anyhow!("--what-if takes NAME=A,B, not `{asked}`")))?;
    let mut rows = Vec::new();
    for value in values.split(',').map(str::trim) {
        let change = change(name, value)?;
        let forecast = scenario.with(&change).and_then(|next| next.forecast());
        rows.push(plan_text::WhatIfRow::new(value, forecast));
    }
    Ok(plan_text::WhatIf { varied: name.to_owned(), rows })
}

fn change(name: &str, value: &str) -> Result<Change, Failure> {
    let wrong = || Failure::usage(anyhow!("--what-if {name}: `{value}` is not a number for it"));
    let whole = || value.parse::<u16>().ok().filter(|n| *n > 0).ok_or_else(wrong);
    let real = || value.parse::<f64>().ok().filter(|x| *x > 0.0).ok_or_else(wrong);
    Ok(match name {
        "epsilon" => Change::Epsilon(real()?),
        "windows-max" => Change::WindowsMax(u32::from(whole()?)),
        "window-days" => Change::WindowDays(whole()?),
        "neighborhoods" => Change::Neighborhoods(usize::from(whole()?)),
        "topics" => Change::Topics(usize::from(whole()?)),
        "residents" => Change::Residents(real()?),
        _ => {
            return Err(Failure::usage(anyhow!(
                "--what-if does not know `{name}`; it varies epsilon, windows-max, window-days, \
                 neighborhoods, topics or residents"
            )));
        }
    })
}
