//! What `bench/formance` prints.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// All of a run.
#[derive(Serialize, Deserialize)]
pub(in super::super) struct Whole {
    pub(super) note: String,
    /// Load averages of a minute, before and after both sides were measured.
    pub(super) load_before: String,
    pub(super) load_after: String,
    pub(super) commands: Commands,
    pub(super) questions: Questions,
    /// Theirs over a PostgreSQL that does not wait for its disk.
    pub(super) undurable: Vec<Writes>,
    pub(super) deployed: Option<Deployed>,
}

/// Commands on both sides, in turns.
#[derive(Serialize, Deserialize)]
pub(super) struct Commands {
    pub(super) writing: Plan,
    pub(super) writes: Vec<Writes>,
    pub(super) one_key: Vec<OneKey>,
}

/// Questions to both sides, in turns.
#[derive(Serialize, Deserialize)]
pub(super) struct Questions {
    pub(super) reading: Plan,
    pub(super) reads: Vec<Point>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) rounds: u64,
    pub(super) window_ms: u64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Writes {
    pub(super) kind: Kind,
    pub(super) clients: u64,
    pub(super) figures: Vec<Figures>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Deposits,
    DepositsWithoutKey,
    HotAccount,
    Transfers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum System {
    Formance,
    Passbook,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Figures {
    pub(super) side: System,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) per_second: f64,
    pub(super) per_second_low: f64,
    pub(super) per_second_high: f64,
    /// What else came of requests, by status.
    pub(super) others: BTreeMap<String, u64>,
}

/// An account of one length.
#[derive(Serialize, Deserialize)]
pub(super) struct Point {
    pub(super) length: u64,
    pub(super) formance_load_seconds: f64,
    pub(super) passbook_load_seconds: f64,
    pub(super) measured: Vec<Reads>,
    pub(super) as_inserted: Figures,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Reads {
    pub(super) question: Question,
    pub(super) clients: u64,
    pub(super) figures: Vec<Figures>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Question {
    Balance,
    History,
    AsOf,
    AsOfNow,
}

/// Many senders of one key.
#[derive(Serialize, Deserialize)]
pub(super) struct OneKey {
    pub(super) side: System,
    pub(super) senders: u64,
    pub(super) patience_seconds: u64,
    pub(super) trials: Vec<Trial>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Trial {
    pub(super) first: BTreeMap<String, u64>,
    pub(super) first_seconds: f64,
    pub(super) seconds: f64,
    pub(super) effects: u64,
    pub(super) different_bodies: u64,
}

/// The deployed stack.
#[derive(Serialize, Deserialize)]
pub(super) struct Deployed {
    pub(super) deposits: Writes,
    pub(super) length: u64,
    pub(super) as_of: Figures,
}

impl System {
    pub(super) const ALL: [Self; 2] = [Self::Formance, Self::Passbook];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Formance => "Formance",
            Self::Passbook => "Passbook",
        }
    }
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Deposits => "deposits, 500 accounts",
            Self::DepositsWithoutKey => "deposits without a key, 500 accounts",
            Self::HotAccount => "deposits, one hot account",
            Self::Transfers => "transfers, 500 accounts",
        }
    }
}

impl Question {
    pub(super) const ALL: [Self; 4] = [Self::Balance, Self::History, Self::AsOf, Self::AsOfNow];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Balance => "balance",
            Self::History => "history page",
            Self::AsOf => "balance of the past",
            Self::AsOfNow => "balance of the past, at this moment",
        }
    }
}

impl Commands {
    pub(super) fn writes_of(&self, kind: Kind, clients: u64) -> Option<&Writes> {
        self.writes.iter().find(|writes| (writes.kind, writes.clients) == (kind, clients))
    }
}

impl Point {
    pub(super) fn of(&self, question: Question, clients: u64, system: System) -> Option<&Figures> {
        let reads = self.measured.iter().find(|one| (one.question, one.clients) == (question, clients))?;
        of(&reads.figures, system)
    }
}

pub(super) fn of(figures: &[Figures], system: System) -> Option<&Figures> {
    figures.iter().find(|figures| figures.side == system)
}
