//! The measurement: every engine answers the same texts, in turn, round after round.
//!
//! All engines are loaded first. One pass warms each up and gives the answers that are judged; the
//! rounds are timed. A fast engine gets the texts several times in a round, so that the round is long
//! beside the kernel's ticks.

use super::{
    child::{ChildError, Running},
    engines::{Engine, NotMeasured},
    rates::Range,
};
use crate::domain::Clock;

/// Most texts given in one round, unless there are more; bounds the answers held in memory.
const ROUND_TEXTS_MAX: usize = 300_000;

/// The kernel's tick on common builds: what is shorter cannot be told from nothing.
const TICK_S: f64 = 0.01;

/// How to measure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub rounds: usize,
    pub threads: usize,
    /// CPU seconds that a round should last.
    pub round_cpu_s: f64,
}

/// What an engine took and what it answered.
#[derive(Debug)]
pub(super) struct Measured<A> {
    pub engine: Engine,
    pub name: String,
    /// One for each text.
    pub answers: Vec<A>,
    pub texts_per_cpu_s: Range,
    pub texts_per_wall_s: Range,
    pub memory_mib_peak: f64,
    pub start_cpu_s: f64,
}

impl<A> Measured<A> {
    /// What it took, when the answers have been judged.
    pub fn without_answers(self) -> Measured<()> {
        Measured {
            engine: self.engine,
            name: self.name,
            answers: Vec::new(),
            texts_per_cpu_s: self.texts_per_cpu_s,
            texts_per_wall_s: self.texts_per_wall_s,
            memory_mib_peak: self.memory_mib_peak,
            start_cpu_s: self.start_cpu_s,
        }
    }
}

/// The texts, and how to read an answer to one of them.
pub(super) struct Questions<'a, A> {
    /// One line {"id","text"} for each, `id` counting from 0.
    pub lines: &'a [u8],
    pub texts: usize,
    /// Reads the answer to the text of that number.
    pub read: &'a dyn Fn(usize, &str) -> Result<A, String>,
}

/// An engine on its way through the rounds.
struct Runner<A> {
    engine: Engine,
    running: Running,
    answers: Vec<A>,
    repeats: usize,
    texts_per_cpu_s: Vec<f64>,
    texts_per_wall_s: Vec<f64>,
}

/// Measures every engine; those that fail are told apart, with the reason.
pub(super) fn measure<A>(
    engines: Vec<Engine>,
    questions: &Questions<'_, A>,
    plan: Plan,
    clock: &dyn Clock,
    mut say: impl FnMut(&str),
) -> (Vec<Measured<A>>, Vec<NotMeasured>) {
    let mut failed = Vec::new();
    let mut keep = |id: &str, error: &ChildError| {
        failed.push(NotMeasured { id: id.to_owned(), why: error.to_string() });
    };
    let mut runners = Vec::new();
    for engine in engines {
        say(&format!("{}: loading and warming up", engine.id));
        let id = engine.id.clone();
        match Runner::start(engine, questions, plan) {
            Ok(runner) => runners.push(runner),
            Err(error) => keep(&id, &error),
        }
    }
    for round in 1..=plan.rounds {
        runners.retain_mut(|runner| {
            say(&format!("round {round} of {}: {}", plan.rounds, runner.engine.id));
            let done = runner.round(questions, clock);
            done.inspect_err(|error| keep(&runner.engine.id, error)).is_ok()
        });
    }
    let mut measured = Vec::new();
    for runner in runners {
        let id = runner.engine.id.clone();
        match runner.end() {
            Ok(one) => measured.push(one),
            Err(error) => keep(&id, &error),
        }
    }
    (measured, failed)
}

impl<A> Runner<A> {
    fn start(engine: Engine, questions: &Questions<'_, A>, plan: Plan) -> Result<Self, ChildError> {
        let mut running = Running::start(&engine, plan.threads)?;
        let mut warm_up = |repeats| -> Result<_, ChildError> {
            let before_s = running.cpu_s()?;
            let answers = read(questions, &running.ask(questions.lines, repeats)?)?;
            Ok((answers, running.cpu_s()? - before_s))
        };
        let (answers, cpu_s) = warm_up(1)?;
        let repeats_for = |pass_cpu_s: f64| repeats(plan.round_cpu_s / pass_cpu_s, questions.texts);
        // A pass of less than a tick tells only that it was short, and a short one not much more.
        let mut repeats = repeats_for(cpu_s.max(TICK_S / 2.0));
        if repeats > 1 {
            repeats = repeats_for(warm_up(repeats)?.1 / repeats as f64);
        }
        let (texts_per_cpu_s, texts_per_wall_s) = (Vec::new(), Vec::new());
        Ok(Self { engine, running, answers, repeats, texts_per_cpu_s, texts_per_wall_s })
    }

    fn round(&mut self, questions: &Questions<'_, A>, clock: &dyn Clock) -> Result<(), ChildError> {
        let (start, before_s) = (clock.now(), self.running.cpu_s()?);
        let answers = self.running.ask(questions.lines, self.repeats)?;
        let cpu_s = self.running.cpu_s()? - before_s;
        let wall_s = clock.now().duration_since(start).as_secs_f64();
        read(questions, &answers)?;
        let texts = answers.len() as f64;
        self.texts_per_cpu_s.push(texts / cpu_s.max(TICK_S));
        self.texts_per_wall_s.push(texts / wall_s.max(TICK_S));
        Ok(())
    }

    fn end(self) -> Result<Measured<A>, ChildError> {
        let none = || ChildError::Ended { answered: 0, asked: 0 };
        Ok(Measured {
            name: self.running.name.clone().unwrap_or_else(|| self.engine.name.clone()),
            start_cpu_s: self.running.start_cpu_s,
            memory_mib_peak: self.running.end()?,
            engine: self.engine,
            answers: self.answers,
            texts_per_cpu_s: Range::of(self.texts_per_cpu_s).ok_or_else(none)?,
            texts_per_wall_s: Range::of(self.texts_per_wall_s).ok_or_else(none)?,
        })
    }
}

/// Reads every answer; each must be to the text that was asked.
fn read<A>(questions: &Questions<'_, A>, answers: &[String]) -> Result<Vec<A>, ChildError> {
    let read = |(at, answer): (usize, &String)| {
        (questions.read)(at % questions.texts, answer)
            .map_err(|what| ChildError::Answer { at: at + 1, what })
    };
    answers.iter().enumerate().map(read).collect()
}

/// How often the texts are given in a round that should hold `passes` of them.
fn repeats(passes: f64, texts: usize) -> usize {
    (passes.ceil() as usize).clamp(1, (ROUND_TEXTS_MAX / texts.max(1)).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_holds_as_many_texts_as_it_should_and_as_may_be_held() {
        assert_eq!([repeats(0.2, 100), repeats(2.1, 100), repeats(400.0, 100)], [1, 3, 400]);
        assert_eq!([repeats(f64::INFINITY, 100), repeats(f64::NAN, 100)], [3_000, 1]);
        assert_eq!(repeats(9.0, 1_000_000), 1, "the texts themselves are always given");
    }
}
