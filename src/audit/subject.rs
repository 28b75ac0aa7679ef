//! What is audited: a plan, and what one resident who tries everything would change under it.

use std::ops::Range;

use super::AuditError;
use crate::{
    domain::{Labels, Neighborhood, Sentiment, Topic, Window},
    privacy::Family,
    release::ReleasePlan,
};

/// A trial lasts for a whole number of every family's spans, up to this many windows.
const TRIAL_WINDOWS_MAX: u32 = 520;

/// Residents besides the canary who speak in each window, each in that window alone.
pub(super) const OTHERS: u32 = 3;

/// What somebody says: where and what.
pub(super) type Words = (Neighborhood, Labels);

/// A plan with what a trial of it looks like.
pub(super) struct Subject {
    /// Name in the report.
    pub name: String,
    /// The plan.
    pub plan: ReleasePlan,
    /// Windows from the start of one trial to the start of the next.
    pub windows: u32,
    /// The releases that one trial looks at, in the order in which they are made.
    pub spans: Vec<Span>,
    /// The cells that share one noise.
    pub strata: Vec<Stratum>,
}

/// One release of a trial: known exactly but for its noise.
#[derive(Clone, Debug)]
pub(super) struct Span {
    /// Index of the family in the plan.
    pub family: usize,
    /// Its last window, counted from the start of the trial.
    pub last: Window,
    /// Whether the canary's allowance reaches this far.
    pub charged: bool,
    /// Noise of each cell.
    pub sigma_units: Vec<u32>,
    /// Exact sums without the canary.
    pub others: Vec<i64>,
    /// What the canary adds when it is let.
    pub canary: Vec<i64>,
}

/// The cells of one level of one family.
#[derive(Clone, Debug)]
pub(super) struct Stratum {
    /// Family and level.
    pub name: String,
    /// Index of the family in the plan.
    pub family: usize,
    /// Where its cells stand in a release.
    pub cells: Range<usize>,
    /// Their noise.
    pub sigma_units: u32,
}

impl Subject {
    /// Works out the trials of `plan`, whose calendar must not end.
    ///
    /// # Errors
    /// When the spans of its families fall into no common rhythm.
    pub(super) fn new(name: impl Into<String>, plan: ReleasePlan) -> Result<Self, AuditError> {
        let windows = rhythm(&plan)?;
        let families = plan.privacy.families();
        let mut spans: Vec<Span> = Vec::new();
        for last in (0..plan.privacy.budget().period_windows).map(Window) {
            for (index, family) in families.iter().enumerate() {
                if let Some((first, _)) = family.span_ending(last) {
                    let before = spans.iter().filter(|span| span.family == index).count();
                    spans.push(Span::new(&plan, index, first..last, before));
                }
            }
        }
        let strata = families.iter().enumerate().flat_map(|(at, f)| strata(at, f)).collect();
        Ok(Self { name: name.into(), plan, windows, spans, strata })
    }

    /// The families in the plan.
    pub(super) fn families(&self) -> &[Family] {
        self.plan.privacy.families()
    }

    /// What all others say, every time: the last key of each list, another tone.
    pub(super) fn others_say(&self) -> Words {
        others_say(&self.plan)
    }
}

/// What the canary says, every time.
pub(super) fn canary_says() -> Words {
    (Neighborhood(0), Labels { sentiment: Sentiment::Positive, topics: vec![Topic(0)] })
}

impl Span {
    /// The release of the windows `span`, its last one included; `before` counts the family's
    /// earlier releases in the trial.
    fn new(plan: &ReleasePlan, index: usize, span: Range<Window>, before: usize) -> Self {
        let family = &plan.privacy.families()[index];
        let (first, last) = (span.start.0, span.end.0);
        let is_running = family.spec().to_date_windows.is_some();
        // A running total counts each first voice by its age; the canary's is as old as the run.
        let ages = first..=last;
        let others = ages.map(|said| if is_running { family.factor(last - said) } else { 1 });
        let canary = if is_running { family.factor(last - first) } else { 1 };
        let sigmas = family.layers().iter().flat_map(|layer| vec![layer.sigma_units; layer.cells]);
        Self {
            family: index,
            last: span.end,
            charged: is_running || before < family.spec().windows_max as usize,
            sigma_units: sigmas.collect(),
            others: voices(family, &others_say(plan), OTHERS * others.sum::<u32>()),
            canary: voices(family, &canary_says(), canary),
        }
    }

    /// What of a released vector is noise, were the canary silent.
    pub(super) fn residual(&self, released: &[i64]) -> Vec<i64> {
        released.iter().zip(&self.others).map(|(released, others)| released - others).collect()
    }

    /// Variance of the noise of each cell.
    pub(super) fn variances(&self) -> impl Iterator<Item = f64> + '_ {
        self.sigma_units.iter().map(|sigma| f64::from(*sigma).powi(2))
    }
}

/// So many whole voices, all saying the same, in the cells of every level.
fn voices(family: &Family, (place, labels): &Words, count: u32) -> Vec<i64> {
    let mut all = Vec::new();
    for layer in family.layers() {
        let mut cells = vec![0; layer.cells];
        for (cell, units) in family.schema().cells_of(labels, *place) {
            cells[family.cell_at(layer.level, cell)] += i64::from(units) * i64::from(count);
        }
        all.extend(cells);
    }
    all
}

fn strata(index: usize, family: &Family) -> Vec<Stratum> {
    let mut from = 0;
    let layers = family.layers().iter();
    layers
        .map(|layer| {
            let cells = from..from + layer.cells;
            from = cells.end;
            let name = match family.layers().len() {
                1 => family.id().to_owned(),
                _ => format!("{}, {}", family.id(), layer.level.as_str()),
            };
            Stratum { name, family: index, cells, sigma_units: layer.sigma_units }
        })
        .collect()
}

fn others_say(plan: &ReleasePlan) -> Words {
    let last = |length: usize| (length.max(1) - 1) as u16;
    let topics = vec![Topic(last(plan.keys.topics.len()))];
    let labels = Labels { sentiment: Sentiment::Negative, topics };
    (Neighborhood(last(plan.keys.neighborhoods.len())), labels)
}

/// The fewest windows, a period at least, that hold a whole number of every family's spans and runs.
fn rhythm(plan: &ReleasePlan) -> Result<u32, AuditError> {
    let specs = plan.privacy.families().iter().map(Family::spec);
    let lengths: Vec<u32> =
        specs.map(|spec| spec.to_date_windows.unwrap_or(spec.every_windows)).collect();
    let period = plan.privacy.budget().period_windows;
    (period..=TRIAL_WINDOWS_MAX)
        .find(|windows| lengths.iter().all(|length| windows.is_multiple_of(*length)))
        .ok_or(AuditError::Rhythm { windows_max: TRIAL_WINDOWS_MAX })
}

#[cfg(test)]
mod tests {
    use crate::{audit::plans, domain::VOICE_UNITS};

    #[test]
    fn canary_adds_one_whole_voice_to_each_release_and_is_paid_for_in_w_of_them() {
        for subject in plans::built_in().unwrap() {
            for span in &subject.spans {
                let norm: i64 = span.canary.iter().map(|units| units * units).sum();
                assert_eq!(norm, i64::from(VOICE_UNITS).pow(2));
            }
            for (index, family) in subject.families().iter().enumerate() {
                let charged = subject.spans.iter().filter(|s| s.family == index && s.charged);
                assert_eq!(charged.count(), family.spec().windows_max as usize);
            }
        }
    }
}
