//! Progress a person can see: a bar on a terminal, a line now and then elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Time between two lines where there is no terminal.
const PAUSE: Duration = Duration::from_secs(2);

/// One long step. Written to standard error, so that `--json` stays clean.
pub(crate) struct Progress {
    label: &'static str,
    bar: ProgressBar,
    terminal: bool,
    last: Instant,
}

impl Progress {
    /// A step of `total` parts; 0 while that is not known.
    pub(crate) fn new(label: &'static str, total: u64) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        let style = ProgressStyle::with_template("{prefix:>12} {bar:32} {pos}/{len}  {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(label);
        Self { label, bar, terminal, last: Instant::now() }
    }

    /// `done` of `total` parts, with a word on what is happening.
    pub(crate) fn at(&mut self, done: u64, total: u64, word: &str) {
        self.bar.set_length(total);
        self.bar.set_position(done);
        self.bar.set_message(word.to_owned());
        if !self.terminal && self.last.elapsed() >= PAUSE {
            eprintln!("{}: {done}/{total} {word}", self.label);
            self.last = Instant::now();
        }
    }

    /// A line that stays, above the bar.
    pub(crate) fn say(&self, line: &str) {
        if self.terminal { self.bar.println(line) } else { eprintln!("{line}") }
    }

    /// The step is over, and `line` says how it went.
    pub(crate) fn done(self, line: &str) {
        self.bar.finish_and_clear();
        eprintln!("{:>12} {line}", self.label);
    }
}
