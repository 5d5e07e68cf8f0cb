//! Commands on one open account: deposit, withdraw, freeze, unfreeze, close.

use domain::{
    AccountId,
    account::{self, Command, Event},
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

impl<S: EventStore, E: Environment> Commands<S, E> {
    /// Changes one account: one strong read, one conditional write.
    ///
    /// # Errors
    /// [`CommandError`]; but for `Unavailable`, nothing has happened.
    pub async fn change(
        &self,
        request: &Request,
        account_id: &AccountId,
        command: Command,
    ) -> Result<Receipt, CommandError> {
        let is_for_admins = matches!(command, Command::Freeze { .. } | Command::Unfreeze { .. });
        if is_for_admins && !request.caller.is_admin {
            return Err(CommandError::Forbidden);
        }
        let id = StreamId::account(account_id);
        let mut stream = Stream::<Accounts>::load(&self.store, id.clone()).await?;
        for attempt in 1..=ATTEMPTS_MAX {
            if let Some(newest) = &stream.newest
                && was_made_by(newest, request.command_id)?
            {
                return Ok(Receipt::of(newest)?.0);
            }
            let commits = self.decide_change(request, account_id, &command, &stream).await?;
            let Err(error) = self.store.append(&commits).await else { return receipt_of(&commits, &id) };
            match self.after(error, request, attempt).await? {
                Next::Done(own) => return receipt_of(&own, &id),
                Next::From(winners) => {
                    if let Some(winner) = winners.into_iter().find(|winner| winner.stream == id) {
                        stream = Stream::at(&self.store, winner).await?;
                    }
                }
                Next::Reload => stream = Stream::load(&self.store, id.clone()).await?,
            }
        }
        Err(CommandError::ConcurrentModification { attempts: ATTEMPTS_MAX })
    }

    /// The commits of one try: the account's, and if it is closed also its holder's, who may then open another.
    async fn decide_change(
        &self,
        request: &Request,
        account_id: &AccountId,
        command: &Command,
        stream: &Stream<Accounts>,
    ) -> Result<Vec<Commit>, CommandError> {
        let state = request.caller.account(account_id, stream)?;
        if let Some(expected) = request.expected_version.filter(|expected| *expected != stream.version) {
            return Err(CommandError::VersionMismatch { expected, actual: stream.version });
        }
        let event = account::decide(state, command.clone())?;
        let (metadata, event_id) = (self.metadata(request), self.new_id().to_string());
        let at = stream.next_timestamp(metadata.recorded_at);
        if !matches!(event, Event::AccountClosed(_)) {
            return Ok(vec![stream.next(event_id, &event, at, &metadata)?]);
        }
        let holder = Stream::<Holders>::load(&self.store, StreamId::holder(&state.user_id)).await?;
        let removed = holder::remove_account(account_id.clone());
        let at = holder.next_timestamp(at);
        Ok(vec![
            stream.next(event_id, &event, at, &metadata)?,
            holder.next(self.new_id().to_string(), &removed, at, &metadata)?,
        ])
    }
}

fn receipt_of(commits: &[Commit], id: &StreamId) -> Result<Receipt, CommandError> {
    let own = commits.iter().find(|commit| commit.stream == *id);
    let own = own.ok_or(CommandError::ConcurrentModification { attempts: 1 })?;
    Ok(Receipt::of(own)?.0)
}
