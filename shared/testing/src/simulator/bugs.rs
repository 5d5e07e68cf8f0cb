//! Tables that are wrong in one way each. A checker that does not see what they do would be worth nothing.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use application::{
    CommandRecord, Commit, StreamId, codec,
    ports::{AppendError, CommandStore, Consistency, EventStore, RecordError, StoreError},
};
use domain::Timestamp;
use uuid::Uuid;

use super::Table;
use crate::MemoryEventStore;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A commit takes the place of one that is there.
    NoCondition,
    /// Commands have no record.
    NoRecord,
    /// A command's record is written after its commit instead of before.
    RecordAfterCommit,
    /// Of a transfer only the sender's commit is stored.
    MissingCreditLeg,
    /// Of a transaction the commits that can be stored are, though others cannot.
    HalfATransaction,
    /// The two commits of a transaction have different times.
    LegsAtDifferentTimes,
    /// The newest commit is read with eventual consistency.
    StaleRead,
    /// A record can be taken over at once.
    NoLease,
    /// Who takes a command over does not find what was done.
    BlindTakeover,
    /// A record with an outcome can be replaced.
    OutcomeReplaced,
    /// Every request with a key passes for the first.
    NoFingerprint,
    /// Refusals are not kept.
    RefusalForgotten,
    /// Records go before their time.
    EarlyExpiry,
    /// A command that is taken up is not kept longer than before.
    ExpiryKept,
    /// Who takes a command up forgets when others were at it.
    EarlierTriesForgotten,
    /// Now and then a commit is confirmed and not stored.
    LostCommit,
    /// Now and then a commit is stored twice.
    DoubleCommit,
    /// Opening and closing leave the holder as it was.
    HolderLeftOut,
    /// The balance in a state is wrong.
    WrongBalance,
    /// The hash of a commit is not that of its bytes.
    WrongHash,
}

impl Bug {
    /// All there are.
    pub const ALL: [Self; 20] = [
        Self::NoCondition,
        Self::NoRecord,
        Self::RecordAfterCommit,
        Self::MissingCreditLeg,
        Self::HalfATransaction,
        Self::LegsAtDifferentTimes,
        Self::StaleRead,
        Self::NoLease,
        Self::BlindTakeover,
        Self::OutcomeReplaced,
        Self::NoFingerprint,
        Self::RefusalForgotten,
        Self::EarlyExpiry,
        Self::ExpiryKept,
        Self::EarlierTriesForgotten,
        Self::LostCommit,
        Self::DoubleCommit,
        Self::HolderLeftOut,
        Self::WrongBalance,
        Self::WrongHash,
    ];
}

/// A table with a bug.
#[derive(Clone, Debug)]
pub struct BuggyStore {
    inner: MemoryEventStore,
    bug: Bug,
    appends: Arc<AtomicU64>,
    /// Records that were to be written before their commits.
    held_back: Arc<Mutex<Vec<CommandRecord>>>,
}

impl BuggyStore {
    /// A table with this bug.
    #[must_use]
    pub fn new(bug: Bug) -> Self {
        Self { inner: MemoryEventStore::default(), bug, appends: Arc::default(), held_back: Arc::default() }
    }

    /// Whether it is time for what happens now and then.
    fn is_time(&self) -> bool {
        // Not while the accounts are opened, so that there is something to be done wrong.
        let appends = self.appends.fetch_add(1, Ordering::Relaxed);
        appends > 8 && appends.is_multiple_of(3)
    }

    /// The commits as they come out of the bug.
    async fn spoiled(&self, commits: &[Commit]) -> Vec<Commit> {
        let mut commits = commits.to_vec();
        match self.bug {
            Bug::MissingCreditLeg if is_transfer(&commits) => commits.truncate(1),
            Bug::HolderLeftOut => commits.retain(|commit| commit.stream.account_id().is_some()),
            Bug::LegsAtDifferentTimes => {
                for commit in commits.iter_mut().skip(1) {
                    commit.timestamp = commit.timestamp.plus_seconds(1);
                    *commit = self.rehashed(commit.clone()).await;
                }
            }
            Bug::WrongBalance if self.is_time() => {
                for commit in &mut commits {
                    commit.state = commit.state.replace(r#""balance":"1"#, r#""balance":"2"#);
                    *commit = self.rehashed(commit.clone()).await;
                }
            }
            Bug::WrongHash if self.is_time() => {
                for commit in &mut commits {
                    commit.hash[0] ^= 1;
                }
            }
            _ => {}
        }
        commits
    }

    async fn rehashed(&self, commit: Commit) -> Commit {
        let before = self.inner.newest_until(&commit.stream, commit.version.saturating_sub(1)).await;
        let previous = before.ok().flatten().filter(|_| commit.version > 1);
        commit.chained(previous.map(|previous| previous.hash))
    }

    async fn add(&self, commits: &[Commit]) -> Result<(), AppendError> {
        let commits = self.spoiled(commits).await;
        match self.bug {
            Bug::NoCondition => {
                self.inner.overwrite(&commits);
                Ok(())
            }
            Bug::HalfATransaction if commits.len() > 1 => {
                let mut result = Ok(());
                for commit in &commits {
                    result = self.inner.append(std::slice::from_ref(commit)).await.and(result);
                }
                result
            }
            Bug::LostCommit if self.is_time() => Ok(()),
            Bug::DoubleCommit if self.is_time() => {
                self.inner.append(&commits).await?;
                for commit in &commits {
                    let again =
                        Commit { version: codec::last_version(commit).unwrap() + 1, ..commit.clone() };
                    self.inner.append(&[self.rehashed(again).await]).await?;
                }
                Ok(())
            }
            _ => self.inner.append(&commits).await,
        }
    }

    fn held_back(&self, command_id: Uuid) -> Option<CommandRecord> {
        let mut held_back = self.held_back.lock().unwrap_or_else(PoisonError::into_inner);
        let place = held_back.iter().position(|record| record.command_id == command_id)?;
        Some(held_back.swap_remove(place))
    }

    /// A record as it comes out of the bug when it is found.
    fn found(&self, mut record: CommandRecord, asked: Option<&CommandRecord>) -> CommandRecord {
        if self.bug == Bug::NoFingerprint {
            record.fingerprint = asked.map_or(record.fingerprint, |asked| asked.fingerprint);
        }
        if self.bug == Bug::NoLease && record.outcome.is_none() {
            record.leased_until = record.started_at;
        }
        record
    }
}

fn is_transfer(commits: &[Commit]) -> bool {
    commits.len() > 1 && commits.iter().all(|commit| commit.stream.account_id().is_some())
}

impl EventStore for BuggyStore {
    async fn newest(&self, stream: &StreamId) -> Result<Option<Commit>, StoreError> {
        let newest = self.inner.newest(stream).await?;
        match newest {
            Some(commit) if self.bug == Bug::StaleRead && commit.version > 1 && self.is_time() => {
                self.inner.newest_until(stream, commit.version - 1).await
            }
            newest => Ok(newest),
        }
    }

    async fn newest_until(&self, stream: &StreamId, version: u64) -> Result<Option<Commit>, StoreError> {
        self.inner.newest_until(stream, version).await
    }

    async fn read(&self, stream: &StreamId, from: u64, limit: usize) -> Result<Vec<Commit>, StoreError> {
        if self.bug == Bug::BlindTakeover {
            return Ok(Vec::new());
        }
        self.inner.read(stream, from, limit).await
    }

    async fn append(&self, commits: &[Commit]) -> Result<(), AppendError> {
        self.add(commits).await?;
        for commit in commits {
            let command = codec::metadata(commit).unwrap().command_id;
            if let Some(record) = self.held_back(command) {
                let _ = self.inner.put_record(&record, None).await;
            }
        }
        Ok(())
    }
}

impl CommandStore for BuggyStore {
    async fn record(
        &self,
        command_id: Uuid,
        consistency: Consistency,
    ) -> Result<Option<CommandRecord>, StoreError> {
        let record = self.inner.record(command_id, consistency).await?;
        Ok(record.map(|record| self.found(record, None)))
    }

    async fn put_record(&self, record: &CommandRecord, over: Option<Uuid>) -> Result<(), RecordError> {
        match self.bug {
            Bug::NoRecord => return Ok(()),
            Bug::RefusalForgotten if record.outcome.is_some() => return Ok(()),
            Bug::RecordAfterCommit if over.is_none() && record.outcome.is_none() => {
                let existing = self.inner.record(record.command_id, Consistency::Strong).await?;
                if let Some(existing) = existing {
                    return Err(RecordError::Taken(Some(Box::new(existing))));
                }
                self.held_back.lock().unwrap_or_else(PoisonError::into_inner).push(record.clone());
                return Ok(());
            }
            Bug::EarlierTriesForgotten => {
                let record = CommandRecord { earlier: Vec::new(), ..record.clone() };
                return self.inner.put_record(&record, over).await;
            }
            Bug::ExpiryKept if over.is_some() => {
                let existing = self.inner.record(record.command_id, Consistency::Strong).await?;
                let expires_at = existing.map_or(record.expires_at, |existing| existing.expires_at);
                return self.inner.put_record(&CommandRecord { expires_at, ..record.clone() }, over).await;
            }
            Bug::OutcomeReplaced if over.is_some() => {
                self.inner.overwrite_record(record);
                return Ok(());
            }
            _ => {}
        }
        match self.inner.put_record(record, over).await {
            Err(RecordError::Taken(Some(existing))) => {
                Err(RecordError::Taken(Some(Box::new(self.found(*existing, Some(record))))))
            }
            result => result,
        }
    }

    async fn append_with_record(
        &self,
        commits: &[Commit],
        record: &CommandRecord,
    ) -> Result<(), AppendError> {
        if self.bug == Bug::NoRecord {
            return self.add(commits).await;
        }
        if let Ok(Some(existing)) = self.inner.record(record.command_id, Consistency::Strong).await {
            return Err(AppendError::Recorded(Box::new(self.found(existing, Some(record)))));
        }
        self.add(commits).await?;
        let _ = self.inner.put_record(record, None).await;
        Ok(())
    }
}

impl Table for BuggyStore {
    fn commits(&self) -> Vec<Commit> {
        self.inner.all()
    }

    fn expire(&self, now: Timestamp) {
        let early = i64::from(self.bug == Bug::EarlyExpiry) * 7 * 24 * 3_600;
        self.inner.expire(now.plus_seconds(early));
    }
}
