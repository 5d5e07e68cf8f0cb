//! What a command answers, read from the commit that it made: now, or when the same command comes again.

use domain::{
    AccountId, Money, TransferId,
    account::{Account, Event, Status},
};

use crate::{
    Commit,
    codec::{self, Accounts, CodecError},
    ports::StoreError,
};

/// What a command did to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The account.
    pub account_id: AccountId,
    /// Its version now.
    pub version: u64,
    /// Names the event; if money moved, the transaction.
    pub transaction_id: String,
    /// What the account holds now.
    pub balance: Money,
    /// What the bank took on top; zero where nothing is ever taken.
    pub fee: Money,
    /// Whether the account can be used now.
    pub status: Status,
}

/// What a transfer did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferReceipt {
    /// Names the transfer.
    pub transfer_id: TransferId,
    /// The sending account; its fee is the transfer's.
    pub from: Receipt,
    /// The receiving account. Its balance is not the sender's to know.
    pub to: Receipt,
}

impl Receipt {
    pub(super) fn of(commit: &Commit) -> Result<(Self, Event), StoreError> {
        let unreadable = || StoreError::Gap { stream: commit.stream.clone(), version: commit.version };
        let account_id = commit.stream.account_id().ok_or_else(unreadable)?;
        let account: Account = codec::state::<Accounts>(commit)?.ok_or_else(unreadable)?;
        let last = codec::events::<Accounts>(commit)?.pop().ok_or_else(unreadable)?;
        let fee = match &last.event {
            Event::MoneyWithdrawn(withdrawn) => withdrawn.fee,
            Event::MoneyTransferred(transferred) => transferred.fee,
            _ => Money::zero(account.currency()),
        };
        let receipt = Self {
            account_id,
            version: last.version,
            transaction_id: last.id,
            balance: account.balance,
            fee,
            status: account.status,
        };
        Ok((receipt, last.event))
    }
}

/// Whether this commit was made by that command.
pub(super) fn was_made_by(commit: &Commit, command_id: uuid::Uuid) -> Result<bool, CodecError> {
    Ok(codec::metadata(commit)?.command_id == command_id)
}
