//! The one entry for queries: who may see what, and from which read model it comes.

use domain::{AccountId, Timestamp, TransactionId, UserId, account::Account};
use uuid::Uuid;

use crate::{
    Hash, Metadata, QueryError, Refusal, Stream, StreamId,
    codec::{self, Accounts, StoredEvent},
    commands::{Caller, Receipt},
    past::newest_at,
    ports::{
        AccountSummary, CommandStore, Consistency, Environment, EventStore, Freshness, History,
        HistoryFilter, HistoryPage, Order, Page, Summaries, Transaction,
    },
    replay,
};

/// The query side of the ledger.
#[derive(Clone, Debug)]
pub struct Queries<S, R, H, E> {
    store: S,
    summaries: R,
    history: H,
    environment: E,
}

/// How long after its try a write may still come in that nobody has heard of.
const ON_ITS_WAY_SECONDS: i64 = 30;

/// Which point of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The newest there is.
    Now,
    /// After this version.
    Version(u64),
    /// At this time of business.
    Time(Timestamp),
}

/// What an account was at some point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountAt {
    /// The whole of it.
    pub account: Account,
    /// The version that left it so.
    pub version: u64,
    /// Business time of that version.
    pub as_of: Timestamp,
    /// Ties that version to all before it.
    pub hash: Hash,
}

/// Some of the events of an account, as they are stored.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditTrail {
    /// In order.
    pub events: Vec<AuditedEvent>,
    /// Whether there are more.
    pub has_more: bool,
}

/// An event as it is stored, whatever its version, and who did it.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditedEvent {
    /// Its place.
    pub version: u64,
    /// What is stored of the fact.
    pub stored: StoredEvent,
    /// Business time.
    pub timestamp: Timestamp,
    /// Who did it, by which command, and when by the clock.
    pub metadata: Metadata,
    /// The hash of the commit that it is in.
    pub hash: Hash,
}

/// Where a command stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandStatus {
    /// It was decided.
    Decided {
        /// Its receipt, or why it has no effect.
        outcome: Box<Result<Receipt, Refusal>>,
        /// Where it was sent to.
        path: String,
        /// The request that was answered so first.
        request_id: String,
    },
    /// Somebody is at it.
    InFlight,
}

impl<S, R, H, E: Environment> Queries<S, R, H, E> {
    /// The query side over these stores.
    pub fn new(store: S, summaries: R, history: H, environment: E) -> Self {
        Self { store, summaries, history, environment }
    }

    pub(crate) fn store(&self) -> &S {
        &self.store
    }

    /// What time it is, for what is counted back from today.
    pub fn now(&self) -> Timestamp {
        self.environment.now()
    }
}

/// What the read models answer.
impl<S, R: Summaries, H: History, E> Queries<S, R, H, E> {
    /// One account, as fresh as asked.
    ///
    /// # Errors
    /// [`QueryError`]; another user's account is as absent as one that was never opened.
    pub async fn account(
        &self,
        caller: &Caller,
        account_id: &AccountId,
        freshness: Freshness,
    ) -> Result<AccountSummary, QueryError> {
        let summary = self.summaries.find(account_id, freshness).await?;
        let visible = summary.filter(|summary| caller.may_use_account_of(&summary.user_id));
        visible.ok_or_else(|| QueryError::AccountNotFound(account_id.clone()))
    }

    /// All the accounts of a user; of somebody else's only an admin may ask.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn accounts(
        &self,
        caller: &Caller,
        user_id: &UserId,
    ) -> Result<Vec<AccountSummary>, QueryError> {
        if !caller.may_use_account_of(user_id) {
            return Err(QueryError::Forbidden);
        }
        Ok(self.summaries.of_user(user_id).await?)
    }

    /// A page of an account's transactions.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn transactions(
        &self,
        caller: &Caller,
        filter: &HistoryFilter,
        page: &Page,
        order: Order,
        size: u32,
    ) -> Result<HistoryPage, QueryError> {
        self.account(caller, &filter.account_id, Freshness::AtLeast(1)).await?;
        Ok(self.history.search(filter, page, order, size).await?)
    }

    /// One transaction of an account.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn transaction(
        &self,
        caller: &Caller,
        account_id: &AccountId,
        transaction_id: &TransactionId,
    ) -> Result<Transaction, QueryError> {
        self.account(caller, account_id, Freshness::AtLeast(1)).await?;
        let transaction = self.history.find(account_id, transaction_id).await?;
        transaction.ok_or(QueryError::TransactionNotFound)
    }
}

/// What the events themselves answer.
impl<S: EventStore, R, H, E: Environment> Queries<S, R, H, E> {
    /// What an account was at some point, from the events: in a few reads, however much has happened since.
    ///
    /// # Errors
    /// [`QueryError::AccountNotFound`] also before the account was opened.
    pub async fn account_at(
        &self,
        caller: &Caller,
        account_id: &AccountId,
        moment: Moment,
    ) -> Result<AccountAt, QueryError> {
        let absent = || QueryError::AccountNotFound(account_id.clone());
        let id = StreamId::account(account_id);
        let newest = self.store.newest(&id).await?.ok_or_else(absent)?;
        let commit = match moment {
            Moment::Now => Some(newest),
            Moment::Version(version) => self.store.newest_until(&id, version).await?,
            Moment::Time(at) => newest_at(&self.store, newest, at).await?,
        };
        let stream = Stream::<Accounts>::at(&self.store, commit.ok_or_else(absent)?).await?;
        let (account, commit) = stream.state.zip(stream.newest).ok_or_else(absent)?;
        if !caller.may_use_account_of(&account.user_id) {
            return Err(absent());
        }
        Ok(AccountAt { account, version: stream.version, as_of: commit.timestamp, hash: commit.hash })
    }

    /// The events of an account after a version, up to so many.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn audit_trail(
        &self,
        caller: &Caller,
        account_id: &AccountId,
        after: u64,
        limit: usize,
    ) -> Result<AuditTrail, QueryError> {
        let newest = self.account_at(caller, account_id, Moment::Now).await?;
        let (id, from) = (StreamId::account(account_id), after.saturating_add(1));
        if newest.version < from {
            return Ok(AuditTrail { events: Vec::new(), has_more: false });
        }
        let mut commits = self.store.read(&id, from, limit).await?;
        if commits.first().is_none_or(|first| first.version != from) {
            // The version is inside of a commit of several events.
            commits.splice(..0, self.store.newest_until(&id, from).await?);
        }
        let mut events = Vec::new();
        for commit in &commits {
            let (metadata, stored) = (codec::metadata(commit)?, codec::stored_events(commit)?);
            events.extend((commit.version..).zip(stored).map(|(version, stored)| AuditedEvent {
                version,
                stored,
                timestamp: commit.timestamp,
                metadata: metadata.clone(),
                hash: commit.hash,
            }));
        }
        events.retain(|event| event.version >= from);
        events.truncate(limit);
        let has_more = events.last().is_some_and(|last| last.version < newest.version);
        Ok(AuditTrail { events, has_more })
    }

    /// What came of a command; only who sent it may ask, and an admin.
    ///
    /// # Errors
    /// [`QueryError::CommandNotFound`] also if the command was begun, has no effect, and nobody is at it any more.
    pub async fn command(&self, caller: &Caller, command_id: Uuid) -> Result<CommandStatus, QueryError>
    where
        S: CommandStore,
    {
        let record = self.store.record(command_id, Consistency::Strong).await?;
        let record = record.filter(|record| caller.may_use_account_of(&record.user_id));
        let record = record.ok_or(QueryError::CommandNotFound)?;
        match replay::outcome(&self.store, &record).await? {
            Some(outcome) => {
                let outcome = Box::new(outcome);
                Ok(CommandStatus::Decided { outcome, path: record.path, request_id: record.request_id })
            }
            None if self.environment.now() < record.leased_until.plus_seconds(ON_ITS_WAY_SECONDS) => {
                Ok(CommandStatus::InFlight)
            }
            None => Err(QueryError::CommandNotFound),
        }
    }
}
