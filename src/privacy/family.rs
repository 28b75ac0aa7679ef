//! A query family: one table of counts that is released again and again.

use super::{
    FamilySpec, Layer, LossError, MicroRho, PlanError, Rho, StatedFamily,
    layer::Payments,
    loss_of,
    running::{coefficients, payments},
    stated_family::level_cells,
};
use crate::domain::{CellSchema, KeySet, Level, Window};

/// A query family with its noise and its cost; only [`PrivacyPlan`](super::PrivacyPlan) makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    schema: CellSchema,
    district_of: Vec<u16>,
    stated: StatedFamily,
}

impl Family {
    /// Finds the noise of a checked `spec` whose part of the budget is `share`.
    pub(super) fn new(
        spec: FamilySpec,
        share: MicroRho,
        keys: &KeySet,
        period_windows: u32,
    ) -> Result<Self, PlanError> {
        let schema = CellSchema::new(spec.grouping, keys);
        let payments = payments(&spec, period_windows);
        let district_of = keys.district_of().map_err(PlanError::Districts)?;
        let mut layers = Vec::new();
        for level in spec.layers() {
            let cells = level_cells(level.level, &schema, keys);
            let part = share.share(level.percent);
            let layer = Layer::new(level.level, cells, part, spec.sigma_units, &payments)?;
            let too_small = || PlanError::ShareTooSmall { family: spec.id.clone(), share: part };
            layers.push(layer.ok_or_else(too_small)?);
        }
        let losses = Losses::of(&layers, &payments)?;
        let stated = StatedFamily {
            share,
            cost_full_voice: layers.iter().map(|layer| layer.cost_full_voice).sum(),
            cost_period: layers.iter().map(|layer| layer.cost_period(&payments)).sum(),
            loss_window: losses.window,
            loss_period: losses.period,
            coefficients: coefficients(&spec),
            layers,
            declared: spec,
        };
        Ok(Self { schema, district_of, stated })
    }

    /// The declaration it came from.
    pub fn spec(&self) -> &FamilySpec {
        &self.stated.declared
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.spec().id
    }

    /// The cells of its finest level, all of which are released.
    pub fn schema(&self) -> &CellSchema {
        &self.schema
    }

    /// Its levels, finest first, each with its own noise.
    pub fn layers(&self) -> &[Layer] {
        &self.stated.layers
    }

    /// Standard deviation of the noise in every cell of the finest level.
    ///
    /// # Units
    /// 60ths of a voice, or of a voice times the first coefficient of a running total.
    pub fn sigma_units(&self) -> u32 {
        self.stated.sigma_units()
    }

    /// What one resident may spend on it in any period.
    pub fn share(&self) -> MicroRho {
        self.stated.share
    }

    /// The charge for a whole voice in one cell of each level.
    pub fn cost_full_voice(&self) -> MicroRho {
        self.stated.cost_full_voice
    }

    /// The charge for all that one resident can fill in the heaviest period.
    pub fn cost_period(&self) -> MicroRho {
        self.stated.cost_period
    }

    /// The library's loss of one release for a resident with a whole voice in it.
    pub fn loss_window(&self) -> Rho {
        self.stated.loss_window
    }

    /// The library's loss of the releases that one resident can fill in a period.
    pub fn loss_period(&self) -> Rho {
        self.stated.loss_period
    }

    /// L2 sensitivity of each level's vector.
    ///
    /// # Units
    /// 60ths of a voice.
    pub fn sensitivity_units(&self) -> u32 {
        self.stated.sensitivity_units()
    }

    /// Its public form.
    pub fn stated(&self) -> StatedFamily {
        self.stated.clone()
    }

    /// By how much a contribution is scaled in the release `windows_later` than the window it was
    /// made in; 1 for an ordinary family.
    pub fn factor(&self, windows_later: u32) -> u32 {
        let factors = &self.stated.coefficients;
        if factors.is_empty() {
            return 1;
        }
        factors.get(windows_later as usize).copied().unwrap_or(0)
    }

    /// Which cell of `level` a cell of the finest level belongs to.
    pub fn cell_at(&self, level: Level, cell: usize) -> usize {
        let opinions = self.schema.opinions();
        match level {
            Level::Neighborhood => cell,
            Level::District => {
                usize::from(self.district_of[cell / opinions]) * opinions + cell % opinions
            }
            Level::City => cell % opinions,
        }
    }

    /// Whether a release is due when base window `closed` closes.
    pub fn is_due_at(&self, closed: Window) -> bool {
        self.span_ending(closed).is_some()
    }

    /// First and last base window of the span whose release is dated at `last`; `None` when none is.
    pub fn span_ending(&self, last: Window) -> Option<(Window, Window)> {
        self.spec().span_ending(last)
    }
}

/// The library's losses over all levels of a family.
pub(super) struct Losses {
    /// Of one release, for a resident with a whole voice in it.
    pub window: Rho,
    /// Of the heaviest period.
    pub period: Rho,
}

impl Losses {
    pub fn of(layers: &[Layer], payments: &Payments) -> Result<Self, LossError> {
        let window: Vec<Rho> = layers.iter().map(|layer| layer.loss_window).collect();
        let period: Result<Vec<Rho>, LossError> =
            layers.iter().map(|layer| layer.loss_period(payments)).collect();
        Ok(Self { window: all(&window)?, period: all(&period?)? })
    }
}

/// The library's loss of one release whose levels have noise `sigma_units` each and L2 sensitivity
/// `sensitivity_units`.
///
/// # Privacy
/// Levels have independent noise, so the losses compose.
///
/// # Errors
/// When a sigma is zero or the library refuses.
pub fn loss_of_levels(sigma_units: &[u32], sensitivity_units: u32) -> Result<Rho, LossError> {
    let losses: Result<Vec<Rho>, LossError> =
        sigma_units.iter().map(|sigma| loss_of(*sigma, sensitivity_units)).collect();
    all(&losses?)
}

/// One loss stays as the library returned it; several are composed by it.
fn all(losses: &[Rho]) -> Result<Rho, LossError> {
    match losses {
        [one] => Ok(*one),
        several => Rho::compose(several),
    }
}
