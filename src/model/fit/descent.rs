//! The descent to the lines that tell topics apart, one penalty after the other.

use std::num::NonZeroUsize;

use super::{LabelledVector, PENALTIES};
use crate::model::{lanes, pooling::rivals};

/// Steps of the accelerated descent at most.
const STEPS_MAX: usize = 400;
/// The descent ends where no weight moves by more.
const STEP_MIN: f32 = 1e-4;

/// A line through the space of vectors: weights, then the bias.
#[derive(Clone)]
pub(super) struct Line {
    weights: Vec<f32>,
    bias: f32,
}

/// The chances of topics that exclude one another; of a single one, that it is this and not none.
pub(super) fn chances(lines: &[Line], row: &[f32]) -> Vec<f32> {
    let mut odds: Vec<f32> = lines.iter().map(|line| dot(&line.weights, row) + line.bias).collect();
    rivals(&mut odds);
    odds
}

/// The vectors, centred, with their topics.
pub(super) struct Table<'a> {
    pub rows: &'a [LabelledVector],
    width: usize,
    mean: Vec<f32>,
    values: Vec<f32>,
    /// The largest variance along any direction, from above.
    reach: f32,
}

impl<'a> Table<'a> {
    pub fn new(rows: &'a [LabelledVector]) -> Self {
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

    pub fn row(&self, at: usize) -> &[f32] {
        &self.values[at * self.width..][..self.width]
    }

    pub fn has(&self, row: usize, topic: usize) -> bool {
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

    /// The lines of a group of topics for each penalty in order, as `keep` sees them.
    pub fn path<T>(
        &self,
        group: &[usize],
        seen: impl Fn(usize) -> bool,
        keep: impl Fn(&[Line]) -> T,
    ) -> Vec<T> {
        let rows: Vec<usize> = (0..self.rows.len()).filter(|row| seen(*row)).collect();
        let count =
            |is: &dyn Fn(usize) -> bool| rows.iter().filter(|row| is(**row)).count() as f32 + 0.5;
        let none = count(&|row| group.iter().all(|topic| !self.has(row, *topic)));
        let line = |topic: &usize| {
            let bias = (count(&|row| self.has(row, *topic)) / none).ln();
            Line { weights: vec![0.0; self.width], bias }
        };
        let mut lines: Vec<Line> = group.iter().map(line).collect();
        let mut kept = Vec::with_capacity(PENALTIES.len());
        for penalty in PENALTIES {
            self.descend(group, &rows, penalty, &mut lines);
            kept.push(keep(&lines));
        }
        kept
    }

    /// Nesterov's accelerated descent on the mean log loss plus half the penalty times the weights'
    /// square.
    fn descend(&self, group: &[usize], rows: &[usize], penalty: f32, lines: &mut [Line]) {
        // The bias is the weight of one more number, as large as the vectors reach.
        let constant = self.reach.sqrt();
        let step = 1.0 / (0.5 * self.reach + penalty);
        let mut ahead = lines.to_vec();
        let mut momentum = 1.0_f32;
        for _ in 0..STEPS_MAX {
            let slopes = self.slopes(group, rows, &ahead);
            let next_momentum = f32::midpoint(1.0, (1.0 + 4.0 * momentum * momentum).sqrt());
            let push = (momentum - 1.0) / next_momentum;
            momentum = next_momentum;
            let mut moved = 0.0_f32;
            for ((line, ahead), slope) in lines.iter_mut().zip(&mut ahead).zip(&slopes) {
                for ((old, new), slope) in
                    line.weights.iter_mut().zip(&mut ahead.weights).zip(&slope.weights)
                {
                    moved = moved.max(advance(old, new, step * (slope + penalty * *new), push));
                }
                let down = step * constant * constant * slope.bias;
                moved = moved.max(advance(&mut line.bias, &mut ahead.bias, down, push));
            }
            if moved < STEP_MIN {
                return;
            }
        }
    }

    /// Where the mean log loss rises, for each line.
    fn slopes(&self, group: &[usize], rows: &[usize], lines: &[Line]) -> Vec<Line> {
        let mut slopes = vec![Line { weights: vec![0.0; self.width], bias: 0.0 }; lines.len()];
        for &at in rows {
            let row = self.row(at);
            for ((chance, topic), slope) in
                chances(lines, row).into_iter().zip(group).zip(&mut slopes)
            {
                let off = chance - f32::from(u8::from(self.has(at, *topic)));
                add(&mut slope.weights, off / rows.len() as f32, row);
                slope.bias += off / rows.len() as f32;
            }
        }
        slopes
    }

    /// Bias and weights for vectors that are not centred.
    pub fn uncentred(&self, line: &Line) -> (f32, Vec<f32>) {
        (line.bias - dot(&line.weights, &self.mean), line.weights.clone())
    }
}

/// Steps down from the number ahead, then ahead again; returns how far the number itself moved.
fn advance(number: &mut f32, ahead: &mut f32, down: f32, push: f32) -> f32 {
    let reached = *ahead - down;
    let by = reached - *number;
    *number = reached;
    *ahead = reached + push * by;
    by.abs()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    lanes::dot(a, b)
}

fn add(sum: &mut [f32], times: f32, row: &[f32]) {
    sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += times * value);
}
