//! The long run: millions of inputs of each target, in parallel, timed.
//!
//! Work is cut into pieces of so many inputs, each from a seed of its own, so that what is found
//! does not depend on how many threads there are.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use super::{mutator, seeds, targets};
use crate::domain::fuzz::Target;

/// Inputs of one piece of work.
const PIECE: u64 = 100_000;

/// An input that takes so long is told while it is still being read.
const STUCK: Duration = Duration::from_secs(20);

/// What was found of one target.
#[derive(Default)]
struct Account {
    executions: u64,
    found: u64,
    busy: Duration,
    slowest: Duration,
    slowest_bytes: usize,
    violation: Option<String>,
}

/// What a thread is at, for the one that watches.
#[derive(Default)]
struct At {
    piece: AtomicUsize,
    number: AtomicU64,
}

struct Run {
    seed: u64,
    executions: u64,
    targets: Vec<Target>,
    accounts: Vec<Mutex<Account>>,
    next: AtomicUsize,
}

impl Run {
    fn pieces_of_one(&self) -> usize {
        usize::try_from(self.executions.div_ceil(PIECE)).unwrap()
    }

    /// Target and seed of a piece.
    fn piece(&self, piece: usize) -> Option<(usize, u64, u64)> {
        let (target, part) = (piece / self.pieces_of_one(), (piece % self.pieces_of_one()) as u64);
        let inputs = PIECE.min(self.executions - part * PIECE);
        (target < self.targets.len()).then_some((target, (self.seed << 32) | part, inputs))
    }

    fn work(&self, at: &At) {
        loop {
            let piece = self.next.fetch_add(1, Ordering::Relaxed);
            let Some((index, seed, inputs)) = self.piece(piece) else { return };
            if self.accounts[index].lock().unwrap().violation.is_some() {
                continue;
            }
            at.number.store(0, Ordering::Relaxed);
            at.piece.store(piece, Ordering::Relaxed);
            let account = self.feed(&self.targets[index], seed, inputs, at);
            let mut all = self.accounts[index].lock().unwrap();
            all.executions += account.executions;
            all.found += account.found;
            all.busy += account.busy;
            if account.slowest > all.slowest {
                (all.slowest, all.slowest_bytes) = (account.slowest, account.slowest_bytes);
            }
            all.violation = all.violation.take().or(account.violation);
        }
    }

    fn feed(&self, target: &Target, seed: u64, inputs: u64, at: &At) -> Account {
        let limit = Duration::from_millis(target.limit_ms);
        let (mut mutator, mut account) = (mutator(seed, target), Account::default());
        let begun = processor_time();
        let mut last = clock();
        for number in 1..=inputs {
            at.number.store(number, Ordering::Relaxed);
            let made = mutator.next();
            let Ok(found) = catch_unwind(AssertUnwindSafe(|| (target.run)(made))) else {
                let place = PLACE.take();
                account.violation = Some(format!("panicked at {place} for {}", hex::encode(made)));
                break;
            };
            account.executions = number;
            account.found += u64::from(found > 0);
            let now = clock();
            let mut took = now - last;
            last = now;
            if took <= account.slowest {
                continue;
            }
            // A machine that lends its core counts what it took away: what is slow is slow again.
            for _ in 0..3 {
                let from = processor_time();
                (target.run)(made);
                took = took.min(processor_time() - from);
            }
            if took > account.slowest {
                (account.slowest, account.slowest_bytes) = (took, made.len());
            }
            if took > limit {
                account.violation = Some(format!("took {took:?} for {}", hex::encode(made)));
                break;
            }
            last = clock();
        }
        account.busy = processor_time() - begun;
        account
    }

    /// Tells an input that does not end, which can be made again from its seed.
    fn watch(&self, all: &[At], done: &AtomicBool) {
        let mut before: Vec<(usize, u64)> = vec![(0, 0); all.len()];
        while !done.load(Ordering::Relaxed) {
            thread::park_timeout(STUCK);
            for (at, before) in all.iter().zip(&mut before) {
                let now = (at.piece.load(Ordering::Relaxed), at.number.load(Ordering::Relaxed));
                let stuck = now == *before && now.1 > 0 && !done.load(Ordering::Relaxed);
                *before = now;
                let Some((target, seed, inputs)) = self.piece(now.0).filter(|_| stuck) else {
                    continue;
                };
                if now.1 >= inputs {
                    continue;
                }
                let mut mutator = mutator(seed, &self.targets[target]);
                for _ in 1..now.1 {
                    mutator.next();
                }
                tell(&format!(
                    "{} does not end: {}",
                    self.targets[target].name,
                    hex::encode(mutator.next())
                ));
                std::process::exit(101);
            }
        }
    }
}

thread_local! {
    /// Where this thread panicked last. A parser that panics and is caught inside must not print
    /// each time.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

fn note_panics() {
    std::panic::set_hook(Box::new(|panic| {
        PLACE.set(panic.to_string());
    }));
}

#[allow(clippy::print_stderr)] // the progress of a long run by hand
fn tell(line: &str) {
    eprintln!("{line}");
}

fn clock() -> Duration {
    time_of(rustix::time::ClockId::Monotonic)
}

fn processor_time() -> Duration {
    time_of(rustix::time::ClockId::ThreadCPUTime)
}

fn time_of(clock: rustix::time::ClockId) -> Duration {
    let now = rustix::time::clock_gettime(clock);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// `UNDERTONE_FUZZ=SEED:EXECUTIONS[:PART OF A NAME]`; left out, seed 2 and ten million of each.
#[allow(clippy::disallowed_methods)] // the setting of a long run by hand
fn asked() -> (u64, u64, String) {
    let asked = std::env::var("UNDERTONE_FUZZ").unwrap_or_default();
    let mut parts = asked.splitn(3, ':').filter(|part| !part.is_empty());
    let mut number = |otherwise| parts.next().map_or(otherwise, |part| part.parse().unwrap());
    let (seed, executions) = (number(2), number(10_000_000));
    (seed, executions, parts.next().unwrap_or_default().to_owned())
}

#[test]
#[ignore = "ten million executions of each target"]
fn fuzz_long_holds() {
    let (seed, executions, part) = asked();
    note_panics();
    let targets: Vec<Target> =
        targets().map(|(_, target)| target).filter(|target| target.name.contains(&part)).collect();
    // What is built on first use, the numbering plans among it, is no hang.
    for target in &targets {
        for (_, seed) in seeds(target) {
            (target.run)(&seed);
        }
        (target.run)(b"call 2025550143");
    }
    let accounts = targets.iter().map(|_| Mutex::default()).collect();
    let run = Run { seed, executions, targets, accounts, next: AtomicUsize::new(0) };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let all: Vec<At> = (0..threads).map(|_| At::default()).collect();
    let (done, begun) = (AtomicBool::new(false), clock());
    thread::scope(|scope| {
        let watcher = scope.spawn(|| run.watch(&all, &done));
        let workers: Vec<_> = all.iter().map(|at| scope.spawn(|| run.work(at))).collect();
        for worker in workers {
            let ended = worker.join();
            if ended.is_err() {
                done.store(true, Ordering::Relaxed);
            }
        }
        done.store(true, Ordering::Relaxed);
        watcher.thread().unpark();
    });
    let mut violations = Vec::new();
    let (mut inputs, mut busy) = (0, Duration::ZERO);
    tell(&format!("seed {seed}, {threads} threads"));
    tell("target                  executions  found  cpu s  us each  slowest ms (bytes)");
    for (target, account) in run.targets.iter().zip(&run.accounts) {
        let account = account.lock().unwrap();
        let (seconds, each) = (account.busy.as_secs_f64(), account.executions.max(1) as f64);
        tell(&format!(
            "{:22} {:11} {:5.1}% {seconds:6.0} {:8.1} {:8.2} ({})",
            target.name,
            account.executions,
            100.0 * account.found as f64 / each,
            1e6 * seconds / each,
            account.slowest.as_secs_f64() * 1e3,
            account.slowest_bytes,
        ));
        inputs += account.executions;
        busy += account.busy;
        violations
            .extend(account.violation.iter().map(|found| format!("{}: {found}", target.name)));
    }
    let (seconds, cpu) = ((clock() - begun).as_secs(), busy.as_secs());
    tell(&format!("{inputs} executions in {seconds} s, {cpu} s of processor time"));
    drop(std::panic::take_hook());
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}
