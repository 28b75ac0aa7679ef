//! Who deploys the pipeline and what for: facts that only people know, kept with the plan.

use serde::{Deserialize, Serialize};

/// The `[deployment]` table of a pipeline file, recorded in the ledger with the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// Name of what is published.
    pub name: String,
    /// Who decides over the data.
    pub data_curators: Vec<String>,
    /// What the releases are for.
    pub intended_use: String,
    /// Which place they describe.
    pub region: String,
    /// Sector, such as `Public sector`.
    pub sector: String,
    /// Who answers for the registry entry.
    pub registry_authors: Vec<String>,
    /// Where the releases, the ledger and the notice to residents can be read.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Anything a reader should know besides.
    #[serde(default)]
    pub notes: String,
}
