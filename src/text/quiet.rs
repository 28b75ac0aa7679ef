//! Keeps a panic inside redaction from printing: the message of a failed slice quotes the text.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook},
    sync::Once,
};

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// Makes the process-wide panic hook silent for threads that are inside [`quietly`]; all other
/// panics print as before. Takes effect once.
pub(super) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| set_hook(silenced(take_hook())));
}

fn silenced(previous: Hook) -> Hook {
    Box::new(move |info| {
        if !QUIET.get() {
            previous(info);
        }
    })
}

/// Runs `work`; a panic in it becomes `None`, and its message is dropped unread.
pub(super) fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    let outer = QUIET.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work)).ok();
    QUIET.set(outer);
    done
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn panic_inside_prints_nothing_and_outside_prints() {
        static PRINTED: AtomicUsize = AtomicUsize::new(0);
        install(); // no other test sets the hook after this one
        let before = take_hook();
        set_hook(silenced(Box::new(|info| {
            let text = info.payload().downcast_ref::<&str>();
            if text.is_some_and(|text| text.contains("zebra")) {
                PRINTED.fetch_add(1, Ordering::SeqCst);
            }
        })));
        assert_eq!(quietly(|| -> u8 { panic!("zebra") }), None);
        assert_eq!(PRINTED.load(Ordering::SeqCst), 0);
        assert!(catch_unwind(|| panic!("zebra")).is_err());
        assert_eq!(PRINTED.load(Ordering::SeqCst), 1);
        set_hook(before);
        assert_eq!(quietly(|| 7), Some(7));
    }
}
