//! Progress on a terminal: a bar for many items, a line for a long wait.

use std::sync::OnceLock;

use indicatif::{ProgressBar, ProgressStyle};

use super::report;
use crate::progress::Progress;

/// From this many items on there is a bar.
const BAR_FROM: usize = 10;

/// Draws on standard error, where that is a terminal.
#[derive(Debug, Default)]
pub(crate) struct Terminal {
    bar: OnceLock<ProgressBar>,
}

impl Terminal {
    pub(crate) fn new() -> Terminal {
        Terminal::default()
    }

    /// Takes the bar away, so that the result stands alone.
    pub(crate) fn finish(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Terminal {
    fn start(&self, total: usize) {
        if total >= BAR_FROM {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            self.bar.get_or_init(|| ProgressBar::new(total as u64).with_style(style));
        }
    }

    fn advance(&self, name: &str) {
        if let Some(bar) = self.bar.get() {
            bar.set_message(super::output::cell(name));
            bar.inc(1);
        }
    }

    fn waiting(&self, what: &str) {
        let tell = || report::note(&format!("waiting for {what}"));
        match self.bar.get() {
            Some(bar) => bar.suspend(tell),
            None => tell(),
        }
    }
}
