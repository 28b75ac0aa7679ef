//! What a pipeline will release, declared in public before any data.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Deployment;
use crate::{
    domain::{Calendar, KeySet, Window},
    ledger::{PLAN_DEPLOYMENT_KEY, PLAN_PRIVACY_KEY, PLAN_TITLE_KEY},
    privacy::PrivacyPlan,
};

/// Whose presence the guarantee hides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrivacyUnit {
    /// All records of one account.
    Resident,
    /// One record, because the source does not say who wrote it.
    Comment,
}

/// The whole public plan of one pipeline.
#[derive(Clone, Debug)]
pub struct ReleasePlan {
    /// Stable id; part of the ledger's origin.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// What the guarantee covers.
    pub unit: PrivacyUnit,
    /// What tells one resident from another: source, format and the columns of ids and accounts.
    /// Another one would give every resident a new allowance.
    pub identity: serde_json::Value,
    /// Who deploys it and what for, where the pipeline file says so.
    pub deployment: Option<Deployment>,
    /// Windows and their closing times.
    pub calendar: Calendar,
    /// Neighbourhoods and topics.
    pub keys: KeySet,
    /// Budget and query families.
    pub privacy: PrivacyPlan,
}

impl ReleasePlan {
    /// The plan as the ledger records it: every fact that the arithmetic rests on.
    pub fn public(&self) -> serde_json::Value {
        let (starts_on, _) = self.calendar.span(Window(0));
        let (_, first_ends) = self.calendar.span(Window(0));
        let window_days = first_ends.since(starts_on).map_or(0, |span| span.get_days());
        let mut plan = json!({
            "format": "undertone-plan/1",
            "pipeline": self.id,
            (PLAN_TITLE_KEY): self.title,
            "unit": self.unit,
            "identity": self.identity,
            "schedule": {
                "starts_on": starts_on.to_string(),
                "window_days": window_days,
                "windows": self.calendar.windows(),
                "zone": self.calendar.zone().iana_name(),
                "lateness_days": self.calendar.lateness_days(),
            },
            "keys": self.keys,
            (PLAN_PRIVACY_KEY): self.privacy,
        });
        if let Some(deployment) = &self.deployment {
            plan[PLAN_DEPLOYMENT_KEY] = json!(deployment);
        }
        plan
    }

    /// What may never change while a data folder lives: the public plan without its questions, its
    /// title and the facts about who deploys it.
    pub fn promises(&self) -> serde_json::Value {
        let mut plan = self.public();
        let budget = serde_json::to_value(self.privacy.budget()).unwrap_or_default();
        plan[PLAN_PRIVACY_KEY] = json!({ "budget": budget });
        if let Some(plan) = plan.as_object_mut() {
            plan.remove(PLAN_DEPLOYMENT_KEY);
            plan.remove(PLAN_TITLE_KEY);
        }
        plan
    }

    /// The questions that are due once `closed` windows are past their closing time, oldest first.
    ///
    /// # Privacy
    /// Depends on the plan and the clock alone.
    pub fn due(&self, closed: u32) -> impl Iterator<Item = (usize, Window)> + '_ {
        let due = |window: u32| {
            let families = self.privacy.families().iter().enumerate();
            families.filter(move |(_, family)| family.is_due_at(Window(window)))
        };
        (0..closed).flat_map(move |window| due(window).map(move |(i, _)| (i, Window(window))))
    }
}
