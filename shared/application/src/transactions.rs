//! Which transaction an event is. Pure.

use domain::{
    AccountId, InvalidId, Money, Text,
    account::{AccountType, Event},
};

use crate::{
    Commit,
    codec::{self, Accounts, CodecError, Recorded},
    ports::{Transaction, TransactionType},
};

/// Why a commit's transactions cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// The commit cannot be read.
    #[error("the commit cannot be read")]
    Codec(#[from] CodecError),
    /// The id of the event names no transaction.
    #[error("the id of version {version} is no transaction id")]
    TransactionId {
        /// The event's version.
        version: u64,
        /// Why not.
        source: InvalidId,
    },
}

/// The transactions of a commit, in order; none if it is of no account or moved no money.
///
/// # Errors
/// [`MappingError`] if even one event of it cannot be read.
pub fn transactions(commit: &Commit) -> Result<Vec<Transaction>, MappingError> {
    let Some(account_id) = commit.stream.account_id() else { return Ok(Vec::new()) };
    let account_type = codec::ownership(commit).map(|ownership| ownership.account_type);
    let events = codec::events::<Accounts>(commit)?;
    let transaction = |recorded| transaction(&account_id, account_type, recorded).transpose();
    events.iter().filter_map(transaction).collect()
}

/// The transaction that an event is; `None` if it moved no money.
///
/// # Errors
/// [`MappingError::TransactionId`].
pub fn transaction(
    account_id: &AccountId,
    account_type: Option<AccountType>,
    recorded: &Recorded<Event>,
) -> Result<Option<Transaction>, MappingError> {
    let Some(movement) = movement(&recorded.event) else { return Ok(None) };
    let version = recorded.version;
    let id = recorded.id.parse().map_err(|source| MappingError::TransactionId { version, source })?;
    Ok(Some(Transaction {
        transaction_id: id,
        account_id: account_id.clone(),
        account_type,
        transaction_type: movement.kind,
        amount: movement.amount,
        fee: movement.fee.unwrap_or_else(|| Money::zero(movement.amount.currency())),
        balance_after: movement.balance_after,
        timestamp: recorded.timestamp,
        description: movement.description,
        reference: movement.reference.map(ToString::to_string),
        counterparty: movement.counterparty,
        version,
    }))
}

/// What is particular to a type of event.
struct Movement<'a> {
    kind: TransactionType,
    amount: Money,
    fee: Option<Money>,
    balance_after: Money,
    description: String,
    reference: Option<&'a Text>,
    counterparty: Option<String>,
}

fn movement(event: &Event) -> Option<Movement<'_>> {
    Some(match event {
        Event::AccountCreated(event) => Movement {
            kind: TransactionType::Credit,
            amount: event.initial_deposit,
            fee: None,
            balance_after: event.initial_deposit,
            description: with_reference("Initial deposit", event.reference.as_ref()),
            reference: event.reference.as_ref(),
            counterparty: None,
        },
        Event::MoneyDeposited(event) => Movement {
            kind: TransactionType::Credit,
            amount: event.amount,
            fee: None,
            balance_after: event.balance_after,
            description: with_reference("Deposit", event.reference.as_ref()),
            reference: event.reference.as_ref(),
            counterparty: event.counterparty.as_ref().map(ToString::to_string),
        },
        Event::MoneyWithdrawn(event) => Movement {
            kind: TransactionType::Debit,
            amount: event.amount,
            fee: Some(event.fee),
            balance_after: event.balance_after,
            description: with_reference("Withdrawal", event.reference.as_ref()),
            reference: event.reference.as_ref(),
            counterparty: event.counterparty.as_ref().map(ToString::to_string),
        },
        Event::MoneyTransferred(event) => Movement {
            kind: TransactionType::TransferOut,
            amount: event.amount,
            fee: Some(event.fee),
            balance_after: event.balance_after,
            description: format!("Transfer to {}", event.to_account_id),
            reference: event.reference.as_ref(),
            counterparty: Some(event.to_account_id.to_string()),
        },
        Event::MoneyReceived(event) => Movement {
            kind: TransactionType::TransferIn,
            amount: event.amount,
            fee: None,
            balance_after: event.balance_after,
            description: format!("Transfer from {}", event.from_account_id),
            reference: event.reference.as_ref(),
            counterparty: Some(event.from_account_id.to_string()),
        },
        Event::AccountFrozen(_) | Event::AccountUnfrozen(_) | Event::AccountClosed(_) => return None,
    })
}

fn with_reference(kind: &str, reference: Option<&Text>) -> String {
    reference.map_or_else(|| kind.to_owned(), |reference| format!("{kind} - {reference}"))
}
