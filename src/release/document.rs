//! The release document: what a reader, a dashboard or an auditor gets.

use serde::{Deserialize, Serialize};

use super::{Interval, ModelFacts, Opinion, PrivacyStatement, PrivacyUnit, opinions, voices};
use crate::{
    domain::{
        Calendar, Cell, CellSchema, Grouping, KeySet, NamedKey, Sentiment, VOICE_UNITS, Window,
        mutant::{Mutant, active},
    },
    ledger::ReleaseId,
    privacy::{Budget, LossError, StatedFamily},
};

/// One release, whole. Field names and units are a published contract (`docs/schema/`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Document {
    /// `undertone-release/1`.
    pub format: String,
    /// The question's id: family, window, plan and key sets, hashed.
    pub release_id: String,
    /// Whose release.
    pub pipeline: PipelineFacts,
    /// What was counted.
    pub family: FamilyFacts,
    /// Over which span.
    pub window: WindowFacts,
    /// Where the ledger records the charge.
    pub ledger: LedgerFacts,
    /// The guarantee.
    pub privacy: PrivacyStatement,
    /// Who labelled.
    pub model: ModelFacts,
    /// Public lists behind the ids.
    pub keys: KeySet,
    /// Every cell of the key set, empty ones too.
    pub cells: Vec<CellRow>,
    /// Net sentiment per place and topic, with what is still measuring.
    pub opinions: Vec<Opinion>,
}

/// Names the pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PipelineFacts {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
}

/// Names the query family.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FamilyFacts {
    /// Id.
    pub id: String,
    /// Title.
    pub name: String,
    /// Dimensions.
    pub grouping: Grouping,
}

/// The span that was counted: whole days in the city's zone, half open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct WindowFacts {
    /// Index of the first window.
    pub first: u32,
    /// Index of the last window.
    pub last: u32,
    /// First day.
    pub from: String,
    /// First day after.
    pub until: String,
    /// IANA zone whose midnights cut the days.
    pub zone: String,
}

/// Where the charge stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct LedgerFacts {
    /// Origin line of the ledger's checkpoints.
    pub origin: String,
    /// Index of the `Reserve` entry that paid for this release.
    pub reserve_index: u64,
    /// Which attempt at this question it is; earlier ones were abandoned and stay charged.
    pub attempt: u32,
    /// SHA-256 of the plan.
    pub plan_sha256: String,
}

/// One noisy cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CellRow {
    /// Neighbourhood id, where grouped by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub neighborhood: Option<String>,
    /// Topic id, where grouped by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Tone, where grouped by; `unread` for comments that were withheld or in another language.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub sentiment: Option<Sentiment>,
    /// The released integer, which can be negative.
    ///
    /// # Units
    /// 60ths of a voice.
    pub noisy_units: i64,
    /// The same in voices, with the 95 % interval of the noise.
    pub voices: Interval,
}

/// Everything public that a release is put together from, besides the noisy numbers: facts of the
/// plan as the ledger states it, and of the charge. A verifier has all of it too.
pub struct Facts {
    /// Whose release.
    pub pipeline: PipelineFacts,
    /// Unit of the guarantee.
    pub unit: PrivacyUnit,
    /// Public lists.
    pub keys: KeySet,
    /// The budget.
    pub budget: Budget,
    /// The family with its noise.
    pub family: StatedFamily,
    /// The span.
    pub window: WindowFacts,
    /// The charge.
    pub ledger: LedgerFacts,
    /// The question.
    pub release_id: ReleaseId,
}

impl Document {
    /// Puts noisy counts under their public names.
    ///
    /// # Shape
    /// `units` has one number for each cell of the family's schema, in its order.
    ///
    /// # Errors
    /// When the library refuses to convert a loss.
    pub fn new(facts: Facts, units: &[i64], model: ModelFacts) -> Result<Self, LossError> {
        let Facts { pipeline, unit, keys, budget, family, window, ledger, release_id } = facts;
        let cells = cell_rows(&keys, &family, units);
        Ok(Self {
            format: "undertone-release/1".into(),
            release_id: release_id.to_string(),
            pipeline,
            privacy: PrivacyStatement::new(unit, &budget, &family, Window(window.last))?,
            family: FamilyFacts {
                id: family.declared.id.clone(),
                name: family.declared.name.clone(),
                grouping: family.declared.grouping,
            },
            window,
            ledger,
            model,
            keys,
            opinions: opinions(&cells, family.sigma_units),
            cells,
        })
    }

    /// The name of its file: readable, unique per question, free of anything but public ids.
    pub fn file_name(&self) -> String {
        format!("{}.{:05}.{}.json", self.family.id, self.window.last, &self.release_id[..12])
    }
}

impl WindowFacts {
    /// The days of the windows `first` to `last`, both inclusive.
    pub fn new(calendar: &Calendar, first: Window, last: Window) -> Self {
        Self {
            first: first.0,
            last: last.0,
            from: calendar.span(first).0.to_string(),
            until: calendar.span(last).1.to_string(),
            zone: calendar.zone().iana_name().unwrap_or("UTC").to_owned(),
        }
    }
}

fn cell_rows(keys: &KeySet, family: &StatedFamily, units: &[i64]) -> Vec<CellRow> {
    let unit = f64::from(VOICE_UNITS);
    let sigma = f64::from(family.sigma_units) / unit;
    let id_of = |keys: &[NamedKey], at: u16| keys[usize::from(at)].id.clone();
    let row = |(cell, units): (Cell, &i64)| CellRow {
        neighborhood: cell.neighborhood.map(|n| id_of(&keys.neighborhoods, n.0)),
        topic: cell.topic.map(|t| id_of(&keys.topics, t.0)),
        sentiment: cell.sentiment,
        noisy_units: *units,
        voices: voices(*units as f64 / unit, sigma),
    };
    let cells = CellSchema::new(family.declared.grouping, keys);
    let skipped = |units: i64| units == 0 && active(Mutant::EmptyCellsSkipped);
    cells.cells().zip(units).filter(|(_, units)| !skipped(**units)).map(row).collect()
}

/// The JSON Schema of a release file, as published under `docs/schema/`.
pub fn schema_json() -> serde_json::Value {
    schemars::schema_for!(super::envelope::EnvelopeSchema).to_value()
}
