//! Silence about residents when something breaks: what a panic may say, and no core dumps.

use std::{fmt, panic, thread};

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Where a panic happened; all that may be told of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanicSite {
    /// Source file of this program.
    pub file: String,
    /// Line in it.
    pub line: u32,
    /// Name of the thread, which is the stage.
    pub stage: String,
}

impl fmt::Display for PanicSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, stage } = self;
        write!(f, "internal error at {file}:{line} in stage `{stage}`; please report this place")
    }
}

/// Makes every later panic of the process tell `report` its place, and nothing else.
///
/// # Privacy
/// The payload may quote a comment (slicing a string off a character boundary prints the string),
/// so it is never looked at.
pub fn install_quiet_panic_hook(report: impl Fn(&PanicSite) + Send + Sync + 'static) {
    panic::set_hook(Box::new(move |panic| {
        let place = panic.location();
        report(&PanicSite {
            file: place.map_or("unknown", |place| place.file()).to_owned(),
            line: place.map_or(0, |place| place.line()),
            stage: thread::current().name().unwrap_or("unnamed").to_owned(),
        });
    }));
}

/// Forbids the system to write this process's memory to a file.
///
/// Both doors are shut: the size limit, and the flag that also holds where dumps are piped to a
/// collector, which the limit does not stop.
///
/// # Errors
/// When the system refuses; a run should then not start.
pub fn refuse_core_dumps() -> std::io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// One test for the whole hook: it is global to the process.
    #[test]
    fn panic_hook_tells_place_and_stage_and_never_the_payload() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let previous = panic::take_hook();
        let keep = Arc::clone(&seen);
        install_quiet_panic_hook(move |site| keep.lock().unwrap().push(site.clone()));
        let thread = thread::Builder::new().name("label-9".into());
        let died = thread.spawn(|| panic!("{}", "maria@example.org")).unwrap().join();
        panic::set_hook(previous);
        assert!(died.is_err());
        let seen = seen.lock().unwrap();
        let site = seen.iter().find(|site| site.stage == "label-9").unwrap();
        assert!(site.file.ends_with("quiet.rs") && site.line > 0);
        assert!(!site.to_string().contains("maria"));
    }

    #[test]
    fn core_dumps_are_refused_by_limit_and_flag() {
        refuse_core_dumps().unwrap();
        let limit = rustix::process::getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        let dumpable = rustix::process::dumpable_behavior().unwrap();
        assert_eq!(dumpable, DumpableBehavior::NotDumpable);
    }
}
