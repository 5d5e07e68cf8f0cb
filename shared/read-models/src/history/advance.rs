//! Writes all the transactions of one account anew: for whoever redrives it.

use application::{
    StreamId,
    ports::{EventStore, Parked, Transaction},
    transactions::transactions,
};
use domain::AccountId;

use super::{PROJECTION, Put, TransactionIndex};
use crate::{
    ProjectionError,
    stretch::{Unread, behind, stretch},
};

/// What became of an account's transactions.
#[derive(Debug)]
pub(crate) struct Rewritten {
    /// The newest version that was read; one less than the first asked for if there was none.
    pub(crate) version: u64,
    /// The first thing that cannot be projected; all others are written.
    pub(crate) poison: Option<Parked>,
}

/// Writes every transaction of an account from version `from` on, in order.
///
/// # Errors
/// [`ProjectionError`]; then some may be written and others not.
pub(crate) async fn rewrite<S: EventStore, I: TransactionIndex>(
    store: &S,
    index: &I,
    id: &AccountId,
    from: u64,
) -> Result<Rewritten, ProjectionError> {
    let (stream, mut next, mut poison) = (StreamId::account(id), Some(from), Vec::new());
    let mut version = from.saturating_sub(1);
    while let Some(from) = next {
        let read = stretch(store, &stream, from).await?;
        let mut page: Vec<Transaction> = Vec::new();
        for commit in &read.commits {
            version = behind(commit).saturating_sub(1);
            match transactions(commit) {
                Ok(transactions) => page.extend(transactions),
                Err(error) => {
                    poison.push(Parked::because(PROJECTION, id.clone(), commit.version, &error));
                }
            }
        }
        if let Some(Unread { version: unread, reason }) = read.unreadable {
            version = unread;
            poison.push(Parked::new(PROJECTION, id.clone(), unread, &reason));
        }
        poison.extend(put(index, &page).await?);
        next = read.next;
    }
    Ok(Rewritten { version, poison: poison.into_iter().min_by_key(|parked| parked.version) })
}

/// Writes transactions of one account, and says which can never be written as they are.
///
/// # Errors
/// [`ProjectionError`] if one was not written this time.
pub(crate) async fn put<I: TransactionIndex>(
    index: &I,
    transactions: &[Transaction],
) -> Result<Vec<Parked>, ProjectionError> {
    if transactions.is_empty() {
        return Ok(Vec::new());
    }
    let (puts, mut poison) = (index.put(transactions).await?, Vec::new());
    for (Transaction { account_id, version, .. }, put) in transactions.iter().zip(puts) {
        let account_id = account_id.clone();
        match put {
            Put::Done => {}
            Put::Refused { reason } => poison.push(Parked::new(PROJECTION, account_id, *version, &reason)),
            Put::Failed { reason } => return Err(ProjectionError::NotWritten { account_id, reason }),
        }
    }
    Ok(poison)
}
