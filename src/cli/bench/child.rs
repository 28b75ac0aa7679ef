//! An engine's program while it runs: lines in, lines out, and what that took.
//!
//! The protocol: a peer may first say {"ready": NAME}; then each line {"id","text"} is answered by
//! one line, in order, and what has arrived is answered before the program waits for more.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread::{self, JoinHandle},
    time::Duration,
};

use serde::Deserialize;

use super::{
    engines::Engine,
    usage::{self, NoUsage},
};

/// Longest wait for one answer; loading a model takes its time.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(300);
/// Longest answer taken.
const ANSWER_BYTES_MAX: u64 = 1 << 24;
/// Answers that may wait to be taken.
const ANSWERS_WAITING_MAX: usize = 4_096;
/// How much of a program's complaints is kept.
const COMPLAINT_BYTES_MAX: usize = 300;

/// What is asked first, so that loading is over before anything is measured.
const FIRST: &[u8] = b"{\"id\":0,\"text\":\"Is the library open on Saturday?\"}\n";
/// One thread each, whichever library they are made of.
pub(super) const THREADS: [&str; 5] = [
    "RAYON_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
];

/// Why an engine could not be measured.
#[derive(Debug, thiserror::Error)]
pub(super) enum ChildError {
    /// The program is not there.
    #[error("cannot start {program}: {error}")]
    Start { program: String, error: io::Error },
    /// It ended while it was loading; no text had been shown to it, so its words may be told.
    #[error("it ended before it was ready: {0}")]
    Loading(String),
    /// It ended before it had answered everything.
    #[error("it ended after {answered} of {asked} answers; run it alone to see why")]
    Ended { answered: usize, asked: usize },
    /// It neither answers nor ends.
    #[error("no answer for {0} s")]
    Silent(u64),
    /// It answered more than it was asked.
    #[error("it answers more than it is asked")]
    TooMuch,
    /// An answer that cannot be taken; the answer is not told, since it may quote a text.
    #[error("answer {at}: {what}")]
    Answer { at: usize, what: String },
    /// The machine does not say what it took.
    #[error(transparent)]
    NoUsage(#[from] NoUsage),
}

/// A running engine that has answered its first question.
pub(super) struct Running {
    child: Child,
    input: Option<ChildStdin>,
    answers: Receiver<String>,
    complaints: Option<JoinHandle<String>>,
    /// Its own name, if it gave one.
    pub name: Option<String>,
    /// CPU seconds until the first answer.
    pub start_cpu_s: f64,
}

#[derive(Deserialize)]
struct Ready {
    ready: String,
}

impl Running {
    /// Starts an engine and waits until it has answered one question.
    pub fn start(engine: &Engine, threads: usize) -> Result<Self, ChildError> {
        let Engine { program, arguments, .. } = engine;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.envs(THREADS.map(|name| (name, threads.to_string())));
        command.env("TOKENIZERS_PARALLELISM", if threads > 1 { "true" } else { "false" });
        let mut child = command.spawn().map_err(|error| ChildError::Start {
            program: program.to_string_lossy().into_owned(),
            error,
        })?;
        let (send, answers) = sync_channel(ANSWERS_WAITING_MAX);
        if let Some(output) = child.stdout.take() {
            thread::spawn(move || pass_on(output, &send));
        }
        let complaints = child.stderr.take().map(|said| thread::spawn(move || last_words(said)));
        let input = child.stdin.take();
        let mut running = Self { child, input, answers, complaints, name: None, start_cpu_s: 0.0 };
        running.load()?;
        Ok(running)
    }

    fn load(&mut self) -> Result<(), ChildError> {
        // A program that ended has closed the pipe; the missing answer tells.
        let _ = self.input.as_mut().map(|input| input.write_all(FIRST));
        let mut first = self.first_answer()?;
        if let Ok(Ready { ready }) = serde_json::from_str(&first) {
            self.name = Some(ready);
            first = self.first_answer()?;
        }
        drop(first);
        self.start_cpu_s = self.cpu_s()?;
        Ok(())
    }

    fn first_answer(&mut self) -> Result<String, ChildError> {
        match self.next() {
            Some(answer) => answer,
            None => Err(ChildError::Loading(self.complaint())),
        }
    }

    /// Gives it `lines` and returns its answers, as many as there are lines.
    pub fn ask(&mut self, lines: &[u8], repeats: usize) -> Result<Vec<String>, ChildError> {
        let asked = lines.iter().filter(|byte| **byte == b'\n').count() * repeats;
        let mut input = self.input.take();
        let (answers, input) = thread::scope(|scope| {
            let writer = scope.spawn(move || {
                if let Some(input) = &mut input {
                    // As in `load`.
                    let _ = (0..repeats).try_for_each(|_| input.write_all(lines));
                }
                input
            });
            let answers = self.answers_to(asked);
            if answers.is_err() {
                // So that the writer does not wait for a reader that is gone.
                let _ = self.child.kill();
            }
            (answers, writer.join().ok().flatten())
        });
        self.input = input;
        answers
    }

    fn answers_to(&mut self, asked: usize) -> Result<Vec<String>, ChildError> {
        let mut answers = Vec::with_capacity(asked);
        while answers.len() < asked {
            let answered = answers.len();
            answers.push(self.next().ok_or(ChildError::Ended { answered, asked })??);
        }
        Ok(answers)
    }

    /// The next line; `None` when it has ended.
    fn next(&mut self) -> Option<Result<String, ChildError>> {
        match self.answers.recv_timeout(ANSWER_WAIT_MAX) {
            Ok(line) => Some(Ok(line)),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                Some(Err(ChildError::Silent(ANSWER_WAIT_MAX.as_secs())))
            }
        }
    }

    /// CPU seconds that it has taken so far.
    pub fn cpu_s(&self) -> Result<f64, ChildError> {
        Ok(usage::cpu_s(self.child.id())?)
    }

    /// Ends it and returns the most memory it held.
    ///
    /// # Units
    /// MiB.
    pub fn end(mut self) -> Result<f64, ChildError> {
        let memory = usage::memory_mib_peak(self.child.id())?;
        self.input = None;
        match self.next() {
            None => Ok(memory),
            Some(Ok(_)) => Err(ChildError::TooMuch),
            Some(Err(error)) => Err(error),
        }
    }

    /// What it said last on standard error.
    fn complaint(&mut self) -> String {
        self.input = None;
        let _ = self.child.kill();
        let words = self.complaints.take().and_then(|words| words.join().ok()).unwrap_or_default();
        if words.is_empty() { "it said nothing".into() } else { words }
    }
}

impl Drop for Running {
    /// Leaves no program behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Hands every line of `output` on, until it ends or nobody takes them.
fn pass_on(output: ChildStdout, send: &SyncSender<String>) {
    let mut output = BufReader::with_capacity(1 << 16, output);
    loop {
        let mut line = String::new();
        match output.by_ref().take(ANSWER_BYTES_MAX).read_line(&mut line) {
            Ok(read) if read > 0 && send.send(line).is_ok() => {}
            _ => return,
        }
    }
}

/// The last line of what a program complains of, cut.
pub(super) fn last_words(said: ChildStderr) -> String {
    let mut last = String::new();
    let mut said = BufReader::new(said);
    let mut line = Vec::new();
    while said.by_ref().take(ANSWER_BYTES_MAX).read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
        let text = String::from_utf8_lossy(&line);
        if !text.trim().is_empty() {
            last = text.trim().chars().take(COMPLAINT_BYTES_MAX).collect();
        }
        line.clear();
    }
    last
}
