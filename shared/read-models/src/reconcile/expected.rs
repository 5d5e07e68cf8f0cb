//! The transactions that an account's events come to, one after the other, however many.

use std::{collections::VecDeque, ops::Range};

use application::{
    Commit, StreamId,
    ports::{EventStore, Transaction},
    transactions::transactions,
};
use domain::Timestamp;

use crate::{
    ProjectionError, chain,
    commits::recorded_at,
    stretch::{Unread, behind, stretch},
};

/// A transaction, and when its event was recorded.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    pub(super) transaction: Transaction,
    pub(super) recorded_at: Option<Timestamp>,
}

/// A walk over a stream that reads a stretch at a time.
pub(super) struct ExpectedTransactions<'a, S> {
    store: &'a S,
    stream: StreamId,
    ahead: VecDeque<Expected>,
    /// Where the next stretch begins.
    next: u64,
    /// The page of documents beside which the stream had ended.
    ended_at: Option<usize>,
    /// The first place that cannot be projected.
    pub(super) unreadable: Option<Unread>,
    /// Versions of which it cannot be told what they come to.
    unknown: Vec<Range<u64>>,
    /// Where such versions begin, as long as it is not known where they end.
    unknown_from: Option<u64>,
}

impl<'a, S: EventStore> ExpectedTransactions<'a, S> {
    pub(super) fn new(store: &'a S, stream: StreamId) -> Self {
        Self {
            store,
            stream,
            ahead: VecDeque::new(),
            next: 1,
            ended_at: None,
            unreadable: None,
            unknown: Vec::new(),
            unknown_from: None,
        }
    }

    /// The version of the next transaction. At the end of the stream it is asked anew beside each page of documents:
    /// what a page shows may have been appended since the page before.
    pub(super) async fn peek(&mut self, page: usize) -> Result<Option<u64>, ProjectionError> {
        while self.ahead.is_empty() && self.ended_at != Some(page) {
            let from = self.next;
            let read = stretch(self.store, &self.stream, from).await?;
            for commit in &read.commits {
                self.add(commit);
            }
            if let Some(unread) = read.unreadable {
                self.unknown_from.get_or_insert(unread.version);
                self.unreadable.get_or_insert(unread);
            }
            match read.next {
                Some(next) => self.next = next,
                None => self.ended_at = Some(page),
            }
        }
        Ok(self.ahead.front().map(|expected| expected.transaction.version))
    }

    pub(super) fn take(&mut self) -> Option<Expected> {
        self.ahead.pop_front()
    }

    /// Whether it can be told what the event at this version comes to.
    pub(super) fn knows(&self, version: u64) -> bool {
        !self.unknown.iter().any(|range| range.contains(&version))
            && self.unknown_from.is_none_or(|from| version < from)
    }

    fn add(&mut self, commit: &Commit) {
        if let Some(from) = self.unknown_from.take() {
            self.unknown.push(from..commit.version);
        } else if commit.version > self.next {
            let reason = format!("version {} is missing before version {}", self.next, commit.version);
            self.unreadable.get_or_insert(Unread { version: self.next, reason });
            self.unknown.push(self.next..commit.version);
        }
        self.next = behind(commit);
        match transactions(commit) {
            Ok(transactions) => {
                let recorded_at = recorded_at(commit);
                let expected = |transaction| Expected { transaction, recorded_at };
                self.ahead.extend(transactions.into_iter().map(expected));
            }
            Err(error) => {
                let (version, reason) = (commit.version, chain(&error));
                self.unreadable.get_or_insert(Unread { version, reason });
                self.unknown_from = Some(version);
            }
        }
    }
}
