//! What a command answers, read from the commit that it made: now, or when the same command comes again.

use domain::{
    AccountId, Money, TransferId,
    account::{Event, Status},
};

use crate::{
    Commit, Stream,
    codec::{self, Accounts, CodecError},
    ports::{EventStore, StoreError},
};

/// What a command did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// It changed one account, or opened it.
    Account(Box<AccountReceipt>),
    /// It moved money between two.
    Transfer(Box<TransferReceipt>),
}

/// What a command did to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountReceipt {
    /// What has happened.
    pub event: Event,
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
    pub from: AccountReceipt,
    /// The receiving account. Its balance is not the sender's to know.
    pub to: AccountReceipt,
}

impl Receipt {
    /// The receipt of these commits: of a transfer the sender's and the receiver's, else the account's first. Nothing
    /// is read for it, unless a state is of another schema.
    pub(crate) async fn of<S: EventStore>(store: &S, commits: &[Commit]) -> Result<Self, StoreError> {
        let [first, others @ ..] = commits else { return Err(CodecError::NoReceipt.into()) };
        let from = AccountReceipt::of(store, first).await?;
        match (&from.event, others) {
            (Event::MoneyTransferred(sent), [second]) => {
                let (transfer_id, to) = (sent.transfer_id.clone(), AccountReceipt::of(store, second).await?);
                Ok(Self::Transfer(Box::new(TransferReceipt { transfer_id, from, to })))
            }
            _ => Ok(Self::Account(Box::new(from))),
        }
    }
}

impl AccountReceipt {
    async fn of<S: EventStore>(store: &S, commit: &Commit) -> Result<Self, StoreError> {
        let account_id = commit.stream.account_id().ok_or(CodecError::NoReceipt)?;
        let last = codec::events::<Accounts>(commit)?.pop().ok_or(CodecError::NoReceipt)?;
        let stream = Stream::<Accounts>::at(store, commit.clone()).await?;
        let account = stream.state.ok_or(CodecError::NoReceipt)?;
        let fee = match &last.event {
            Event::MoneyWithdrawn(withdrawn) => withdrawn.fee,
            Event::MoneyTransferred(transferred) => transferred.fee,
            _ => Money::zero(account.currency()),
        };
        Ok(Self {
            account_id,
            version: last.version,
            transaction_id: last.id,
            balance: account.balance,
            fee,
            status: account.status,
            event: last.event,
        })
    }
}
