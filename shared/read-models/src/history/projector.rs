//! Writes the transactions of queued messages: one bulk request for all of them, one result for each.

use application::{
    Commit, Origin, StreamId,
    ports::{Projection, Transaction},
    transactions::transactions,
};
use domain::AccountId;

use super::{IndexError, Put, TransactionIndex};
use crate::{
    CommitMessage, MessageError, ProjectionError, TableError, origins,
    parking::{Parked, Parking, park},
};

/// The name under which accounts are parked.
pub const PROJECTION: Projection = Projection::TransactionHistory;

/// The projection of commits into transactions.
#[derive(Clone, Debug)]
pub struct HistoryProjector<I, P> {
    index: I,
    parking: P,
}

/// What a message came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// What was parked, once for each place that cannot be projected.
    pub parked: usize,
    /// Where its commits come from.
    pub origins: Vec<Origin>,
}

/// Why a message has to come again.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// It is none of ours: it ends up in the dead-letter queue.
    #[error("the message cannot be read")]
    Message(#[from] MessageError),
    /// A document was not written this time.
    #[error("a transaction of account {account_id} was not written: {reason}")]
    NotWritten {
        /// Whose.
        account_id: AccountId,
        /// What the index says.
        reason: String,
    },
    /// What cannot be projected could not be parked either.
    #[error("an account could not be parked")]
    NotParked(#[from] TableError),
}

/// What a message comes to: transactions to write, and what to park.
struct Delivery {
    transactions: Vec<Transaction>,
    poison: Vec<Parked>,
    origins: Vec<Origin>,
}

impl<I: TransactionIndex, P: Parking> HistoryProjector<I, P> {
    /// The projection into this index.
    pub fn new(index: I, parking: P) -> Self {
        Self { index, parking }
    }

    /// Writes the transactions of these message bodies; for each in order, whether it is done with.
    ///
    /// # Errors
    /// [`ProjectionError`] if none is, because the index as a whole failed.
    pub async fn project(
        &self,
        bodies: &[&str],
    ) -> Result<Vec<Result<Delivered, DeliveryError>>, ProjectionError> {
        let deliveries: Vec<_> = bodies.iter().map(|body| Delivery::read(body)).collect();
        let all: Vec<Transaction> =
            deliveries.iter().flatten().flat_map(|delivery| delivery.transactions.iter().cloned()).collect();
        let mut puts = self.put(&all).await?.into_iter();
        let mut results = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            results.push(match delivery {
                Ok(delivery) => self.settle(delivery, &mut puts).await,
                Err(error) => Err(error.into()),
            });
        }
        Ok(results)
    }

    async fn put(&self, transactions: &[Transaction]) -> Result<Vec<Put>, IndexError> {
        if transactions.is_empty() { Ok(Vec::new()) } else { self.index.put(transactions).await }
    }

    /// Takes this delivery's answers off the front, and parks what can never be written.
    async fn settle(
        &self,
        delivery: Delivery,
        puts: &mut impl Iterator<Item = Put>,
    ) -> Result<Delivered, DeliveryError> {
        let Delivery { transactions, mut poison, origins } = delivery;
        let mut failed = None;
        // All the answers are taken, also after a failure: the next delivery's follow on them.
        for (Transaction { account_id, version, .. }, put) in transactions.into_iter().zip(puts) {
            match put {
                Put::Done => {}
                Put::Refused { reason } => {
                    poison.push(Parked::new(PROJECTION, account_id, version, &reason));
                }
                Put::Failed { reason } => failed = Some(DeliveryError::NotWritten { account_id, reason }),
            }
        }
        for parked in &poison {
            park(&self.parking, parked).await?;
        }
        let delivered = Delivered { parked: poison.len(), origins };
        failed.map_or(Ok(delivered), Err)
    }
}

impl Delivery {
    fn read(body: &str) -> Result<Self, MessageError> {
        let mut message = CommitMessage::parse(body)?;
        let (mut transactions_all, mut poison) = (Vec::new(), Vec::new());
        for unreadable in std::mem::take(&mut message.unreadable) {
            if let Some(account_id) = StreamId::stored(unreadable.stream).account_id() {
                poison.push(Parked::new(PROJECTION, account_id, unreadable.version, &unreadable.reason));
            }
        }
        let commits: Vec<Commit> = message.into_commits()?;
        let origins = origins(&commits);
        for commit in commits {
            let Some(account_id) = commit.stream.account_id() else { continue };
            match transactions(&commit) {
                Ok(transactions) => transactions_all.extend(transactions),
                Err(error) => {
                    poison.push(Parked::because(PROJECTION, account_id, commit.version, &error));
                }
            }
        }
        Ok(Self { transactions: transactions_all, poison, origins })
    }
}
