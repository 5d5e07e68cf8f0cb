//! Commands on one stream: deposit, withdraw, freeze, unfreeze. A transaction would cost them twice as much.

use domain::{AccountId, Timestamp, account::Command};

use super::{
    Answer, Commands, LEASE_SECONDS, Order, Receipt, Request, decide::Proposal, known::Known, retry::Tries,
};
use crate::{
    CommandError, CommandRecord, Commit, Refusal, StreamId, codec,
    ports::{AppendError, CommandStore, Environment, RecordError},
    replay::{commit_of, was_made_by},
};

/// How many commits a try reads at a time when it was left behind.
const PAGE: usize = 100;

/// What came of claiming a command.
enum Claim {
    /// It is ours to do, and has no effect yet up to here.
    Ours(Box<CommandRecord>, Known),
    /// It was answered before.
    Answered(Box<Answer>),
}

impl<S: CommandStore, E: Environment> Commands<S, E> {
    /// Changes one account: the record of the command beside one strong read, then one conditional write.
    pub(super) async fn change(
        &self,
        request: &Request,
        account_id: &AccountId,
        command: &Command,
    ) -> Result<Answer, CommandError> {
        let (began, id) = (self.environment.now(), StreamId::account(account_id));
        let (record, known) = match self.claim(request, account_id, &id).await? {
            Claim::Ours(record, known) => (record, known),
            Claim::Answered(answer) => return Ok(*answer),
        };
        let order = Order::Change { account_id: account_id.clone(), command: command.clone() };
        match self.change_claimed(request, &order, began, known).await {
            Ok(Ok(commit)) => {
                let receipt = Receipt::of(&self.store, &[commit]).await?;
                Ok(Answer { outcome: Ok(receipt), request_id: record.request_id, is_replay: false })
            }
            Ok(Err(refusal)) => self.refuse_claimed(*record, refusal).await,
            Err(error) => {
                // Nothing of this try goes on, so the next need not wait. If this is lost, it waits for the lease. The
                // lease ends now and not earlier: until its end a commit is searched for.
                let free = CommandRecord { leased_until: self.environment.now(), ..(*record).clone() };
                let _ = self.store.put_record(&free, Some(record.owner)).await;
                Err(error)
            }
        }
    }

    /// Makes the command ours, unless it was done or is being done.
    async fn claim(
        &self,
        request: &Request,
        account_id: &AccountId,
        id: &StreamId,
    ) -> Result<Claim, CommandError> {
        let record = self.new_record(request, Some(account_id));
        let (mut known, streams) = (Known::default(), [id.clone()]);
        let (put, read) =
            futures::future::join(self.store.put_record(&record, None), known.read(&self.store, &streams))
                .await;
        let existing = match put {
            Ok(()) => {
                read?;
                return Ok(Claim::Ours(Box::new(record), known));
            }
            Err(RecordError::Taken(Some(existing))) if existing.owner == record.owner => {
                read?;
                return Ok(Claim::Ours(Box::new(record), known));
            }
            Err(RecordError::Taken(Some(existing))) => existing,
            Err(RecordError::Taken(None)) => return Err(CommandError::InFlight),
            Err(RecordError::Store(error)) => return Err(error.into()),
        };
        if let Some(answer) = self.replay(request, &existing).await? {
            return Ok(Claim::Answered(Box::new(answer)));
        }
        if self.environment.now() < existing.leased_until {
            return Err(CommandError::InFlight);
        }
        self.take_over(*existing, record, id).await
    }

    /// Goes on where somebody else has stopped: first the record, then a look at what they have left.
    async fn take_over(
        &self,
        existing: CommandRecord,
        own: CommandRecord,
        id: &StreamId,
    ) -> Result<Claim, CommandError> {
        let record = CommandRecord {
            owner: own.owner,
            leased_until: own.started_at.plus_seconds(LEASE_SECONDS),
            ..existing.clone()
        };
        match self.store.put_record(&record, Some(existing.owner)).await {
            Ok(()) => {}
            Err(RecordError::Taken(Some(taken))) if taken.owner == record.owner => {}
            Err(RecordError::Taken(_)) => return Err(CommandError::InFlight),
            Err(RecordError::Store(error)) => return Err(error.into()),
        }
        let newest = self.store.newest(id).await?;
        if let Some(commit) = commit_of(&self.store, &record, newest.clone()).await? {
            let outcome = Ok(Receipt::of(&self.store, &[commit]).await?);
            return Ok(Claim::Answered(Box::new(Answer {
                outcome,
                request_id: record.request_id,
                is_replay: true,
            })));
        }
        let mut known = Known::default();
        match newest {
            Some(newest) => known.learn(vec![newest]),
            None => known.read(&self.store, std::slice::from_ref(id)).await?,
        }
        Ok(Claim::Ours(Box::new(record), known))
    }

    /// Decides until the commit is in or refused. No commit is passed over unseen: one of them may be our own.
    async fn change_claimed(
        &self,
        request: &Request,
        order: &Order,
        began: Timestamp,
        mut known: Known,
    ) -> Result<Result<Commit, Refusal>, CommandError> {
        let mut tries = Tries::of(request, began);
        let mut last = CommandError::TimedOut;
        loop {
            self.next_try(&mut tries, last).await?;
            let proposal: Proposal = self.propose(request, order, &mut known).await?;
            let commits = match proposal {
                Ok(commits) => commits,
                Err(refusal) => return Ok(Err(refusal)),
            };
            last = loop {
                match self.store.append(&commits).await {
                    Ok(()) => return commits.into_iter().next().map(Ok).ok_or(CommandError::TimedOut),
                    Err(AppendError::Conflict { winners }) => {
                        let is_far_behind = tries.made() > 1;
                        if let Some(own) = self.catch_up(request, winners, &mut known, is_far_behind).await? {
                            return Ok(Ok(own));
                        }
                        break CommandError::ConcurrentModification;
                    }
                    // The same again: if this one did come through, the next meets it.
                    Err(error) => self.next_try(&mut tries, error.into()).await?,
                }
            };
        }
    }

    /// Learns what has won and what has followed on it, and finds our own commit if it is there.
    async fn catch_up(
        &self,
        request: &Request,
        winners: Vec<Commit>,
        known: &mut Known,
        is_far_behind: bool,
    ) -> Result<Option<Commit>, CommandError> {
        let mut page = winners;
        loop {
            for commit in &page {
                if was_made_by(commit, request.command_id)? {
                    return Ok(Some(commit.clone()));
                }
            }
            let Some(newest) = page.last().cloned() else { return Ok(None) };
            let next = codec::last_version(&newest)?.saturating_add(1);
            known.learn(vec![newest.clone()]);
            if !is_far_behind {
                return Ok(None);
            }
            page = self.store.read(&newest.stream, next, PAGE).await?;
        }
    }

    /// Keeps a refusal, if the command is still ours.
    async fn refuse_claimed(&self, record: CommandRecord, refusal: Refusal) -> Result<Answer, CommandError> {
        let (owner, request_id) = (record.owner, record.request_id.clone());
        let record = record.refused(&refusal);
        match self.store.put_record(&record, Some(owner)).await {
            Ok(()) => {}
            // An answer to us was lost; the table keeps times in seconds, so not all of it is the same.
            Err(RecordError::Taken(Some(taken)))
                if (taken.owner, &taken.outcome) == (owner, &record.outcome) => {}
            Err(RecordError::Taken(_)) => return Err(CommandError::InFlight),
            Err(RecordError::Store(error)) => return Err(error.into()),
        }
        Ok(Answer { outcome: Err(refusal), request_id, is_replay: false })
    }
}
