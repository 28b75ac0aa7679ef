//! Matched filters: the tests that tell best whether the canary spoke.

use super::subject::{Span, Subject};
use crate::privacy::Rho;

/// A weighted sum over everything that one trial releases, in standard deviations of its noise.
///
/// # Source
/// Neyman and Pearson: against Gaussian noise no test of the canary's presence is better than the
/// sum of all cells, each weighted by what the canary adds over the variance.
pub(super) struct Filter {
    /// What it looks at.
    pub name: String,
    /// The loss promised for everything it looks at together.
    pub promised: Rho,
    /// One vector of weights for each span; empty where it does not look.
    weights: Vec<Vec<f64>>,
    /// What the canary adds to the sum when it is admitted as it should be.
    pub shift: f64,
}

impl Filter {
    /// The filters of a subject: all families together as charged, in every window and against
    /// the other cells; then each family on its own, where there are several.
    pub(super) fn all(subject: &Subject) -> Vec<Self> {
        let whole = subject.plan.privacy.budget().rho;
        let mut filters = Self::group(subject, "all", whole, |_| true);
        let contrast = |span: &Span| if span.charged { contrasted(span) } else { vec![] };
        filters.push(Self::new(subject, "all, against other cells".into(), whole, contrast));
        if subject.families().len() > 1 {
            for (index, family) in subject.families().iter().enumerate() {
                let promised = family.share().rho_above();
                let group = Self::group(subject, family.id(), promised, |s| s.family == index);
                filters.extend(group);
            }
        }
        filters
    }

    fn group(
        subject: &Subject,
        name: &str,
        promised: Rho,
        of: impl Fn(&Span) -> bool,
    ) -> Vec<Self> {
        let look = |all: bool| {
            let of = &of;
            move |span: &Span| {
                if of(span) && (all || span.charged) { matched(span) } else { vec![] }
            }
        };
        let mut filters =
            vec![Self::new(subject, format!("{name}, as charged"), promised, look(false))];
        if subject.spans.iter().any(|span| of(span) && !span.charged) {
            let name = format!("{name}, every window");
            filters.push(Self::new(subject, name, promised, look(true)));
        }
        filters
    }

    fn new(
        subject: &Subject,
        name: String,
        promised: Rho,
        weigh: impl Fn(&Span) -> Vec<f64>,
    ) -> Self {
        let mut weights: Vec<Vec<f64>> = subject.spans.iter().map(weigh).collect();
        let spans = || subject.spans.iter();
        let variance: f64 = spans()
            .zip(&weights)
            .map(|(span, w)| w.iter().zip(span.variances()).map(|(w, v)| w * w * v).sum::<f64>())
            .sum();
        weights.iter_mut().flatten().for_each(|w| *w /= variance.sqrt());
        let charged = spans().zip(&weights).filter(|(span, _)| span.charged);
        let shift = charged.map(|(span, w)| product(w, &span.canary)).sum();
        Self { name, promised, weights, shift }
    }

    /// The sum over one trial.
    pub(super) fn statistic(&self, residuals: &[Vec<i64>]) -> f64 {
        self.weights.iter().zip(residuals).map(|(weights, cells)| product(weights, cells)).sum()
    }

    /// The largest distance between the two means that the promise allows.
    pub(super) fn mu_promised(&self) -> f64 {
        (2.0 * self.promised.get()).sqrt()
    }

    /// Thresholds, fixed before any data: around half way to the largest shift allowed.
    pub(super) fn thresholds(&self) -> Vec<f64> {
        let half = self.mu_promised() / 2.0;
        [-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5].iter().map(|step| half + step).collect()
    }
}

fn matched(span: &Span) -> Vec<f64> {
    let cells = span.canary.iter().zip(span.variances());
    cells.map(|(units, variance)| *units as f64 / variance).collect()
}

/// The matched weights of each level less their mean over the cells the canary does not touch:
/// noise that several cells share falls out of this sum.
fn contrasted(span: &Span) -> Vec<f64> {
    let mut weights = matched(span);
    let levels = span.sigma_units.chunk_by(|a, b| a == b).map(<[u32]>::len);
    let mut from = 0;
    for cells in levels {
        let level = &mut weights[from..from + cells];
        let untouched = level.iter().filter(|w| **w == 0.0).count();
        let against = -level.iter().sum::<f64>() / untouched.max(1) as f64;
        level.iter_mut().filter(|w| **w == 0.0).for_each(|w| *w = against);
        from += cells;
    }
    weights
}

fn product(weights: &[f64], cells: &[i64]) -> f64 {
    weights.iter().zip(cells).map(|(w, cell)| w * *cell as f64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::plans;

    #[test]
    fn filter_of_what_is_charged_shifts_by_what_the_plan_promises_and_no_more() {
        for subject in plans::built_in().unwrap() {
            let filters = Filter::all(&subject);
            assert_eq!(filters.len(), 3);
            let promised = filters[0].mu_promised();
            assert!(filters[0].shift <= promised && filters[0].shift > 0.98 * promised);
            assert!(filters[1].shift < filters[0].shift);
            assert!(filters[2].shift < filters[0].shift);
        }
    }

    #[test]
    fn contrast_does_not_see_noise_that_all_cells_share() {
        let subject = &plans::built_in().unwrap()[0];
        let contrast = &Filter::all(subject)[2];
        let shared: Vec<Vec<i64>> =
            subject.spans.iter().map(|s| vec![777; s.canary.len()]).collect();
        assert!(contrast.statistic(&shared).abs() < 1e-9);
        let canary: Vec<Vec<i64>> = subject.spans.iter().map(|s| s.canary.clone()).collect();
        assert!((contrast.statistic(&canary) - contrast.shift).abs() < 1e-9);
    }
}
