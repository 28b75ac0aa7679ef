//! Fits a linear topic head on labelled text vectors, on the processor and in minutes.
//!
//! One logistic regression a topic with a penalty on its weights; penalty and thresholds are chosen
//! on rows that the regression did not see. The encoder does not move. Deterministic: no randomness,
//! every sum in one order.

use std::num::NonZeroUsize;

use rayon::prelude::*;

use super::{HeadTopic, ModelError, TopicHead, pooling::sigmoid};

/// Penalties tried, strongest first, so that each start is the end of the one before.
const PENALTIES: [f32; 5] = [1e-2, 3e-3, 1e-3, 3e-4, 1e-4];
/// Parts of the rows; each is left out once.
const FOLDS: usize = 4;
/// Steps of the accelerated descent at most.
const STEPS_MAX: usize = 400;
/// The descent ends where no weight moves by more.
const STEP_MIN: f32 = 1e-4;
/// Thresholds stay within these.
const THRESHOLDS: [f32; 2] = [0.05, 0.95];
/// Fewest rows of a topic.
const ROWS_MIN: usize = 8;

/// A text vector with the topics that somebody gave it.
#[derive(Clone, Debug)]
pub struct LabelledVector {
    /// Of length 1.
    pub unit: Vec<f32>,
    /// Positions in the list of topics; none means "other".
    pub topics: Vec<usize>,
}

/// A fitted head, and how it does on rows it was not fitted on.
#[derive(Debug)]
pub struct Fitted {
    /// The head.
    pub head: TopicHead,
    /// For each row the probabilities by a head that did not see it.
    pub unseen: Vec<Vec<f32>>,
    /// The penalty that was chosen.
    pub penalty: f32,
}

/// Fits a head for topics (id and name) on the vectors of the encoder with this digest.
///
/// # Errors
/// When a topic has fewer than eight rows, or too few rows lack it.
pub fn fit_topic_head(
    encoder: &str,
    topics: &[(String, String)],
    rows: &[LabelledVector],
) -> Result<Fitted, ModelError> {
    for (at, (id, _)) in topics.iter().enumerate() {
        let count = rows.iter().filter(|row| row.topics.contains(&at)).count();
        if count < ROWS_MIN || rows.len() - count < ROWS_MIN {
            let why = format!(
                "topic `{id}` has {count} of {} rows; it needs at least {ROWS_MIN}, and as many \
                 without it",
                rows.len()
            );
            return Err(ModelError::TopicHead(why));
        }
    }
    let table = Table::new(rows);
    let jobs: Vec<(usize, usize)> =
        (0..topics.len()).flat_map(|topic| (0..FOLDS).map(move |fold| (topic, fold))).collect();
    // By (topic, fold): for each penalty the probabilities of the rows left out.
    let left_out: Vec<Vec<Vec<f32>>> = jobs
        .par_iter()
        .map(|&(topic, fold)| {
            let seen = |row: usize| row % FOLDS != fold;
            table.path(topic, seen, |line| {
                (0..rows.len())
                    .filter(|row| !seen(*row))
                    .map(|row| line.chance(table.row(row)))
                    .collect()
            })
        })
        .collect();
    let loss = |penalty: usize| -> f64 {
        let of_job = |(&(topic, fold), lines): (&(usize, usize), &Vec<Vec<f32>>)| -> f64 {
            let rows = (fold..rows.len()).step_by(FOLDS);
            rows.zip(&lines[penalty]).map(|(row, p)| log_loss(table.has(row, topic), *p)).sum()
        };
        jobs.iter().zip(&left_out).map(of_job).sum()
    };
    let best = (0..PENALTIES.len()).min_by(|&a, &b| loss(a).total_cmp(&loss(b))).unwrap_or(0);
    let mut unseen = vec![vec![0.0; topics.len()]; rows.len()];
    for (&(topic, fold), lines) in jobs.iter().zip(&left_out) {
        for (row, p) in (fold..rows.len()).step_by(FOLDS).zip(&lines[best]) {
            unseen[row][topic] = *p;
        }
    }
    let heads: Vec<HeadTopic> = topics
        .par_iter()
        .enumerate()
        .map(|(at, (id, name))| {
            let lines = table.path(at, |_| true, Clone::clone);
            let chances: Vec<(f32, bool)> =
                (0..rows.len()).map(|row| (unseen[row][at], table.has(row, at))).collect();
            let (bias, weights) = table.uncentred(&lines[best]);
            let threshold = best_threshold(chances);
            HeadTopic { id: id.clone(), name: name.clone(), threshold, bias, weights }
        })
        .collect();
    let head = TopicHead::new(encoder.to_owned(), heads)?;
    Ok(Fitted { head, unseen, penalty: PENALTIES[best] })
}

fn log_loss(truth: bool, p: f32) -> f64 {
    -f64::from(if truth { p } else { 1.0 - p }.max(1e-6)).ln()
}

/// The threshold of best F1; between two rows, the middle.
fn best_threshold(mut chances: Vec<(f32, bool)>) -> f32 {
    chances.sort_by(|a, b| b.0.total_cmp(&a.0));
    let positives = chances.iter().filter(|(_, truth)| *truth).count() as f32;
    let (mut right, mut best, mut found) = (0.0, -1.0, 0.5);
    for at in 0..chances.len() {
        right += f32::from(u8::from(chances[at].1));
        let f1 = 2.0 * right / (at as f32 + 1.0 + positives);
        if f1 > best {
            let next = chances.get(at + 1).map_or(0.0, |next| next.0);
            (best, found) = (f1, f32::midpoint(chances[at].0, next));
        }
    }
    found.clamp(THRESHOLDS[0], THRESHOLDS[1])
}

/// A line through the space of vectors: weights, then the bias.
#[derive(Clone)]
struct Line {
    weights: Vec<f32>,
    bias: f32,
}

impl Line {
    fn chance(&self, row: &[f32]) -> f32 {
        sigmoid(dot(&self.weights, row) + self.bias)
    }
}

/// The vectors, centred, with their topics.
struct Table<'a> {
    rows: &'a [LabelledVector],
    width: usize,
    mean: Vec<f32>,
    values: Vec<f32>,
    /// The largest variance along any direction, from above.
    reach: f32,
}

impl<'a> Table<'a> {
    fn new(rows: &'a [LabelledVector]) -> Self {
        let width = rows.first().map_or(0, |row| row.unit.len());
        let count = NonZeroUsize::new(rows.len()).map_or(1.0, |count| count.get() as f32);
        let mut mean = vec![0.0; width];
        for row in rows {
            mean.iter_mut().zip(&row.unit).for_each(|(sum, value)| *sum += value / count);
        }
        let values: Vec<f32> =
            rows.iter().flat_map(|row| row.unit.iter().zip(&mean).map(|(a, b)| a - b)).collect();
        let mut table = Self { rows, width, mean, values, reach: 0.0 };
        table.reach = table.largest_variance();
        table
    }

    fn row(&self, at: usize) -> &[f32] {
        &self.values[at * self.width..][..self.width]
    }

    fn has(&self, row: usize, topic: usize) -> bool {
        self.rows[row].topics.contains(&topic)
    }

    /// By power iteration, with a margin for what it falls short.
    fn largest_variance(&self) -> f32 {
        let mut direction = vec![1.0 / (self.width.max(1) as f32).sqrt(); self.width];
        let mut found = 0.0;
        for _ in 0..30 {
            let mut next = vec![0.0; self.width];
            for at in 0..self.rows.len() {
                let row = self.row(at);
                add(&mut next, dot(row, &direction) / self.rows.len() as f32, row);
            }
            found = dot(&next, &next).sqrt();
            next.iter_mut().for_each(|value| *value /= found.max(1e-12));
            direction = next;
        }
        1.3 * found.max(1e-6)
    }

    /// The lines of one topic for each penalty in order, as `keep` sees them.
    fn path<T>(
        &self,
        topic: usize,
        seen: impl Fn(usize) -> bool,
        keep: impl Fn(&Line) -> T,
    ) -> Vec<T> {
        let rows: Vec<usize> = (0..self.rows.len()).filter(|row| seen(*row)).collect();
        let positives = rows.iter().filter(|row| self.has(**row, topic)).count() as f32;
        let share = ((positives + 0.5) / (rows.len() as f32 + 1.0)).clamp(1e-4, 1.0 - 1e-4);
        let mut line = Line { weights: vec![0.0; self.width], bias: (share / (1.0 - share)).ln() };
        let mut kept = Vec::with_capacity(PENALTIES.len());
        for penalty in PENALTIES {
            self.descend(topic, &rows, penalty, &mut line);
            kept.push(keep(&line));
        }
        kept
    }

    /// Nesterov's accelerated descent on the mean log loss plus half the penalty times the weights'
    /// square.
    fn descend(&self, topic: usize, rows: &[usize], penalty: f32, line: &mut Line) {
        // The bias is the weight of one more number, as large as the vectors reach.
        let constant = self.reach.sqrt();
        let step = 1.0 / (0.5 * self.reach + penalty);
        let mut ahead = line.clone();
        let mut momentum = 1.0_f32;
        for _ in 0..STEPS_MAX {
            let (mut slope, mut slope_bias) = (vec![0.0; self.width], 0.0);
            for &at in rows {
                let row = self.row(at);
                let off = ahead.chance(row) - f32::from(u8::from(self.has(at, topic)));
                add(&mut slope, off / rows.len() as f32, row);
                slope_bias += off / rows.len() as f32;
            }
            let next_momentum = f32::midpoint(1.0, (1.0 + 4.0 * momentum * momentum).sqrt());
            let push = (momentum - 1.0) / next_momentum;
            momentum = next_momentum;
            let mut moved = 0.0_f32;
            for ((old, new), slope) in line.weights.iter_mut().zip(&mut ahead.weights).zip(&slope) {
                let reached = *new - step * (slope + penalty * *new);
                let by = reached - *old;
                moved = moved.max(by.abs());
                *old = reached;
                *new = reached + push * by;
            }
            let reached = ahead.bias - step * constant * constant * slope_bias;
            let by = reached - line.bias;
            line.bias = reached;
            ahead.bias = reached + push * by;
            if moved.max(by.abs()) < STEP_MIN {
                return;
            }
        }
    }

    /// Bias and weights for vectors that are not centred.
    fn uncentred(&self, line: &Line) -> (f32, Vec<f32>) {
        (line.bias - dot(&line.weights, &self.mean), line.weights.clone())
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    super::lanes::dot(a, b)
}

fn add(sum: &mut [f32], times: f32, row: &[f32]) {
    sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += times * value);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two topics along two axes, the third axis noise; every fifth row has both, every seventh none.
    fn rows() -> Vec<LabelledVector> {
        (0..240_usize)
            .map(|at| {
                let noise = ((at * 7_919) % 101) as f32 / 500.0 - 0.1;
                let topics: Vec<usize> = match at {
                    at if at % 7 == 0 => vec![],
                    at if at % 5 == 0 => vec![0, 1],
                    at => vec![at % 2],
                };
                let has = |topic| if topics.contains(&topic) { 0.6 } else { 0.0 };
                LabelledVector { unit: vec![has(0) + noise, has(1) - noise, 0.5], topics }
            })
            .collect()
    }

    fn names() -> Vec<(String, String)> {
        ["a", "b"].map(|id| (id.to_owned(), id.to_owned())).into()
    }

    #[test]
    fn fit_of_topics_that_can_be_told_apart_gives_each_row_its_own() {
        let fitted = fit_topic_head("e", &names(), &rows()).unwrap();
        let wrong = rows().into_iter().filter(|row| {
            let found = fitted.head.assign(&fitted.head.probabilities(&row.unit).unwrap());
            let found: Vec<usize> = found.iter().map(|topic| usize::from(topic.0)).collect();
            let expected = if row.topics.is_empty() { vec![2] } else { row.topics.clone() };
            found != expected
        });
        assert_eq!(wrong.count(), 0);
        assert_eq!(fitted.unseen.len(), rows().len());
    }

    #[test]
    fn fit_twice_gives_the_same_file() {
        let file = || fit_topic_head("e", &names(), &rows()).unwrap().head.to_file();
        assert_eq!(file(), file());
    }

    #[test]
    fn fit_of_a_topic_with_few_rows_is_refused_by_name() {
        let mut rows = rows();
        rows.iter_mut().skip(7).for_each(|row| row.topics.retain(|topic| *topic != 1));
        let refused = fit_topic_head("e", &names(), &rows).unwrap_err().to_string();
        assert!(refused.contains("`b`") && refused.contains("at least 8"), "{refused}");
    }

    #[test]
    fn threshold_of_best_f1_lies_between_the_rows_it_parts() {
        let chances = vec![(0.9, true), (0.7, true), (0.4, false), (0.2, false)];
        assert!((best_threshold(chances) - 0.55).abs() < 1e-6);
        assert_eq!(best_threshold(vec![(0.99, true), (0.98, true)]), 0.49);
        assert_eq!(best_threshold(vec![(0.01, true), (0.0, false)]), THRESHOLDS[0]);
    }
}
