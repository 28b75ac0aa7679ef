//! What is kept of the trials: counts of how often a filter passed a threshold, and of where the
//! noise fell. Nothing else of a trial outlives it.

use super::{filter::Filter, shape::Bins, subject::Subject};

/// Bins for the shape of the noise.
const SHAPE_BINS: usize = 40;
/// Bins for either of two draws that should know nothing of each other.
pub(super) const PAIR_BINS: usize = 4;

/// What is counted, fixed before the first trial.
pub(super) struct Counting<'a> {
    /// The plan and its trials.
    pub subject: &'a Subject,
    /// The tests for the canary.
    pub filters: Vec<Filter>,
    /// Per stratum: bins of the shape, and bins of pairs.
    pub bins: Vec<(Bins, Bins)>,
}

/// Counts over some trials.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    /// Trials without and with the canary.
    pub trials: [u64; 2],
    /// Per filter and threshold: trials above it, without and with the canary.
    pub above: Vec<Vec<[u64; 2]>>,
    /// Per stratum: where the noise fell.
    pub noise: Vec<NoiseTally>,
}

/// Where the noise of one stratum fell.
#[derive(Clone, Debug)]
pub(super) struct NoiseTally {
    /// Draws in each bin.
    pub shape: Vec<u64>,
    /// Neighbouring cells of one release.
    pub cells: PairTally,
    /// The same cell of one release and the next.
    pub windows: PairTally,
}

/// Pairs of draws, none of which is in two pairs.
#[derive(Clone, Debug)]
pub(super) struct PairTally {
    /// Pairs by the bins of both draws, row by row.
    pub table: Vec<u64>,
    /// Sum of products of both draws.
    ///
    /// # Units
    /// Variances of the noise.
    pub products: f64,
    /// Number of pairs.
    pub pairs: u64,
}

impl<'a> Counting<'a> {
    /// What is to be counted of `subject`.
    pub(super) fn of(subject: &'a Subject) -> Self {
        let bins = |sigma| (Bins::of(sigma, SHAPE_BINS), Bins::of(sigma, PAIR_BINS));
        let bins = subject.strata.iter().map(|stratum| bins(stratum.sigma_units)).collect();
        Self { subject, filters: Filter::all(subject), bins }
    }

    /// Nothing counted yet.
    pub(super) fn empty(&self) -> Tally {
        let above = |filter: &Filter| vec![[0, 0]; filter.thresholds().len()];
        Tally {
            trials: [0, 0],
            above: self.filters.iter().map(above).collect(),
            noise: self.bins.iter().map(|(shape, pairs)| NoiseTally::new(shape, pairs)).collect(),
        }
    }

    /// Counts one trial.
    pub(super) fn take(&self, tally: &mut Tally, residuals: &[Vec<i64>], with_canary: bool) {
        let side = usize::from(with_canary);
        tally.trials[side] += 1;
        for (filter, above) in self.filters.iter().zip(&mut tally.above) {
            let statistic = filter.statistic(residuals);
            for (threshold, above) in filter.thresholds().iter().zip(above) {
                above[side] += u64::from(statistic > *threshold);
            }
        }
        let noise = self.noise(residuals, with_canary);
        for ((stratum, bins), tally) in
            self.subject.strata.iter().zip(&self.bins).zip(&mut tally.noise)
        {
            let spans = self.subject.spans.iter().zip(&noise);
            let drawn: Vec<&[i64]> = spans
                .filter(|(span, _)| span.family == stratum.family)
                .map(|(_, noise)| &noise[stratum.cells.clone()])
                .collect();
            tally.take(bins, f64::from(stratum.sigma_units), &drawn);
        }
    }

    /// What is left when the canary, where it should have been admitted, is taken away too.
    fn noise(&self, residuals: &[Vec<i64>], with_canary: bool) -> Vec<Vec<i64>> {
        let spans = self.subject.spans.iter().zip(residuals);
        spans
            .map(|(span, residual)| match with_canary && span.charged {
                true => residual.iter().zip(&span.canary).map(|(r, canary)| r - canary).collect(),
                false => residual.clone(),
            })
            .collect()
    }
}

impl Tally {
    /// Adds what another worker counted.
    pub(super) fn merge(&mut self, other: Tally) {
        (0..2).for_each(|side| self.trials[side] += other.trials[side]);
        for (mine, theirs) in self.above.iter_mut().flatten().zip(other.above.iter().flatten()) {
            (0..2).for_each(|side| mine[side] += theirs[side]);
        }
        for (mine, theirs) in self.noise.iter_mut().zip(&other.noise) {
            add(&mut mine.shape, &theirs.shape);
            mine.cells.merge(&theirs.cells);
            mine.windows.merge(&theirs.windows);
        }
    }
}

impl NoiseTally {
    fn new(shape: &Bins, pairs: &Bins) -> Self {
        let pairs = PairTally { table: vec![0; pairs.len().pow(2)], products: 0.0, pairs: 0 };
        Self { shape: vec![0; shape.len()], cells: pairs.clone(), windows: pairs }
    }

    fn take(&mut self, (shape, pairs): &(Bins, Bins), sigma: f64, drawn: &[&[i64]]) {
        for x in drawn.iter().flat_map(|cells| cells.iter()) {
            self.shape[shape.index(*x)] += 1;
        }
        for cells in drawn {
            for pair in cells.chunks_exact(2) {
                self.cells.take(pairs, sigma, pair[0], pair[1]);
            }
        }
        for releases in drawn.chunks_exact(2) {
            for (x, y) in releases[0].iter().zip(releases[1]) {
                self.windows.take(pairs, sigma, *x, *y);
            }
        }
    }
}

impl PairTally {
    fn take(&mut self, bins: &Bins, sigma: f64, x: i64, y: i64) {
        self.table[bins.index(x) * bins.len() + bins.index(y)] += 1;
        self.products += (x as f64 / sigma) * (y as f64 / sigma);
        self.pairs += 1;
    }

    fn merge(&mut self, other: &PairTally) {
        add(&mut self.table, &other.table);
        self.products += other.products;
        self.pairs += other.pairs;
    }
}

fn add(mine: &mut [u64], theirs: &[u64]) {
    mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
}
