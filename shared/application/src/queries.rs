//! The one entry for queries: who may see what, and from which read model it comes.

use domain::{AccountId, Money, Timestamp, TransactionId, UserId};

use crate::{
    Commit, QueryError, Stream, StreamId,
    codec::{self, Accounts},
    commands::Caller,
    ports::{
        AccountSummary, Environment, EventStore, Freshness, History, HistoryFilter, HistoryPage, Order, Page,
        Summaries, Transaction,
    },
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

impl<S: EventStore, R: Summaries, H: History, E: Environment> Queries<S, R, H, E> {
    /// The query side over these stores.
    pub fn new(store: S, summaries: R, history: H, environment: E) -> Self {
        Self { store, summaries, history, environment }
    }

    /// What time it is, for what is counted back from today.
    pub fn now(&self) -> Timestamp {
        self.environment.now()
    }

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
            Moment::Time(at) => self.newest_at(newest, at).await?,
        };
        let stream = Stream::<Accounts>::at(&self.store, commit.ok_or_else(absent)?).await?;
        let (account, commit) = stream.state.zip(stream.newest).ok_or_else(absent)?;
        if !caller.may_use_account_of(&account.user_id) {
            return Err(absent());
        }
        Ok(BalanceAt { balance: account.balance, version: stream.version, as_of: commit.timestamp })
    }

    /// The newest commit of a stream at a time: time increases with the version, so halving finds it.
    async fn newest_at(&self, newest: Commit, at: Timestamp) -> Result<Option<Commit>, QueryError> {
        if newest.timestamp <= at {
            return Ok(Some(newest));
        }
        let (mut found, mut low, mut high) = (None, 1, newest.version.saturating_sub(1));
        while low <= high {
            let middle = low.midpoint(high);
            let Some(commit) = self.store.newest_until(&newest.stream, middle).await? else { break };
            if commit.timestamp <= at {
                low = codec::last_version(&commit)?.saturating_add(1).max(middle.saturating_add(1));
                found = Some(commit);
            } else {
                high = commit.version.saturating_sub(1);
            }
        }
        Ok(found)
    }
}
