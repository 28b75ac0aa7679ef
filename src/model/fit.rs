//! Fits a linear topic head on labelled text vectors, on the processor and in minutes.
//!
//! One logistic regression a topic with a penalty on its weights or, where no row has two topics, one
//! for all of them together, which tells better how sure it is. Penalty and thresholds are chosen on
//! rows that the regression did not see. The encoder does not move. Deterministic: no randomness, every
//! sum in one order.

mod descent;

use rayon::prelude::*;

use self::descent::{Line, Table, chances};
use super::{HeadTopic, ModelError, TopicHead};

/// Penalties tried, strongest first, so that each start is the end of the one before.
const PENALTIES: [f32; 5] = [1e-2, 3e-3, 1e-3, 3e-4, 1e-4];
/// Parts of the rows; each is left out once.
const FOLDS: usize = 4;
/// Thresholds stay within these.
const THRESHOLDS: [f32; 2] = [0.05, 0.95];
/// Fewest rows of a topic.
pub const TOPIC_ROWS_MIN: usize = 8;

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
        if count < TOPIC_ROWS_MIN || rows.len() - count < TOPIC_ROWS_MIN {
            let why = format!(
                "topic `{id}` has {count} of {} rows; it needs at least {TOPIC_ROWS_MIN}, and as many \
                 without it",
                rows.len()
            );
            return Err(ModelError::TopicHead(why));
        }
    }
    let table = Table::new(rows);
    let exclusive = topics.len() > 1 && rows.iter().all(|row| row.topics.len() <= 1);
    let groups: Vec<Vec<usize>> = match exclusive {
        true => vec![(0..topics.len()).collect()],
        false => (0..topics.len()).map(|topic| vec![topic]).collect(),
    };
    let left_out = LeftOut::by(&table, &groups);
    let best = left_out.best_penalty(&table);
    let unseen = left_out.chances(best, rows.len(), topics.len());
    let head_topic = |topic: usize, line: &Line| {
        let chances = (0..rows.len()).map(|row| (unseen[row][topic], table.has(row, topic)));
        let threshold = best_threshold(chances.collect());
        let (id, name) = topics[topic].clone();
        let (bias, weights) = table.uncentred(line);
        HeadTopic { id, name, threshold, bias, weights }
    };
    let fitted: Vec<Vec<HeadTopic>> = groups
        .par_iter()
        .map(|group| {
            let paths = table.path(group, |_| true, <[Line]>::to_vec);
            group.iter().zip(&paths[best]).map(|(topic, line)| head_topic(*topic, line)).collect()
        })
        .collect();
    let head = TopicHead::new(encoder.to_owned(), exclusive, fitted.concat())?;
    Ok(Fitted { head, unseen, penalty: PENALTIES[best] })
}

/// What heads say of rows that they did not see: one head for each group of topics and each part of the
/// rows that is left out.
struct LeftOut<'a> {
    groups: &'a [Vec<usize>],
    jobs: Vec<(usize, usize)>,
    /// By job and penalty, for each row left out, the chance of each topic of the group.
    found: Vec<Vec<Vec<Vec<f32>>>>,
}

impl<'a> LeftOut<'a> {
    fn by(table: &Table<'_>, groups: &'a [Vec<usize>]) -> Self {
        let jobs: Vec<(usize, usize)> =
            (0..groups.len()).flat_map(|group| (0..FOLDS).map(move |fold| (group, fold))).collect();
        let said = |&(group, fold): &(usize, usize)| {
            let seen = |row: usize| row % FOLDS != fold;
            table.path(&groups[group], seen, |lines| {
                let rest = (fold..table.rows.len()).step_by(FOLDS);
                rest.map(|row| chances(lines, table.row(row))).collect()
            })
        };
        let found = jobs.par_iter().map(said).collect();
        Self { groups, jobs, found }
    }

    /// Every (row, topic, chance) under one penalty.
    fn cells(&self, penalty: usize) -> impl Iterator<Item = (usize, usize, f32)> {
        self.jobs.iter().zip(&self.found).flat_map(move |(&(group, fold), found)| {
            let of_row = move |(at, chances): (usize, &'_ Vec<f32>)| {
                let cells = self.groups[group].iter().copied().zip(chances.clone());
                cells.map(move |(topic, chance)| (fold + at * FOLDS, topic, chance))
            };
            found[penalty].iter().enumerate().flat_map(of_row)
        })
    }

    /// The penalty of least loss.
    fn best_penalty(&self, table: &Table<'_>) -> usize {
        let loss = |penalty: usize| -> f64 {
            let of = |(row, topic, chance)| log_loss(table.has(row, topic), chance);
            self.cells(penalty).map(of).sum()
        };
        (0..PENALTIES.len()).min_by(|&a, &b| loss(a).total_cmp(&loss(b))).unwrap_or(0)
    }

    /// The chance of each topic for each row.
    fn chances(&self, penalty: usize, rows: usize, topics: usize) -> Vec<Vec<f32>> {
        let mut unseen = vec![vec![0.0; topics]; rows];
        for (row, topic, chance) in self.cells(penalty) {
            unseen[row][topic] = chance;
        }
        unseen
    }
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
        assert!(!fitted.head.is_exclusive(), "some rows have both");
        assert_eq!(fitted.unseen.len(), rows().len());
    }

    #[test]
    fn fit_of_rows_with_one_topic_at_most_gives_chances_that_add_up_with_that_of_none() {
        let mut rows = rows();
        rows.retain(|row| row.topics.len() < 2);
        let fitted = fit_topic_head("e", &names(), &rows).unwrap();
        assert!(fitted.head.is_exclusive());
        for (row, unseen) in rows.iter().zip(&fitted.unseen) {
            let chances = fitted.head.probabilities(&row.unit).unwrap();
            let none = 1.0 - chances.iter().sum::<f32>();
            let truth = row.topics.first().map_or(none, |topic| chances[*topic]);
            assert!(truth > 0.5 && none >= 0.0, "{chances:?} of {:?}", row.topics);
            assert!(unseen.iter().sum::<f32>() <= 1.0 + 1e-6);
        }
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
