//! A program that does all of its work at once: started, waited for, and what that took.

use std::{
    io::{self, Read},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use jiff::Timestamp;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use super::{
    child::{THREADS, last_words},
    engines::Engine,
    usage::{self, NoUsage},
};
use crate::domain::Clock;

/// Memory is looked at so often, and whether the program has ended.
const LOOK: Duration = Duration::from_millis(20);
/// So many looks in a row may find that a program has done nothing.
const IDLE_LOOKS_MAX: u32 = 6_000;
/// Most of its output that is kept.
const OUTPUT_BYTES_MAX: u64 = 1 << 24;

/// What a program took from its start to its end, loading included.
#[derive(Debug)]
pub(super) struct Took {
    pub wall_s: f64,
    pub cpu_s: f64,
    pub memory_mib_peak: f64,
    /// What it said on standard output.
    pub output: String,
}

/// Why a program could not be measured.
#[derive(Debug, thiserror::Error)]
pub(super) enum WholeError {
    #[error("cannot start {program}: {error}")]
    Start { program: String, error: io::Error },
    /// Its words are told: the rows are published or invented.
    #[error("it failed: {0}")]
    Failed(String),
    #[error(
        "it did nothing for {} s and was ended; run it alone to see why",
        (LOOK * IDLE_LOOKS_MAX).as_secs()
    )]
    Hung,
    #[error("the system does not tell when it ended: {0}")]
    Wait(io::Error),
    #[error(transparent)]
    NoUsage(#[from] NoUsage),
}

/// Runs an engine to its end on so many threads.
pub(super) fn run(engine: &Engine, threads: usize, clock: &dyn Clock) -> Result<Took, WholeError> {
    let Engine { program, arguments, .. } = engine;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.envs(THREADS.map(|name| (name, threads.to_string())));
    command.env("TOKENIZERS_PARALLELISM", if threads > 1 { "true" } else { "false" });
    let start = clock.now();
    let mut child = command.spawn().map_err(|error| WholeError::Start {
        program: program.to_string_lossy().into_owned(),
        error,
    })?;
    let said = child.stdout.take().map(|out| {
        thread::spawn(move || {
            let mut said = String::new();
            let _ = out.take(OUTPUT_BYTES_MAX).read_to_string(&mut said); // what is cut is no JSON
            said
        })
    });
    let complaints = child.stderr.take().map(|said| thread::spawn(move || last_words(said)));
    let watched = watch(child.id(), clock, IDLE_LOOKS_MAX);
    if let Err(error) = watched {
        let _ = child.kill();
        let _ = child.wait();
        return Err(error); // its readers may wait for a program that it started itself
    }
    let status = child.wait().map_err(WholeError::Wait)?;
    let joined = |words: Option<thread::JoinHandle<String>>| {
        words.and_then(|words| words.join().ok()).unwrap_or_default()
    };
    let (output, complaints) = (joined(said), joined(complaints));
    let (ended, cpu_s, memory_mib_peak) = watched?;
    match status.success() {
        true => {
            let wall_s = ended.duration_since(start).as_secs_f64();
            Ok(Took { wall_s, cpu_s, memory_mib_peak, output })
        }
        false if complaints.is_empty() => Err(WholeError::Failed(format!("{status}"))),
        false => Err(WholeError::Failed(complaints)),
    }
}

/// When a program ended, its CPU time and the most memory it was seen to hold; an error once so
/// many looks in a row found it idle. It is left for its parent to reap: until then the kernel
/// still tells its time.
fn watch(
    id: u32,
    clock: &dyn Clock,
    idle_looks_max: u32,
) -> Result<(Timestamp, f64, f64), WholeError> {
    let pid = i32::try_from(id).ok().and_then(Pid::from_raw).ok_or(NoUsage)?;
    let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    let mut memory: f64 = 0.0;
    let mut work = Work::default();
    loop {
        match waitid(WaitId::Pid(pid), ended) {
            Ok(Some(_)) => return Ok((clock.now(), usage::cpu_s(id)?, memory)),
            Ok(None) => {
                memory = memory.max(usage::memory_mib_peak(id).unwrap_or(0.0)); // it may just have ended
                if work.idle_looks(usage::cpu_s(id)?) > idle_looks_max {
                    return Err(WholeError::Hung);
                }
                thread::sleep(LOOK);
            }
            Err(error) => return Err(WholeError::Wait(error.into())),
        }
    }
}

/// What a program has done so far, and since when it does nothing.
#[derive(Default)]
struct Work {
    cpu_s: f64,
    idle: u32,
}

impl Work {
    /// How many looks in a row found no work, this one among them.
    fn idle_looks(&mut self, cpu_s: f64) -> u32 {
        self.idle = if cpu_s > self.cpu_s { 0 } else { self.idle + 1 };
        self.cpu_s = cpu_s;
        self.idle
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SystemClock;

    fn shell(script: &str) -> Engine {
        Engine {
            id: "shell".into(),
            name: "shell".into(),
            program: "/bin/sh".into(),
            arguments: vec!["-c".into(), script.into()],
            ours: false,
        }
    }

    #[test]
    fn program_is_waited_for_and_its_output_kept() {
        let took = run(&shell("echo $OMP_NUM_THREADS"), 3, &SystemClock).unwrap();
        assert_eq!(took.output, "3\n");
        assert!(took.wall_s > 0.0 && took.cpu_s >= 0.0);
    }

    #[test]
    fn program_that_does_nothing_is_told() {
        let mut idle = Command::new("/bin/sleep").arg("1000").spawn().unwrap();
        let hung = watch(idle.id(), &SystemClock, 3).unwrap_err();
        assert!(matches!(hung, WholeError::Hung), "{hung}");
        idle.kill().and_then(|()| idle.wait()).unwrap();
    }

    #[test]
    fn idle_looks_are_those_since_the_last_work() {
        let mut work = Work::default();
        let looks = [0.0, 0.0, 0.1, 0.1, 0.1, 0.2].map(|cpu_s| work.idle_looks(cpu_s));
        assert_eq!(looks, [1, 2, 0, 1, 2, 0]);
    }

    #[test]
    fn program_that_fails_is_told_with_its_last_words() {
        let failed =
            run(&shell("echo first >&2; echo last >&2; exit 3"), 1, &SystemClock).unwrap_err();
        assert_eq!(failed.to_string(), "it failed: last");
        let silent = run(&shell("exit 3"), 1, &SystemClock).unwrap_err().to_string();
        assert!(silent.contains('3'), "{silent}");
    }
}
