//! The holder of accounts: one user, who may have only so many of them open.
//!
//! The limit spans accounts, so it has a stream of its own. Opening or closing an account appends to both streams in
//! one transaction: however many requests race, one version of the holder's stream has one winner.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::AccountId;

/// The most accounts one user may have open (the requirements' `ValidateBusinessRules`).
pub const OPEN_ACCOUNTS_MAX: usize = 5;

/// A fact about one holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An account of theirs was opened.
    AccountAdded(AccountListed),
    /// An account of theirs was closed.
    AccountRemoved(AccountListed),
}

/// The data of a holder's events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountListed {
    /// Which account.
    pub account_id: AccountId,
}

/// What a holder is after their events; a user without any is the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// The accounts that are open.
    pub open_accounts: BTreeSet<AccountId>,
}

/// Why the bank says no to a holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// The user has as many accounts open as anybody may have.
    #[error("a user may have {limit} accounts open: close one first")]
    AccountLimitReached {
        /// That many.
        limit: usize,
    },
}

/// The holder after one more event.
#[must_use]
pub fn evolve(mut holder: Holder, event: &Event) -> Holder {
    match event {
        Event::AccountAdded(listed) => holder.open_accounts.insert(listed.account_id.clone()),
        Event::AccountRemoved(listed) => holder.open_accounts.remove(&listed.account_id),
    };
    holder
}

/// The event of one more account.
///
/// # Errors
/// [`Rejection::AccountLimitReached`] at [`OPEN_ACCOUNTS_MAX`] open accounts.
pub fn add_account(holder: &Holder, account_id: AccountId) -> Result<Event, Rejection> {
    if holder.open_accounts.len() >= OPEN_ACCOUNTS_MAX {
        return Err(Rejection::AccountLimitReached { limit: OPEN_ACCOUNTS_MAX });
    }
    Ok(Event::AccountAdded(AccountListed { account_id }))
}

/// The event of one account less.
#[must_use]
pub fn remove_account(account_id: AccountId) -> Event {
    Event::AccountRemoved(AccountListed { account_id })
}
