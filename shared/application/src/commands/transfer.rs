//! The transfer: both legs in one transaction, with one timestamp.

use domain::{
    Timestamp,
    account::{self, Event, Rejection, Transfer},
};

use super::{
    Commands, Receipt, Request, TransferReceipt,
    receipt::was_made_by,
    retry::{ATTEMPTS_MAX, Next},
};
use crate::{
    CommandError, Commit, Stream, StreamId,
    codec::Accounts,
    ports::{Environment, EventStore, StoreError},
};

impl<S: EventStore, E: Environment> Commands<S, E> {
    /// Moves money between two accounts: two strong reads at once, one transaction.
    ///
    /// # Errors
    /// [`CommandError`]; but for `Unavailable`, nothing has happened.
    pub async fn transfer(
        &self,
        request: &Request,
        order: &Transfer,
    ) -> Result<TransferReceipt, CommandError> {
        if order.from_account_id == order.to_account_id {
            return Err(Rejection::SameAccountTransfer.into());
        }
        let ids = [StreamId::account(&order.from_account_id), StreamId::account(&order.to_account_id)];
        let (mut from, mut to) = self.load_both(&ids).await?;
        for attempt in 1..=ATTEMPTS_MAX {
            for leg in [&from, &to] {
                if let Some(newest) = &leg.newest
                    && was_made_by(newest, request.command_id)?
                {
                    return self.receipt_of_own(newest, &ids).await;
                }
            }
            let [sent, received] = self.decide_transfer(request, order, &from, &to)?;
            let commits = [sent, received];
            let Err(error) = self.store.append(&commits).await else {
                return receipt(&commits[0], &commits[1]);
            };
            match self.after(error, request, attempt).await? {
                Next::Done(own) => return self.receipt_of_own(&own[0], &ids).await,
                Next::From(winners) => {
                    for winner in winners {
                        let leg = if winner.stream == ids[0] { &mut from } else { &mut to };
                        *leg = Stream::at(&self.store, winner).await?;
                    }
                }
                Next::Reload => (from, to) = self.load_both(&ids).await?,
            }
        }
        Err(CommandError::ConcurrentModification { attempts: ATTEMPTS_MAX })
    }

    async fn load_both(
        &self,
        ids: &[StreamId; 2],
    ) -> Result<(Stream<Accounts>, Stream<Accounts>), CommandError> {
        let [from, to] = ids.clone();
        Ok(futures::future::try_join(Stream::load(&self.store, from), Stream::load(&self.store, to)).await?)
    }

    /// The commits of one try: the sender's, then the receiver's.
    fn decide_transfer(
        &self,
        request: &Request,
        order: &Transfer,
        from: &Stream<Accounts>,
        to: &Stream<Accounts>,
    ) -> Result<[Commit; 2], CommandError> {
        let sender = request.caller.account(&order.from_account_id, from)?;
        let unknown = || CommandError::ReceiverNotFound(order.to_account_id.clone());
        let receiver = to.state.as_ref().ok_or_else(unknown)?;
        if let Some(expected) = request.expected_version.filter(|expected| *expected != from.version) {
            return Err(CommandError::VersionMismatch { expected, actual: from.version });
        }
        let (sent, received) = account::transfer(sender, receiver, order.clone())?;
        let metadata = self.metadata(request);
        let at = to.next_timestamp(from.next_timestamp(metadata.recorded_at));
        Ok([
            from.next(self.new_id().to_string(), &sent, at, &metadata)?,
            to.next(self.new_id().to_string(), &received, at, &metadata)?,
        ])
    }

    /// The receipt of an earlier try of the same command, of which one leg is known.
    async fn receipt_of_own(
        &self,
        known: &Commit,
        ids: &[StreamId; 2],
    ) -> Result<TransferReceipt, CommandError> {
        let other = if known.stream == ids[0] { &ids[1] } else { &ids[0] };
        let other = self.commit_at(other, known.timestamp).await?;
        if known.stream == ids[0] { receipt(known, &other) } else { receipt(&other, known) }
    }

    /// The commit of a stream that has this timestamp: both legs of a transfer have the same one.
    async fn commit_at(&self, stream: &StreamId, at: Timestamp) -> Result<Commit, StoreError> {
        let mut candidate = self.store.newest(stream).await?;
        while let Some(commit) = candidate.filter(|commit| commit.timestamp >= at) {
            if commit.timestamp == at {
                return Ok(commit);
            }
            candidate = self.store.newest_until(stream, commit.version.saturating_sub(1)).await?;
        }
        Err(StoreError::Gap { stream: stream.clone(), version: 1 })
    }
}

fn receipt(sent: &Commit, received: &Commit) -> Result<TransferReceipt, CommandError> {
    let (from, event) = Receipt::of(sent)?;
    let (to, _) = Receipt::of(received)?;
    match event {
        Event::MoneyTransferred(transferred) => {
            Ok(TransferReceipt { transfer_id: transferred.transfer_id, from, to })
        }
        _ => Err(CommandError::ConcurrentModification { attempts: 1 }),
    }
}
