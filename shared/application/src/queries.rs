//! The one entry for queries: who may see what, and from which read model it comes.

use domain::{AccountId, Money, Timestamp, TransactionId, UserId};

use uuid::Uuid;

use crate::{
    QueryError, Refusal, Stream, StreamId,
    codec::Accounts,
    commands::{Caller, Receipt},
    past::newest_at,
    ports::{
        AccountSummary, CommandStore, Environment, EventStore, Freshness, History, HistoryFilter,
        HistoryPage, Order, Page, Summaries, Transaction,
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

/// What an account held at some point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalanceAt {
    /// What it held.
    pub balance: Money,
    /// The version that left it so.
    pub version: u64,
    /// Business time of that version.
    pub as_of: Timestamp,
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
    /// What an account held at some point, from the events.
    ///
    /// # Errors
    /// [`QueryError::AccountNotFound`] also before the account was opened.
    pub async fn balance(
        &self,
        caller: &Caller,
        account_id: &AccountId,
        moment: Moment,
    ) -> Result<BalanceAt, QueryError> {
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
        Ok(BalanceAt { balance: account.balance, version: stream.version, as_of: commit.timestamp })
    }

    /// What came of a command; only who sent it may ask, and an admin.
    ///
    /// # Errors
    /// [`QueryError::CommandNotFound`] also if the command was begun, has no effect, and nobody is at it any more.
    pub async fn command(&self, caller: &Caller, command_id: Uuid) -> Result<CommandStatus, QueryError>
    where
        S: CommandStore,
    {
        let record = self.store.record(command_id).await?;
        let record = record.filter(|record| caller.may_use_account_of(&record.user_id));
        let record = record.ok_or(QueryError::CommandNotFound)?;
        match replay::outcome(&self.store, &record).await? {
            Some(outcome) => {
                let outcome = Box::new(outcome);
                Ok(CommandStatus::Decided { outcome, path: record.path, request_id: record.request_id })
            }
            None if self.environment.now() < record.leased_until => Ok(CommandStatus::InFlight),
            None => Err(QueryError::CommandNotFound),
        }
    }
}
