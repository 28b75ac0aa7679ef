//! The release document: what a reader, a dashboard or an auditor gets.

use serde::{Deserialize, Serialize};

use super::{
    Interval, ModelFacts, Opinion, PrivacyStatement, PrivacyUnit,
    tables::{DocumentError, Tables},
};
use crate::{
    domain::{Calendar, Grouping, KeySet, Level, Sentiment, Window},
    ledger::ReleaseId,
    privacy::{Budget, StatedFamily},
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
    /// Every cell of the key set, empty ones too, as measured at the finest level.
    pub cells: Vec<CellRow>,
    /// The wider levels of place, each as measured with its own noise; none where the family has one
    /// level.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<LevelTable>,
    /// The estimates that fit all levels best and add up; none where the family has one level.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reconciled: Vec<EstimateRow>,
    /// The releases that a running total was decoded from; none for an ordinary family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_date: Option<RunningTotal>,
    /// Net sentiment per place and topic, with what is still measuring; from the reconciled
    /// estimates where there are levels.
    pub opinions: Vec<Opinion>,
    /// The same of districts and the city, where these were measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wider_opinions: Vec<Opinion>,
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
    /// District id, in a table of districts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
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
    /// 60ths of a voice; of a running total, 60ths of a voice times its coefficient.
    pub noisy_units: i64,
    /// The same in voices, with the 95 % interval of the noise; of a running total, the total so far.
    pub voices: Interval,
}

/// One wider level of place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct LevelTable {
    /// Which level.
    pub level: Level,
    /// Scale of the noise in every cell of it, in units.
    pub sigma_units: u32,
    /// Every cell of it, empty ones too.
    pub cells: Vec<CellRow>,
}

/// One estimate that fits all levels; districts and city are the sums of their neighbourhoods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct EstimateRow {
    /// Which level.
    pub level: Level,
    /// Neighbourhood id, of the finest level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neighborhood: Option<String>,
    /// District id, of a district.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
    /// Topic id, where grouped by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Tone, where grouped by.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub sentiment: Option<Sentiment>,
    /// Voices with the 95 % interval of the noise.
    pub voices: Interval,
}

/// What a running total was decoded from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RunningTotal {
    /// Factors of a first voice in the releases of its run, by age in windows.
    pub coefficients: Vec<u32>,
    /// The noisy integers of each release of the run so far, this one last, in the order of `cells`.
    pub releases: Vec<Vec<i64>>,
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
    /// Of a running total: the noisy integers of the releases of its run before this one.
    pub earlier: Vec<Vec<i64>>,
}

impl Document {
    /// Puts noisy counts under their public names.
    ///
    /// # Shape
    /// `units` has one number for each cell of the family's levels, finest level first, in the order
    /// of their schemas.
    ///
    /// # Errors
    /// When the library refuses to convert a loss, or the numbers are not those of the family.
    pub fn new(facts: Facts, units: &[i64], model: ModelFacts) -> Result<Self, DocumentError> {
        let tables = Tables::new(&facts, units)?;
        let Facts { pipeline, unit, keys, budget, family, window, ledger, release_id, .. } = facts;
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
            opinions: tables.opinions(),
            wider_opinions: tables.wider_opinions(),
            cells: tables.cells,
            levels: tables.levels,
            reconciled: tables.reconciled,
            to_date: tables.to_date,
        })
    }

    /// Every released integer, finest level first: what the mechanism returned.
    pub fn noisy_units(&self) -> Vec<i64> {
        let wider = self.levels.iter().flat_map(|level| &level.cells);
        self.cells.iter().chain(wider).map(|cell| cell.noisy_units).collect()
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

/// The JSON Schema of a release file, as published under `docs/schema/`.
pub fn schema_json() -> serde_json::Value {
    schemars::schema_for!(super::envelope::EnvelopeSchema).to_value()
}
