//! Accounts with a past, for tests: real events, in commits as the ledger writes them.

use application::{
    Commit, Metadata, Stream, StreamId,
    codec::{self, Accounts, Aggregate, Recorded},
    ports::{AccountSummary, EventStore},
};
use domain::{
    AccountId, Money, Text, Timestamp,
    account::{self, AccountType, Command, Event, MoneyReceived, Open, Transfer},
};
use read_models::summary;
use testing::MemoryEventStore;

/// 2026-01-01T00:00:00Z.
pub(crate) const START_MICROS: i64 = 1_767_225_600_000_000;

/// An account under construction.
pub(crate) struct Account {
    pub(crate) id: AccountId,
    pub(crate) commits: Vec<Commit>,
    stream: Stream<Accounts>,
    now: Timestamp,
}

pub(crate) fn money(text: &str) -> Money {
    text.parse().unwrap()
}

pub(crate) fn text(text: &str) -> Text {
    Text::try_from(text.to_owned()).unwrap()
}

impl Account {
    /// Opened at the start of 2026 by `user-1`.
    pub(crate) fn open(id: &str, account_type: AccountType, initial_deposit: &str) -> Self {
        let mut account = Self::unopened(id);
        let open = Open {
            user_id: "user-1".parse().unwrap(),
            account_type,
            initial_deposit: money(initial_deposit),
            reference: None,
        };
        account.append(&account::open(open).unwrap());
        account
    }

    pub(crate) fn checking(id: &str) -> Self {
        Self::open(id, AccountType::Checking, "1000.00 USD")
    }

    /// Without any event.
    pub(crate) fn unopened(id: &str) -> Self {
        let id: AccountId = id.parse().unwrap();
        let stream = Stream { id: StreamId::account(&id), version: 0, state: None, newest: None };
        Self { id, commits: Vec::new(), stream, now: Timestamp::from_micros(START_MICROS).unwrap() }
    }

    pub(crate) fn later(&mut self, seconds: i64) -> &mut Self {
        self.now = self.now.plus_seconds(seconds);
        self
    }

    /// Does what the command asks, if the rules allow it.
    pub(crate) fn does(&mut self, command: Command) -> bool {
        let event = account::decide(self.stream.state.as_ref().unwrap(), command);
        event.map(|event| self.append(&event)).is_ok()
    }

    pub(crate) fn deposits(&mut self, amount: &str) -> &mut Self {
        let amount = amount.parse().unwrap();
        assert!(self.does(Command::Deposit { amount, reference: None, counterparty: None }));
        self
    }

    /// The sending leg of a transfer to an account that takes part in nothing else.
    pub(crate) fn sends(&mut self, amount: &str, reference: Option<&str>) -> bool {
        let receiver = Self::open("receiver", AccountType::Checking, "100.00 USD");
        let order = Transfer {
            transfer_id: "transfer-1".parse().unwrap(),
            from_account_id: self.id.clone(),
            to_account_id: receiver.id.clone(),
            amount: amount.parse().unwrap(),
            reference: reference.map(text),
        };
        let state = self.stream.state.as_ref().unwrap();
        let legs = account::transfer(state, receiver.stream.state.as_ref().unwrap(), order);
        legs.map(|(sent, _)| self.append(&sent)).is_ok()
    }

    /// The receiving leg of a transfer.
    pub(crate) fn receives(&mut self, amount: &str, reference: Option<&str>) {
        let amount = money(&format!("{amount} USD"));
        let balance_after = self.stream.state.as_ref().unwrap().balance.checked_add(amount).unwrap();
        let event = Event::MoneyReceived(MoneyReceived {
            transfer_id: "transfer-1".parse().unwrap(),
            from_account_id: "sender".parse().unwrap(),
            amount,
            balance_after,
            reference: reference.map(text),
        });
        self.append(&event);
    }

    /// Appends any event, as its own commit.
    pub(crate) fn append(&mut self, event: &Event) {
        let at = self.stream.next_timestamp(self.now);
        let id = format!("{}-t{}", self.id, self.stream.version + 1);
        let commit = self.stream.next(id, event, at, &metadata()).unwrap();
        self.stream.state = Some(Accounts::evolve(self.stream.state.take(), event, at).unwrap());
        self.stream.version += 1;
        self.stream.newest = Some(commit.clone());
        self.commits.push(commit);
    }

    /// Makes one commit of the last two.
    pub(crate) fn join_last_two(&mut self) {
        let last = self.commits.pop().unwrap();
        let joined = self.commits.last_mut().unwrap();
        let events = [&joined.events, &last.events].map(|events| events.trim_matches(['[', ']']).to_owned());
        joined.events = format!("[{}]", events.join(","));
        joined.state = last.state;
    }

    pub(crate) fn events(&self) -> Vec<Recorded<Event>> {
        self.commits.iter().flat_map(|commit| codec::events::<Accounts>(commit).unwrap()).collect()
    }

    /// The row as the plain fold of all events makes it.
    pub(crate) fn summary(&self) -> AccountSummary {
        fold(&self.events(), &self.id)
    }

    pub(crate) async fn store(&self) -> MemoryEventStore {
        let store = MemoryEventStore::default();
        for commit in &self.commits {
            store.append(std::slice::from_ref(commit)).await.unwrap();
        }
        store
    }
}

/// The plain fold: each event once, in order.
pub(crate) fn fold(events: &[Recorded<Event>], id: &AccountId) -> AccountSummary {
    let next = |row, event| summary::apply(row, event, id).map(Some);
    events.iter().try_fold(None, next).unwrap().unwrap()
}

fn metadata() -> Metadata {
    Metadata {
        command_id: uuid::Uuid::nil(),
        user_id: "user-1".parse().unwrap(),
        recorded_at: Timestamp::from_micros(START_MICROS).unwrap(),
        traceparent: None,
        correlation_id: None,
        causation_id: None,
    }
}
