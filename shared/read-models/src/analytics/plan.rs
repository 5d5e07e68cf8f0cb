//! Which part of the journal to compact next. Pure.
//!
//! What is new is compacted together with the compactions before it that are not at least twice as large, up to a
//! largest size. So each is at least twice as large as the next, or they are too large together: there are few of them,
//! and an event is written a logarithm of times.

use application::journal::Position;

use super::Compactions;

/// Positions from the first on, up to the one before `until`. Both are where blocks begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub first: Position,
    /// The one after the last.
    pub until: Position,
}

/// How much is worth a compaction, and how much is enough for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Fewer new positions than this stay recent.
    pub least: u64,
    /// No compaction is larger than this by more than a block: its compressed rows are in memory.
    pub most: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { least: 100, most: 50_000 }
    }
}

impl Span {
    /// How many positions these are.
    #[must_use]
    pub fn len(self) -> u64 {
        self.until.saturating_sub(self.first)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl Limits {
    /// What to compact next, of a journal that is handed on before this position; `None` if there is too little.
    #[must_use]
    pub fn next(self, compactions: &Compactions, handed_on: Position) -> Option<Span> {
        let end = compactions.end();
        let new = handed_on.saturating_sub(end);
        if new < self.least.max(1) {
            return None;
        }
        let mut next = Span { first: end, until: handed_on.min(end.saturating_add(self.most)) };
        for before in compactions.spans().into_iter().rev() {
            let joined = Span { first: before.first, until: next.until };
            if before.len() >= next.len().saturating_mul(2) || joined.len() > self.most {
                break;
            }
            next = joined;
        }
        Some(next)
    }
}
