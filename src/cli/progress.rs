//! Progress of a run on standard error: counts, rate and time left, never a word of a comment.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::pipeline::{Counts, Progress};

/// A bar over the bytes of the input, or a spinner where its length is unknown.
pub(super) struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// A bar for an input of `bytes`, if that is known; silent under `quiet`.
    pub fn new(bytes: Option<u64>, quiet: bool) -> Self {
        let bar = match bytes {
            Some(bytes) => ProgressBar::new(bytes)
                .with_style(style("{bar:24} {percent:>3} %  {msg}  {elapsed} elapsed, {eta} left")),
            None => ProgressBar::new_spinner().with_style(style("{spinner} {msg}  {elapsed}")),
        };
        if quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        Self { bar }
    }

    /// Clears the bar.
    pub fn done(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn advanced(&self, counts: &Counts) {
        self.bar.set_position(counts.bytes);
        let seconds = self.bar.elapsed().as_secs_f64();
        let rate = if seconds > 0.0 { counts.rows as f64 / seconds } else { 0.0 };
        self.bar.set_message(format!(
            "{} rows, {rate:.0}/s, {} withheld, {} rejected, {} unreadable",
            counts.rows, counts.withheld, counts.rejected, counts.bad,
        ));
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
