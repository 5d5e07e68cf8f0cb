//! What can be different between the events and the read models, in words for whoever looks after them.

use std::{collections::BTreeMap, fmt};

use application::ports::Projection;
use serde::Serialize;

/// One difference between what the events come to and what a read model says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which read model.
    pub projection: Projection,
    /// The account that the read model names. A text: what stands there need not be an account's id.
    pub account_id: String,
    /// What is different.
    pub kind: Kind,
    /// Where: the version of the row or of the document, or of the event that cannot be read.
    pub version: u64,
    /// More of it, for people.
    pub detail: String,
    /// Whether it is mended; never, if nothing was to be written.
    pub repaired: bool,
}

/// In which way a read model can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The account has no row.
    RowMissing,
    /// The row lacks the newest events.
    RowBehind,
    /// The row is not what the events up to its version come to.
    RowWrong,
    /// The row has a version that no event has.
    RowAhead,
    /// The row cannot be read.
    RowUnreadable,
    /// The row is of an account without any event.
    RowWithoutEvents,
    /// The transaction has no document.
    DocumentMissing,
    /// The document does not say what the event says.
    DocumentDifferent,
    /// The document is of no transaction.
    DocumentWithoutEvent,
    /// The journal lacks the newest events.
    JournalBehind,
    /// An event cannot be projected: the account is parked there, and what lies behind it cannot be judged.
    EventsUnreadable,
}

/// What a reconciliation came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Accounts that were compared.
    pub accounts: u64,
    /// Accounts of which an event cannot be projected.
    pub unreadable_accounts: u64,
    /// Accounts that were parked, and are projected up to their newest event now.
    pub redriven: u64,
    /// Differences that were found.
    pub differences: u64,
    /// Of them, those that are mended.
    pub repaired: u64,
    /// How many of each kind.
    pub kinds: BTreeMap<Kind, u64>,
}

impl Summary {
    /// Counts one more account with its differences.
    pub fn add(&mut self, differences: &[Difference]) {
        self.accounts += 1;
        self.add_other(differences);
    }

    /// Counts the differences of a stream that is no account's.
    pub fn add_other(&mut self, differences: &[Difference]) {
        self.unreadable_accounts += u64::from(differences.iter().any(Difference::is_unreadable));
        for difference in differences {
            self.differences += 1;
            self.repaired += u64::from(difference.repaired);
            *self.kinds.entry(difference.kind).or_default() += 1;
        }
    }

    /// How many differences are still there.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.differences.saturating_sub(self.repaired)
    }
}

impl Difference {
    fn is_unreadable(&self) -> bool {
        self.kind == Kind::EventsUnreadable
    }
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Self::RowMissing => "the row is missing",
            Self::RowBehind => "the row is behind the events",
            Self::RowWrong => "the row is wrong",
            Self::RowAhead => "the row is ahead of the events",
            Self::RowUnreadable => "the row cannot be read",
            Self::RowWithoutEvents => "a row of an account without events",
            Self::DocumentMissing => "the document is missing",
            Self::DocumentDifferent => "the document is not what the event says",
            Self::DocumentWithoutEvent => "a document of no transaction",
            Self::JournalBehind => "the journal is behind the events",
            Self::EventsUnreadable => "the events cannot be projected",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { projection, account_id, kind, version, detail, repaired } = self;
        write!(f, "{projection} {account_id}, version {version}: {kind}")?;
        if !detail.is_empty() {
            write!(f, " ({detail})")?;
        }
        f.write_str(if *repaired { ", repaired" } else { "" })
    }
}
