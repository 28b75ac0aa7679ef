//! The threads that label: they take texts from one bounded queue and answer each on its own line.
//!
//! Answers may be ready in any order; whoever asked waits for them in the order of asking.

use std::{
    io,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
};

use tokio::sync::{mpsc, oneshot};

use super::{
    Labeller,
    label::{Labelled, label_one},
};
use crate::domain::Sensitive;

/// A text to label, and where the answer goes.
struct Job {
    text: Sensitive<String>,
    answer: oneshot::Sender<Labelled>,
}

type Jobs = Arc<Mutex<mpsc::Receiver<Job>>>;

/// Running label threads; they end when this is dropped.
pub(super) struct Labellers {
    jobs: Option<mpsc::Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Labellers {
    /// Starts `threads` threads behind a queue of at most `jobs_max` texts.
    pub fn start(
        labeller: &Arc<dyn Labeller>,
        threads: NonZeroUsize,
        jobs_max: usize,
    ) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel(jobs_max);
        let jobs: Jobs = Arc::new(Mutex::new(receiver));
        let start = |index: usize| {
            let (jobs, labeller) = (Arc::clone(&jobs), Arc::clone(labeller));
            thread::Builder::new()
                .name(format!("label-{index}"))
                .spawn(move || work(&jobs, &*labeller))
        };
        let mut started = Self { jobs: Some(sender), threads: Vec::new() };
        for index in 0..threads.get() {
            started.threads.push(start(index)?);
        }
        Ok(started)
    }

    /// Asks for the labels of `text`; waits while the queue is full.
    pub async fn ask(&self, text: Sensitive<String>) -> oneshot::Receiver<Labelled> {
        let (answer, receiver) = oneshot::channel();
        if let Some(jobs) = &self.jobs {
            // A refused job drops `answer`, and the receiver says so.
            let _ = jobs.send(Job { text, answer }).await;
        }
        receiver
    }
}

impl Drop for Labellers {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // A panic outside `label_one` has shown already: its answer never came.
            let _ = thread.join();
        }
    }
}

fn work(jobs: &Jobs, labeller: &dyn Labeller) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(Job { text, answer }) = job else { return };
        // Nobody waits any more when the run has failed.
        if !answer.is_closed() {
            let _ = answer.send(label_one(labeller, &text));
        }
    }
}
