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
/// Longest time in which a program may do nothing at all before it counts as hung.
const IDLE_S_MAX: f64 = 120.0;
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
    #[error("it has done nothing for {IDLE_S_MAX} s and was ended; run it alone to see why")]
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
    let watched = watch(child.id(), clock);
    if watched.is_err() {
        let _ = child.kill();
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

/// When a program ended, its CPU time and the most memory it was seen to hold; an error once it has
/// taken no CPU time for [`IDLE_S_MAX`]. It is left for its parent to reap: until then the kernel
/// still tells its time.
fn watch(id: u32, clock: &dyn Clock) -> Result<(Timestamp, f64, f64), WholeError> {
    let pid = i32::try_from(id).ok().and_then(Pid::from_raw).ok_or(NoUsage)?;
    let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    let mut memory: f64 = 0.0;
    let (mut worked_s, mut worked_at) = (0.0, clock.now());
    loop {
        match waitid(WaitId::Pid(pid), ended) {
            Ok(Some(_)) => return Ok((clock.now(), usage::cpu_s(id)?, memory)),
            Ok(None) => {
                memory = memory.max(usage::memory_mib_peak(id).unwrap_or(0.0)); // it may just have ended
                let cpu_s = usage::cpu_s(id)?;
                if cpu_s > worked_s {
                    (worked_s, worked_at) = (cpu_s, clock.now());
                } else if clock.now().duration_since(worked_at).as_secs_f64() > IDLE_S_MAX {
                    return Err(WholeError::Hung);
                }
                thread::sleep(LOOK);
            }
            Err(error) => return Err(WholeError::Wait(error.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

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

    /// A clock on which an hour passes between two looks.
    struct Leaping(AtomicI64);

    impl Clock for Leaping {
        fn now(&self) -> Timestamp {
            Timestamp::from_second(3_600 * self.0.fetch_add(1, Ordering::Relaxed)).unwrap()
        }
    }

    #[test]
    fn program_that_does_nothing_is_ended() {
        let hung = run(&shell("exec sleep 1000"), 1, &Leaping(0.into()));
        let hung = hung.unwrap_err();
        assert!(matches!(hung, WholeError::Hung), "{hung}");
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
