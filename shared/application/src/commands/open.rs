//! Opening an account: its first commit, and one on its holder, who may have only so many open.

use domain::{
    AccountId,
    account::{self, Open},
    holder,
};

use super::{
    Commands, Receipt, Request,
    receipt::was_made_by,
    retry::{ATTEMPTS_MAX, Next},
};
use crate::{
    CommandError, Commit, Stream, StreamId,
    codec::{Accounts, Holders},
    ports::{Environment, EventStore},
};

/// An account to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAccount {
    /// Its id, never used before.
    pub account_id: AccountId,
    /// What it is to be.
    pub open: Open,
}

impl<S: EventStore, E: Environment> Commands<S, E> {
    /// Opens an account: two strong reads at once, one transaction.
    ///
    /// # Errors
    /// [`CommandError`]; but for `Unavailable`, nothing has happened.
    pub async fn open(&self, request: &Request, order: &OpenAccount) -> Result<Receipt, CommandError> {
        let (account_stream, holder_stream) =
            (StreamId::account(&order.account_id), StreamId::holder(&order.open.user_id));
        let (account, holder) = futures::future::try_join(
            Stream::<Accounts>::load(&self.store, account_stream.clone()),
            Stream::<Holders>::load(&self.store, holder_stream.clone()),
        )
        .await?;
        if account.newest.is_some() {
            // What opened it is its first commit, whatever has happened to it since.
            let first = self.store.newest_until(&account_stream, 1).await?;
            return opened_by(request, order, first.as_ref());
        }
        let mut holder = holder;
        for attempt in 1..=ATTEMPTS_MAX {
            let commits = self.decide_open(request, order, &account, &holder)?;
            let Err(error) = self.store.append(&commits).await else {
                return Ok(Receipt::of(&commits[0])?.0);
            };
            let winners = match self.after(error, request, attempt).await? {
                Next::Done(own) => own,
                Next::From(winners) => winners,
                Next::Reload => Vec::new(),
            };
            let winner = winners.iter().find(|winner| winner.stream == account_stream);
            if winner.is_some() {
                return opened_by(request, order, winner);
            }
            holder = match winners.into_iter().find(|winner| winner.stream == holder_stream) {
                Some(winner) => Stream::at(&self.store, winner).await?,
                None => Stream::load(&self.store, holder_stream.clone()).await?,
            };
        }
        Err(CommandError::ConcurrentModification { attempts: ATTEMPTS_MAX })
    }

    /// The commits of one try: the account's first, then the holder's.
    fn decide_open(
        &self,
        request: &Request,
        order: &OpenAccount,
        account: &Stream<Accounts>,
        holder: &Stream<Holders>,
    ) -> Result<[Commit; 2], CommandError> {
        let created = account::open(order.open.clone())?;
        let nobody = holder::Holder::default();
        let added = holder::add_account(holder.state.as_ref().unwrap_or(&nobody), order.account_id.clone())?;
        let metadata = self.metadata(request);
        let at = holder.next_timestamp(metadata.recorded_at);
        Ok([
            account.next(self.new_id().to_string(), &created, at, &metadata)?,
            holder.next(self.new_id().to_string(), &added, at, &metadata)?,
        ])
    }
}

/// The answer of the command that opened the account, if it was this one; else its id is taken.
fn opened_by(
    request: &Request,
    order: &OpenAccount,
    first: Option<&Commit>,
) -> Result<Receipt, CommandError> {
    match first {
        Some(first) if was_made_by(first, request.command_id)? => Ok(Receipt::of(first)?.0),
        _ => Err(CommandError::AccountAlreadyExists(order.account_id.clone())),
    }
}
