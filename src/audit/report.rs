//! What an audit found, for people and for machines.

use std::fmt::{self, Write};

use serde::Serialize;

/// The findings of one audit.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `undertone-audit/1`.
    pub format: String,
    /// Program and version.
    pub program: String,
    /// The library that drew the noise, and its version.
    pub library: String,
    /// Chance that any check of a correct program fails, over the whole report.
    pub false_alarm: f64,
    /// Chance given to each bound on a proportion (Bonferroni).
    pub false_alarm_bound: f64,
    /// Chance given to each check of the noise, with a tenth kept back for inexact tails.
    pub false_alarm_noise: f64,
    /// Whether the time was up before all trials were done.
    pub cut_short: bool,
    /// One verdict for each plan.
    pub plans: Vec<PlanVerdict>,
    /// The sampler on its own.
    pub sampler: Vec<ShapeVerdict>,
    /// Whether there were enough trials to notice halved noise.
    pub enough: bool,
    /// Whether every check holds.
    pub holds: bool,
}

/// What was found on one plan.
#[derive(Clone, Debug, Serialize)]
pub struct PlanVerdict {
    /// Which plan.
    pub plan: String,
    /// Its whole budget.
    pub rho: f64,
    /// Windows that one trial lasts.
    pub windows_per_trial: u32,
    /// Releases that one trial looks at.
    pub releases_per_trial: usize,
    /// Trials in which the canary was silent.
    pub trials_without: u64,
    /// Trials in which it spoke in every window.
    pub trials_with: u64,
    /// How well the canary could be told.
    pub filters: Vec<FilterVerdict>,
    /// Shape of the released noise, per family.
    pub shapes: Vec<ShapeVerdict>,
    /// Independence of the released noise, per family.
    pub pairs: Vec<PairVerdict>,
}

/// How well one test tells whether the canary spoke.
#[derive(Clone, Debug, Serialize)]
pub struct FilterVerdict {
    /// Which test.
    pub filter: String,
    /// Thresholds tried, all of them paid for in the confidence.
    pub thresholds: usize,
    /// Lower bound of mu: no two normals closer than this explain what was seen.
    pub mu_lower: f64,
    /// sqrt(2 rho): the most that the promise allows.
    pub mu_promised: f64,
    /// What correct noise gives.
    pub mu_expected: f64,
    /// Lower bounds of delta at some epsilons.
    pub curve: Vec<CurvePoint>,
    /// Whether mu and the whole curve stay within the promise.
    pub holds: bool,
}

/// One point of the delta(epsilon) curve.
#[derive(Clone, Debug, Serialize)]
pub struct CurvePoint {
    /// Epsilon.
    pub epsilon: f64,
    /// No smaller delta explains what was seen.
    pub delta_lower: f64,
    /// What the library converts rho to.
    pub delta_promised: f64,
    /// Whether the first stays at or below the second.
    pub holds: bool,
}

/// Whether draws follow the exact discrete Gaussian.
#[derive(Clone, Debug, Serialize)]
pub struct ShapeVerdict {
    /// Family or sampler.
    pub of: String,
    /// Noise, in 60ths of a voice.
    pub sigma_units: u32,
    /// Number of draws.
    pub draws: u64,
    /// Bins but one; none when there were too few draws to say.
    pub degrees: Option<usize>,
    /// Pearson's statistic.
    pub chi_square: Option<f64>,
    /// Chance of a larger one.
    pub p_value: Option<f64>,
    /// Whether that chance is not too small.
    pub holds: bool,
}

/// Whether pairs of draws know nothing of each other.
#[derive(Clone, Debug, Serialize)]
pub struct PairVerdict {
    /// Family.
    pub of: String,
    /// Which pairs.
    pub between: String,
    /// Number of pairs.
    pub pairs: u64,
    /// Pearson's statistic over the table of quarters; none when there were too few pairs.
    pub chi_square: Option<f64>,
    /// Cells of that table but one.
    pub degrees: Option<usize>,
    /// Chance of a larger one.
    pub p_value: Option<f64>,
    /// Mean product of both draws, in variances.
    pub correlation: f64,
    /// The most that chance explains.
    pub correlation_max: f64,
    /// Whether both hold.
    pub holds: bool,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, noise by {}", self.program, self.library)?;
        writeln!(
            f,
            "A correct program fails any of these checks in at most {:.0e} of all audits.",
            self.false_alarm
        )?;
        if self.cut_short {
            writeln!(f, "The time was up: fewer trials than asked for, and so a weaker audit.")?;
        }
        for plan in &self.plans {
            write!(f, "\n{plan}")?;
        }
        if !self.sampler.is_empty() {
            writeln!(f, "\nThe sampler on its own, against the exact discrete Gaussian")?;
            self.sampler.iter().try_for_each(|shape| write!(f, "{shape}"))?;
        }
        let needed = self.plans.iter().map(PlanVerdict::trials_needed).max().unwrap_or(0);
        match (self.holds, self.enough) {
            (false, _) => writeln!(f, "\nA CHECK FAILED."),
            (true, true) => writeln!(f, "\nEvery check holds."),
            (true, false) => writeln!(
                f,
                "\nNothing failed, but these were too few trials to notice halved noise: {needed} a \
                 side are needed. Give it more time."
            ),
        }
    }
}

impl fmt::Display for PlanVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Plan {} (rho {:.6}): {} trials without a canary, {} with one; {} windows and {} \
             releases each",
            self.plan,
            self.rho,
            self.trials_without,
            self.trials_with,
            self.windows_per_trial,
            self.releases_per_trial
        )?;
        writeln!(
            f,
            "  {:<34} {:>9} {:>9} {:>9}",
            "can it be told?", "mu above", "expected", "allowed"
        )?;
        for filter in &self.filters {
            writeln!(
                f,
                "  {:<34} {:>9.3} {:>9.3} {:>9.3}  {}",
                filter.filter,
                filter.mu_lower,
                filter.mu_expected,
                filter.mu_promised,
                said(filter.holds)
            )?;
        }
        if let Some(filter) = self.filters.first() {
            writeln!(f, "  delta(epsilon), {}: seen at least, and promised", filter.filter)?;
            filter.curve.iter().try_for_each(|point| write!(f, "{point}"))?;
        }
        writeln!(f, "  released noise against the exact discrete Gaussian, and in pairs")?;
        self.shapes.iter().try_for_each(|shape| write!(f, "{shape}"))?;
        self.pairs.iter().try_for_each(|pairs| write!(f, "{pairs}"))
    }
}

impl fmt::Display for CurvePoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { epsilon, delta_lower, delta_promised, holds } = self;
        let holds = said(*holds);
        writeln!(f, "    {epsilon:>5.2}  {delta_lower:>9.5}  {delta_promised:>9.5}  {holds}")
    }
}

impl fmt::Display for ShapeVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let test = tested(self.chi_square, self.degrees, self.p_value);
        let (of, sigma, draws) = (&self.of, self.sigma_units, self.draws);
        writeln!(f, "    {of:<12} sigma {sigma:>5}, {draws:>8} draws: {test}  {}", said(self.holds))
    }
}

impl fmt::Display for PairVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let test = tested(self.chi_square, self.degrees, self.p_value);
        let Self { of, between, pairs, correlation, correlation_max, .. } = self;
        writeln!(
            f,
            "    {of:<12} {between}, {pairs} pairs: {test}, correlation {correlation:+.4} within \
             {correlation_max:.4}  {}",
            said(self.holds)
        )
    }
}

fn tested(statistic: Option<f64>, degrees: Option<usize>, p_value: Option<f64>) -> String {
    let mut text = String::new();
    match (statistic, degrees, p_value) {
        (Some(statistic), Some(degrees), Some(p)) => {
            // Writing to a string cannot fail.
            let _ = write!(text, "chi-square {statistic:.1} at {degrees} degrees, p {p:.2e}");
        }
        _ => text.push_str("too few to say"),
    }
    text
}

fn said(holds: bool) -> &'static str {
    if holds { "holds" } else { "FAILS" }
}
