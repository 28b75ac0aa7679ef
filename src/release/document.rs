//! The release document: what a reader, a dashboard or an auditor gets.

use serde::{Deserialize, Serialize};

use super::{
    Interval, LossFacts, ModelFacts, Opinion, PrivacyStatement, ReleasePlan, opinions, voices,
};
use crate::{
    domain::{Grouping, KeySet, Sentiment, VOICE_UNITS, Window},
    ledger::{Digest, Receipt},
    privacy::{Family, LossError, NoisyCounts},
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

/// What paid for a release, and where that is recorded.
#[derive(Clone, Copy)]
pub struct Paid<'a> {
    /// The reservation.
    pub receipt: &'a Receipt,
    /// Origin of the ledger.
    pub origin: &'a str,
    /// The plan in force.
    pub plan_digest: Digest,
}

impl Document {
    /// Puts noisy counts under their public names.
    ///
    /// # Errors
    /// When the library refuses to convert a loss.
    pub fn new(
        plan: &ReleasePlan,
        family: &Family,
        paid: &Paid<'_>,
        noisy: &NoisyCounts,
        model: &ModelFacts,
    ) -> Result<Self, LossError> {
        let Paid { receipt, origin, plan_digest } = *paid;
        let window = receipt.window();
        let cells = cell_rows(plan, family, noisy);
        Ok(Self {
            format: "undertone-release/1".into(),
            release_id: receipt.release_id().to_string(),
            pipeline: PipelineFacts { id: plan.id.clone(), title: plan.title.clone() },
            family: FamilyFacts {
                id: family.spec().id.clone(),
                name: family.spec().name.clone(),
                grouping: family.spec().grouping,
            },
            window: window_facts(plan, family, window),
            ledger: LedgerFacts {
                origin: origin.to_owned(),
                reserve_index: receipt.index(),
                attempt: receipt.attempt(),
                plan_sha256: plan_digest.to_string(),
            },
            privacy: PrivacyStatement::new(plan, family, window)?,
            model: model.clone(),
            keys: plan.keys.clone(),
            opinions: opinions(&cells, family.sigma_units()),
            cells,
        })
    }

    /// The name of its file: readable, unique per question, free of anything but public ids.
    pub fn file_name(&self) -> String {
        format!("{}.{:05}.{}.json", self.family.id, self.window.last, &self.release_id[..12])
    }

    /// The loss everything together can cost one resident in a period.
    pub fn period_loss(&self) -> &LossFacts {
        &self.privacy.all_per_period
    }
}

fn window_facts(plan: &ReleasePlan, family: &Family, window: Window) -> WindowFacts {
    let (first, last) = family.span_ending(window).unwrap_or((window, window));
    WindowFacts {
        first: first.0,
        last: last.0,
        from: plan.calendar.span(first).0.to_string(),
        until: plan.calendar.span(last).1.to_string(),
        zone: plan.calendar.zone().iana_name().unwrap_or("UTC").to_owned(),
    }
}

fn cell_rows(plan: &ReleasePlan, family: &Family, noisy: &NoisyCounts) -> Vec<CellRow> {
    let unit = f64::from(VOICE_UNITS);
    let sigma = f64::from(family.sigma_units()) / unit;
    let id_of = |keys: &[crate::domain::NamedKey], at: u16| keys[usize::from(at)].id.clone();
    let row = |(cell, units): (crate::domain::Cell, &i64)| CellRow {
        neighborhood: cell.neighborhood.map(|n| id_of(&plan.keys.neighborhoods, n.0)),
        topic: cell.topic.map(|t| id_of(&plan.keys.topics, t.0)),
        sentiment: cell.sentiment,
        noisy_units: *units,
        voices: voices(*units as f64 / unit, sigma),
    };
    family.schema().cells().zip(noisy.units()).map(row).collect()
}

/// The JSON Schema of a release file, as published under `docs/schema/`.
pub fn schema_json() -> serde_json::Value {
    schemars::schema_for!(super::envelope::EnvelopeSchema).to_value()
}
