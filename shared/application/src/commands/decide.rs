//! One try of a command: from what is known of its streams to the commits that it would append, or why it may not.

use domain::{
    AccountId,
    account::{self, Account, Command, Event, Open, Transfer},
    holder,
};

use super::{Commands, Order, Request, known::Known};
use crate::{
    CommandError, Commit, Refusal, Stream, StreamId,
    codec::{Accounts, Holders},
    ports::{CommandStore, Environment},
};

/// The commits of one try, or why there are none.
pub(super) type Proposal = Result<Vec<Commit>, Refusal>;

impl Order {
    /// The streams that it starts from, as far as they are known before anything is read.
    pub(super) fn streams(&self) -> Vec<StreamId> {
        match self {
            Self::Open { account_id, open } => {
                vec![StreamId::account(account_id), StreamId::holder(&open.user_id)]
            }
            Self::Change { account_id, .. } => vec![StreamId::account(account_id)],
            Self::Transfer(order) => {
                vec![StreamId::account(&order.from_account_id), StreamId::account(&order.to_account_id)]
            }
            Self::Impossible(_) => Vec::new(),
        }
    }
}

impl<S: CommandStore, E: Environment> Commands<S, E> {
    /// Decides an order from the newest commits that are known.
    pub(super) async fn propose(
        &self,
        request: &Request,
        order: &Order,
        known: &mut Known,
    ) -> Result<Proposal, CommandError> {
        match order {
            Order::Open { account_id, open } => self.propose_open(request, account_id, open, known).await,
            Order::Change { account_id, command } => {
                self.propose_change(request, account_id, command, known).await
            }
            Order::Transfer(order) => self.propose_transfer(request, order, known).await,
            Order::Impossible(rejection) => Ok(Err(rejection.clone().into())),
        }
    }

    /// The account's first commit, and one on its holder, who may have only so many open.
    async fn propose_open(
        &self,
        request: &Request,
        account_id: &AccountId,
        open: &Open,
        known: &mut Known,
    ) -> Result<Proposal, CommandError> {
        let account: Stream<Accounts> = known.stream(&self.store, &StreamId::account(account_id)).await?;
        let holder: Stream<Holders> = known.stream(&self.store, &StreamId::holder(&open.user_id)).await?;
        if account.newest.is_some() {
            return Ok(Err(Refusal::AccountAlreadyExists(account_id.clone())));
        }
        if let Some(expected) = request.expected_version {
            return Ok(Err(Refusal::VersionMismatch { expected, actual: 0 }));
        }
        let nobody = holder::Holder::default();
        let added = holder::add_account(holder.state.as_ref().unwrap_or(&nobody), account_id.clone());
        let (created, added) = match (account::open(open.clone()), added) {
            (Ok(created), Ok(added)) => (created, added),
            (Err(rejection), _) => return Ok(Err(rejection.into())),
            (_, Err(rejection)) => return Ok(Err(rejection.into())),
        };
        let metadata = self.metadata(request);
        let at = holder.next_timestamp(metadata.recorded_at);
        Ok(Ok(vec![
            account.next(self.new_id(), &created, at, &metadata)?,
            holder.next(self.new_id(), &added, at, &metadata)?,
        ]))
    }

    /// The account's commit, and if it is closed also its holder's, who may then open another.
    async fn propose_change(
        &self,
        request: &Request,
        account_id: &AccountId,
        command: &Command,
        known: &mut Known,
    ) -> Result<Proposal, CommandError> {
        let stream: Stream<Accounts> = known.stream(&self.store, &StreamId::account(account_id)).await?;
        let account = match usable(request, account_id, &stream) {
            Ok(account) => account,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let event = match account::decide(account, command.clone()) {
            Ok(event) => event,
            Err(rejection) => return Ok(Err(rejection.into())),
        };
        let metadata = self.metadata(request);
        let at = stream.next_timestamp(metadata.recorded_at);
        if !matches!(event, Event::AccountClosed(_)) {
            return Ok(Ok(vec![stream.next(self.new_id(), &event, at, &metadata)?]));
        }
        let holder: Stream<Holders> = known.stream(&self.store, &StreamId::holder(&account.user_id)).await?;
        let removed = holder::remove_account(account_id.clone());
        let at = holder.next_timestamp(at);
        Ok(Ok(vec![
            stream.next(self.new_id(), &event, at, &metadata)?,
            holder.next(self.new_id(), &removed, at, &metadata)?,
        ]))
    }

    /// The sender's commit and the receiver's, with one timestamp.
    async fn propose_transfer(
        &self,
        request: &Request,
        order: &Transfer,
        known: &mut Known,
    ) -> Result<Proposal, CommandError> {
        if order.from_account_id == order.to_account_id {
            return Ok(Err(account::Rejection::SameAccountTransfer.into()));
        }
        let from: Stream<Accounts> =
            known.stream(&self.store, &StreamId::account(&order.from_account_id)).await?;
        let to: Stream<Accounts> =
            known.stream(&self.store, &StreamId::account(&order.to_account_id)).await?;
        let sender = match usable(request, &order.from_account_id, &from) {
            Ok(sender) => sender,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Some(receiver) = &to.state else {
            return Ok(Err(Refusal::ReceiverNotFound(order.to_account_id.clone())));
        };
        let (sent, received) = match account::transfer(sender, receiver, order.clone()) {
            Ok(legs) => legs,
            Err(rejection) => return Ok(Err(rejection.into())),
        };
        let metadata = self.metadata(request);
        let at = to.next_timestamp(from.next_timestamp(metadata.recorded_at));
        Ok(Ok(vec![
            from.next(self.new_id(), &sent, at, &metadata)?,
            to.next(self.new_id(), &received, at, &metadata)?,
        ]))
    }

    fn new_id(&self) -> String {
        self.environment.new_id().to_string()
    }
}

/// The account, if the caller may use it and it is as they think it is.
fn usable<'a>(
    request: &Request,
    account_id: &AccountId,
    stream: &'a Stream<Accounts>,
) -> Result<&'a Account, Refusal> {
    let account = request.caller.account(account_id, stream)?;
    match request.expected_version {
        Some(expected) if expected != stream.version => {
            Err(Refusal::VersionMismatch { expected, actual: stream.version })
        }
        _ => Ok(account),
    }
}
