//! Figures with their 95 % intervals: Wilson's for a share, a seeded bootstrap for everything else.

use serde::Serialize;

/// Resamples of a bootstrap, and its seed.
const RESAMPLES: usize = 1_000;
const SEED: u64 = 20;
/// Bins of the calibration error.
const BINS: usize = 15;
/// How the part of a calibration error is called that chance alone gives.
pub(super) const BY_CHANCE: &str = "calibration error, had the chances been true";
const Z: f64 = 1.959_964;

/// One measured number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Figure {
    /// What was measured.
    pub name: String,
    /// The number.
    pub value: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Texts that it rests on.
    pub texts: usize,
    /// What is asked of it, if anything is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wanted: Option<Wanted>,
}

/// What is asked of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wanted {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
}

impl Figure {
    /// The same with what is asked of it.
    pub fn wanted(self, wanted: Wanted) -> Self {
        Self { wanted: Some(wanted), ..self }
    }
}

/// A share of texts, with Wilson's interval.
///
/// # Source
/// E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22
/// (1927).
pub(super) fn share(name: &str, hits: impl IntoIterator<Item = bool>) -> Figure {
    let (mut right, mut texts) = (0.0, 0_usize);
    for hit in hits {
        right += f64::from(u8::from(hit));
        texts += 1;
    }
    let n = texts.max(1) as f64;
    let p = right / n;
    let (square, centre) = (Z * Z / n, p + Z * Z / (2.0 * n));
    let half = Z * (p * (1.0 - p) / n + square / (4.0 * n)).sqrt();
    let low = ((centre - half) / (1.0 + square)).max(0.0);
    let high = ((centre + half) / (1.0 + square)).min(1.0);
    Figure { name: name.to_owned(), value: p, low, high, texts, wanted: None }
}

/// A figure of `texts` texts by any rule over their positions, with a percentile bootstrap.
pub(super) fn bootstrap(name: &str, texts: usize, rule: impl Fn(&[usize]) -> f64) -> Figure {
    let all: Vec<usize> = (0..texts).collect();
    let value = rule(&all);
    let mut state = SEED;
    let mut found: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let drawn: Vec<usize> = all.iter().map(|_| below(&mut state, texts)).collect();
            rule(&drawn)
        })
        .filter(|value| value.is_finite())
        .collect();
    found.sort_by(f64::total_cmp);
    let at = |share: f64| found.get((share * found.len() as f64) as usize).copied();
    let (low, high) = (at(0.025).unwrap_or(value), at(0.975).unwrap_or(value));
    Figure { name: name.to_owned(), value, low, high, texts, wanted: None }
}

/// A number below `count`, by SplitMix64.
fn below(state: &mut u64, count: usize) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    ((u128::from(z) * count as u128) >> 64) as usize
}

/// The mean over the classes that occur of the share of each that is found.
pub(super) fn macro_recall(
    rows: &[usize],
    truth: &[usize],
    guess: &[usize],
    classes: usize,
) -> f64 {
    let (mut right, mut all) = (vec![0.0; classes], vec![0.0; classes]);
    for &row in rows {
        all[truth[row]] += 1.0;
        right[truth[row]] += f64::from(u8::from(truth[row] == guess[row]));
    }
    mean(right.iter().zip(&all).filter(|(_, n)| **n > 0.0).map(|(r, n)| r / n))
}

/// The mean over the classes of F1; `has(row, class)` tells truth and guess.
pub(super) fn macro_f1(
    rows: &[usize],
    classes: usize,
    has: impl Fn(usize, usize) -> (bool, bool),
) -> f64 {
    let of_class = |class: usize| {
        let (mut both, mut either) = (0.0, 0.0);
        for &row in rows {
            let (truth, guess) = has(row, class);
            both += f64::from(u8::from(truth && guess));
            either += f64::from(u8::from(truth)) + f64::from(u8::from(guess));
        }
        (either > 0.0).then(|| 2.0 * both / either)
    };
    mean((0..classes).filter_map(of_class))
}

/// Expected calibration error: how far chance and outcome lie apart, by bins of the chance.
pub(super) fn calibration_error(rows: &[usize], chance: &[f32], right: &[bool]) -> f64 {
    let mut gaps = [0.0_f64; BINS];
    for &row in rows {
        let bin = ((chance[row] * BINS as f32) as usize).min(BINS - 1);
        gaps[bin] += f64::from(chance[row]) - f64::from(u8::from(right[row]));
    }
    gaps.iter().map(|gap| gap.abs()).sum::<f64>() / rows.len().max(1) as f64
}

/// The calibration error that chance alone would give: its mean and where 95 % of it lies, had every
/// outcome been drawn with the very chance that was told. On few texts that is far from nought.
pub(super) fn calibration_of_chance(name: &str, chance: &[f32]) -> Figure {
    let rows: Vec<usize> = (0..chance.len()).collect();
    let mut state = SEED;
    let mut found: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let drawn = |told: &f32| (below(&mut state, 1 << 24) as f32) < told * (1 << 24) as f32;
            let right: Vec<bool> = chance.iter().map(drawn).collect();
            calibration_error(&rows, chance, &right)
        })
        .collect();
    found.sort_by(f64::total_cmp);
    let at = |share: f64| found[(share * found.len() as f64) as usize];
    let value = mean(found.iter().copied());
    let texts = chance.len();
    Figure { name: name.to_owned(), value, low: at(0.025), high: at(0.975), texts, wanted: None }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_has_wilsons_interval() {
        let found = share("x", (0..100).map(|at| at < 90));
        assert!((found.value - 0.9).abs() < 1e-12 && found.texts == 100);
        assert!((found.low - 0.8256).abs() < 1e-4 && (found.high - 0.9448).abs() < 1e-4);
    }

    #[test]
    fn bootstrap_of_a_share_is_near_wilsons_and_the_same_twice() {
        let hits: Vec<bool> = (0..400).map(|at| at % 4 != 0).collect();
        let rule = |rows: &[usize]| {
            rows.iter().filter(|row| hits[**row]).count() as f64 / rows.len() as f64
        };
        let (found, wilson) = (bootstrap("x", 400, rule), share("x", hits.iter().copied()));
        assert!((found.low - wilson.low).abs() < 0.01 && (found.high - wilson.high).abs() < 0.01);
        assert_eq!(found, bootstrap("x", 400, rule));
    }

    #[test]
    fn macro_figures_weigh_each_class_the_same() {
        let (truth, guess) = ([0, 0, 0, 1], [0, 0, 1, 1]);
        let recall = macro_recall(&[0, 1, 2, 3], &truth, &guess, 3);
        assert!((recall - (2.0 / 3.0 + 1.0) / 2.0).abs() < 1e-12);
        let f1 =
            macro_f1(&[0, 1, 2, 3], 2, |row, class| (truth[row] == class, guess[row] == class));
        assert!((f1 - f64::midpoint(4.0 / 5.0, 2.0 / 3.0)).abs() < 1e-12);
    }

    #[test]
    fn calibration_error_is_the_gap_between_chance_and_outcome() {
        let chance = [0.8_f32; 10];
        let right: Vec<bool> = (0..10).map(|at| at < 6).collect();
        let rows: Vec<usize> = (0..10).collect();
        assert!((calibration_error(&rows, &chance, &right) - 0.2).abs() < 1e-6);
    }

    #[test]
    fn calibration_of_chance_holds_a_calibrated_one_and_not_one_that_is_too_sure() {
        let chance: Vec<f32> = (0..400_u16).map(|at| 0.5 + f32::from(at % 50) / 100.0).collect();
        let rows: Vec<usize> = (0..400).collect();
        // Right as often as it was said, up to rounding, in each fiftieth; and always by a fifth less.
        let often = |at: usize, share: f32| (at / 50) as f32 + 0.5 < share * 8.0;
        let right = |less: f32| (0..400).map(|at| often(at, chance[at] - less)).collect::<Vec<_>>();
        let found = calibration_of_chance("x", &chance);
        assert!(found.low > 0.0 && found.low < found.value && found.value < found.high);
        assert!(calibration_error(&rows, &chance, &right(0.0)) < found.high);
        assert!(calibration_error(&rows, &chance, &right(0.2)) > found.high);
        assert_eq!(found, calibration_of_chance("x", &chance));
    }
}
