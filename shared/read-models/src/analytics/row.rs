//! One row an event: what it says as it is stored, and as columns what is asked for most. Pure.
//!
//! Every event is a row. Of one that this build cannot read, the row says why (`unreadable`) and has the stored data,
//! but no money. So nothing is parked here: what would be set aside is in the table itself, and the summaries and the
//! history, which read the same events, have parked the account anyway. The next compaction reads it anew.

use application::{
    Commit,
    codec::{self, Accounts, Aggregate as _, CodecError, Holders, Ownership, Recorded, StoredEvent},
    journal::Position,
    ports::Transaction,
    transactions::transaction,
};
use domain::{AccountId, Decimal, Timestamp, account::AccountType};

use crate::chain;

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The position of its commit in the journal.
    pub position: Position,
    /// The stream.
    pub stream: String,
    /// Its version there.
    pub version: u64,
    /// The event as it is stored.
    pub stored: StoredEvent,
    /// Business time.
    pub timestamp: Timestamp,
    /// When it was written by the recorder's clock, if that can be read.
    pub recorded_at: Option<Timestamp>,
    /// The command, if that can be read.
    pub command_id: Option<String>,
    /// Who sent the command, if that can be read.
    pub user_id: Option<String>,
    /// The account; `None` in other streams.
    pub account_id: Option<AccountId>,
    /// Whose account or which holder.
    pub holder_id: Option<String>,
    /// The kind of account.
    pub account_type: Option<AccountType>,
    /// What it moved, if it moved money.
    pub transaction: Option<Transaction>,
    /// Why this build cannot read it.
    pub unreadable: Option<String>,
}

impl Row {
    /// The date that its file is kept by: the day in UTC of its business time. What happened before 1970, or more than a
    /// day after it was recorded, is kept by the nearest of these, since a table has to say which dates it has.
    #[must_use]
    pub fn date(&self) -> String {
        let latest = self.recorded_at.map_or(self.timestamp, |at| at.plus_seconds(SECONDS_PER_DAY));
        let text = self.timestamp.min(latest).max(Timestamp::EPOCH).to_string();
        text.split_once('T').map_or_else(|| text.clone(), |(date, _)| date.to_owned())
    }

    pub(super) fn amount(&self) -> Option<Decimal> {
        self.transaction.as_ref().map(|transaction| transaction.amount.amount())
    }

    pub(super) fn fee(&self) -> Option<Decimal> {
        self.transaction.as_ref().map(|transaction| transaction.fee.amount())
    }

    pub(super) fn balance_after(&self) -> Option<Decimal> {
        self.transaction.as_ref().map(|transaction| transaction.balance_after.amount())
    }
}

/// The rows of a commit at this position, one for each of its events, in order.
///
/// # Errors
/// [`CodecError`] if its events are no list: such a commit has no position.
pub fn rows(position: Position, commit: &Commit) -> Result<Vec<Row>, CodecError> {
    let stored = codec::stored_events(commit)?;
    let (metadata, account_id) = (codec::metadata(commit).ok(), commit.stream.account_id());
    let ownership = account_id.as_ref().and_then(|_| codec::ownership(commit));
    let account_type = ownership.as_ref().map(|Ownership { account_type, .. }| *account_type);
    let holder_id = ownership.map(|ownership| ownership.user_id);
    let holder_id = holder_id.or_else(|| commit.stream.holder_id()).map(String::from);
    let row = |(version, stored): (u64, StoredEvent)| {
        let read = read(commit, account_id.as_ref(), account_type, version, &stored);
        let (transaction, unreadable) = match read {
            Ok(transaction) => (transaction, None),
            Err(reason) => (None, Some(reason)),
        };
        Row {
            position,
            stream: commit.stream.to_string(),
            version,
            stored,
            timestamp: commit.timestamp,
            recorded_at: metadata.as_ref().map(|metadata| metadata.recorded_at),
            command_id: metadata.as_ref().map(|metadata| metadata.command_id.to_string()),
            user_id: metadata.as_ref().map(|metadata| metadata.user_id.to_string()),
            account_id: account_id.clone(),
            holder_id: holder_id.clone(),
            account_type,
            transaction,
            unreadable,
        }
    };
    Ok((commit.version..).zip(stored).map(row).collect())
}

/// What an event moved; or why it cannot be read.
fn read(
    commit: &Commit,
    account_id: Option<&AccountId>,
    account_type: Option<AccountType>,
    version: u64,
    stored: &StoredEvent,
) -> Result<Option<Transaction>, String> {
    let Some(account_id) = account_id else {
        return Holders::decode(stored.clone()).map(|_| None).map_err(|error| chain(&error));
    };
    let event = Accounts::decode(stored.clone()).map_err(|error| chain(&error))?;
    let recorded = Recorded { id: stored.id.clone(), version, timestamp: commit.timestamp, event };
    transaction(account_id, account_type, &recorded).map_err(|error| chain(&error))
}
