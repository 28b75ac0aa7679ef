//! What is audited: a plan, and what one resident who tries everything would change under it.

use super::AuditError;
use crate::{
    domain::{Labels, Neighborhood, Sentiment, Topic, Window},
    privacy::Family,
    release::ReleasePlan,
};

/// A trial lasts for a whole number of every family's spans, up to this many windows.
const TRIAL_WINDOWS_MAX: u32 = 520;

/// Residents besides the canary who speak in each window, each in that window alone.
pub(super) const OTHERS: u64 = 3;

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
    /// Noise of the cells.
    pub sigma_units: u32,
    /// Exact sums without the canary.
    pub others: Vec<i64>,
    /// What the canary adds when it is let.
    pub canary: Vec<i64>,
}

impl Subject {
    /// Works out the trials of `plan`, whose calendar must not end.
    ///
    /// # Errors
    /// When the spans of its families fall into no common rhythm.
    pub(super) fn new(name: impl Into<String>, plan: ReleasePlan) -> Result<Self, AuditError> {
        let windows = rhythm(&plan)?;
        let mut spans = Vec::new();
        for last in (0..plan.privacy.budget().period_windows).map(Window) {
            for (index, family) in plan.privacy.families().iter().enumerate() {
                if family.is_due_at(last) {
                    let before = spans.iter().filter(|s: &&Span| s.family == index).count();
                    spans.push(Span::new(&plan, index, last, before));
                }
            }
        }
        Ok(Self { name: name.into(), plan, windows, spans })
    }

    /// The families in the plan.
    pub(super) fn families(&self) -> &[Family] {
        self.plan.privacy.families()
    }

    /// What the canary says, every time.
    pub(super) fn canary_says(&self) -> (Neighborhood, Labels) {
        (Neighborhood(0), Labels { sentiment: Sentiment::Positive, topics: vec![Topic(0)] })
    }

    /// What all others say, every time: the last key of each list, another tone.
    pub(super) fn others_say(&self) -> (Neighborhood, Labels) {
        others_say(&self.plan)
    }
}

impl Span {
    fn new(plan: &ReleasePlan, index: usize, last: Window, before: usize) -> Self {
        let family = &plan.privacy.families()[index];
        let every = u64::from(family.spec().every_windows);
        let (place, labels) = others_say(plan);
        let whole = |place, labels: &Labels, voices: u64| {
            let mut cells = vec![0; family.schema().len()];
            for (cell, units) in family.schema().cells_of(labels, place) {
                cells[cell] += i64::from(units) * voices as i64;
            }
            cells
        };
        let canary = Labels { sentiment: Sentiment::Positive, topics: vec![Topic(0)] };
        Self {
            family: index,
            last,
            charged: before < family.spec().windows_max as usize,
            sigma_units: family.sigma_units(),
            others: whole(place, &labels, OTHERS * every),
            canary: whole(Neighborhood(0), &canary, 1),
        }
    }

    /// What of a released vector is noise, were the canary silent.
    pub(super) fn residual(&self, released: &[i64]) -> Vec<i64> {
        released.iter().zip(&self.others).map(|(released, others)| released - others).collect()
    }

    /// Squared norm of what the canary adds.
    #[cfg(test)]
    pub(super) fn norm_squared(&self) -> i64 {
        self.canary.iter().map(|units| units * units).sum()
    }
}

fn others_say(plan: &ReleasePlan) -> (Neighborhood, Labels) {
    let last = |length: usize| (length.max(1) - 1) as u16;
    let topics = vec![Topic(last(plan.keys.topics.len()))];
    let labels = Labels { sentiment: Sentiment::Negative, topics };
    (Neighborhood(last(plan.keys.neighborhoods.len())), labels)
}

/// The fewest windows, a period at least, that hold a whole number of every family's spans.
fn rhythm(plan: &ReleasePlan) -> Result<u32, AuditError> {
    let every: Vec<u32> =
        plan.privacy.families().iter().map(|family| family.spec().every_windows).collect();
    let period = plan.privacy.budget().period_windows;
    (period..=TRIAL_WINDOWS_MAX)
        .find(|windows| every.iter().all(|every| windows.is_multiple_of(*every)))
        .ok_or(AuditError::Rhythm { windows_max: TRIAL_WINDOWS_MAX })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{audit::plans, domain::VOICE_UNITS};

    #[test]
    fn canary_adds_one_whole_voice_to_each_release_and_is_paid_for_in_w_of_them() {
        for subject in plans::built_in().unwrap() {
            for span in &subject.spans {
                assert_eq!(span.norm_squared(), i64::from(VOICE_UNITS).pow(2));
            }
            for (index, family) in subject.families().iter().enumerate() {
                let charged = subject.spans.iter().filter(|s| s.family == index && s.charged);
                assert_eq!(charged.count(), family.spec().windows_max as usize);
            }
        }
    }
}
