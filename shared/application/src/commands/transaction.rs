//! Commands on several streams: all their commits and the record of the command in one transaction.

use super::{Answer, Commands, Order, Receipt, Request, known::Known, retry::Tries};
use crate::{
    CommandError, CommandRecord, CommitRef, Outcome, Refusal,
    ports::{AppendError, CommandStore, Consistency, Environment, RecordError},
};

impl<S: CommandStore, E: Environment> Commands<S, E> {
    /// Strong reads of the newest commits, and one transaction. Whoever comes with the same command meets the record
    /// in theirs, so there is no time in which the command is neither done nor not done.
    pub(super) async fn transact(&self, request: &Request, order: &Order) -> Result<Answer, CommandError> {
        let record = self.new_record(request, None);
        let (mut known, streams) = (Known::default(), order.streams());
        let (existing, read) = futures::future::join(
            self.store.record(request.command_id, Consistency::Eventual),
            known.read(&self.store, &streams),
        )
        .await;
        if let Some(existing) = existing? {
            return self.answer_of(request, &existing).await;
        }
        read?;
        let mut tries = Tries::of(request, record.started_at);
        let mut last = CommandError::TimedOut;
        loop {
            self.next_try(&mut tries, last).await?;
            let commits = match self.propose(request, order, &mut known).await? {
                Ok(commits) => commits,
                Err(refusal) => return self.refuse(request, record, refusal).await,
            };
            let done = Outcome::Succeeded(commits.iter().map(CommitRef::from).collect());
            let record = CommandRecord { outcome: Some(done), ..record.clone() };
            last = loop {
                match self.store.append_with_record(&commits, &record).await {
                    Ok(()) => {
                        let receipt = Receipt::of(&self.store, &commits).await?;
                        return Ok(Answer::new(request, Ok(receipt)));
                    }
                    // An answer to us was lost.
                    Err(AppendError::Recorded(existing))
                        if (existing.owner, &existing.outcome) == (record.owner, &record.outcome) =>
                    {
                        let receipt = Receipt::of(&self.store, &commits).await?;
                        return Ok(Answer::new(request, Ok(receipt)));
                    }
                    Err(AppendError::Recorded(existing)) => {
                        return self.own_or(request, &record, *existing).await;
                    }
                    Err(AppendError::Conflict { winners }) => {
                        tries.are_known();
                        // Whoever is behind by one commit has it; by more, and it would stay behind by following.
                        if tries.made() > 1 {
                            known.forget(&winners);
                        } else {
                            known.learn(winners);
                        }
                        break CommandError::ConcurrentModification;
                    }
                    // The same again: if this one did come through, the next meets its record.
                    Err(error) => self.next_try(&mut tries, error.into()).await?,
                }
            };
        }
    }

    /// Keeps a refusal, unless another sender of the command was quicker.
    async fn refuse(
        &self,
        request: &Request,
        record: CommandRecord,
        refusal: Refusal,
    ) -> Result<Answer, CommandError> {
        let record = record.refused(&refusal);
        match self.store.put_record(&record, None).await {
            Ok(()) => Ok(Answer::new(request, Err(refusal))),
            Err(RecordError::Taken(Some(existing))) => self.own_or(request, &record, *existing).await,
            Err(RecordError::Taken(None)) => Err(CommandError::InFlight),
            Err(RecordError::Store(error)) => Err(error.into()),
        }
    }

    /// The answer of a record that stands where ours was to go. If it is ours, an answer to us was lost.
    async fn own_or(
        &self,
        request: &Request,
        own: &CommandRecord,
        existing: CommandRecord,
    ) -> Result<Answer, CommandError> {
        let is_own = existing.owner == own.owner;
        let answer = self.answer_of(request, &existing).await?;
        Ok(Answer { is_replay: !is_own, ..answer })
    }

    async fn answer_of(&self, request: &Request, existing: &CommandRecord) -> Result<Answer, CommandError> {
        self.replay(request, existing).await?.ok_or(CommandError::InFlight)
    }
}
