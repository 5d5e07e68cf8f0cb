//! Commands on one stream: deposit, withdraw, freeze, unfreeze. A transaction would cost them twice as much.

use domain::{AccountId, Timestamp, account::Command};

use super::{Answer, Commands, Order, Receipt, Request, decide::Proposal, known::Known, retry::Tries};
use crate::{
    CommandError, CommandRecord, Commit, Refusal, StreamId, codec,
    ports::{AppendError, CommandStore, Environment, RecordError, StoreError},
    replay::{commit_of, was_made_by},
};

/// How many commits a try reads at a time when it was left behind.
const PAGE: usize = 100;

/// What came of claiming a command.
enum Claim {
    /// It is ours to do, and has no effect yet up to what is known, if that could be read.
    Ours(Box<CommandRecord>, Result<Known, CommandError>),
    /// It was answered before.
    Answered(Box<Answer>),
}

/// What came of a command that is ours.
type Done = Result<Answer, CommandError>;

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
        let done = match known {
            Ok(known) => self.change_ours(request, &order, began, known, &record).await,
            Err(error) => Err(error),
        };
        if done.is_err() {
            // Nothing of this try goes on, so the next need not wait. If this is lost, it waits for the lease. The
            // lease ends now and not earlier: until its end a commit is searched for.
            let free = CommandRecord { leased_until: self.environment.now(), ..(*record).clone() };
            let _ = self.store.put_record(&free, Some(record.owner)).await;
        }
        done
    }

    async fn change_ours(
        &self,
        request: &Request,
        order: &Order,
        began: Timestamp,
        known: Known,
        record: &CommandRecord,
    ) -> Done {
        match self.change_claimed(request, order, began, known).await? {
            Ok(commit) => {
                let receipt = Receipt::of(&self.store, &[commit]).await?;
                Ok(Answer { outcome: Ok(receipt), request_id: record.request_id.clone(), is_replay: false })
            }
            Err(refusal) => self.refuse_claimed(record.clone(), refusal).await,
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
        let ours = |record| Ok(Claim::Ours(Box::new(record), read.map(|()| known).map_err(Into::into)));
        let existing = match put {
            Ok(()) => return ours(record),
            Err(RecordError::Taken(Some(existing))) if existing.owner == record.owner => return ours(record),
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
        self.take_over(&existing, record, id).await
    }

    /// Goes on where somebody else has stopped: first the record, then a look at what they have left. What comes of it
    /// is kept as long as if nobody had been there before.
    async fn take_over(
        &self,
        existing: &CommandRecord,
        own: CommandRecord,
        id: &StreamId,
    ) -> Result<Claim, CommandError> {
        let (path, request_id) = (existing.path.clone(), existing.request_id.clone());
        let record = CommandRecord { path, request_id, earlier: existing.spans(), ..own };
        match self.store.put_record(&record, Some(existing.owner)).await {
            Ok(()) => {}
            Err(RecordError::Taken(Some(taken))) if taken.owner == record.owner => {}
            Err(RecordError::Taken(_)) => return Err(CommandError::InFlight),
            Err(RecordError::Store(error)) => return Err(error.into()),
        }
        Ok(match self.left_by(existing, id).await {
            Ok(Ok(known)) => Claim::Ours(Box::new(record), Ok(known)),
            Ok(Err(receipt)) => Claim::Answered(Box::new(Answer {
                outcome: Ok(receipt),
                request_id: record.request_id,
                is_replay: true,
            })),
            Err(error) => Claim::Ours(Box::new(record), Err(CommandError::unknown(error))),
        })
    }

    /// What the tries before have left: their commit, or none up to here.
    async fn left_by(
        &self,
        existing: &CommandRecord,
        id: &StreamId,
    ) -> Result<Result<Known, Receipt>, StoreError> {
        let newest = self.store.newest(id).await?;
        if let Some(commit) = commit_of(&self.store, existing, newest.clone()).await? {
            return Ok(Err(Receipt::of(&self.store, &[commit]).await?));
        }
        let mut known = Known::default();
        match newest {
            Some(newest) => known.learn(vec![newest]),
            None => known.read(&self.store, std::slice::from_ref(id)).await?,
        }
        Ok(Ok(known))
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
                        tries.are_known();
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
