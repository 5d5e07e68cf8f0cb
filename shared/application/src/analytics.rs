//! What the bank's own people may ask of all accounts together.

use domain::Timestamp;

use crate::{
    QueryError,
    commands::Caller,
    ports::{ActiveAccounts, Analytics, By, DailyVolume, Environment, Fees, Period, TopAccount},
};

/// The longest period, in days: each may have some dozens of sums.
pub const PERIOD_DAYS_MAX: i64 = 366;

/// The longest list of accounts.
pub const TOP_ACCOUNTS_MAX: usize = 100;

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

/// Sums over everybody's transactions, for admins.
#[derive(Clone, Debug)]
pub struct Sums<A, E> {
    analytics: A,
    environment: E,
}

impl Period {
    /// Whether nobody has to wait too long for it.
    #[must_use]
    pub fn is_short(self) -> bool {
        self.to <= self.from.plus_seconds(PERIOD_DAYS_MAX * SECONDS_PER_DAY)
    }
}

impl<A: Analytics, E: Environment> Sums<A, E> {
    /// The sums that these analytics have.
    pub fn new(analytics: A, environment: E) -> Self {
        Self { analytics, environment }
    }

    /// What time it is, for what is counted back from today.
    pub fn now(&self) -> Timestamp {
        self.environment.now()
    }

    /// By day, type, account type and currency.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn daily_volumes(
        &self,
        caller: &Caller,
        period: Period,
    ) -> Result<Vec<DailyVolume>, QueryError> {
        caller.admin_or(QueryError::Forbidden)?;
        Ok(self.analytics.daily_volumes(period).await?)
    }

    /// For each currency the accounts at the top, up to `limit`.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn top_accounts(
        &self,
        caller: &Caller,
        period: Period,
        by: By,
        limit: usize,
    ) -> Result<Vec<TopAccount>, QueryError> {
        caller.admin_or(QueryError::Forbidden)?;
        Ok(self.analytics.top_accounts(period, by, limit).await?)
    }

    /// What the bank took, by currency, type and account type.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn fees(&self, caller: &Caller, period: Period) -> Result<Vec<Fees>, QueryError> {
        caller.admin_or(QueryError::Forbidden)?;
        Ok(self.analytics.fees(period).await?)
    }

    /// On how many accounts money moved, by currency and account type.
    ///
    /// # Errors
    /// [`QueryError`].
    pub async fn active_accounts(
        &self,
        caller: &Caller,
        period: Period,
    ) -> Result<Vec<ActiveAccounts>, QueryError> {
        caller.admin_or(QueryError::Forbidden)?;
        Ok(self.analytics.active_accounts(period).await?)
    }
}
