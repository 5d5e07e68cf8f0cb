//! Sections with a plot: the figures of the last whole run stay, so that text and plot can be written anew without it.

use anyhow::{Context as _, Result};
use serde::de::DeserializeOwned;

use super::{STACK, section};
use crate::layout::Layout;

/// What is made of the figures of a benchmark.
pub(super) struct Illustrated<R> {
    /// The section's.
    pub(super) name: &'static str,
    /// The text, with what the run says of itself.
    pub(super) markdown: fn(&R, &str) -> String,
    pub(super) svg: fn(&R) -> String,
}

impl<R: DeserializeOwned> Illustrated<R> {
    /// Shows what a quick run gave; keeps and writes what a whole one did.
    pub(super) fn finish(&self, layout: &Layout, is_quick: bool, printed: &str, note: &str) -> Result<()> {
        if is_quick {
            println!("{}", (self.markdown)(&parse(printed)?, note));
            return Ok(());
        }
        let left = layout.stack(STACK);
        std::fs::write(left.join(self.figures()), printed)?;
        std::fs::write(left.join(self.note()), note)?;
        self.write(layout, printed, note)
    }

    /// Writes what the last whole run has left.
    pub(super) fn again(&self) -> Result<()> {
        let layout = Layout::find()?;
        let left = layout.stack(STACK);
        let read = |file| std::fs::read_to_string(left.join(file)).context("no run has left its figures");
        self.write(&layout, &read(self.figures())?, &read(self.note())?)
    }

    fn write(&self, layout: &Layout, printed: &str, note: &str) -> Result<()> {
        let report = parse(printed)?;
        std::fs::write(layout.root.join(format!("docs/bench-{}.svg", self.name)), (self.svg)(&report))?;
        section::write(layout, self.name, &(self.markdown)(&report, note))
    }

    fn figures(&self) -> String {
        format!("{}.json", self.name)
    }

    fn note(&self) -> String {
        format!("{}.txt", self.name)
    }
}

fn parse<R: DeserializeOwned>(printed: &str) -> Result<R> {
    serde_json::from_str(printed).with_context(|| format!("no report: {printed}"))
}
