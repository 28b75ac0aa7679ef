//! The pipeline's entry in the registry of differential privacy deployments, tier 3.
//!
//! Every field follows from the ledger: what was planned, spent and published. Nothing is written by
//! hand but the `[deployment]` facts, which the ledger records too.
//!
//! # Source
//! The fields are those of the OpenDP Differential Privacy Deployments Registry.

use serde::{Deserialize, Serialize};

use super::{Deployment, PrivacyUnit, statement};
use crate::{
    domain::KeySet,
    ledger::{Entry, Fact, PLAN_DEPLOYMENT_KEY},
    privacy::{Budget, LIBRARY_NAME, LIBRARY_VERSION, LossError, StatedFamily, StatedPlan},
};

/// A registry entry as its YAML file has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegistryEntry {
    /// Short name in addresses.
    pub url_slug: String,
    /// `Draft` until somebody has read it.
    pub status: &'static str,
    /// How much it tells: 3 is all of it.
    pub tier: u8,
    /// The facts.
    pub deployment: DeploymentFacts,
}

/// The facts, in the registry's sections.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeploymentFacts {
    basic: Basic,
    dp_variant: Variant,
    privacy_loss: PrivacyLoss,
    deployment_model: Model,
    accounting: Accounting,
    implementation: Implementation,
    administrative: Administrative,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Basic {
    name: String,
    data_curators: Vec<String>,
    intended_use: String,
    data_product_type: &'static str,
    data_product_region: String,
    description: String,
    publication_date: String,
    data_product_sector: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Variant {
    variant_name: &'static str,
    data_domain: String,
    unprotected_quantities: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct PrivacyLoss {
    privacy_unit: String,
    privacy_unit_details: String,
    privacy_parameters: Parameters,
    privacy_parameters_details: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Parameters {
    epsilon: f64,
    delta: f64,
    rho: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Model {
    model_name: &'static str,
    model_name_details: &'static str,
    actors: String,
    release_type: &'static str,
    release_type_details: String,
    data_source_type: &'static str,
    data_source_type_details: String,
    access_type: &'static str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Accounting {
    post_processing: String,
    composition: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Implementation {
    preprocessing_and_hyperparameter_tuning: String,
    mechanisms: String,
    justification: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Administrative {
    registry_authors: Vec<String>,
    sources: String,
    notes: String,
}

/// Why there is no entry to write.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// No plan was recorded.
    #[error("the ledger records no plan yet: run the pipeline first")]
    NoPlan,
    /// Nothing was published.
    #[error("nothing has been published yet: an entry names the date of the first release")]
    NothingPublished,
    /// Facts that only people know are missing.
    #[error(
        "the plan has no [deployment] facts: add the table to the pipeline file (see \
         pipelines/every-key.toml) and record it with `undertone amend`"
    )]
    NoDeployment,
    /// A recorded plan that cannot be read.
    #[error("the recorded plan cannot be read: {0}")]
    Plan(#[from] serde_json::Error),
    /// The library refused a conversion.
    #[error(transparent)]
    Loss(#[from] LossError),
}

/// What the entry needs of a recorded plan.
#[derive(Deserialize)]
struct Plan {
    pipeline: String,
    unit: PrivacyUnit,
    identity: serde_json::Value,
    schedule: Schedule,
    keys: KeySet,
    privacy: StatedPlan,
}

#[derive(Deserialize)]
struct Schedule {
    starts_on: String,
    window_days: i64,
    zone: Option<String>,
    lateness_days: u16,
}

impl RegistryEntry {
    /// The entry that follows from a ledger.
    ///
    /// # Errors
    /// When nothing was published, or the plan lacks the facts that only people know.
    pub fn from_ledger(entries: &[Entry]) -> Result<Self, RegistryError> {
        let recorded = entries.iter().rev().find_map(|entry| match &entry.fact {
            Fact::Plan { plan, .. } => Some(plan),
            _ => None,
        });
        let recorded = recorded.ok_or(RegistryError::NoPlan)?;
        let first = entries.iter().find(|entry| matches!(entry.fact, Fact::Publish { .. }));
        let first = first.ok_or(RegistryError::NothingPublished)?;
        let deployment = recorded.get(PLAN_DEPLOYMENT_KEY).ok_or(RegistryError::NoDeployment)?;
        let deployment: Deployment = serde_json::from_value(deployment.clone())?;
        let plan: Plan = serde_json::from_value(recorded.clone())?;
        let published = entries.iter().filter(|entry| matches!(entry.fact, Fact::Publish { .. }));
        let last_window = entries.iter().filter_map(|entry| match &entry.fact {
            Fact::Reserve(reserve) => Some(reserve.window.0),
            _ => None,
        });
        let plans = entries.iter().filter(|entry| matches!(entry.fact, Fact::Plan { .. })).count();
        let spent = Spent {
            amendments: plans.saturating_sub(1),
            releases: published.count(),
            last_window: last_window.max().unwrap_or(0),
        };
        let date = first.at.to_string().chars().take(10).collect();
        let url_slug = plan.pipeline.clone();
        let deployment = facts(deployment, &plan, date, &spent)?;
        Ok(Self { url_slug, status: "Draft", tier: 3, deployment })
    }
}

/// What the ledger's later entries add up to.
struct Spent {
    amendments: usize,
    releases: usize,
    last_window: u32,
}

fn facts(
    deployment: Deployment,
    plan: &Plan,
    publication_date: String,
    spent: &Spent,
) -> Result<DeploymentFacts, RegistryError> {
    let budget = &plan.privacy.budget;
    let zone = plan.schedule.zone.clone().unwrap_or_else(|| "UTC".to_owned());
    Ok(DeploymentFacts {
        basic: Basic {
            name: deployment.name,
            data_curators: deployment.data_curators,
            intended_use: deployment.intended_use,
            data_product_type: "Summary statistics",
            data_product_region: deployment.region,
            description: format!(
                "What residents say in public comments, by neighbourhood, topic and sentiment: {} \
                 neighbourhoods, {} topics, windows of {} days since {}.",
                plan.keys.neighborhoods.len(),
                plan.keys.topics.len(),
                plan.schedule.window_days,
                plan.schedule.starts_on,
            ),
            publication_date,
            data_product_sector: deployment.sector,
        },
        dp_variant: Variant {
            variant_name: "Zero-concentrated DP",
            data_domain: format!(
                "Public comments of the source `{}`, each reduced on arrival to its account's keyed \
                 pseudonym, window, neighbourhood, topics and sentiment; the words are not kept.",
                plan.identity["source"].as_str().unwrap_or(&plan.pipeline)
            ),
            unprotected_quantities:
                "The lists of neighbourhoods, districts and topics, the schedule, \
                the plan with its noise scales, the classifier with its measured accuracy, and the \
                ledger's entries. None depends on a comment."
                    .to_owned(),
        },
        privacy_loss: privacy_loss(plan, spent)?,
        deployment_model: Model {
            model_name: "Central",
            model_name_details: "The city's own machine sees comments and adds the noise; only signed \
                releases leave it.",
            actors: "Residents write in public. The city runs the pipeline and is trusted with \
                comments and keys. Readers of releases, its own staff included, are not trusted. \
                Auditors check the public ledger without seeing comments."
                .to_owned(),
            release_type: "Many releases",
            release_type_details: format!(
                "{} releases so far, each at the close of its window of {} days (zone {zone}, {} days \
                 of grace), whatever was said.",
                spent.releases, plan.schedule.window_days, plan.schedule.lateness_days
            ),
            data_source_type: "Dynamic",
            data_source_type_details:
                "Comments arrive continuously; an edit or deletion acts while \
                its window is open."
                    .to_owned(),
            access_type: "Non-interactive",
        },
        accounting: accounting(budget, &plan.privacy.families),
        implementation: implementation(&plan.privacy.families, spent.amendments),
        administrative: Administrative {
            registry_authors: deployment.registry_authors,
            sources: deployment.sources.join("\n"),
            notes: deployment.notes,
        },
    })
}

fn privacy_loss(plan: &Plan, spent: &Spent) -> Result<PrivacyLoss, RegistryError> {
    let budget = &plan.privacy.budget;
    let periods = spent.last_window / budget.period_windows + 1;
    let lifetime = budget.rho.composed(periods)?.epsilon(budget.delta)?;
    let (unit, details) = match plan.unit {
        PrivacyUnit::Resident => ("User-level", "one pseudonymous account"),
        PrivacyUnit::Comment => ("Event-level", "one comment, because the source names no account"),
    };
    Ok(PrivacyLoss {
        privacy_unit: unit.to_owned(),
        privacy_unit_details: format!(
            "Adding or removing all records of {details}, whenever written; everything released for \
             any {} consecutive windows together.",
            budget.period_windows
        ),
        privacy_parameters: Parameters {
            epsilon: budget.epsilon,
            delta: budget.delta,
            rho: budget.rho.get(),
        },
        privacy_parameters_details: format!(
            "For everything released in any {} consecutive windows of {} days together. Since the \
             first window at most epsilon {lifetime:.3} at the same delta.",
            budget.period_windows, plan.schedule.window_days
        ),
    })
}

fn accounting(budget: &Budget, families: &[StatedFamily]) -> Accounting {
    let family = |family: &StatedFamily| {
        format!(
            "{}: {} % of the budget, rho {:.6} for the {} it lets a resident fill",
            family.declared.id,
            family.declared.share_percent,
            family.loss_period.get(),
            match (family.declared.windows_max, family.coefficients.is_empty()) {
                (1, true) => "1 release".to_owned(),
                (windows, true) => format!("{windows} releases"),
                (_, false) => "heaviest run of totals".to_owned(),
            }
        )
    };
    let mut done: Vec<String> = Vec::new();
    for step in families.iter().flat_map(statement::post_processing) {
        if !done.contains(&step) {
            done.push(step);
        }
    }
    Accounting {
        post_processing: done.join("; "),
        composition: format!(
            "Individual zCDP filter: one rolling allowance of {} for each account over any {} \
             windows and all families, in integers, charged before anything is counted. {}.",
            budget.micro,
            budget.period_windows,
            families.iter().map(family).collect::<Vec<_>>().join("; ")
        ),
    }
}

fn implementation(families: &[StatedFamily], amendments: usize) -> Implementation {
    let family = |family: &StatedFamily| {
        let sigmas: Vec<String> = family
            .layers
            .iter()
            .map(|layer| format!("{} sigma {}", layer.level.as_str(), layer.sigma_units))
            .collect();
        format!(
            "{} ({}; at most {} cells a voice)",
            family.declared.id,
            sigmas.join(", "),
            family.declared.cells_max
        )
    };
    Implementation {
        preprocessing_and_hyperparameter_tuning: format!(
            "Each resident has one voice of 60 units a window and family, split over a few cells \
             chosen by a keyed hash. Nothing crosses residents before the noise: labels are computed \
             text by text, no threshold, no deduplication across accounts. {}",
            match amendments {
                0 => "Plan, keys and noise were recorded before anything was released.".to_owned(),
                times => format!(
                    "Plan, keys and noise were recorded before anything was released; the plan was \
                     amended {times} time(s) since, perhaps after a look at releases, within the same \
                     allowance of each resident."
                ),
            }
        ),
        mechanisms: format!(
            "Discrete Gaussian in every cell, in 60ths of a voice, by {LIBRARY_NAME} \
             {LIBRARY_VERSION} with randomness from OpenSSL: {}.",
            families.iter().map(family).collect::<Vec<_>>().join("; ")
        ),
        justification: "The discrete Gaussian composes tightly over many releases and levels and has no \
            floating-point tail; a filter per resident lets the stream go on at constant noise. Every \
            charge stands in a signed, hash-chained ledger before a count is read, and anybody can \
            recompute it."
            .to_owned(),
    }
}
